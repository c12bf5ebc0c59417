"""Bookcases with sides, and low sideboards: columns, bases, crowns, doors, contents."""

from __future__ import annotations

import numpy as np

from ..assembly import span
from ..feet import stand
from ..placing import along_y, arc
from ..primitives import Material, Primitive
from .cells import BOARD, FRONT, METAL, Cell, case, materials, spread
from .contents import fill
from .fronts import front


def cabinet(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of an upright bookcase."""
    board = rng.uniform(0.016, 0.03)
    columns = int(rng.choice([1, 2, 3], p=[0.55, 0.3, 0.15]))
    pitch = rng.uniform(0.4, 0.95) if columns == 1 else rng.uniform(0.36, 0.62)
    height, depth = rng.uniform(0.8, 2.25), rng.uniform(0.24, 0.4)
    if rng.random() < 0.15:
        pitch, height = rng.uniform(0.25, 0.4), rng.uniform(1.5, 2.1)
    wide = columns * pitch
    xs = np.linspace(-wide / 2, wide / 2, columns + 1).tolist()
    y = (-depth / 2, depth / 2)
    base = str(rng.choice(["plinth", "feet", "sides", "floor"], p=[0.35, 0.25, 0.25, 0.15]))
    lift = {
        "plinth": rng.uniform(0.05, 0.1), "feet": rng.uniform(0.08, 0.2),
        "sides": rng.uniform(0.04, 0.12), "floor": 0.0,
    }[base]  # fmt: skip
    rows = max(2, round((height - lift) / rng.uniform(0.27, 0.4)))
    same = rng.random() < 0.65
    jitter = rng.uniform(0.0, 0.3)
    shared = spread(rng, lift, height - board, rows, jitter)
    levels = [
        shared if same else spread(rng, lift, height - board, rows, jitter) for _ in range(columns)
    ]
    closed = _closed(rng, rows, height)
    if closed:
        # Fronts need their tops in one line.
        levels = [[*shared[: closed + 1], *column[closed + 1 :]] for column in levels]
    low = lift if base in ("plinth", "feet") else 0.0
    solids, cells = case(xs, levels, y, board, low)
    across = (-wide / 2, wide / 2 + board)
    solids += _base(rng, base, across, y, lift)
    if rng.random() < 0.75:
        solids.append(
            span(
                (across[0] + 0.003, across[1] - 0.003),
                (y[1] - 0.006, y[1] + 0.003),
                (lift, height - 0.002),
                FRONT,
            )
        )
    free = list(cells)
    if closed:
        knob = str(rng.choice(["knob", "bar", "none"], p=[0.55, 0.3, 0.15]))
        style = str(
            rng.choice(
                ["doors", "door", "panel", "drawers", "glass"], p=[0.25, 0.2, 0.25, 0.2, 0.1]
            )
        )
        for c in range(columns):
            mine = cells[c * rows : c * rows + closed]
            whole = Cell(mine[0].x, mine[0].y, (mine[0].z[0], mine[-1].z[1]))
            solids += front(rng, whole, style, knob, board)
            free = [cell for cell in free if cell not in mine]
    if closed and rng.random() < 0.25 and free:
        # Glass before the rest.
        tops = [cells[c * rows + closed : (c + 1) * rows] for c in range(columns)]
        for mine in tops:
            whole = Cell(mine[0].x, mine[0].y, (mine[0].z[0], mine[-1].z[1]))
            solids += front(rng, whole, "glass", "knob", board)
    solids += _crown(rng, across, y, height, board)
    if rng.random() < 0.45:
        solids += fill(rng, free, rng.uniform(0.3, 1.0), len(solids))
    return solids, materials(rng)


def sideboard(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a low long shelf, open and closed in turns."""
    board = rng.uniform(0.018, 0.03)
    columns = int(rng.integers(2, 5))
    pitch, depth = rng.uniform(0.36, 0.56), rng.uniform(0.32, 0.45)
    lift, height = rng.uniform(0.06, 0.22), rng.uniform(0.5, 0.85)
    wide = columns * pitch
    xs = np.linspace(-wide / 2, wide / 2, columns + 1).tolist()
    y = (-depth / 2, depth / 2)
    rows = [int(rng.integers(1, 3)) for _ in range(columns)]
    levels = [np.linspace(lift, height - board, r + 1).tolist() for r in rows]
    solids, cells = case(xs, levels, y, board, lift)
    solids += stand(
        rng, (-wide / 2, wide / 2 + board), y, lift, METAL if rng.random() < 0.5 else FRONT
    )
    solids.append(
        span(
            (-wide / 2 + 0.003, wide / 2 + board - 0.003),
            (y[1] - 0.006, y[1] + 0.003),
            (lift, height - 0.002),
            BOARD,
        )
    )
    if rng.random() < 0.4:
        over = rng.uniform(0.005, 0.02)
        solids.append(
            span(
                (-wide / 2 - over, wide / 2 + board + over),
                (y[0] - over - 0.01, y[1] + 0.003),
                (height - 0.004, height + 0.018),
                FRONT,
                0.003,
            )
        )
    knob = str(rng.choice(["knob", "bar", "none"]))
    style = str(rng.choice(["door", "drawers", "panel", "drawer"]))
    free: list[Cell] = []
    for cell in cells:
        # One compartment at least stays open.
        if rng.random() < 0.55 and (free or cell is not cells[-1]):
            solids += front(rng, cell, style, knob, board)
        else:
            free.append(cell)
    if rng.random() < 0.6:
        solids += fill(rng, free, rng.uniform(0.5, 1.0), len(solids))
    return solids, materials(rng)


def _closed(rng: np.random.Generator, rows: int, height: float) -> int:
    """How many of the lowest rows have doors or drawers before them."""
    if rng.random() < 0.6 or rows < 3:
        return 0
    return 2 if rows > 4 and height > 1.5 and rng.random() < 0.5 else 1


def _base(
    rng: np.random.Generator, base: str, x: tuple[float, float], y: tuple[float, float], lift: float
) -> list[Primitive]:
    if base == "plinth":
        back = rng.uniform(0.0, 0.04)
        if rng.random() < 0.3:
            return [_apron(x, y[0], lift), span(x, (y[1] - 0.02, y[1]), (0, lift + 0.01), BOARD)]
        return [
            span(
                (x[0] + 0.002, x[1] - 0.002), (y[0] + back, y[1] - 0.002), (0, lift + 0.012), BOARD
            )
        ]
    if base == "feet":
        return stand(rng, x, y, lift, METAL if rng.random() < 0.4 else BOARD)
    if base == "sides" and rng.random() < 0.7:
        return [
            span(
                (x[0] + 0.004, x[1] - 0.004), (y[0] + 0.01, y[0] + 0.028), (0, lift + 0.005), BOARD
            )
        ]
    return []


def _apron(x: tuple[float, float], front: float, lift: float) -> Primitive:
    """A base board cut out below in a flat curve, between two bracket feet."""
    foot = 0.1 * (x[1] - x[0]) + 0.03
    a, b = x[0] + foot, x[1] - foot
    middle, half = (a + b) / 2, (b - a) / 2
    cut = [(px, 0.65 * pz * lift) for px, pz in arc((middle, 0.0), 1.0, 180, 0, 7)]
    cut = [(middle + (px - middle) * half, max(pz, 0.0)) for px, pz in cut]
    outline = [(x[0], 0.0), *cut, (x[1], 0.0), (x[1], lift + 0.01), (x[0], lift + 0.01)]
    return along_y((front - 0.004, front + 0.022), outline, BOARD)


def _crown(
    rng: np.random.Generator,
    x: tuple[float, float],
    y: tuple[float, float],
    height: float,
    board: float,
) -> list[Primitive]:
    """What the top ends in: nothing, a cornice, an overhanging board, or an arch in front."""
    kind = rng.random()
    if kind < 0.55:
        return []
    if kind < 0.75:
        out: list[Primitive] = []
        for i, over in enumerate((0.012, 0.028, 0.045)):
            z = height - 0.03 + 0.02 * i
            out.append(
                span((x[0] - over, x[1] + over), (y[0] - over, y[1]), (z, z + 0.024), BOARD, 0.004)
            )
        return out
    if kind < 0.9:
        over = rng.uniform(0.01, 0.03)
        return [
            span(
                (x[0] - over, x[1] + over),
                (y[0] - over, y[1]),
                (height - 0.003, height + 0.02),
                BOARD,
                0.004,
            )
        ]
    rise = rng.uniform(0.06, 0.18) * (x[1] - x[0])
    middle, half = (x[0] + x[1]) / 2, (x[1] - x[0]) / 2
    top = [
        (middle + half * u, height - 0.002 + rise * (1 - u * u))
        for u in np.linspace(1, -1, 11).tolist()
    ]
    outline = [(x[0], height - 0.05), (x[1], height - 0.05), *top]
    return [along_y((y[0], y[0] + board), outline, BOARD)]
