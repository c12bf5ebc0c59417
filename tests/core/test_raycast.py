"""The ray caster against the exact distance."""

import numpy as np
import pytest

from maquette.core.furniture.distance import signed_distance
from maquette.core.furniture.primitives import Box, Piece, bounds
from maquette.core.furniture.raycast import Light, cast
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
