"""Beds of metal tube: bent or straight ends with bars, thin frames on thin legs."""

from __future__ import annotations

import numpy as np

from .. import palette
from ..assembly import both_sides, rod, span
from ..primitives import Lathe, Material, Primitive, Tube
from .bedding import bedding
from .measures import FRAME, Bed, materials, mattress, measures


def tubular(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a bed of metal tubes."""
    m = measures(rng)
    r = rng.uniform(0.012, 0.024)
    w, d = m.w + r + 0.004, m.d + r
    z = m.rail - 0.05
    solids: list[Primitive] = [mattress(m)]
    solids += both_sides(rod((w, -d, z), (w, d, z), r * 0.85, r * 0.85, FRAME))
    solids.append(span((-w, w), (-d, d), (z - 0.012, z + 0.012), FRAME))
    if m.w > 0.6:
        solids += [rod((0, y, 0), (0, y, z), r * 0.7, r * 0.7, FRAME) for y in (-0.4 * d, 0.5 * d)]
    style = str(rng.choice(["bars", "arch", "frame", "double"]))
    head = m.top + rng.uniform(0.3, 0.6)
    solids += _end(rng, style, m, w, d, r, head)
    if rng.random() < 0.75:
        solids += _end(rng, style, m, w, -d, r, m.top + rng.uniform(-0.05, 0.3))
    else:
        solids += both_sides(rod((w, -d, 0), (w, -d, z + r), r, r, FRAME))
        solids.append(rod((-w, -d, z), (w, -d, z), r, r, FRAME))
    solids += bedding(rng, m, 0.16)
    brass = rng.random() < 0.3
    return solids, materials(rng, palette.bare_metal(rng) if brass else palette.metal(rng))


def _end(
    rng: np.random.Generator, style: str, m: Bed, w: float, y: float, r: float, high: float
) -> list[Primitive]:
    """Head or foot: two legs joined by a bent or a straight bar above, filled with bars."""
    z = m.rail - 0.05
    top: list[tuple[float, float]]
    if style == "arch":
        rise = min(rng.uniform(0.1, 0.3), 0.5 * (high - z))
        t = np.linspace(0, np.pi, 11)
        top = [(float(-w * np.cos(a)), float(high - rise + rise * np.sin(a))) for a in t]
    elif style == "frame":
        c = rng.uniform(0.05, 0.12)
        b = 0.3 * c
        top = [
            (-w, high - c),
            (-w + b, high - b),
            (-w + c, high),
            (w - c, high),
            (w - b, high - b),
            (w, high - c),
        ]
    else:
        top = [(-w, high), (w, high)]
    path = [(-w, r), *top, (w, r)]
    points = tuple((x, y, h) for x, h in path)
    out: list[Primitive] = [Tube(points, (r,) * len(points), FRAME)]
    out.append(rod((-w, y, z), (w, y, z), r * 0.85, r * 0.85, FRAME))
    if style in ("bars", "double") and rng.random() < 0.6:
        ball = tuple(
            (1.7 * r * float(np.sin(a)) + 0.002, 1.7 * r * float(1 - np.cos(a)))
            for a in np.linspace(0.2, 2.9, 7)
        )
        out += both_sides(Lathe((w, y, high + 0.4 * r), ball, FRAME))
    if style == "double":
        lower = high - rng.uniform(0.1, 0.2)
        out.append(rod((-w, y, lower), (w, y, lower), r * 0.7, r * 0.7, FRAME))
    count = int(np.clip(round(2 * w / rng.uniform(0.1, 0.22)), 3, 14))
    xs = np.linspace(-w, w, count + 2)[1:-1]
    heights = np.interp(xs, [x for x, _ in top], [h for _, h in top])
    s = r * rng.uniform(0.4, 0.6)
    for x, h in zip(xs.tolist(), heights.tolist(), strict=True):
        out.append(rod((x, y, z), (x, y, h), s, s, FRAME))
    return out
