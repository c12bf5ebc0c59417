"""Open shelves on posts, and shelves around one post."""

from __future__ import annotations

import itertools

import numpy as np

from .. import palette
from ..assembly import beam, both_sides, rod, span
from ..primitives import Material, Primitive
from .cells import BOARD, FRONT, GLASS, METAL, Cell, materials, spread
from .contents import fill


def posts(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of boards on four or six posts, braced with metal."""
    w, d = rng.uniform(0.3, 0.8), rng.uniform(0.14, 0.21)
    high = rng.uniform(0.75, 2.1)
    metal = rng.random() < 0.7
    t = rng.uniform(0.009, 0.016) if metal else rng.uniform(0.014, 0.024)
    post = METAL if metal else FRONT
    thick = rng.uniform(0.016, 0.034)
    rows = max(2, round(high / rng.uniform(0.3, 0.45)))
    levels = spread(rng, rng.uniform(0.06, 0.2), high - thick - rng.uniform(0, 0.06), rows, 0.12)
    round_ = rng.random() < 0.35
    solids: list[Primitive] = []
    columns = [-w, 0.0, w] if w > 0.65 and rng.random() < 0.6 else [-w, w]
    for x in columns:
        for y in (-d, d):
            if round_:
                solids.append(rod((x, y, 0), (x, y, high), t, t, post))
            else:
                solids.append(span((x - t, x + t), (y - t, y + t), (0, high), post, 0.001))
    glass = metal and rng.random() < 0.15
    inner = 0.0 if rng.random() < 0.5 else t
    for z in levels:
        solids.append(
            span(
                (-w - t + inner, w + t - inner),
                (-d - t + inner, d + t - inner),
                (z, z + thick),
                GLASS if glass else BOARD,
                0.002,
            )
        )
        if metal and rng.random() < 0.5:
            solids += both_sides(span((w - t, w + t), (-d, d), (z - 2 * t, z + 0.002), post, 0.001))
    solids += _braces(rng, w, d, t, high, levels, post)
    cells = [
        Cell((-w + 2 * t, w - 2 * t), (-d, d), (a + thick, b))
        for a, b in itertools.pairwise(levels)
    ]
    cells.append(
        Cell((-w + 2 * t, w - 2 * t), (-d, d), (levels[-1] + thick, levels[-1] + thick + 0.3))
    )
    if rng.random() < 0.45:
        solids += fill(rng, cells, rng.uniform(0.3, 0.9), len(solids))
    board = palette.wood(rng) if rng.random() < 0.8 else palette.lacquer(rng)
    return solids, materials(rng, board)


def _braces(
    rng: np.random.Generator,
    w: float,
    d: float,
    t: float,
    high: float,
    levels: list[float],
    post: int,
) -> list[Primitive]:
    """A cross behind, bars at the sides, a frame around the top, or none of them."""
    kind = rng.random()
    if kind < 0.35:
        low, top = levels[0], levels[-1]
        a, b = (-w, d + t * 0.2, low), (w, d + t * 0.2, top)
        c, e = (-w, d + t * 0.2, top), (w, d + t * 0.2, low)
        return [beam(a, b, 0.016, 0.005, post), beam(c, e, 0.016, 0.005, post)]
    if kind < 0.6:
        out: list[Primitive] = []
        for below, above in itertools.pairwise(levels):
            z = below + 0.45 * (above - below)
            bar = (z, z + 1.2 * t)
            out += both_sides(span((w - 0.6 * t, w + 0.6 * t), (-d, d), bar, post))
        return out
    if kind < 0.8:
        top_bar = (high - 2 * t, high)
        out = both_sides(span((w - t, w + t), (-d, d), top_bar, post, 0.001))
        return out + [span((-w, w), (y - t, y + t), top_bar, post, 0.001) for y in (-d, d)]
    return []


def tree(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of shelves to the left and right of one post, or in zigzag."""
    high, depth = rng.uniform(1.0, 1.9), rng.uniform(0.18, 0.26)
    d, board = depth / 2, rng.uniform(0.018, 0.03)
    rows = int(rng.integers(4, 8))
    reach = rng.uniform(0.22, 0.4)
    levels = np.linspace(0.03, high - 0.25, rows).tolist()
    solids: list[Primitive] = []
    cells: list[Cell] = []
    zigzag = rng.random() < 0.5
    for k, z in enumerate(levels):
        x = (-0.06, reach) if k % 2 else (-reach, 0.06)
        if zigzag:
            x = (-reach, reach)
        solids.append(span(x, (-d, d), (z, z + board), BOARD, 0.002))
        if k + 1 < rows:
            top = levels[k + 1]
            if zigzag:
                side = reach - board if k % 2 else -reach
                solids.append(span((side, side + board), (-d, d), (z, top + 0.004), BOARD, 0.002))
            cells.append(
                Cell((x[0] + board + 0.02, x[1] - board - 0.02), (-d, d), (z + board, top))
            )
            if not zigzag:
                up = x[1] - board if k % 2 else x[0]
                solids.append(
                    span((up, up + board), (-d, d), (z, z + min(0.2, top - z)), BOARD, 0.002)
                )
    if zigzag:
        solids.append(span((-reach, reach), (-d, d), (0, 0.034), BOARD, 0.002))
    else:
        t = rng.uniform(0.02, 0.035)
        solids.append(span((-t, t), (d - 0.03, d + 0.01), (0, high), FRONT, 0.003))
        solids.append(span((-0.75 * reach, 0.75 * reach), (-d, d + 0.01), (0, 0.034), BOARD, 0.003))
    if rng.random() < 0.6:
        solids += fill(rng, cells, rng.uniform(0.4, 1.0), len(solids))
    return solids, materials(rng)
