"""The furniture source: one seeded piece after another."""

from __future__ import annotations

import zlib

import numpy as np

from . import beds, bookshelves, chairs, sofas, tables
from .primitives import Piece

_MAKERS = {
    "table": tables.draw,
    "chair": chairs.draw,
    "bookshelf": bookshelves.draw,
    "bed": beds.draw,
    "sofa": sofas.draw,
}


def draw_piece(category: str, seed: int) -> Piece:
    """Draw a piece of furniture; the same category and seed always give the same piece.

    Args:
        category: one of ``core.protocol.CATEGORIES``.
        seed: non-negative; see :mod:`.splits` for which seed belongs to which split.

    Raises:
        ValueError: unknown category.
    """
    if category not in _MAKERS:
        raise ValueError(f"unknown category {category!r}; one of {', '.join(_MAKERS)}")
    rng = np.random.default_rng([zlib.crc32(category.encode()), seed])
    return _MAKERS[category](rng, seed)
