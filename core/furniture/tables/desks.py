"""Tables with drawers and doors: desks, bedside tables, consoles, chests under a top."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ..assembly import both_sides, span
from ..legs import draw_legs, leg
from ..primitives import Material, Primitive
from .bases import aprons, four_legs
from .cabinets import cabinet, draw_style, feet, hutch
from .frames import trestle
from .tops import FRAME, TOP, Size, console_size, materials, rectangle

Drawn = tuple[list[Primitive], list[Material]]


def desk(rng: np.random.Generator) -> Drawn:
    """Draw a desk: drawers at one side or both, a panel, legs or trestles at the other."""
    stuff = materials(rng, glass=0.02)
    s = Size(
        rng.uniform(1.0, 1.8),
        rng.uniform(0.5, 0.8),
        rng.uniform(0.71, 0.77),
        rng.uniform(0.018, 0.035),
    )
    solids = rectangle(rng, s)
    style = draw_style(rng)
    kind = rng.choice(["both", "one", "drawer", "trestle"], p=[0.25, 0.4, 0.25, 0.1])
    edge = rng.uniform(0.0, 0.025)
    x1, y = s.width / 2 - edge, (-s.depth / 2 + edge + 0.01, s.depth / 2 - edge)
    top = s.under + 0.002
    if kind == "trestle":
        return [*solids, *trestle(rng, s)], stuff
    if kind == "drawer":
        solids += four_legs(rng, s, 0.0, 1.0)
        count = int(rng.integers(1, 4))
        wide, tall = (s.width - 0.3) / count, rng.uniform(0.07, 0.1)
        for k in range(count):
            a = -s.width / 2 + 0.15 + k * wide
            box = (a + 0.006, a + wide - 0.006)
            solids += cabinet(
                rng, box, (-s.depth / 2 + 0.045, s.depth / 2 - 0.1), (s.under - tall, top), style, 1
            )
        return solids, stuff
    wide = rng.uniform(0.3, 0.46)
    lift = float(rng.choice([0.0, 0.03, rng.uniform(0.1, 0.18)]))
    rows = int(rng.integers(2, 5))
    box = (x1 - wide, x1)
    unit = cabinet(rng, box, y, (lift, top), style, rows, bool(rng.random() < 0.25))
    unit += feet(rng, box, y, lift)
    if kind == "both":
        solids += both_sides(*unit)
    else:
        other: list[Primitive]
        t = rng.uniform(0.018, 0.035)
        if rng.random() < 0.55:
            other = [span((-x1, -x1 + t), y, (0, top), FRAME, 0.001)]
        else:
            legs = draw_legs(rng, {"square": 0.5, "round": 0.5}, 0.045, s.under, FRAME)
            other = []
            for c in (y[0] + 0.05, y[1] - 0.05):
                other += leg(
                    legs, -x1 + 0.05 + legs.splay[0], c - math.copysign(legs.splay[1], c), top
                )
        side = [*unit, *other]
        solids += both_sides(*side)[len(side) :] if rng.random() < 0.5 else side
    if rng.random() < 0.6:
        z = rng.uniform(0.25, 0.6) * s.under
        solids.append(
            span((-x1 + 0.01, x1 - 0.01), (y[1] - 0.05, y[1] - 0.032), (z, top), FRAME, 0.001)
        )
    if rng.random() < 0.2:
        solids += hutch(rng, s)
    return solids, stuff


def bedside(rng: np.random.Generator) -> Drawn:
    """Draw a bedside table: a small body with drawers, open or closed, on legs or a plinth."""
    stuff = materials(rng, glass=0.0)
    w, d, high = rng.uniform(0.19, 0.28), rng.uniform(0.17, 0.22), rng.uniform(0.42, 0.65)
    t = rng.uniform(0.016, 0.025)
    lift = float(rng.choice([0.03, rng.uniform(0.1, 0.28)]))
    over = rng.uniform(0.0, 0.02)
    style = draw_style(rng)
    solids: list[Primitive] = [
        span((-w - over, w + over), (-d - over - 0.012, d), (high - t, high), TOP, 0.003)
    ]
    split = rng.uniform(0.45, 0.7)
    middle = lift + split * (high - t - lift)
    if rng.random() < 0.5:
        # Open below, a drawer above.
        solids += both_sides(span((w - t, w), (-d, d), (lift, high - 0.5 * t), FRAME, 0.001))
        solids.append(span((-w, w), (d - 0.01, d - 0.002), (lift, high - 0.5 * t), FRAME))
        solids.append(span((-w, w), (-d, d), (lift, lift + t), FRAME, 0.001))
        solids += cabinet(
            rng,
            (-w + 0.004, w - 0.004),
            (-d + 0.004, d - 0.004),
            (middle, high - 0.5 * t),
            style,
            1,
        )
    else:
        solids += cabinet(
            rng,
            (-w, w),
            (-d, d),
            (lift, high - 0.5 * t),
            style,
            int(rng.integers(1, 4)),
            bool(rng.random() < 0.3),
        )
    if lift < 0.06:
        solids += feet(rng, (-w, w), (-d, d), lift)
    else:
        legs = draw_legs(
            rng, {"round": 0.5, "taper": 0.25, "square": 0.15, "turned": 0.1}, 0.034, lift, FRAME
        )
        for side in (-1, 1):
            solids += both_sides(*leg(legs, w - 0.03, side * (d - 0.03), lift + 0.006))
    return solids, stuff


def console(rng: np.random.Generator) -> Drawn:
    """Draw a console or a hall table with drawers below the top and perhaps a shelf."""
    stuff = materials(rng)
    s = console_size(rng)
    solids = rectangle(rng, s)
    t = rng.uniform(0.03, 0.045)
    legs = draw_legs(
        rng, {"square": 0.35, "taper": 0.3, "turned": 0.2, "cabriole": 0.15}, t, s.under, FRAME
    )
    x, y = s.width / 2 - 0.02 - t / 2, s.depth / 2 - 0.02 - t / 2
    straight = max(legs.splay) < 1e-6
    drop = rng.uniform(0.08, 0.14)
    for side in (-1, 1):
        solids += both_sides(*leg(legs, x, side * y, s.under + 0.003, drop))
    if straight and rng.random() < 0.7:
        count = int(rng.integers(1, 4))
        style = draw_style(rng)
        edges = np.linspace(-x + 0.3 * t, x - 0.3 * t, count + 1)
        for a, b in itertools.pairwise(edges.tolist()):
            solids += cabinet(
                rng,
                (float(a), float(b)),
                (-y - 0.3 * t, y),
                (s.under - drop, s.under + 0.003),
                style,
                1,
            )
    else:
        solids += aprons(rng, x, y, s, 0.7 * drop)
    if straight and legs.kind != "cabriole" and rng.random() < 0.5:
        z = rng.uniform(0.1, 0.3) * s.under
        solids.append(span((-x, x), (-y, y), (z, z + 0.02), FRAME, 0.001))
    return solids, stuff


def drawer_chest(rng: np.random.Generator) -> Drawn:
    """Draw a low table with a body below its top, open at the front or with drawers."""
    stuff = materials(rng, glass=0.03)
    s = Size(
        rng.uniform(0.8, 1.5),
        rng.uniform(0.38, 0.65),
        rng.uniform(0.36, 0.52),
        rng.uniform(0.02, 0.035),
    )
    solids = rectangle(rng, s)
    lift = rng.uniform(0.06, 0.2)
    x, y = s.width / 2 - rng.uniform(0.005, 0.05), s.depth / 2 - rng.uniform(0.02, 0.05)
    t = 0.02
    low = max(lift, s.under - rng.uniform(0.12, 0.22))
    body: list[Primitive] = both_sides(
        span((x - t, x), (-y, y), (low, s.under + 0.002), FRAME, 0.001)
    )
    body.append(span((-x, x), (-y, y), (low, low + t), FRAME, 0.001))
    if rng.random() < 0.5:
        body.append(span((-t / 2, t / 2), (-y, y), (low, s.under + 0.002), FRAME, 0.001))
    if rng.random() < 0.6:
        style = draw_style(rng)
        body += cabinet(
            rng, (0.004 - x, -0.004), (-y + 0.004, y - 0.004), (low + 0.004, s.under), style, 1
        )
    if rng.random() < 0.4:
        body.append(span((-x, x), (y - 0.012, y), (low, s.under + 0.002), FRAME))
    legs = draw_legs(
        rng, {"round": 0.5, "taper": 0.2, "square": 0.2, "turned": 0.1}, 0.042, low, FRAME
    )
    for side in (-1, 1):
        body += both_sides(*leg(legs, x - 0.05, side * (y - 0.05), low + 0.006))
    return [*solids, *body], stuff
