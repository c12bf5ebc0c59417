"""What stands on shelves: books upright, leaning and in piles, vases, boxes, baskets."""

from __future__ import annotations

import numpy as np

from ..assembly import span
from ..placing import about_x, about_y, along_y, moved
from ..primitives import Lathe, Primitive, Tube
from .cells import BASKET, BOOK, BOOKS, CERAMIC, FRONT, LEAF, METAL, Cell

#: (radius over the widest, height over the whole) of vases, jars, bowls and bottles.
_VESSELS = (
    ((0.5, 0.0), (0.85, 0.15), (1.0, 0.4), (0.8, 0.7), (0.4, 0.88), (0.5, 1.0)),
    ((0.7, 0.0), (1.0, 0.08), (1.0, 0.78), (0.6, 0.9), (0.6, 1.0)),
    ((0.35, 0.0), (0.45, 0.05), (0.8, 0.45), (1.0, 1.0)),
    ((0.8, 0.0), (0.9, 0.05), (0.55, 0.45), (0.3, 0.6), (0.28, 0.95), (0.4, 1.0)),
    ((0.3, 0.0), (0.75, 0.12), (1.0, 0.45), (0.75, 0.85), (0.3, 1.0)),
)

#: Solids of one piece at most, with its boards, and of what stands on them alone.
_ALL, _MOST = 115, 62


def fill(
    rng: np.random.Generator, cells: list[Cell], share: float, drawn: int = 0
) -> list[Primitive]:
    """Draw things into a share of the cells; fewer where ``drawn`` solids are there already."""
    most = min(_MOST, _ALL - drawn)
    out: list[Primitive] = []
    order = rng.permutation(len(cells))
    taken = [cells[i] for i in order[: round(share * len(cells))]]
    for cell in taken:
        if len(out) > most - 12 or cell.high < 0.1 or cell.wide < 0.1:
            continue
        room = max((most - len(out)) // 3, 4)
        kind = rng.random()
        if kind < 0.62:
            out += books(rng, cell, min(room, 14))
        elif kind < 0.8:
            out += _ornaments(rng, cell)
        else:
            out += _basket(rng, cell)
    return out


def books(rng: np.random.Generator, cell: Cell, most: int) -> list[Primitive]:
    """Draw a row of books from one end, perhaps with a leaning one, perhaps with a pile."""
    out: list[Primitive] = []
    deep = cell.y[1] - cell.y[0]
    tall = min(cell.high - 0.02, rng.uniform(0.2, 0.32))
    start = cell.y[0] + rng.uniform(0.01, 0.05) * min(1.0, deep / 0.25)
    full = cell.x[0] + cell.wide * (rng.uniform(0.4, 0.98))
    x, z = cell.x[0] + 0.002, cell.z[0] - 0.001
    # Wide shelves get more books at once: a set whose backs make one surface.
    typical = min(max(0.022, cell.wide * 0.9 / most), 0.045)
    while x < full and len(out) < most:
        thick = typical * rng.uniform(0.6, 1.5)
        if x + thick > cell.x[1] - 0.004:
            break
        high = tall * rng.uniform(0.72, 1.0)
        y = (
            start + rng.uniform(0, 0.015),
            min(start + high * rng.uniform(0.6, 0.75), cell.y[1] - 0.012),
        )
        book = BOOK + int(rng.integers(BOOKS))
        out.append(span((x, x + thick), y, (z, z + high), book, 0.0025))
        x += thick + 0.0008
    room = cell.x[1] - x
    if out and room > 0.12 and rng.random() < 0.5:
        out += _leaning(rng, cell, x, tall, start)
    elif room > 0.26 and rng.random() < 0.5:
        out += _pile(rng, Cell((x + 0.02, cell.x[1]), cell.y, cell.z))
    return out


def _leaning(
    rng: np.random.Generator, cell: Cell, x: float, tall: float, start: float
) -> list[Primitive]:
    """One book that leans on the row to its left; it stands on its lower left edge."""
    thick, angle = rng.uniform(0.018, 0.035), rng.uniform(7, 18)
    high = tall * rng.uniform(0.75, 0.95)
    foot = x + high * float(np.sin(np.radians(angle)))
    box = span(
        (foot, foot + thick), (start, start + 0.65 * high), (cell.z[0] - 0.0015, cell.z[0] + high),
        BOOK + int(rng.integers(BOOKS)), 0.0025,
    )  # fmt: skip
    return [moved(box, turn=about_y(-angle), pivot=(foot, 0, cell.z[0] - 0.0015))]


def _pile(rng: np.random.Generator, cell: Cell) -> list[Primitive]:
    """Two to five books lying on each other, the larger ones below."""
    out: list[Primitive] = []
    z, wide = cell.z[0] - 0.001, min(rng.uniform(0.2, 0.28), cell.wide - 0.02)
    deep = min(0.2, cell.y[1] - cell.y[0] - 0.03)
    x = cell.x[0] + 0.005
    for _ in range(int(rng.integers(2, 6))):
        thick = rng.uniform(0.018, 0.045)
        if z + thick > cell.z[1] - 0.01:
            break
        shift, y = rng.uniform(0, 0.012), cell.y[0] + rng.uniform(0.015, 0.03)
        out.append(
            span(
                (x + shift, x + shift + wide),
                (y, y + deep),
                (z, z + thick + 0.001),
                BOOK + int(rng.integers(BOOKS)),
                0.0025,
            )
        )
        z, wide, deep = z + thick, wide * rng.uniform(0.86, 1.0), deep * rng.uniform(0.86, 1.0)
    return out


def _ornaments(rng: np.random.Generator, cell: Cell) -> list[Primitive]:
    """One to three vessels, a picture that leans on the back, a plant, or a pile of books."""
    out: list[Primitive] = []
    deep = cell.y[1] - cell.y[0]
    y = (cell.y[0] + cell.y[1]) / 2
    kind = rng.random()
    if kind < 0.2 and cell.wide > 0.26:
        return _pile(rng, cell)
    if kind < 0.34 and cell.high > 0.22 and cell.wide > 0.2:
        return _picture(rng, cell)
    if kind < 0.48 and cell.high > 0.24:
        return _plant(rng, cell)
    count = int(rng.integers(1, 4)) if cell.wide > 0.4 else 1
    spots = np.linspace(cell.x[0], cell.x[1], count + 2)[1:-1]
    for x in spots.tolist():
        shape = _VESSELS[rng.integers(len(_VESSELS))]
        high = min(rng.uniform(0.1, 0.28), cell.high - 0.02)
        r = min(high * rng.uniform(0.28, 0.5), 0.42 * deep, 0.4 * cell.wide / count)
        profile = tuple((r * a, high * b) for a, b in shape)
        where = (x + rng.uniform(-0.03, 0.03) * cell.wide, y - 0.05 * deep, cell.z[0] - 0.001)
        out.append(Lathe(where, profile, CERAMIC if rng.random() < 0.75 else METAL))
    return out


def _picture(rng: np.random.Generator, cell: Cell) -> list[Primitive]:
    high = min(rng.uniform(0.16, 0.3), cell.high - 0.03)
    wide = min(high * rng.uniform(0.7, 1.3), cell.wide - 0.04)
    x, y = (cell.x[0] + cell.x[1]) / 2, cell.y[0] + 0.55 * (cell.y[1] - cell.y[0])
    z = cell.z[0] - 0.002
    frame = span((x - wide / 2, x + wide / 2), (y, y + 0.016), (z, z + high), FRONT, 0.002)
    inner = span(
        (x - wide / 2 + 0.02, x + wide / 2 - 0.02),
        (y - 0.001, y + 0.01),
        (z + 0.02, z + high - 0.02),
        CERAMIC,
    )
    turn = about_x(-rng.uniform(6, 12))
    return [moved(p, turn=turn, pivot=(0, y, z)) for p in (frame, inner)]


def _plant(rng: np.random.Generator, cell: Cell) -> list[Primitive]:
    """A pot with a few arching leaves."""
    x, y, z = (cell.x[0] + cell.x[1]) / 2, (cell.y[0] + cell.y[1]) / 2, cell.z[0] - 0.001
    r, high = min(0.07, 0.25 * (cell.y[1] - cell.y[0])), min(0.12, 0.45 * cell.high)
    pot = tuple((r * a, high * b) for a, b in ((0.7, 0.0), (1.0, 0.9), (1.0, 1.0)))
    out: list[Primitive] = [Lathe((x, y, z), pot, CERAMIC)]
    reach = min(0.12, 0.4 * cell.wide, 0.45 * (cell.y[1] - cell.y[0]))
    rise = cell.high - high - 0.03
    for angle in rng.uniform(0, 6.3) + np.arange(5) * 1.26:
        c, s = float(np.cos(angle)), float(np.sin(angle))
        tall = rise * rng.uniform(0.6, 1.0)
        out.append(
            Tube(
                (
                    (x, y, z + high * 0.9),
                    (x + 0.5 * reach * c, y + 0.5 * reach * s, z + high + tall),
                    (x + reach * c, y + reach * s, z + high + 0.5 * tall),
                ),
                (0.005, 0.009, 0.003),
                LEAF,
            )
        )
    return out


def _basket(rng: np.random.Generator, cell: Cell) -> list[Primitive]:
    """One box or basket, or two side by side, that fill most of the cell's depth."""
    count = 2 if cell.wide > 0.55 else 1
    step = cell.wide / count
    high = min(cell.high * rng.uniform(0.55, 0.85), 0.3)
    y = (cell.y[0] + rng.uniform(0.004, 0.02), cell.y[1] - 0.02)
    z = cell.z[0] - 0.001
    lid = rng.random() < 0.35
    taper = rng.uniform(0.0, 0.025)
    half = min(0.46 * step, rng.uniform(0.14, 0.24))
    out: list[Primitive] = []
    for i in range(count):
        x = cell.x[0] + step * (i + 0.5)
        outline = [
            (x - half + taper, z),
            (x + half - taper, z),
            (x + half, z + high),
            (x - half, z + high),
        ]
        out.append(along_y(y, outline, BASKET, 0.006))
        if lid:
            out.append(
                span(
                    (x - half - 0.003, x + half + 0.003),
                    (y[0] - 0.003, y[1]),
                    (z + high - 0.035, z + high + 0.004),
                    BASKET,
                    0.003,
                )
            )
        elif rng.random() < 0.6:
            # A dark slot, or a label, where one takes hold of it.
            middle = z + high * 0.68
            out.append(
                span(
                    (x - 0.035, x + 0.035),
                    (y[0] - 0.003, y[0] + 0.01),
                    (middle - 0.012, middle + 0.012),
                    METAL,
                    0.003,
                )
            )
    return out
