"""Bookshelves: cases, racks, ladders, cubes, corners and wall units, empty and filled."""

from __future__ import annotations

import numpy as np

from ..assembly import finish
from ..primitives import Piece
from . import cases, corners, ladders, racks, simple, tilted, walls

#: How often each kind is drawn; they add up to one.
_KINDS = (
    (0.24, simple.plain),
    (0.26, cases.cabinet),
    (0.1, walls.grid),
    (0.06, walls.steps),
    (0.07, walls.unit),
    (0.04, cases.sideboard),
    (0.08, racks.posts),
    (0.04, tilted.tilted_shelves),
    (0.04, racks.tree),
    (0.04, ladders.ladder),
    (0.03, corners.quarter),
)


def draw(rng: np.random.Generator, seed: int) -> Piece:
    """Draw a bookshelf; its open side faces -Y."""
    kind = rng.choice(len(_KINDS), p=[share for share, _ in _KINDS])
    solids, materials = _KINDS[kind][1](rng)
    return finish("bookshelf", seed, solids, materials)
