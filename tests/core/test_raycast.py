"""The ray caster against the exact distance."""

import numpy as np
import pytest

from maquette.core.furniture.distance import signed_distance
from maquette.core.furniture.fields import local_distance
from maquette.core.furniture.primitives import (
    Box,
    Extrusion,
    Frustum,
    Lathe,
    Piece,
    Primitive,
    Tube,
    bounds,
)
from maquette.core.furniture.raycast import Light, cast
from maquette.core.furniture.rays import normals, parts
from maquette.core.furniture.sampling import sample_surface
from maquette.core.furniture.shapes import draw_piece
from maquette.core.protocol import CATEGORIES

_SIZE = 48


def _camera(piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """In front of the piece, a little above and to the right, looking at its middle."""
    low, high = bounds(piece)
    middle = (low + high) / 2
    position = middle + 2.2 * np.linalg.norm(high - low) * np.array([0.4, -0.85, 0.35])
    forward = (middle - position) / np.linalg.norm(middle - position)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward], axis=1)
    focal = 1.9 * _SIZE
    return position, rotation, np.array([[focal, 0, _SIZE / 2], [0, focal, _SIZE / 2], [0, 0, 1]])


@pytest.mark.parametrize("category", CATEGORIES)
def test_hits_lie_on_the_surface_and_nothing_is_nearer(category: str) -> None:
    piece = draw_piece(category, 3)
    position, rotation, intrinsics = _camera(piece)
    shot = cast(piece, position, rotation, intrinsics, (_SIZE, _SIZE), None)
    assert 0.03 < shot.hit.mean() < 0.9
    v, u = np.nonzero(shot.hit)
    rays = np.stack([u + 0.5, v + 0.5, np.ones(len(u))]).T @ np.linalg.inv(intrinsics).T
    rays = rays @ rotation.T
    depth = shot.depth[shot.hit].astype(float)
    assert np.abs(signed_distance(piece, position + rays * depth[:, None])).max() < 2e-3
    for share in (0.5, 0.9, 0.98):
        before = position + rays * (depth * share)[:, None]
        assert signed_distance(piece, before).min() > 0


def test_misses_really_miss() -> None:
    piece = draw_piece("chair", 8)
    position, rotation, intrinsics = _camera(piece)
    shot = cast(piece, position, rotation, intrinsics, (_SIZE, _SIZE), None)
    v, u = np.nonzero(~shot.hit)
    rays = (
        np.stack([u + 0.5, v + 0.5, np.ones(len(u))]).T @ np.linalg.inv(intrinsics).T @ rotation.T
    )
    reach = np.linalg.norm(position) * 2
    for t in np.linspace(0.2, reach, 300):
        assert signed_distance(piece, position + rays * t).min() > -2e-3


def test_light_from_the_left_darkens_the_right() -> None:
    piece = Piece("", 0, (Box((0.0, 0.0, 0.5), (0.5, 0.5, 0.5)),))
    position, rotation, intrinsics = _camera(piece)
    bright = {}
    for name, x in (("left", -1.0), ("right", 1.0)):
        light = Light((x, 0.0, 0.0), key=1.0, fill=0.0, sky=0.05)
        shot = cast(piece, position, rotation, intrinsics, (_SIZE, _SIZE), light)
        right_face = shot.hit.copy()
        right_face[:, : _SIZE * 2 // 3] = False
        bright[name] = shot.rgb[right_face].mean()
    assert bright["right"] > 3 * bright["left"]


_LEAN = ((0.8, -0.6, 0.0), (0.36, 0.48, -0.8), (0.48, 0.64, 0.6))
_ARC = tuple(
    (r * float(np.cos(a)), r * float(np.sin(a)))
    for r, angles in ((0.5, np.linspace(0, 2.5, 9)), (0.42, np.linspace(2.5, 0, 9)))
    for a in angles
)
SOLIDS: dict[str, Primitive] = {
    "cone": Frustum((0.1, 0.0, 0.2), 0.4, 0.3, 0.0, 0, _LEAN),
    "balusters": Lathe(
        (0.1, 0.0, 0.2), ((0.2, -0.4), (0.2, -0.3), (0.05, -0.2), (0.15, 0.1), (0.0, 0.4)), 0, _LEAN
    ),
    "bowl": Lathe((0.0, 0.0, 0.0), ((0.1, 0.0), (0.5, 0.3), (0.45, 0.3), (0.1, 0.05))),
    "arc": Extrusion((0.0, 0.1, 0.2), _ARC, 0.3, 0.001, 0, _LEAN),
    "rounded arc": Extrusion((0.0, 0.1, 0.2), _ARC, 0.3, 0.03, 0, _LEAN),
    "bent rod": Tube(((0.3, 0.0, 0.0), (0.0, 0.2, 0.5), (-0.4, 0.0, 0.3)), (0.1, 0.05, 0.12)),
    "ball in ball": Tube(((0.0, 0.0, 0.0), (0.0, 0.0, 0.05)), (0.1, 0.3)),
}


@pytest.mark.parametrize("name", SOLIDS)
def test_rays_meet_every_kind_of_solid_where_it_is(name: str) -> None:
    piece = Piece("", 0, (SOLIDS[name],))
    position, rotation, intrinsics = _camera(piece)
    light = Light((0.6, -0.64, 0.48), 1.0, 0.2, 0.4)
    shot = cast(piece, position, rotation, intrinsics, (_SIZE, _SIZE), light)
    assert 0.02 < shot.hit.mean() < 0.9
    v, u = np.nonzero(np.ones((_SIZE, _SIZE)))
    rays = np.stack([u + 0.5, v + 0.5, np.ones(len(u))]).T @ np.linalg.inv(intrinsics).T
    rays = (rays @ rotation.T).reshape(_SIZE, _SIZE, 3)
    depth = shot.depth[shot.hit].astype(float)
    on = position + rays[shot.hit] * depth[:, None]
    assert np.abs(signed_distance(piece, on)).max() < 2e-3
    steps = np.linalg.norm(position) * np.linspace(0.3, 1.7, 400)
    for t in steps:
        assert signed_distance(piece, position + rays[~shot.hit] * t).min() > -2e-3
        before = position + rays[shot.hit][depth > t + 0.01] * t
        assert signed_distance(piece, before).min(initial=1) > -2e-3
    assert shot.rgb[shot.hit].min() > 0.02


def test_a_tube_casts_a_shadow_of_its_own_shape() -> None:
    """A bent rod above a board: its shadow is far smaller than that of its box."""
    board = Box((0.0, 0.0, -0.1), (1.0, 1.0, 0.1))
    rod = Tube(((-0.6, -0.6, 0.4), (0.6, -0.6, 0.4), (0.6, 0.6, 0.4)), (0.02, 0.02, 0.02))
    position = np.array([0.0, 0.0, 6.0])
    rotation = np.array([[1.0, 0, 0], [0, -1, 0], [0, 0, -1]])
    intrinsics = np.array([[140.0, 0, 24], [0, 140.0, 24], [0, 0, 1]])
    light = Light((0.3, 0.3, float(np.sqrt(0.82))), 1.0, 0.0, 0.0)
    shot = cast(Piece("", 0, (board, rod)), position, rotation, intrinsics, (48, 48), light)
    dark = shot.hit & (shot.rgb.sum(axis=-1) == 0)
    # Two strips of 1.2 m by 4 cm on 4 square metres, not a square of 1.2 m.
    assert 0.01 < dark.sum() / shot.hit.sum() < 0.08


@pytest.mark.parametrize("name", SOLIDS)
def test_shading_normals_follow_the_distance(name: str) -> None:
    """Softened where neighbouring segments make a curve, but never by more than half a turn."""
    solid = SOLIDS[name]
    points, exact, _ = sample_surface(Piece("", 0, (solid,)), 2000, np.random.default_rng(0))
    for part in parts([solid]):
        q = part.local(points.astype(np.float32))
        if isinstance(part.shape, Tube):
            mine = np.abs(local_distance(part.shape, q)) < 1e-5
            q, want = q[mine], exact[mine]
        else:
            want = exact
        found = normals(part, q) @ part.rotation.T
        assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-3)
        # Points on the very edge between two faces may take either.
        assert np.mean(np.einsum("ij,ij->i", found, want) > 0.94) > 0.98
