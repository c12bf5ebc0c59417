"""Bodies with drawers and doors, and what they stand on."""

from __future__ import annotations

import itertools

import numpy as np

from ..assembly import both_sides, rod, span
from ..curves import bent
from ..primitives import Lathe, Primitive, Tube
from .tops import ACCENT, FRAME, METAL, TOP, Size

Interval = tuple[float, float]


def handle(rng: np.random.Generator, kind: str, x: float, y: float, z: float) -> list[Primitive]:
    """Return what a drawer whose front lies at y is pulled by."""
    if kind == "knob":
        r = 0.013
        profile = ((0.4 * r, -0.004), (0.4 * r, 0.5 * r), (r, r), (r, 1.6 * r), (0.6 * r, 1.9 * r))
        rows = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
        return [Lathe((x, y, z), profile, METAL, rows)]
    if kind == "bar":
        half, r = 0.055, 0.005
        line = bent(
            [
                (x - half, y + 0.003, z),
                (x - half, y - 0.025, z),
                (x + half, y - 0.025, z),
                (x + half, y + 0.003, z),
            ],
            0.008,
            2,
        )
        return [Tube(tuple(line), (r,) * len(line), METAL)]
    if kind == "cup":
        return [
            span((x - 0.04, x + 0.04), (y - 0.018, y + 0.003), (z - 0.008, z + 0.012), METAL, 0.006)
        ]
    return []


def cabinet(
    rng: np.random.Generator,
    x: Interval,
    y: Interval,
    z: Interval,
    style: tuple[str, str, int],
    rows: int,
    door: bool = False,
) -> list[Primitive]:
    """Return a body with drawers, or a drawer and a door, in its front at low y.

    Args:
        style: how fronts lie (``"proud"`` or ``"inset"``), the handle, the fronts' material.
    """
    lay, pull, material = style
    out: list[Primitive] = [span(x, y, z, FRAME, 0.001)]
    gap, frame = 0.003, 0.004 if lay == "proud" else 0.016
    heights = np.ones(rows)
    if door:
        heights = np.array([2.5, 1.0]) if rows > 1 else np.ones(1)
    elif rows > 2 and rng.random() < 0.4:
        heights[0] = 1.7
    edges = (
        z[0]
        + frame
        + np.concatenate([[0], np.cumsum(heights / heights.sum())]) * (z[1] - z[0] - 2 * frame)
    )
    front = (y[0] - 0.016, y[0] + 0.004) if lay == "proud" else (y[0] - 0.003, y[0] + 0.004)
    for k, (low, high) in enumerate(itertools.pairwise(edges.tolist())):
        out.append(
            span((x[0] + frame, x[1] - frame), front, (low + gap, high - gap), material, 0.0015)
        )
        middle, level = (x[0] + x[1]) / 2, (low + high) / 2
        if door and k == 0:
            middle, level = x[0] + 0.16 * (x[1] - x[0]), low + 0.8 * (high - low)
        wide = x[1] - x[0] > 0.7 and pull == "knob"
        for c in (
            (middle - 0.25 * (x[1] - x[0]), middle + 0.25 * (x[1] - x[0])) if wide else (middle,)
        ):
            out += handle(rng, pull, float(c), front[0], float(level))
    return out


def draw_style(rng: np.random.Generator) -> tuple[str, str, int]:
    """Draw how fronts lie, the handle and the fronts' material, as :func:`cabinet` takes them."""
    return (
        str(rng.choice(["proud", "inset"])),
        str(rng.choice(["knob", "bar", "cup", "none"], p=[0.4, 0.3, 0.1, 0.2])),
        int(rng.choice([FRAME, TOP, ACCENT], p=[0.6, 0.2, 0.2])),
    )


def feet(rng: np.random.Generator, x: Interval, y: Interval, lift: float) -> list[Primitive]:
    """Return what a cabinet stands on."""
    if lift < 0.01:
        return []
    if lift < 0.06:
        return [
            span((x[0] + 0.015, x[1] - 0.015), (y[0] + 0.03, y[1] - 0.01), (0, lift + 0.005), FRAME)
        ]
    r = rng.uniform(0.012, 0.02)
    return [
        rod((cx, cy, 0), (cx, cy, lift + 0.005), 0.75 * r, r, FRAME)
        for cx in (x[0] + 0.035, x[1] - 0.035)
        for cy in (y[0] + 0.035, y[1] - 0.035)
    ]


def hutch(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Draw a rack at the back of a desk's top."""
    x, t = s.width / 2 - 0.02, 0.018
    depth, rise = rng.uniform(0.16, 0.24), rng.uniform(0.16, 0.4)
    y = (s.depth / 2 - depth - 0.01, s.depth / 2 - 0.01)
    low = s.height - 0.002
    out: list[Primitive] = both_sides(span((x - t, x), y, (low, s.height + rise), FRAME, 0.001))
    out.append(span((-x, x), y, (s.height + rise - t, s.height + rise), FRAME, 0.001))
    for c in np.linspace(-x, x, int(rng.integers(2, 5)) + 1)[1:-1].tolist():
        out.append(span((c - t / 2, c + t / 2), y, (low, s.height + rise), FRAME, 0.001))
    if rng.random() < 0.5:
        out.append(span((-x, x), (y[1] - 0.01, y[1]), (low, s.height + rise), FRAME))
    return out
