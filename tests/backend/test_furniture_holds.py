"""Pieces of the furniture source hold together and stand; slow beside the tests of the core."""

from __future__ import annotations

import numpy as np
import pytest
from connected import groups

from maquette.core.furniture.primitives import Box, Extrusion, Lathe, Piece, Tube
from maquette.core.furniture.sampling import sample_surface
from maquette.core.furniture.shapes import draw_piece
from maquette.core.furniture.splits import seeds
from maquette.core.furniture.tessellate import tessellate


@pytest.mark.parametrize("category", ["table", "chair"])
def test_no_part_floats(category: str) -> None:
    loose = {}
    for seed in seeds("train", 250):
        parts = groups(draw_piece(category, seed))
        if len(parts) > 1:
            loose[seed] = sorted(parts, key=len)[:-1]
    assert loose == {}


@pytest.mark.parametrize("category", ["table", "chair"])
def test_what_is_drawn_does_not_fall_over(category: str) -> None:
    """The middle of the surface lies above the hull of what touches the floor."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    ways = np.stack([np.cos(angles), np.sin(angles)])
    for seed in seeds("train", 120):
        piece = draw_piece(category, seed)
        vertices = tessellate(piece).vertices
        floor = vertices[vertices[:, 2] < 0.012, :2]
        middle = sample_surface(piece, 1500, np.random.default_rng(0))[0][:, :2].mean(axis=0)
        assert ((floor @ ways).max(axis=0) > middle @ ways).all(), seed


def test_connectedness_tells_a_gap_from_contact() -> None:
    post = Box((0.0, 0.0, 0.5), (0.05, 0.05, 0.5))
    touching = Lathe((0.0, 0.0, 1.0), ((0.3, 0.0), (0.3, 0.02)))
    apart = Extrusion((0.0, 0.0, 1.03), ((-0.3, -0.3), (0.3, -0.3), (0.0, 0.3)), 0.005)
    rod = Tube(((-0.5, 0.0, 0.5), (0.5, 0.02, 0.5)), (0.004, 0.004))
    piece = Piece("table", 0, (post, touching, apart, rod))
    assert sorted(map(sorted, groups(piece))) == [[0, 1, 3], [2]]
