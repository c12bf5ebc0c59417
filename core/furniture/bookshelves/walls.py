"""Shelves that make a wall: cubes, stairs and patchworks of boards, units of several cases."""

from __future__ import annotations

import numpy as np

from ..assembly import mirrored_x, span
from ..feet import stand
from ..primitives import Material, Primitive
from .cells import BOARD, FRONT, Cell, case, materials, spread
from .contents import fill
from .fronts import front


def grid(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of square or patchwork compartments in a frame."""
    columns, rows = int(rng.integers(1, 5)), int(rng.integers(2, 6))
    cube = rng.uniform(0.3, 0.4)
    board = rng.uniform(0.016, 0.035)
    depth = rng.uniform(0.28, 0.4)
    lift = rng.uniform(0.05, 0.18) if rng.random() < 0.3 else 0.0
    y = (-depth / 2, depth / 2)
    patchwork = rng.random() < 0.35 and columns > 1
    widths = rng.uniform(0.7, 1.4, columns) if patchwork else np.ones(columns)
    xs = (np.concatenate([[0.0], np.cumsum(widths)]) * cube).tolist()
    top = lift + rows * cube
    if patchwork:
        levels = [
            spread(rng, lift, top, int(rng.integers(max(1, rows - 1), rows + 2)), 0.35)
            for _ in range(columns)
        ]
    else:
        levels = [np.linspace(lift, top, rows + 1).tolist()] * columns
    solids, cells = case(xs, levels, y, board, lift)
    if lift:
        solids += stand(rng, (xs[0], xs[-1] + board), y, lift, FRONT)
    if rng.random() < 0.4:
        solids.append(
            span(
                (xs[0] + 0.003, xs[-1] + board - 0.003),
                (y[1] - 0.006, y[1] + 0.003),
                (lift, top),
                FRONT,
            )
        )
    free: list[Cell] = []
    closing = rng.uniform(0.1, 0.5) if rng.random() < 0.4 else 0.0
    knob = str(rng.choice(["knob", "none"]))
    style = str(rng.choice(["door", "drawers"]))
    for cell in cells:
        if rng.random() < closing and cell.high > 0.15:
            solids += front(rng, cell, style, knob, board)
        else:
            free.append(cell)
    if rng.random() < 0.5:
        solids += fill(rng, free, rng.uniform(0.3, 0.9), len(solids))
    return solids, materials(rng)


def steps(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of columns of different heights, as stairs or skyline."""
    columns = int(rng.integers(2, 6))
    cube, board = rng.uniform(0.3, 0.4), rng.uniform(0.016, 0.03)
    depth = rng.uniform(0.26, 0.4)
    if rng.random() < 0.65:
        counts = list(range(columns, 0, -1))
    else:
        counts = [int(rng.integers(1, 6)) for _ in range(columns)]
    xs = (np.arange(columns + 1) * cube * rng.uniform(0.9, 1.3)).tolist()
    y = (-depth / 2, depth / 2)
    levels = [[cube * k for k in range(count + 1)] for count in counts]
    solids, cells = case(xs, levels, y, board)
    if rng.random() < 0.4:
        for a, b, count in zip(xs[:-1], xs[1:], counts, strict=True):
            solids.append(
                span(
                    (a + 0.003, b + board - 0.003),
                    (y[1] - 0.006, y[1] + 0.003),
                    (0, count * cube),
                    FRONT,
                )
            )
    if rng.random() < 0.5:
        solids += fill(rng, cells, rng.uniform(0.3, 0.9), len(solids))
    if rng.random() < 0.5:
        solids = [mirrored_x(p) for p in solids]
    return solids, materials(rng)


def unit(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of deep cupboards below and shelves above them."""
    board = rng.uniform(0.018, 0.03)
    columns = int(rng.integers(2, 5))
    pitch = rng.uniform(0.42, 0.7)
    wide = columns * pitch
    depth, shallow = rng.uniform(0.38, 0.5), rng.uniform(0.24, 0.34)
    lift, waist, height = rng.uniform(0.05, 0.1), rng.uniform(0.6, 0.9), rng.uniform(1.7, 2.3)
    xs = np.linspace(-wide / 2, wide / 2, columns + 1).tolist()
    back = depth / 2
    y_low, y_high = (-back, back), (back - shallow, back)
    solids, low = case(xs, [[lift, waist - board]] * columns, y_low, board, lift)
    across = (-wide / 2, wide / 2 + board)
    solids.append(
        span(
            (across[0] + 0.01, across[1] - 0.01),
            (-back + 0.04, back - 0.01),
            (0, lift + 0.01),
            BOARD,
        )
    )
    style = str(rng.choice(["doors", "panel", "drawers", "door"]))
    knob = str(rng.choice(["knob", "bar", "none"]))
    for cell in low:
        solids += front(rng, cell, style, knob, board)
    over = rng.uniform(0.0, 0.02)
    solids.append(
        span(
            (across[0] - over, across[1] + over),
            (-back - over - 0.012, back + 0.003),
            (waist - 0.003, waist + 0.022),
            FRONT,
            0.004,
        )
    )
    rows = max(2, round((height - waist) / rng.uniform(0.28, 0.42)))
    upper = [
        spread(rng, waist, height - board, rows, 0.15 if rng.random() < 0.5 else 0.0)
        for _ in range(columns)
    ]
    if columns >= 3 and rng.random() < 0.4:
        # A wide niche in the middle, for a picture or a screen.
        upper[1] = [waist, waist + 0.55 * (height - waist), height - board]
    shelves, cells = case(xs, upper, y_high, board, waist)
    solids += shelves
    if rng.random() < 0.7:
        solids.append(
            span(
                (across[0] + 0.003, across[1] - 0.003),
                (back - 0.006, back + 0.003),
                (lift, height - 0.002),
                FRONT,
            )
        )
    if rng.random() < 0.3:
        solids.append(
            span(
                (across[0] - 0.03, across[1] + 0.03),
                (back - shallow - 0.03, back),
                (height - 0.02, height + 0.035),
                BOARD,
                0.006,
            )
        )
    if rng.random() < 0.5:
        solids += fill(rng, cells, rng.uniform(0.3, 0.8), len(solids))
    return solids, materials(rng)
