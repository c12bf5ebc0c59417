"""The ray caster in torch against the one in numpy, and what only it can do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from maquette.backend.training.caster.cast import Shots, cast_batch
from maquette.backend.training.caster.packing import pack
from maquette.backend.training.caster.textures import turbulence, value_noise
from maquette.backend.training.caster.walk import nearest_distance
from maquette.core.furniture.distance import signed_distance
from maquette.core.furniture.primitives import (
    Box,
    Extrusion,
    Lathe,
    Material,
    Piece,
    Tube,
    bounds,
)
from maquette.core.furniture.raycast import Light, cast
from maquette.core.furniture.shapes import draw_piece

SIZE = (56, 48)
LIGHT = Light((0.48, -0.6, 0.64), 0.8, 0.2, 0.5)
_ARC = tuple(
    (r * float(np.cos(a)), r * float(np.sin(a)))
    for r, angles in ((0.5, np.linspace(0, 2.5, 9)), (0.42, np.linspace(2.5, 0, 9)))
    for a in angles
)
SOLIDS = (
    Box((0.0, 0.0, 0.2), (0.4, 0.3, 0.2), 0.06),
    Lathe((0.1, 0.0, 0.0), ((0.2, 0.0), (0.1, 0.2), (0.25, 0.5), (0.2, 0.5), (0.05, 0.3))),
    Extrusion((0.0, 0.1, 0.2), _ARC, 0.3, 0.001),
    Extrusion((0.0, 0.1, 0.2), _ARC, 0.3, 0.03),
    Tube(((0.3, 0.0, 0.0), (0.0, 0.2, 0.5), (-0.4, 0.0, 0.3)), (0.1, 0.05, 0.12)),
)


def _camera(piece: Piece, azimuth: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low, high = bounds(piece)
    middle = (low + high) / 2
    away = np.array([np.sin(azimuth), -np.cos(azimuth), 0.4])
    position = middle + 2.0 * np.linalg.norm(high - low) * away
    forward = (middle - position) / np.linalg.norm(middle - position)
    right = np.cross(forward, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward], axis=1)
    focal = 1.9 * SIZE[1]
    return position, rotation, np.array([[focal, 0, 24.0], [0, focal, 28.0], [0, 0, 1]])


def _both(pieces: list[Piece], **options) -> tuple[Shots, list]:
    cameras = [_camera(piece, 0.5 + 0.4 * i) for i, piece in enumerate(pieces)]
    stacked = [torch.tensor(np.stack(values)) for values in zip(*cameras, strict=True)]
    lights = [LIGHT] * len(pieces)
    ours = cast_batch(pieces, *stacked, SIZE, lights, **options)
    return ours, [
        cast(piece, *camera, SIZE, LIGHT) for piece, camera in zip(pieces, cameras, strict=True)
    ]


def _agree(pieces: list[Piece]) -> None:
    ours, theirs = _both(pieces)
    for i, shot in enumerate(theirs):
        hit = ours.hit[i].numpy()
        assert 0.02 < hit.mean() < 0.95
        assert (hit == shot.hit).mean() > 0.995
        both = hit & shot.hit
        gap = np.abs(ours.depth[i].numpy() - shot.depth)[both]
        # At the rim of a part one of them may see past it.
        assert np.mean(gap < 2e-3) > 0.995
        assert np.isfinite(ours.rgb[i].numpy()).all()


def test_every_solid_lies_where_the_other_caster_sees_it() -> None:
    _agree([Piece("chair", 0, (solid,)) for solid in SOLIDS])


def test_pieces_of_a_batch_look_as_the_other_caster_sees_them() -> None:
    _agree([draw_piece(c, 5) for c in ("chair", "table", "sofa", "bed", "bookshelf")])


def test_a_batch_is_its_pieces_one_by_one() -> None:
    pieces = [draw_piece("chair", 3), draw_piece("table", 4)]
    together, _ = _both(pieces, softness_deg=0.0, light_samples=1)
    cameras = [_camera(piece, 0.5 + 0.4 * i) for i, piece in enumerate(pieces)]
    for i, (piece, camera) in enumerate(zip(pieces, cameras, strict=True)):
        alone = cast_batch([piece], *(torch.tensor(v)[None] for v in camera), SIZE, [LIGHT], 0.0, 1)
        assert torch.equal(alone.hit[0], together.hit[i])
        assert torch.allclose(alone.rgb[0], together.rgb[i], atol=1e-4)


def test_distances_are_those_of_the_pieces() -> None:
    pieces = [draw_piece("chair", 11), draw_piece("sofa", 12)]
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.6, 1.0, (2, 400, 3)).astype(np.float32)
    which = torch.arange(2).repeat_interleave(400)
    found = nearest_distance(pack(pieces), which, torch.tensor(points.reshape(-1, 3)), 0.2)
    for i, piece in enumerate(pieces):
        exact = np.minimum(signed_distance(piece, points[i].astype(float)), 0.2)
        outside = exact > 0
        assert found[400 * i : 400 * (i + 1)].numpy()[outside] == pytest.approx(
            exact[outside], abs=2e-4
        )


def _under_a_lamp(softness: float) -> torch.Tensor:
    """How bright a board is below a smaller board, from above; one value for each pixel."""
    white = Material((0.8, 0.8, 0.8), roughness=1.0)
    board = Box((0.0, 0.0, -0.05), (1.0, 1.0, 0.05))
    roof = Box((0.0, 0.0, 0.6), (0.25, 0.25, 0.01))
    camera = (
        torch.tensor([[0.0, 0.0, 5.0]]),
        torch.tensor([[[1.0, 0, 0], [0, -1, 0], [0, 0, -1]]]),
        torch.tensor([[[110.0, 0, 24], [0, 110, 28], [0, 0, 1]]]),
    )
    light = Light((0.6, 0.0, 0.8), 1.0, 0.0, 0.0)
    piece = Piece("table", 0, (board, roof), (white,))
    generator = torch.Generator().manual_seed(0)
    shot = cast_batch([piece], *camera, SIZE, [light], softness, 32, generator)
    return shot.rgb[0][shot.hit[0] & (shot.depth[0] > 4.8)].mean(dim=1)


def test_a_large_lamp_throws_soft_shadows() -> None:
    hard, soft = _under_a_lamp(0.0), _under_a_lamp(8.0)
    bright = hard.max()
    assert (hard < 0.05 * bright).float().mean() > 0.03
    between = [((v > 0.15 * bright) & (v < 0.85 * bright)).float().mean() for v in (hard, soft)]
    assert between[0] < 0.005
    assert between[1] > 0.02
    # The shadow is softened, not lightened.
    assert float(soft.mean()) == pytest.approx(float(hard.mean()), rel=0.02)


@pytest.mark.parametrize("pattern", ["wood", "fabric", "leather", "painted", "metal", "marble"])
def test_patterns_change_the_colour_and_keep_its_level(pattern: str) -> None:
    plain = Material((0.4, 0.3, 0.2), roughness=0.9)
    board = Box((0.0, 0.0, 0.0), (0.5, 0.4, 0.02))
    pieces = [
        Piece("table", 0, (board,), (m,))
        for m in (plain, replace(plain, pattern=pattern, contrast=0.4))
    ]
    position, rotation, intrinsics = _camera(pieces[0], 0.3)
    cameras = [torch.tensor(np.stack([v, v])) for v in (position, rotation, intrinsics)]
    shots = cast_batch(pieces, *cameras, SIZE, [LIGHT] * 2, 0.0, 1)
    ratio = (shots.rgb[1] / shots.rgb[0].clamp(min=1e-6))[shots.hit[0]].mean(dim=1)
    assert ratio.std() > 0.02
    assert 0.6 < ratio.mean() < 1.3


def test_glass_lets_the_surroundings_through_and_metal_mirrors_them() -> None:
    black = Material((0.02, 0.02, 0.02), roughness=0.9)
    glass = Material((0.9, 0.9, 0.9), "glass", 0.0, 0.03, 0.0, 0.95)
    chrome = Material((0.8, 0.8, 0.8), "metal", 0.0, 0.1, 1.0)
    board = Box((0.0, 0.0, 0.0), (0.5, 0.4, 0.02))
    pieces = [Piece("table", 0, (board,), (m,)) for m in (black, glass, chrome)]
    camera = _camera(pieces[0], 0.3)
    cameras = [torch.tensor(np.stack([v] * 3)) for v in camera]
    shots = cast_batch(pieces, *cameras, SIZE, [LIGHT] * 3, 0.0, 1)
    dark, clear, mirror = (shots.rgb[i][shots.hit[0]].mean() for i in range(3))
    assert clear > 3 * dark
    assert mirror > 3 * dark


def test_noise_is_even_smooth_and_of_mean_one_half() -> None:
    points = torch.rand(20_000, 3, generator=torch.Generator().manual_seed(1)) * 50 - 25
    noise = value_noise(points)
    assert 0 <= noise.min() < 0.1
    assert 0.9 < noise.max() <= 1
    assert float(noise.mean()) == pytest.approx(0.5, abs=0.02)
    step = (value_noise(points + 1e-3) - noise).abs().max()
    assert step < 0.01
    fine = turbulence(points, 3)
    assert float(fine.mean()) == pytest.approx(0.5, abs=0.02)


def test_without_lights_there_are_depths_only() -> None:
    piece = draw_piece("table", 1)
    camera = [torch.tensor(v)[None] for v in _camera(piece, 0.2)]
    shot = cast_batch([piece], *camera, SIZE, None)
    assert shot.rgb.abs().max() == 0
    assert (shot.depth[shot.hit] > 0).all()
    assert (shot.depth[~shot.hit] == 0).all()
