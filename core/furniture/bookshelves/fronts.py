"""Doors and drawers before cells, with knobs or bars."""

from __future__ import annotations

import numpy as np

from ..assembly import rod, span
from ..primitives import Primitive
from .cells import BOARD, FRONT, GLASS, METAL, Cell


def front(
    rng: np.random.Generator, cell: Cell, style: str, knob: str, board: float
) -> list[Primitive]:
    """Draw what closes a cell; it covers half of the boards around it.

    Args:
        style: "door", "doors", "panel", "glass", "drawers" or "drawer".
        knob: "knob", "bar", "none".
        board: thickness of the boards around the cell, metres.
    """
    e = 0.45 * board
    x = (cell.x[0] - e, cell.x[1] + e)
    z = (cell.z[0] - e, cell.z[1] + e)
    y = (cell.y[0] - 0.016, cell.y[0] + 0.003)
    if style.startswith("drawer"):
        rows = max(1, round((z[1] - z[0]) / rng.uniform(0.14, 0.24))) if style == "drawers" else 1
        out: list[Primitive] = []
        for low, high in zip(*_cuts(z, rows), strict=True):
            out.append(span((x[0] + 0.002, x[1] - 0.002), y, (low, high), FRONT, 0.002))
            out += _handle(
                ((x[0] + x[1]) / 2, y[0], low + 0.6 * (high - low)), knob, x[1] - x[0], True
            )
        # A box behind the fronts keeps them together.
        out.append(span((x[0] + 0.01, x[1] - 0.01), (cell.y[0], cell.y[0] + 0.03), z, BOARD))
        return out
    leaves = 2 if style == "doors" or x[1] - x[0] > 0.62 else 1
    out = []
    for i, (a, b) in enumerate(zip(*_cuts(x, leaves), strict=True)):
        inner = a + 0.035 if (i == leaves - 1) == (leaves == 2) else b - 0.035
        if leaves == 1:
            inner = b - 0.035
        out += _leaf(rng, style, (a, b), y, z)
        grip = min(z[1] - 0.1, z[0] + 0.75 * (z[1] - z[0]))
        out += _handle((inner, y[0], grip), knob, 0.0, False)
    return out


def _cuts(extent: tuple[float, float], count: int) -> tuple[list[float], list[float]]:
    edges = np.linspace(extent[0], extent[1], count + 1)
    return (edges[:-1] + 0.0015).tolist(), (edges[1:] - 0.0015).tolist()


def _leaf(
    rng: np.random.Generator,
    style: str,
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
) -> list[Primitive]:
    """One door: plain, framed with a field, or framed with glass."""
    if style not in ("panel", "glass"):
        return [span(x, y, z, FRONT, 0.002)]
    bar = 0.05
    thin = (y[0] + 0.007, y[1] - 0.002)
    pane = GLASS if style == "glass" else FRONT
    out: list[Primitive] = [
        span((x[0], x[0] + bar), y, z, FRONT, 0.002),
        span((x[1] - bar, x[1]), y, z, FRONT, 0.002),
        span((x[0] + bar - 0.002, x[1] - bar + 0.002), y, (z[0], z[0] + bar), FRONT, 0.002),
        span((x[0] + bar - 0.002, x[1] - bar + 0.002), y, (z[1] - bar, z[1]), FRONT, 0.002),
    ]
    inner = (x[0] + bar - 0.004, x[1] - bar + 0.004), thin, (z[0] + bar - 0.004, z[1] - bar + 0.004)
    out.append(span(*inner, pane))
    if style == "glass" and z[1] - z[0] > 0.7:
        middle = (z[0] + z[1]) / 2
        out.append(
            span(inner[0], (y[0] + 0.003, y[1]), (middle - 0.011, middle + 0.011), FRONT, 0.001)
        )
    return out


def _handle(
    at: tuple[float, float, float], kind: str, room: float, across: bool
) -> list[Primitive]:
    x, y, z = at
    if kind == "knob":
        return [rod((x, y - 0.024, z), (x, y + 0.004, z), 0.014, 0.008, METAL)]
    if kind == "none":
        return []
    half = min(0.06, 0.3 * room) if across else 0.06
    if across:
        return [
            span((x - half, x + half), (y - 0.022, y + 0.003), (z - 0.006, z + 0.006), METAL, 0.003)
        ]
    return [
        span((x - 0.006, x + 0.006), (y - 0.022, y + 0.003), (z - half, z + half), METAL, 0.003)
    ]
