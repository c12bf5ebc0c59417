"""Racks for shoes, and shelves that show magazines from the front."""

from __future__ import annotations

import numpy as np

from ..assembly import both_sides, rod, span
from ..placing import about_x, moved
from ..primitives import Material, Primitive, Tube
from .cells import BOARD, FRONT, METAL, materials


def tilted_shelves(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a rack whose shelves fall towards the front."""
    shoes = rng.random() < 0.55
    w, d = rng.uniform(0.3, 0.55), rng.uniform(0.13, 0.17)
    rows = int(rng.integers(2, 5)) if shoes else int(rng.integers(3, 6))
    pitch = rng.uniform(0.17, 0.24) if shoes else rng.uniform(0.26, 0.34)
    high, board = rows * pitch + rng.uniform(0.05, 0.15), rng.uniform(0.016, 0.028)
    levels = [0.06 + pitch * (k + (0.15 if shoes else 0.4)) for k in range(rows)]
    solids = _sides(rng, w, d, high, board, levels)
    if shoes:
        angle = rng.uniform(0, 22)
        reach = 0.92 * d / float(np.cos(np.radians(angle)))
    else:
        angle = rng.uniform(35, 65)
        reach = 0.85 * min(0.45 * pitch, d) / float(np.sin(np.radians(angle)))
    bars = int(rng.integers(3, 5)) if shoes and rng.random() < 0.65 else 0
    for z in levels:
        made = _bars(w, reach, z, bars) if bars else _board(w, reach, z)
        solids += [moved(p, turn=about_x(angle), pivot=(0, 0, z)) for p in made]
    return solids + _ties(rng, w, d, high, board, shoes), materials(rng)


def _sides(
    rng: np.random.Generator, w: float, d: float, high: float, board: float, levels: list[float]
) -> list[Primitive]:
    """Boards, or bent tubes with a bar for every shelf."""
    if rng.random() < 0.5:
        return both_sides(span((w, w + board), (-d, d), (0, high), BOARD, 0.003))
    r = rng.uniform(0.008, 0.014)
    x = w + r
    loop = ((x, -d, r), (x, -d, high), (x, d, high), (x, d, r))
    bars = [rod((x, -d, z + 0.006), (x, d, z + 0.006), 0.8 * r, 0.8 * r, METAL) for z in levels]
    return both_sides(Tube(loop, (r,) * 4, METAL), *bars)


def _bars(w: float, reach: float, z: float, count: int) -> list[Primitive]:
    """A level shelf of round bars between two flat ones, about y = 0."""
    ys = np.linspace(-reach, reach, count).tolist()
    out: list[Primitive] = [
        rod((-w - 0.008, y, z), (w + 0.008, y, z), 0.008, 0.008, METAL) for y in ys
    ]
    ends = span((w - 0.004, w + 0.009), (-reach, reach), (z - 0.006, z + 0.006), METAL)
    return out + both_sides(ends)


def _board(w: float, reach: float, z: float) -> list[Primitive]:
    """A level board with a lip along its front, about y = 0."""
    x = (-w - 0.003, w + 0.003)
    return [
        span(x, (-reach, reach), (z, z + 0.014), BOARD, 0.002),
        span(x, (-reach - 0.006, -reach + 0.008), (z, z + 0.05), BOARD, 0.002),
    ]


def _ties(
    rng: np.random.Generator, w: float, d: float, high: float, board: float, shoes: bool
) -> list[Primitive]:
    """What joins the sides: a top or a rail, and a back or another rail."""
    x, y = (-w - 0.012, w + 0.012), (d - 0.014, d)
    out: list[Primitive] = []
    if rng.random() < 0.6:
        top = (high - 0.004, high + board)
        out.append(span((-w - board, w + board), (-d, d), top, BOARD, 0.003))
    else:
        out.append(span(x, y, (high - 0.1, high - 0.03), BOARD, 0.002))
    if not shoes and rng.random() < 0.6:
        out.append(span((-w - 0.004, w + 0.004), (d - 0.01, d), (0.02, high), FRONT))
    else:
        out.append(span(x, y, (0.06, 0.12), BOARD, 0.002))
    return out
