"""Dining chairs with posts and legs, with or without arms."""

from __future__ import annotations

import math

import numpy as np

from .. import palette
from ..assembly import both_sides, rod, span
from ..curves import ribbon, rounded, smooth, trapezoid
from ..legs import SEAT_STYLES, Legs, draw_legs, leg, stretchers
from ..placing import along_x, along_z
from ..primitives import Material, Primitive, Tube
from .backs import draw_back
from .frame import Frame, aprons, draw_frame


def dining(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw a dining chair."""
    soft = bool(rng.random() < 0.45)
    materials = [palette.frame(rng), palette.cover(rng) if soft else palette.wood(rng)]
    legs = draw_legs(rng, SEAT_STYLES, rng.uniform(0.03, 0.045), 0.45, 0)
    thick = rng.uniform(0.035, 0.06) if soft else rng.uniform(0.016, 0.03)
    f = draw_frame(rng, legs, thick, (0.34, 0.58))
    solids = [*front_legs(f, legs), *seat(rng, f, thick, soft), *draw_back(rng, f, soft)]
    has_apron = soft or legs.kind in ("cabriole", "taper", "sabre") or rng.random() < 0.6
    if has_apron and max(legs.splay) < 0.03:
        solids += aprons(rng, f, rng.uniform(0.045, 0.075), 0, bool(rng.random() < 0.25))
    if rng.random() < (0.15 if legs.kind in ("cabriole", "sabre") else 0.45):
        solids += stretchers(rng, _straight(f, legs), f.xs, f.ys, f.under, rng.uniform(0.2, 0.5))
    if rng.random() < 0.2:
        solids += arms(rng, f, legs)
    return solids, materials


def _straight(f: Frame, legs: Legs) -> Legs:
    """The same style with the splay of its rear posts, which stand upright in x."""
    return Legs(legs.kind, legs.thick, legs.slim, (0.0, 0.0), legs.turning, legs.edge, 0)


def front_legs(f: Frame, legs: Legs) -> list[Primitive]:
    """Return both front legs."""
    straight = _straight(f, legs)
    return both_sides(*leg(straight, f.xs[0], f.ys[0], f.under + 0.003, 0.07))


def seat(rng: np.random.Generator, f: Frame, thick: float, soft: bool) -> list[Primitive]:
    """Return the seat: a board, a dished board, or a pad, perhaps on a frame."""
    out = f.post / 2 + rng.uniform(0.0, 0.012)
    front = 2 * (f.xs[0] + 0.02 + rng.uniform(0.0, 0.012))
    back = 2 * (f.xs[1] + out)
    y0, y1 = f.ys[0] - 0.02, f.ys[1] + (0.3 * f.post if soft else out)
    bow = rng.uniform(0.01, 0.035) if rng.random() < 0.4 else 0.0
    corner = rng.uniform(0.008, 0.05)
    shape = rounded(trapezoid(front, back, y1 - y0, bow), corner, 4)
    middle = (y0 + y1) / 2
    plan = [(x, y + middle) for x, y in shape]
    if soft:
        lift = rng.uniform(0.0, 0.015)
        pad = along_z((f.under - 0.004, f.seat + lift), plan, 1, 0.44 * (thick + lift))
        return [pad]
    material = 0 if rng.random() < 0.7 else 1
    board = along_z((f.under, f.seat), plan, material, rng.uniform(0.15, 0.45) * thick)
    if rng.random() < 0.2:
        loose = [(0.9 * x, 0.88 * (y - middle) + middle - 0.01) for x, y in plan]
        tall = rng.uniform(0.025, 0.05)
        return [board, along_z((f.seat - 0.002, f.seat + tall), loose, 1, 0.45 * tall)]
    return [board]


def arms(rng: np.random.Generator, f: Frame, legs: Legs) -> list[Primitive]:
    """Return arm rests on supports that stand on the seat or go on from the front legs."""
    z = f.seat + rng.uniform(0.18, 0.24)
    wide, tall = rng.uniform(0.03, 0.055), rng.uniform(0.018, 0.03)
    back = (f.xs[1], f.y_at(z))
    front = (f.xs[0] + rng.uniform(0.0, 0.03), f.ys[0] + rng.uniform(0.02, 0.14))
    belly = ((front[0] + back[0]) / 2 + rng.uniform(0.0, 0.025), (front[1] + back[1]) / 2)
    nose = (front[0], front[1] - 0.035)
    if rng.random() < 0.3:
        r = 0.5 * tall + 0.003
        line = smooth([(*nose, z - 0.01), (*front, z), (*belly, z + 0.008), (*back, z)], 3)
        rest: Primitive = Tube(tuple((a, b, c) for a, b, c in line.tolist()), (r,) * len(line))
    else:
        line = smooth([nose, front, belly, back], 3)
        plan = ribbon(line, (0.7 * wide, wide, wide, 0.75 * wide))
        rest = along_z((z - tall / 2, z + tall / 2), plan, 0, 0.3 * tall)
    foot = (f.xs[0], front[1] + rng.uniform(-0.01, 0.04), f.under + 0.002)
    r = rng.uniform(0.011, 0.017)
    if rng.random() < 0.5:
        support: Primitive = rod(foot, (front[0], front[1], z), r * 1.1, r)
    else:
        bend = smooth([(foot[1], foot[2]), (foot[1] + 0.02, (foot[2] + z) / 2), (front[1], z)], 4)
        x = (f.xs[0] + front[0]) / 2
        support = along_x((x - r, x + r), ribbon(bend, (2.2 * r, 1.8 * r)), 0, 0.002)
    return both_sides(rest, support)


def parsons(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw a chair that is upholstered all over but for its legs."""
    materials = [palette.frame(rng), palette.cover(rng)]
    w, d = rng.uniform(0.2, 0.26), rng.uniform(0.2, 0.25)
    high, thick = rng.uniform(0.45, 0.5), rng.uniform(0.09, 0.15)
    legs = draw_legs(
        rng,
        {"square": 0.35, "taper": 0.35, "round": 0.2, "turned": 0.1},
        rng.uniform(0.032, 0.045),
        high,
        0,
    )
    legs = _straight_if_tall(legs)
    under = high - thick
    soft = rng.uniform(0.012, 0.03)
    x, y = w - legs.thick / 2 - 0.006, d - legs.thick / 2 - 0.006
    solids: list[Primitive] = [span((-w, w), (-d, d - 0.01), (under, high), 1, soft)]
    for side in (-1, 1):
        solids += both_sides(*leg(legs, x, side * y, under + 0.02))
    top = high + rng.uniform(0.38, 0.58)
    lean, curl = math.tan(math.radians(rng.uniform(4, 13))) * (top - high), rng.uniform(0.0, 0.06)
    pad = rng.uniform(0.06, 0.1)
    back = smooth(
        [(d - pad / 2, under + 0.02), (d - pad / 2, high), (d - pad / 2 + 0.45 * lean, high + 0.22),
         (d - pad / 2 + lean + curl, top)], 3
    )  # fmt: skip
    narrow = rng.uniform(0.85, 1.0)
    outline = ribbon(back, (pad, pad, 0.8 * pad, 0.6 * pad))
    solids.append(along_x((-w * narrow, w * narrow), outline, 1, min(soft, 0.25 * pad)))
    if rng.random() < 0.25:
        arm, rise = rng.uniform(0.05, 0.08), rng.uniform(0.15, 0.22)
        flank = [
            (-d + 0.05, under + 0.02),
            (d - 0.03, under + 0.02),
            (d, high + rise + 0.03),
            (-d + 0.09, high + rise),
        ]
        solids += both_sides(along_x((w - 0.01, w + arm), rounded(flank, 0.06), 1, 0.4 * arm))
    return solids, materials


def _straight_if_tall(legs: Legs) -> Legs:
    if legs.splay[0] < 0.03:
        return legs
    return Legs(legs.kind, legs.thick, legs.slim, (0.02, 0.02), legs.turning, legs.edge, 0)
