"""Tables to eat at, to stand in front of a sofa, to fold and to stack."""

from __future__ import annotations

import math

import numpy as np

from ..assembly import both_sides, rod, span
from ..curves import bent, oval, rounded, rounded_rectangle
from ..legs import draw_legs, leg
from ..placing import along_z
from ..primitives import Lathe, Material, Primitive, Tube
from . import bases, frames, pedestals, tops
from .tops import FRAME, METAL, TOP, Size

Drawn = tuple[list[Primitive], list[Material]]


def _any_size(rng: np.random.Generator) -> Size:
    draw = (tops.dining_size, tops.low_size, tops.small_size, tops.bar_size)
    return draw[int(rng.choice(4, p=[0.5, 0.3, 0.12, 0.08]))](rng)


def rectangular(rng: np.random.Generator) -> Drawn:
    """Draw a rectangular top on four legs, trestles, a frame or crossed legs."""
    stuff, s = tops.materials(rng), _any_size(rng)
    base = (bases.four_legs, frames.trestle, frames.frame, frames.crossed, pedestals.pedestal)
    chosen = base[int(rng.choice(5, p=[0.52, 0.18, 0.14, 0.08, 0.08]))]
    return [*tops.rectangle(rng, s), *chosen(rng, s)], stuff


def round_table(rng: np.random.Generator) -> Drawn:
    """Draw a round top on a pedestal, legs, crossed boards or a drum."""
    stuff, s = tops.materials(rng), _any_size(rng)
    wide = float(np.clip(s.width, 0.35, 1.5))
    s = Size(wide, wide, s.height, s.thick)
    kind = rng.choice(["pedestal", "legs", "crossed", "drum"], p=[0.45, 0.32, 0.1, 0.13])
    inner = Size(0.68 * wide, 0.68 * wide, s.height, s.thick)
    if kind == "pedestal":
        base = pedestals.pedestal(rng, s)
    elif kind == "legs":
        base = _round_legs(rng, s) if rng.random() < 0.55 else bases.four_legs(rng, inner)
    elif kind == "crossed":
        base = frames.crossed(rng, inner)
    else:
        base = pedestals.drum(rng, s)
    return [*tops.disc(rng, s), *base], stuff


def _round_legs(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Three or four legs on a circle, leaning outwards, joined below the top by a ring."""
    count = int(rng.choice([3, 4]))
    r = 0.5 * s.width * rng.uniform(0.55, 0.75)
    out = rng.uniform(0.0, 0.5 * s.width - r)
    t = float(np.clip(rng.uniform(0.014, 0.024) * (0.7 + 0.3 * s.width), 0.012, 0.03))
    m = FRAME if rng.random() < 0.7 else METAL
    solids: list[Primitive] = []
    start = rng.uniform(0, 2 * math.pi)
    for k in range(count):
        a = start + 2 * math.pi * k / count
        c, n = math.cos(a), math.sin(a)
        foot, top = ((r + out) * c, (r + out) * n, 0.0), (r * c, r * n, s.under + 0.003)
        solids.append(rod(foot, top, 0.65 * t, t, m))
    ring = r + 0.3 * t
    drop = rng.uniform(0.02, 0.06)
    solids.append(Lathe((0.0, 0.0, 0.0), ((ring, s.under - drop), (ring, s.under + 0.003)), m))
    if rng.random() < 0.3 and s.height > 0.4:
        share = rng.uniform(0.2, 0.45)
        level = share * s.under
        reach = r + out * (1 - share)
        solids.append(Lathe((0.0, 0.0, 0.0), ((reach, level), (reach, level + 0.016)), TOP))
    return solids


def shaped(rng: np.random.Generator) -> Drawn:
    """Draw an oval, a boat, a kidney or a lozenge on legs, trestles or a pedestal."""
    stuff, s = tops.materials(rng), _any_size(rng)
    outline = str(rng.choice(["oval", "super", "boat", "capsule", "kidney", "triangle"]))
    top = tops.curved(rng, s, outline)
    kinds = ["legs", "trestle", "pedestal", "crossed"]
    kind = rng.choice(kinds, p=[0.5, 0.2, 0.2, 0.1])
    inner = Size(0.66 * s.width, 0.62 * s.depth, s.height, s.thick)
    if outline in ("kidney", "triangle") and kind != "pedestal":
        base = _legs_at(rng, s, outline)
    elif kind == "legs":
        base = bases.four_legs(rng, inner)
    elif kind == "trestle":
        base = frames.trestle(rng, Size(0.9 * s.width, inner.depth, s.height, s.thick))
    elif kind == "pedestal":
        base = pedestals.pedestal(rng, s)
    else:
        base = frames.crossed(rng, inner)
    return [*top, *base], stuff


def _legs_at(rng: np.random.Generator, s: Size, outline: str) -> list[Primitive]:
    """Legs below the corners of a top that is no rectangle."""
    w, d = s.width / 2, s.depth / 2
    spots = [(0.55 * w, -0.55 * d), (-0.55 * w, -0.55 * d), (0.0, 0.4 * d)]
    if outline == "kidney":
        spots = [
            (0.62 * w, -0.4 * d),
            (-0.62 * w, -0.4 * d),
            (0.4 * w, 0.55 * d),
            (-0.4 * w, 0.55 * d),
        ]
    lean = rng.uniform(0.0, 0.25)
    t = float(np.clip(rng.uniform(0.014, 0.024) * (0.7 + 0.3 * s.width), 0.012, 0.03))
    m = FRAME if rng.random() < 0.7 else METAL
    return [
        rod((x * (1 + lean), y * (1 + lean), 0.0), (x, y, s.under + 0.003), 0.65 * t, t, m)
        for x, y in spots
    ]


def drop_leaf(rng: np.random.Generator) -> Drawn:
    """Draw a table with leaves at its ends, hanging down or one of them raised."""
    stuff = tops.materials(rng, glass=0.0)
    s = Size(
        rng.uniform(0.35, 0.7),
        rng.uniform(0.7, 0.95),
        rng.uniform(0.71, 0.77),
        rng.uniform(0.018, 0.026),
    )
    w, d, t = s.width / 2, s.depth / 2, s.thick
    solids: list[Primitive] = [span((-w, w), (-d, d), (s.under, s.height), TOP, 0.003)]
    leaf = rng.uniform(0.2, 0.36)
    corner = float(rng.choice([0.01, 0.9 * leaf]))
    for side in (-1, 1):
        shape = [(w - 0.002, -d), (w + leaf, -d), (w + leaf, d), (w - 0.002, d)]
        soft = rounded(shape, corner, 6) if corner > 0.05 else shape
        if rng.random() < 0.35:
            # The edge towards the middle stays straight.
            plan = [(min(max(x, w - 0.002), w + leaf), y) for x, y in soft]
            solids.append(
                along_z((s.under, s.height), [(side * x, y) for x, y in plan], TOP, 0.003)
            )
            solids.append(
                span(
                    _ordered(side * (w - 0.2), side * (w + 0.6 * leaf)),
                    (-0.02, 0.02),
                    (s.under - 0.03, s.under + 0.002),
                    FRAME,
                )
            )
        else:
            solids.append(
                span(
                    _ordered(side * (w - 0.001), side * (w + t)),
                    (-d, d),
                    (s.height - leaf, s.height),
                    TOP,
                    0.003,
                )
            )
    style = draw_legs(
        rng,
        {"square": 0.35, "taper": 0.3, "turned": 0.35},
        rng.uniform(0.035, 0.05),
        s.under,
        FRAME,
    )
    x, y = w - style.thick / 2 - 0.012, d - style.thick / 2 - 0.05
    straight = bases.aprons(rng, x, y, s, rng.uniform(0.08, 0.12))
    for side in (-1, 1):
        solids += both_sides(*leg(style, x, side * y, s.under + 0.003, 0.13))
    return [*solids, *straight], stuff


def _ordered(a: float, b: float) -> tuple[float, float]:
    return (min(a, b), max(a, b))


def with_shelf(rng: np.random.Generator) -> Drawn:
    """Draw a low table with a second level: slabs on blocks, waterfalls, boxes, trays."""
    stuff, s = tops.materials(rng, glass=0.15), tops.low_size(rng)
    w, d = s.width / 2, s.depth / 2
    kind = rng.choice(["waterfall", "blocks", "legs", "tray"])
    if kind == "waterfall":
        t = max(s.thick, 0.018)
        solids: list[Primitive] = [span((-w, w), (-d, d), (s.height - t, s.height), TOP, 0.003)]
        solids += both_sides(span((w - t, w), (-d, d), (0, s.height - 0.5 * t), TOP, 0.003))
        if rng.random() < 0.7:
            z = rng.uniform(0.25, 0.6) * s.height
            solids.append(
                span(
                    (-w + 0.5 * t, w - 0.5 * t), (-d + 0.01, d - 0.01), (z, z + 0.02), FRAME, 0.002
                )
            )
        return solids, stuff
    if kind == "blocks":
        solids = tops.rectangle(rng, s)
        block, y = rng.uniform(0.06, 0.14), rng.uniform(0.5, 0.9) * d
        x = w - block / 2 - rng.uniform(0.0, 0.2) * w
        solids += both_sides(
            span((x - block / 2, x + block / 2), (-y, y), (0, s.under + 0.003), FRAME, 0.004)
        )
        z = rng.uniform(0.1, 0.4) * s.under
        solids.append(span((-x, x), (-0.9 * y, 0.9 * y), (z, z + 0.022), FRAME, 0.002))
        return solids, stuff
    if kind == "tray":
        shape = (
            oval(s.width, s.depth, 2.0, 32)
            if rng.random() < 0.5
            else rounded_rectangle(s.width, s.depth, 0.05)
        )
        solids = [along_z((s.under, s.under + 0.014), shape, TOP, 0.002)]
        rim = [(x, y, s.under + 0.02) for x, y in shape]
        solids.append(Tube((*rim, rim[0]), (0.012,) * (len(rim) + 1), FRAME))
        low = Size(0.62 * s.width, 0.62 * s.depth, s.under + 0.012, 0.012)
        return [*solids, *frames.crossed(rng, low)], stuff
    t = rng.uniform(0.03, 0.06)
    x, y = w - t / 2 - 0.01, d - t / 2 - 0.01
    solids = tops.rectangle(rng, s)
    for side in (-1, 1):
        solids += both_sides(
            span(
                (x - t / 2, x + t / 2),
                (side * y - t / 2, side * y + t / 2),
                (0, s.under + 0.003),
                FRAME,
                0.003,
            )
        )
    return [*solids, *bases.shelf(rng, x, y, s, t)], stuff


def nested(rng: np.random.Generator) -> Drawn:
    """Draw a C-shaped side table or a set of two that slide into each other."""
    stuff, s = tops.materials(rng), tops.small_size(rng)
    r = rng.uniform(0.008, 0.014)
    w, d = s.width / 2, s.depth / 2
    if rng.random() < 0.5:
        solids: list[Primitive] = [
            along_z((s.under, s.height), rounded_rectangle(s.width, s.depth, 0.02), TOP, 0.003)
        ]
        y = 0.8 * d
        line = bent(
            [
                (w - 0.03, -y, r),
                (-w + r, -y, r),
                (-w + r, -y, s.under - 0.6 * r),
                (w - 0.05, -y, s.under - 0.6 * r),
            ],
            0.03,
        )
        for side in (1, -1):
            solids.append(
                Tube(tuple((x, side * b, c) for x, b, c in line), (r,) * len(line), METAL)
            )
        for x in (-w + r, w - 0.03):
            solids.append(rod((x, -y, r), (x, y, r), r, r, METAL))
        return solids, stuff
    solids = []
    for k, scale in enumerate((1.0, 0.78)):
        lower = Size(s.width * scale, s.depth * 0.9, s.height * (1 - 0.16 * k), s.thick)
        part = [*tops.board(rng, rounded_rectangle(lower.width, lower.depth, 0.01), lower)]
        x, y, t = lower.width / 2 - 0.02, lower.depth / 2 - 0.02, 0.026
        for side in (-1, 1):
            part += both_sides(
                span(
                    (x - t / 2, x + t / 2),
                    (side * y - t / 2, side * y + t / 2),
                    (0, lower.under + 0.003),
                    FRAME,
                    0.002,
                )
            )
        part += both_sides(
            span((x - 0.008, x + 0.008), (-y, y), (lower.under - 0.04, lower.under), FRAME)
        )
        if k == 1:
            # Rails of the larger one carry the smaller one's top while it is in.
            rail, deep, low = s.width / 2 - 0.02, 0.45 * s.depth - 0.02, lower.under
            across = (lower.width / 2 - 0.008, rail + 0.008)
            solids += both_sides(span(across, (-deep, deep), (low - 0.012, low + 0.003), FRAME))
        solids += part
    return solids, stuff
