"""Bunk beds and high beds: four posts, two levels, guard rails, a ladder or steps."""

from __future__ import annotations

import numpy as np

from ..assembly import beam, both_sides, mirrored_x, rod, span
from ..primitives import Material, Primitive
from .bedding import pillows
from .measures import COVER, FRAME, SHEET, Bed, materials


def bunk(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of two beds one above the other, or of one high bed."""
    w, d = rng.uniform(0.42, 0.52), rng.uniform(0.95, 1.04)
    post = rng.uniform(0.05, 0.08)
    loft = rng.random() < 0.3
    upper = rng.uniform(1.2, 1.5)
    high = upper + rng.uniform(0.4, 0.55)
    lower = rng.uniform(0.25, 0.4)
    slim = rng.random() < 0.3
    out: list[Primitive] = []
    px, py = w + post / 2, d + post / 2
    for y in (-py, py):
        if slim:
            out += both_sides(rod((px, y, 0), (px, y, high), post * 0.4, post * 0.4, FRAME))
        else:
            h = post / 2
            out += both_sides(span((px - h, px + h), (y - h, y + h), (0, high), FRAME, 0.004))
    levels = [upper] if loft else [lower, upper]
    for z in levels:
        out += _level(rng, w, d, px, py, post, z)
    out += _ends(rng, px, py, post, levels, high)
    out += _guards(rng, px, py, post, upper, high)
    if loft and rng.random() < 0.75:
        top = rng.uniform(0.7, 0.75)
        out.append(span((-px, px), (0.1, py), (top - 0.03, top), FRAME, 0.003))
        out.append(span((-px, px), (0.09, 0.13), (top - 0.12, top - 0.02), FRAME, 0.003))
        out.append(span((-px, -px + 0.03), (0.1, py), (0, top), FRAME))
        out.append(span((px - 0.03, px), (0.1, py), (0, top), FRAME))
    out += _ladder(rng, px, py, post, upper, high)
    if rng.random() < 0.5:
        out = [mirrored_x(p) for p in out]
    return out, materials(rng)


def _level(
    rng: np.random.Generator, w: float, d: float, px: float, py: float, post: float, z: float
) -> list[Primitive]:
    """Rails all round, a base, mattress, pillow and a cover."""
    t = post * 0.25
    rail = (z - 0.11, z + 0.03)
    thick = rng.uniform(0.1, 0.17)
    m = Bed(w - 0.005, d - 0.005, z, z - 0.1, z + thick, 0.035)
    out: list[Primitive] = both_sides(span((px - t, px + t), (-py, py), rail, FRAME, 0.003))
    out += [span((-px, px), (y - t, y + t), rail, FRAME, 0.003) for y in (-py, py)]
    out.append(span((-px, px), (-py, py), (z - 0.06, z - 0.02), FRAME))
    out.append(span((-m.w, m.w), (-m.d, m.d), (z - 0.03, m.top), SHEET, m.plump))
    out += pillows(rng, m)
    if rng.random() < 0.7:
        head = rng.uniform(0.2, 0.5) * d
        out.append(
            span((-m.w - 0.004, m.w + 0.004), (-m.d - 0.004, head), (z, m.top + 0.025), COVER, 0.03)
        )
    return out


def _ends(
    rng: np.random.Generator, px: float, py: float, post: float, levels: list[float], high: float
) -> list[Primitive]:
    """Cross-bars or slats at head and foot."""
    t = post * 0.22
    out: list[Primitive] = []
    solid = rng.random() < 0.25
    for y in (-py, py):
        for z in levels:
            top = min(z + rng.uniform(0.38, 0.5), high - 0.01)
            if solid:
                out.append(span((-px, px), (y - t, y + t), (z - 0.05, top), FRAME, 0.003))
                continue
            for h in np.linspace(z + 0.15, top, 3).tolist():
                out.append(span((-px, px), (y - t, y + t), (h - 0.06, h), FRAME, 0.003))
    return out


def _guards(
    rng: np.random.Generator, px: float, py: float, post: float, upper: float, high: float
) -> list[Primitive]:
    """Rails beside the upper mattress; the one at +X leaves room for the ladder at its foot."""
    t = post * 0.22
    out: list[Primitive] = []
    rows = np.linspace(upper + 0.2, high - 0.03, 2).tolist()
    gap = -py + 0.48
    for z in rows:
        out.append(span((-px - t, -px + t), (-py, py), (z - 0.07, z), FRAME, 0.003))
        out.append(span((px - t, px + t), (gap, py), (z - 0.07, z), FRAME, 0.003))
    h = post * 0.4
    out.append(span((px - h, px + h), (gap, gap + 2 * h), (upper - 0.11, rows[-1]), FRAME, 0.003))
    return out


def _ladder(
    rng: np.random.Generator, px: float, py: float, post: float, upper: float, high: float
) -> list[Primitive]:
    """A ladder at +X near the foot end, upright or leaning, or a chest of steps before it."""
    if rng.random() < 0.2:
        # Steps at the foot end, each a box.
        steps = int(rng.integers(3, 5))
        deep = rng.uniform(0.2, 0.26)
        out: list[Primitive] = []
        for i in range(steps):
            z = upper * (i + 1) / (steps + 0.6)
            y = -py - deep * (steps - i) - post / 2
            out.append(
                span(
                    (-px * 0.1, px),
                    (y, -py + 0.01),
                    (0 if i == 0 else z - upper / (steps + 0.6) - 0.01, z),
                    FRAME,
                    0.003,
                )
            )
        return out
    out_x = rng.uniform(0.0, 0.3) if rng.random() < 0.6 else 0.0
    y0 = -py + post * 0.5 + 0.02
    y1 = y0 + rng.uniform(0.34, 0.4)
    thick = rng.uniform(0.03, 0.045)
    top = (px + post * 0.25, min(upper + 0.3, high - 0.02))
    foot = px + post * 0.25 + 0.012 + out_x
    # A leaning rail stands on its lower edge.
    sole = 0.5 * thick * (foot - top[0]) / (upper + 0.06)
    out = []
    round_ = rng.random() < 0.5
    for y in (y0, y1):
        a, b = (foot, y, sole), (top[0], y, upper + 0.06)
        out.append(beam(a, b, thick, thick, FRAME))
    count = int(rng.integers(4, 6))
    for i in range(count):
        part = (i + 0.8) / (count + 0.6)
        x, z = foot + (top[0] - foot) * part, (upper + 0.06) * part
        if round_:
            out.append(rod((x, y0, z), (x, y1, z), 0.015, 0.015, FRAME))
        else:
            out.append(span((x - 0.04, x + 0.04), (y0, y1), (z - 0.011, z + 0.011), FRAME, 0.003))
    return out
