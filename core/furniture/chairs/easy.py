"""Easy chairs without a shell of their own: boxy ones, wooden frames with cushions, rockers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .. import palette
from ..assembly import both_sides, rod, span, tilted
from ..curves import pairs, ribbon, rounded, smooth
from ..placing import along_x
from ..primitives import Extrusion, Primitive, Tube
from .lounge import Drawn, feet


def club(rng: np.random.Generator) -> Drawn:
    """Draw a boxy or rolled easy chair."""
    materials = [palette.frame(rng), palette.cover(rng), palette.cover(rng)]
    w, d = rng.uniform(0.36, 0.46), rng.uniform(0.36, 0.44)
    high, foot = rng.uniform(0.39, 0.45), rng.uniform(0.04, 0.18)
    arm, back = rng.uniform(0.09, 0.18), rng.uniform(0.12, 0.2)
    arm_top, top = high + rng.uniform(0.14, 0.22), high + rng.uniform(0.3, 0.45)
    e = rng.uniform(0.015, 0.05)
    solids = feet(rng, w - 0.06, d - 0.06, foot)
    solids.append(span((-w + 0.02, w - 0.02), (-d + 0.015, d - 0.02), (foot, high - 0.1), 1, 0.02))
    corner = rng.uniform(0.0, 0.14)
    side = rounded(
        [(-d, foot), (d - 0.02, foot), (d - 0.02, arm_top), (-d + rng.uniform(0, 0.05), arm_top)],
        max(corner, 0.01),
        4,
    )
    flare = rng.uniform(0.0, 6.0)
    one = along_x((w - arm, w), side, 1, min(e, 0.45 * arm))
    solids += both_sides(one)
    if rng.random() < 0.3:
        r = 0.5 * arm + 0.012
        solids += both_sides(
            rod(
                (w - 0.5 * arm + 0.01, -d - 0.004, arm_top - 0.3 * r),
                (w - 0.5 * arm + 0.01, d - 0.06, arm_top - 0.3 * r),
                r,
                r,
                1,
            )
        )
    solids.append(
        tilted(
            span((-w + 0.6 * arm, w - 0.6 * arm), (d - back, d - 0.02), (foot + 0.01, top), 1, e),
            flare,
            (0.0, d, foot),
        )
    )
    solids.append(
        span(
            (-w + arm - 0.006, w - arm + 0.006),
            (-d - rng.uniform(-0.01, 0.03), d - back + 0.01),
            (high - 0.13, high),
            1,
            0.035,
        )
    )
    if rng.random() < 0.55:
        pillow = span(
            (-w + arm + 0.01, w - arm - 0.01),
            (d - back - 0.11, d - back + 0.03),
            (high - 0.01, top + 0.02),
            int(rng.choice([1, 2])),
            0.05,
        )
        solids.append(tilted(pillow, flare + 6, (0.0, d - back, high)))
    return solids, materials


def timber(rng: np.random.Generator) -> Drawn:
    """Draw a wooden easy chair with a cushion on the seat and one at the back."""
    materials = [palette.wood(rng), palette.cover(rng)]
    w, d = rng.uniform(0.3, 0.35), rng.uniform(0.32, 0.38)
    t = rng.uniform(0.026, 0.04)
    front, rear = rng.uniform(0.38, 0.43), rng.uniform(0.28, 0.34)
    arm = front + rng.uniform(0.12, 0.2)
    top = rear + rng.uniform(0.48, 0.62)
    lean = math.tan(math.radians(rng.uniform(16, 26)))
    x, y0, y1 = w - t / 2, -d + t / 2, d - 0.12
    rocking = rng.random() < 0.22
    lift = 0.05 if rocking else 0.0
    # Side frames: front leg, rear leg, arm, seat rail.
    slant = rng.uniform(0.0, 0.07)
    solids = both_sides(
        along_x(
            (x - t / 2, x + t / 2),
            ribbon(np.array([(y0 - slant * 0.3, lift), (y0, arm)]), (0.8 * t, 1.2 * t)),
            0,
            0.004,
        ),
        along_x(
            (x - t / 2, x + t / 2),
            ribbon(
                np.array([(y1 + 0.1 + slant, lift), (y1 + 0.03, arm + 0.01)]), (0.8 * t, 1.2 * t)
            ),
            0,
            0.004,
        ),
        along_x(
            (x - 0.012, x + 0.012),
            ribbon(np.array([(y0, front - 0.11), (y1 + 0.08, rear - 0.11)]), 0.06),
            0,
            0.003,
        ),
    )
    solids = [_cut_at(s, lift) for s in solids]
    rest = smooth(
        [
            (y0 - 0.05, arm - 0.005),
            (y0 + 0.05, arm + 0.012),
            (y1, arm + 0.006),
            (y1 + 0.1, arm - 0.012),
        ],
        3,
    )
    if rng.random() < 0.5:
        solids += both_sides(along_x((x - 0.035, x + 0.03), ribbon(rest, 0.022), 0, 0.008))
    else:
        solids += both_sides(
            Tube(
                tuple((x, a, b) for a, b in pairs(rest)),
                tuple(
                    np.interp(
                        np.linspace(0, 1, len(rest)), [0, 0.5, 1], [0.017, 0.021, 0.014]
                    ).tolist()
                ),
            )
        )
    # Cross rails carry the cushions.
    for y, z in ((y0 + 0.03, front - 0.11), (y1 + 0.06, rear - 0.11)):
        solids.append(span((-x, x), (y - 0.012, y + 0.012), (z - 0.03, z + 0.03), 0, 0.003))
    slope = (rear - front) / (y1 - y0)

    def level(y: float) -> float:
        return front - 0.085 + slope * (y - y0)

    for y in np.linspace(y0 + 0.06, y1 + 0.02, 5).tolist():
        solids.append(span((-x, x), (y - 0.025, y + 0.025), (level(y) - 0.02, level(y)), 0, 0.002))
    pad = rng.uniform(0.09, 0.13)
    line = np.array(
        [
            (y0 - 0.03, level(y0 - 0.03) + pad / 2 - 0.006),
            (y1 - 0.02, level(y1 - 0.02) + pad / 2 - 0.006),
        ]
    )
    solids.append(along_x((-x + 0.02, x - 0.02), ribbon(line, pad), 1, 0.042))
    # The back: posts, slats and a cushion, all leaning alike.
    z0 = rear - 0.12
    post = np.array([(y1 + 0.02, z0), (y1 + 0.02 + lean * (top - z0), top)])
    inner = x - t / 2 - 0.014
    solids += both_sides(along_x((inner - 0.012, inner + 0.03), ribbon(post, 0.03), 0, 0.004))
    for u in np.linspace(0.06, 0.97, 5).tolist():
        c = post[0] + u * (post[1] - post[0])
        solids.append(
            span(
                (-inner, inner),
                (c[0] - 0.009, c[0] + 0.009),
                (c[1] - 0.022, c[1] + 0.022),
                0,
                0.002,
            )
        )
    off = np.array([-0.012 - pad * 0.42, 0.0])
    a, b = (
        post[0] + 0.24 * (post[1] - post[0]) + off,
        post[1] + off + [0.0, rng.uniform(-0.02, 0.05)],
    )
    solids.append(along_x((-x + 0.03, x - 0.03), ribbon(np.array([a, b]), 0.85 * pad), 1, 0.036))
    if rocking:
        span_y = np.linspace(y0 - 0.16, y1 + 0.32, 15)
        mid = (span_y[0] + span_y[-1]) / 2
        run = np.stack([span_y, 0.012 + 0.55 * (span_y - mid) ** 2], axis=1)
        solids += both_sides(along_x((x - 0.014, x + 0.014), ribbon(run, 0.036), 0, 0.004))
        for y in (y0 - slant * 0.3, y1 + 0.1 + slant):
            foot = 0.012 + 0.55 * (y - mid) ** 2
            solids += both_sides(rod((x, y, foot), (x, y, lift + 0.06), 0.35 * t, 0.4 * t))
    return solids, materials


def _cut_at(s: Primitive, floor: float) -> Primitive:
    """Level the lower end of a slanted board with the floor."""
    assert isinstance(s, Extrusion)
    low = floor + s.radius
    return replace(s, outline=tuple((y, max(z, low)) for y, z in s.outline))
