"""Pairs of end frames, crossed legs and frames of bars below table tops."""

from __future__ import annotations

import numpy as np

from ..assembly import beam, both_sides, rod, span
from ..curves import bent, pairs, ribbon, smooth
from ..placing import along_x, along_y
from ..primitives import Primitive, Tube
from .tops import FRAME, INTO, METAL, TOP, Size


def trestle(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Draw two end frames and what joins them: panels, A-frames, T-shapes, U- or O-bows."""
    kind = rng.choice(["panel", "A", "T", "bow", "X"], p=[0.2, 0.25, 0.25, 0.2, 0.1])
    x = s.width / 2 - rng.uniform(0.04, 0.16) * s.width - 0.03
    y, top = 0.5 * s.depth * rng.uniform(0.7, 0.9), s.under + INTO
    t = rng.uniform(0.035, 0.06)
    end: list[Primitive] = []
    joint = 0.0
    if kind == "panel":
        narrow = rng.uniform(0.5, 1.0)
        outline = [(-y, 0.0), (y, 0.0), (y * narrow, top), (-y * narrow, top)]
        end = [along_x((x - t / 2, x + t / 2), outline, FRAME, 0.002)]
        joint = rng.uniform(0.3, 0.75) * top
    elif kind == "A":
        lean = rng.uniform(0.25, 0.6) * y
        for side in (-1, 1):
            line = np.array([(side * y, 0.0), (side * (y - lean), top)])
            end.append(along_x((x - t / 2, x + t / 2), _level(ribbon(line, t), top), FRAME, 0.002))
        z = rng.uniform(0.2, 0.4) * top
        reach = y - lean * z / top
        end.append(
            span((x - 0.4 * t, x + 0.4 * t), (-reach, reach), (z - 0.03, z + 0.03), FRAME, 0.002)
        )
        end.append(
            span((x - 0.45 * t, x + 0.45 * t), (-y * 0.9, y * 0.9), (top - 0.05, top), FRAME, 0.002)
        )
        joint = z
    elif kind == "T":
        foot = np.array(
            [(-y, 0.0), (y, 0.0), (y, 0.03), (0.5 * y, 0.07), (-0.5 * y, 0.07), (-y, 0.03)]
        )
        end.append(along_x((x - 0.6 * t, x + 0.6 * t), pairs(foot), FRAME, 0.003))
        end.append(
            span((x - 0.6 * t, x + 0.6 * t), (-0.9 * y, 0.9 * y), (top - 0.05, top), FRAME, 0.003)
        )
        spots = [0.0] if rng.random() < 0.6 else [-0.3 * y, 0.3 * y]
        wide = rng.uniform(0.04, 0.11) if len(spots) == 1 else 0.03
        for c in spots:
            end.append(
                span(
                    (x - 0.45 * t, x + 0.45 * t),
                    (c - wide, c + wide),
                    (0.04, top - 0.02),
                    FRAME,
                    0.003,
                )
            )
        joint = rng.uniform(0.25, 0.6) * top
        if len(spots) == 2:
            end.append(
                span(
                    (x - 0.3 * t, x + 0.3 * t),
                    (-0.3 * y, 0.3 * y),
                    (joint - 0.04, joint + 0.04),
                    FRAME,
                )
            )
    elif kind == "bow":
        w, flat = rng.uniform(0.03, 0.06), rng.uniform(0.006, 0.012)
        high = top - flat
        out: list[Primitive] = []
        for z in (0.0, high) if rng.random() < 0.6 else (high,):
            out.append(span((x - w, x + w), (-y, y), (z, z + flat), METAL, 0.001))
        for side in (-1, 1):
            out.append(
                span(
                    (x - w, x + w),
                    (side * y - flat / 2, side * y + flat / 2),
                    (0, top),
                    METAL,
                    0.001,
                )
            )
        return both_sides(*out)
    else:
        for side in (-1, 1):
            line = np.array([(-side * y, 0.0), (side * y, top)])
            shift = 0.002 * side
            end.append(
                along_x(
                    (x - t / 2 + shift, x + t / 2 + shift),
                    _level(ribbon(line, t), top),
                    FRAME,
                    0.002,
                )
            )
        joint = 0.5 * top
    out = both_sides(*end)
    if kind == "A" or rng.random() < 0.75:
        high = rng.uniform(0.03, 0.06)
        out.append(span((-x, x), (-0.016, 0.016), (joint - high, joint + high), FRAME, 0.002))
    return out


def _level(outline: list[tuple[float, float]], top: float) -> list[tuple[float, float]]:
    """Cut slanted boards level with the floor and the top."""
    return [(y, float(np.clip(z, 0.0, top))) for y, z in outline]


def crossed(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Draw legs that cross below the middle: bars, tubes or boards."""
    x, y, top = (
        0.5 * s.width * rng.uniform(0.6, 0.85),
        0.5 * s.depth * rng.uniform(0.6, 0.85),
        s.under + INTO,
    )
    kind = rng.choice(["bars", "tubes", "boards"])
    m = FRAME if kind == "boards" or rng.random() < 0.4 else METAL
    out: list[Primitive] = []
    if kind == "boards":
        # Two boards that halve into each other, seen as a cross from above.
        t = rng.uniform(0.018, 0.035)
        waist = rng.uniform(0.25, 1.0)
        for k, half in enumerate((x, y)):
            arc = smooth([(half, 0.0), (half * waist, 0.5 * top), (half * 0.9, top)], 4)
            right = [(u, float(np.clip(v, 0, top))) for u, v in pairs(arc)]
            outline = [*right, *[(-u, v) for u, v in reversed(right)]]
            out.append(
                along_y((-t / 2, t / 2), outline, m)
                if k == 0
                else along_x((-t / 2, t / 2), outline, m)
            )
        return out
    t = rng.uniform(0.022, 0.05)
    spread = rng.uniform(0.6, 1.0)
    for i, (sx, sy) in enumerate(((1, 1), (1, -1))):
        for turn in (1, -1):
            a = (turn * sx * x, turn * sy * y, 0.0)
            b = (-turn * sx * x * spread, -turn * sy * y * spread, top)
            if turn < 0 and spread == 1.0:
                continue
            out.append(
                rod(a, b, t / 2, t / 2, m)
                if kind == "tubes"
                else beam(a, b, t, 0.8 * t + 0.002 * i, m)
            )
    return out


def frame(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Draw a frame of square or round tubes along all edges, or one of sleds."""
    t = rng.uniform(0.015, 0.03)
    inset = rng.uniform(0.0, 0.03)
    x, y, top = s.width / 2 - t / 2 - inset, s.depth / 2 - t / 2 - inset, s.under + INTO
    m = METAL if rng.random() < 0.7 else FRAME
    h, out = t / 2, []
    if rng.random() < 0.25:
        line = bent([(x, -y, top - h), (x, -y, h), (x, y, h), (x, y, top - h)], 0.06)
        out += both_sides(Tube(tuple(line), (h,) * len(line), m))
        out += [span((-x, x), (c - h, c + h), (top - t, top), m) for c in (-y, y)]
        return out
    for c in (-y, y):
        out += both_sides(span((x - h, x + h), (c - h, c + h), (0, top), m, 0.001))
    levels = [top - t] if rng.random() < 0.5 else [top - t, rng.uniform(0.0, 0.2) * top]
    for z in levels:
        out += [span((-x, x), (c - h, c + h), (z, z + t), m, 0.001) for c in (-y, y)]
        out += both_sides(span((x - h, x + h), (-y, y), (z, z + t), m, 0.001))
    if len(levels) == 2 and rng.random() < 0.6:
        z = levels[1] + 0.3 * t
        out.append(
            span((-x, x), (-y, y), (z, z + 0.016), TOP if rng.random() < 0.5 else FRAME, 0.001)
        )
    return out
