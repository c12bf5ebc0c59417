"""Upholstered easy chairs: tubs, wing chairs, slipper chairs."""

from __future__ import annotations

import math

import numpy as np

from .. import palette
from ..assembly import both_sides, span, tilted
from ..curves import oval, pairs, ribbon, rounded, rounded_rectangle, smooth
from ..legs import Legs, draw_legs, leg
from ..placing import along_x, along_y, along_z
from ..primitives import Lathe, Material, Primitive, Tube
from .walls import curved_wall

Drawn = tuple[list[Primitive], list[Material]]


def feet(rng: np.random.Generator, x: float, y: float, under: float) -> list[Primitive]:
    """Draw four short legs below a body whose underside is at ``under``."""
    styles = {"taper": 0.25, "round": 0.4, "square": 0.15, "turned": 0.2}
    if under > 0.16:
        styles["cabriole"] = 0.12
    legs = draw_legs(rng, styles, rng.uniform(0.03, 0.045), under, 0)
    splay = min(max(legs.splay), 0.3 * under)
    legs = Legs(legs.kind, legs.thick, legs.slim, (splay, splay), legs.turning, legs.edge, 0)
    out: list[Primitive] = []
    for side in (-1, 1):
        out += both_sides(*leg(legs, x, side * y, under + 0.015))
    return out


def tub(rng: np.random.Generator) -> Drawn:
    """Draw a round chair whose back and arms are one wall around the seat."""
    materials = [palette.frame(rng), palette.cover(rng), palette.cover(rng)]
    r, wall = rng.uniform(0.3, 0.38), rng.uniform(0.06, 0.11)
    high, foot = rng.uniform(0.4, 0.46), rng.uniform(0.1, 0.22)
    back = high + rng.uniform(0.24, 0.4)
    opening = rng.uniform(85, 125)
    solids = feet(rng, 0.62 * r, 0.62 * r, foot)
    soft = 0.45 * wall
    drum, e = r - 0.004, 0.03
    rim = (
        (drum - e, foot),
        (drum - 0.3 * e, foot + 0.3 * e),
        (drum, foot + e),
        (drum, high - 0.13),
        (drum - e, high - 0.1),
    )
    solids.append(Lathe((0.0, 0.0, 0.0), rim, 1))
    # Arms as high as the back, or lower.
    arms = back if rng.random() < 0.4 else high + rng.uniform(0.13, 0.2)
    if arms == back:
        angles = np.radians(90 + np.linspace(opening / 2 - 180, 180 - opening / 2, 25))
        ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) * (r - wall / 2)
        solids.append(along_z((foot, back), ribbon(ring, wall), 1, soft))
    else:
        tops = (arms, rng.uniform(0.8, 2.5), back)
        solids += curved_wall(r - wall / 2, wall, 360 - opening, foot, tops, 1, 0.4 * wall, 21)
    inner = r - wall + 0.012
    pad = rng.uniform(0.1, 0.14)
    own = int(rng.choice([1, 2], p=[0.75, 0.25]))
    shape = [(x, y - 0.05 * r) for x, y in oval(2 * inner, 2.1 * inner, rng.uniform(2.0, 3.0), 32)]
    solids.append(along_z((high - pad, high), shape, own, 0.042))
    if rng.random() < 0.3:
        solids.append(
            along_z((foot + 0.005, high - 0.05), [(x, y * 0.97) for x, y in shape], 1, 0.02)
        )
    return solids, materials


def wing(rng: np.random.Generator) -> Drawn:
    """Draw a high chair with wings beside the head and rolled or padded arms."""
    materials = [palette.frame(rng), palette.cover(rng), palette.cover(rng)]
    w, d = rng.uniform(0.32, 0.38), rng.uniform(0.32, 0.38)
    high, foot = rng.uniform(0.42, 0.48), rng.uniform(0.14, 0.24)
    top = high + rng.uniform(0.55, 0.7)
    arm = rng.uniform(0.07, 0.1)
    arm_top = high + rng.uniform(0.14, 0.2)
    solids = feet(rng, w - 0.05, d - 0.05, foot)
    solids.append(span((-w + 0.01, w - 0.01), (-d + 0.01, d - 0.04), (foot, high - 0.1), 1, 0.025))
    lean = math.tan(math.radians(rng.uniform(6, 13))) * (top - high)
    base = d - 0.07
    line = smooth(
        [
            (base, foot + 0.02),
            (base, high),
            (base + 0.45 * lean, 0.5 * (high + top)),
            (base + lean, top),
        ],
        3,
    )
    thick = rng.uniform(0.1, 0.14)
    if rng.random() < 0.5:
        solids.append(along_x((-w + 0.03, w - 0.03), ribbon(line, thick), 1, 0.03))
    else:
        solids.append(_rounded_top(w - 0.03, foot + 0.02, top, thick, base, lean))
    # Cushion, between the arms.
    solids.append(
        span(
            (-w + arm - 0.008, w - arm + 0.008),
            (-d - 0.01, base - 0.2 * thick),
            (high - 0.125, high),
            1,
            0.04,
        )
    )
    side = [
        (-d + 0.03, foot + 0.005),
        (base, foot + 0.005),
        (base + 0.02, arm_top - 0.02),
        (-d + 0.06, arm_top - 0.02),
    ]
    solids += both_sides(along_x((w - arm, w - 0.004), rounded(side, 0.04), 1, 0.022))
    if rng.random() < 0.6:
        roll = rng.uniform(0.045, 0.06)
        y0 = -d + 0.06
        solids += both_sides(
            Tube(
                (
                    (w - 0.5 * arm + 0.008, y0, arm_top - roll),
                    (w - 0.5 * arm, base, arm_top - roll + 0.01),
                ),
                (roll, roll),
                1,
            )
        )
    reach, low = rng.uniform(0.16, 0.24), arm_top - 0.06
    z2, z3 = high + 0.72 * (top - high), top - rng.uniform(0.0, 0.04)

    def rear(z: float) -> float:
        return float(np.interp(z, line[:, 1], line[:, 0])) + 0.02

    curve = smooth(
        [
            (rear(low) - 0.22, low),
            (rear(z2) - reach * 0.75, 0.5 * (low + z2)),
            (rear(z2) - reach, z2),
            (rear(z3) - 0.55 * reach, z3 - 0.01),
            (rear(z3) - 0.03, z3),
        ],
        3,
    )
    plan = [*pairs(curve[::-1]), (rear(low), low), (rear(z2), z2), (rear(z3), z3)]
    outline = [
        plan[0],
        *pairs(curve[::-1][1:]),
        (rear(low), low),
        (rear(0.5 * (low + z2)), 0.5 * (low + z2)),
        (rear(z2), z2),
    ]
    solids += both_sides(along_x((w - 0.085, w - 0.02), outline, 1, 0.024))
    return solids, materials


def _rounded_top(
    w: float, low: float, top: float, thick: float, y: float, lean: float
) -> Primitive:
    """A back whose upper edge is an arch, seen from the front."""
    t = np.linspace(1, -1, 13)
    arch = [(w * u, top - 0.09 * abs(u) ** 2.5) for u in t.tolist()]
    board = along_y((y - thick / 2, y + thick / 2), [(-w, low), (w, low), *arch], 1, 0.03)
    return tilted(board, math.degrees(math.atan2(lean, top - low)), (0.0, y, low))


def pouf_chair(rng: np.random.Generator) -> Drawn:
    """Draw a slipper chair: no arms, a thick seat and a rounded back."""
    materials = [palette.frame(rng), palette.cover(rng)]
    w, d = rng.uniform(0.27, 0.34), rng.uniform(0.28, 0.34)
    high, foot = rng.uniform(0.38, 0.44), rng.uniform(0.1, 0.2)
    round_ = rng.uniform(0.04, 0.2)
    inset = 0.05 + 0.35 * round_
    solids = feet(rng, w - inset, d - inset, foot)
    solids.append(
        along_z(
            (foot, high), rounded_rectangle(2 * w, 2 * d, round_, 5), 1, rng.uniform(0.03, 0.06)
        )
    )
    top, thick = high + rng.uniform(0.28, 0.42), rng.uniform(0.09, 0.14)
    t = np.linspace(1, -1, 15)
    power = rng.uniform(2.0, 6.0)
    arch = [
        (
            w * u,
            high + (top - high) * (1 - abs(u) ** power) ** (1 / power) * 0.75 + 0.25 * (top - high),
        )
        for u in t.tolist()
    ]
    board = along_y((d - thick, d), [(-w, foot + 0.03), (w, foot + 0.03), *arch], 1, 0.4 * thick)
    solids.append(tilted(board, rng.uniform(4, 12), (0.0, d, foot)))
    return solids, materials
