"""Plain sofas of boxes: seats, cushions, arms, chaises."""

from __future__ import annotations

import itertools

import numpy as np

from .. import palette
from ..assembly import both_sides, mirrored_x, rod, span, tilted
from ..primitives import Material, Primitive


def plain(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a sofa of boxes."""
    width, depth = rng.uniform(1.2, 2.6), rng.uniform(0.75, 1.05)
    seat = rng.uniform(0.36, 0.48)
    w, d = width / 2, depth / 2
    leg = rng.uniform(0.03, 0.18)
    arm = rng.uniform(0.07, 0.26) if rng.random() < 0.9 else 0.0
    back, top = rng.uniform(0.1, 0.24), seat + rng.uniform(0.28, 0.5)
    r = rng.uniform(0.015, 0.06)
    cushion = rng.uniform(0.1, 0.18)
    materials = [palette.fabric(rng), palette.hard(rng), palette.fabric(rng)]
    lean = rng.uniform(0, 7)
    solids: list[Primitive] = [
        span((-w, w), (-d, d), (leg, seat - cushion * 0.7), 0, min(r, 0.03)),
        tilted(
            span((-w + arm * 0.2, w - arm * 0.2), (d - back, d), (leg, top), 0, r),
            lean,
            (0.0, d, leg),
        ),
    ]
    if arm:
        rise = seat + rng.uniform(0.08, 0.26)
        front = -d + (rng.uniform(0, 0.1) if rng.random() < 0.3 else 0)
        solids += both_sides(span((w - arm, w), (front, d - back * 0.2), (leg, rise), 0, r))
    inner = w - arm
    solids += _cushions(rng, inner, d, back, seat, cushion, top)
    if rng.random() < 0.2:
        reach, part = rng.uniform(0.45, 0.75), inner * rng.uniform(0.55, 0.8)
        chaise: list[Primitive] = [
            span(
                (inner - part, inner + arm),
                (-d - reach, -d + 0.1),
                (leg, seat - cushion * 0.7),
                0,
                min(r, 0.03),
            ),
            span(
                (inner - part, inner + arm * 0.5),
                (-d - reach, -d + 0.1),
                (seat - cushion, seat),
                0,
                min(r, 0.04),
            ),
            rod(
                (inner - 0.05, -d - reach + 0.07, 0),
                (inner - 0.05, -d - reach + 0.07, leg + 0.01),
                0.02,
                0.025,
                1,
            ),
            rod(
                (inner - part + 0.07, -d - reach + 0.07, 0),
                (inner - part + 0.07, -d - reach + 0.07, leg + 0.01),
                0.02,
                0.025,
                1,
            ),
        ]
        solids += chaise if rng.random() < 0.5 else [mirrored_x(p) for p in chaise]
    solids += _legs(rng, w, d, leg)
    return solids, materials


def _cushions(
    rng: np.random.Generator,
    inner: float,
    d: float,
    back: float,
    seat: float,
    thick: float,
    top: float,
) -> list[Primitive]:
    out: list[Primitive] = []
    count = int(rng.integers(1, 4))
    edges = np.linspace(-inner, inner, count + 1)
    puff = rng.uniform(0.02, 0.05)
    backs = rng.random() < 0.75
    depth, high = rng.uniform(0.1, 0.2), top + rng.uniform(-0.06, 0.06)
    tilt = rng.uniform(0, 14)
    for a, b in itertools.pairwise(edges):
        cell = (a + 0.004, b - 0.004)
        out.append(span(cell, (-d - 0.015, d - back), (seat - thick, seat), 0, puff))
        if backs:
            y = d - back
            box = span(cell, (y - depth, y + 0.02), (seat - 0.01, high), 0, min(0.06, depth * 0.4))
            out.append(tilted(box, tilt, (0.0, y, seat)))
    if rng.random() < 0.35:
        side = rng.uniform(0.34, 0.46)
        y = d - back - (depth if backs else 0) - 0.02
        pillow = span(
            (inner - side - 0.02, inner - 0.02),
            (y - 0.13, y),
            (seat - 0.03, seat + side - 0.02),
            2,
            0.055,
        )
        placed = tilted(pillow, rng.uniform(5, 20), (0.0, y, seat))
        out += both_sides(placed) if rng.random() < 0.6 else [placed]
    return out


def _legs(rng: np.random.Generator, w: float, d: float, leg: float) -> list[Primitive]:
    inset, thick = rng.uniform(0.04, 0.12), rng.uniform(0.018, 0.035)
    is_round, plinth = rng.random() < 0.5, leg < 0.08 and rng.random() < 0.5
    if plinth:
        return [span((-w + inset, w - inset), (-d + inset, d - inset), (0, leg + 0.005), 1)]
    out: list[Primitive] = []
    for side in (-1, 1):
        x, y = w - inset, side * (d - inset)
        if is_round:
            out += both_sides(rod((x, y, 0), (x, y, leg + 0.01), thick * 0.6, thick, 1))
        else:
            out += both_sides(
                span((x - thick, x + thick), (y - thick, y + thick), (0, leg + 0.01), 1)
            )
    return out
