"""The room between boards, the materials of what fills it, and cases of boards around it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import palette
from ..assembly import span
from ..primitives import Material, Primitive

# What `materials` returns, in this order; books take one of four.
BOARD, FRONT, METAL, CERAMIC, BASKET, GLASS, LEAF, BOOK = range(8)
BOOKS = 4


@dataclass(frozen=True)
class Cell:
    """Free room that something can stand in, metres; ``z[0]`` is the board below."""

    x: tuple[float, float]
    y: tuple[float, float]
    z: tuple[float, float]

    @property
    def wide(self) -> float:
        """Width, metres."""
        return self.x[1] - self.x[0]

    @property
    def high(self) -> float:
        """Height, metres."""
        return self.z[1] - self.z[0]


def materials(rng: np.random.Generator, board: Material | None = None) -> list[Material]:
    """Draw boards, fronts, metal, ceramic, basket, glass, leaves and four colours of books."""
    first = board or _board(rng)
    front = first if rng.random() < 0.55 else _board(rng)
    basket = palette.fabric(rng) if rng.random() < 0.5 else palette.wood(rng)
    out = [first, front, _metal(rng), palette.paint(rng), basket, palette.glass(rng)]
    leaf = Material((rng.uniform(0.03, 0.12), rng.uniform(0.14, 0.3), 0.04), roughness=0.5)
    return [*out, leaf, *(palette.paint(rng) for _ in range(BOOKS))]


def _board(rng: np.random.Generator) -> Material:
    return palette.frame(rng) if rng.random() < 0.5 else palette.hard(rng)


def _metal(rng: np.random.Generator) -> Material:
    return palette.bare_metal(rng) if rng.random() < 0.5 else palette.metal(rng)


def case(
    xs: Sequence[float],
    levels: Sequence[Sequence[float]],
    y: tuple[float, float],
    board: float,
    low: float = 0.0,
) -> tuple[list[Primitive], list[Cell]]:
    """Return uprights, shelves and the cells between them.

    Args:
        xs: left faces of the uprights, and the right face of the last one less its thickness,
            metres; one more than there are columns.
        levels: for every column the lower faces of its boards, from the lowest to the top.
        y: front and back of the boards.
        board: thickness.
        low: where the outer uprights start.
    """
    solids: list[Primitive] = []
    cells: list[Cell] = []
    tops = [column[-1] + board for column in levels]
    feet = [column[0] for column in levels]
    for i, x in enumerate(xs):
        near = [k for k in (i - 1, i) if 0 <= k < len(levels)]
        foot = low if len(near) == 1 else min(feet[k] for k in near)
        # Outer uprights pass a top board, inner ones end below it; both reach the shelf's ends.
        solids.append(span((x, x + board), y, (foot, max(tops[k] for k in near)), BOARD, 0.0015))
    for (a, b), column in zip(itertools.pairwise(xs), levels, strict=True):
        across = (a + 0.5 * board, b + 0.5 * board)
        front = y[0] + 0.002
        solids += [
            span(across, (front, y[1] - 0.001), (z, z + board), BOARD, 0.001) for z in column
        ]
        for z0, z1 in itertools.pairwise(column):
            cells.append(Cell((a + board, b), y, (z0 + board, z1)))
    return solids, cells


def spread(
    rng: np.random.Generator, low: float, high: float, count: int, jitter: float
) -> list[float]:
    """Return ``count`` + 1 heights from low to high, the inner ones moved by up to ``jitter``."""
    levels = np.linspace(low, high, count + 1)
    if count > 1:
        levels[1:-1] += rng.uniform(-jitter, jitter, count - 1) * (high - low) / count
    return [float(z) for z in levels]
