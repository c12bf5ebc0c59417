"""Plain bookshelves: carcasses with boards and dividers, open racks, low doors."""

from __future__ import annotations

import itertools

import numpy as np

from .. import palette
from ..assembly import both_sides, span
from ..primitives import Material, Primitive


def plain(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a plain bookshelf; its open side faces -Y."""
    width = rng.uniform(0.4, 1.5)
    height = rng.uniform(0.75, 2.2)
    depth = rng.uniform(0.22, 0.45)
    board = rng.uniform(0.018, 0.045)
    lift = rng.uniform(0.02, 0.18) if rng.random() < 0.45 else 0.0
    materials = [palette.hard(rng), palette.hard(rng)]
    w, d = width / 2, depth / 2
    rows = max(2, round((height - lift) / rng.uniform(0.26, 0.42)))
    levels = np.linspace(lift, height - board, rows + 1)
    if rows > 2 and rng.random() < 0.4:
        levels[1:-1] += rng.uniform(-0.05, 0.05, rows - 1)
    solids: list[Primitive] = []
    if rng.random() < 0.78:
        solids += both_sides(span((w - board, w), (-d, d), (lift, height)))
        solids += _dividers(rng, w, d, board, levels)
        if rng.random() < 0.7:
            back = rng.uniform(0.012, 0.022)
            solids.append(span((-w, w), (d - back, d), (lift, height), int(rng.integers(2))))
        if rng.random() < 0.22:
            solids += _doors(rng, w, d, board, levels)
    else:
        post = rng.uniform(0.02, 0.045)
        for side in (-1, 1):
            y = side * (d - post / 2)
            solids += both_sides(span((w - post, w), (y - post / 2, y + post / 2), (0, height), 1))
    for z in levels:
        solids.append(span((-w, w), (-d, d), (z, z + board)))
    if lift:
        solids += _base(rng, w, d, lift)
    return solids, materials


def _dividers(
    rng: np.random.Generator, w: float, d: float, board: float, levels: np.ndarray
) -> list[Primitive]:
    count = int(rng.integers(0, 3)) if w > 0.4 else 0
    if not count:
        return []
    xs = np.linspace(-w, w, count + 2)[1:-1]
    if rng.random() < 0.6:
        return [span((x - board / 2, x + board / 2), (-d, d), (levels[0], levels[-1])) for x in xs]
    out: list[Primitive] = []
    for low, high in itertools.pairwise(levels):
        x = rng.uniform(-0.6, 0.6) * w
        out.append(span((x - board / 2, x + board / 2), (-d, d), (low, high)))
    return out


def _doors(
    rng: np.random.Generator, w: float, d: float, board: float, levels: np.ndarray
) -> list[Primitive]:
    top = levels[1 if len(levels) < 5 or rng.random() < 0.6 else 2]
    door = span((0.004, w), (-d - 0.018, -d + 0.004), (levels[0], top + board), 1)
    knob = span((0.03, 0.05), (-d - 0.04, -d - 0.01), (top - 0.12, top - 0.06), 1)
    return both_sides(door, knob)


def _base(rng: np.random.Generator, w: float, d: float, lift: float) -> list[Primitive]:
    if rng.random() < 0.4:
        return [span((-w + 0.02, w - 0.02), (-d + 0.03, d), (0, lift + 0.005))]
    foot = rng.uniform(0.03, 0.05)
    out: list[Primitive] = []
    for side in (-1, 1):
        y = side * (d - foot / 2)
        out += both_sides(span((w - foot, w), (y - foot / 2, y + foot / 2), (0, lift + 0.005), 1))
    return out
