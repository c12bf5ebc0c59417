"""Plain beds of boxes: frames, divans, headboards, mattresses, pillows, blankets."""

from __future__ import annotations

import numpy as np

from .. import palette
from ..assembly import both_sides, span, tilted
from ..primitives import Material, Primitive


def plain(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a plain bed of boxes; its foot end faces -Y."""
    width = float(rng.choice([rng.uniform(0.8, 1.1), rng.uniform(1.3, 2.0)], p=[0.4, 0.6]))
    length = rng.uniform(1.9, 2.2)
    w, d = width / 2, length / 2
    frame = rng.uniform(0.22, 0.4)
    rail = rng.uniform(0.02, 0.06)
    mattress = rng.uniform(0.12, 0.28)
    materials = [palette.hard(rng), palette.fabric(rng), palette.fabric(rng), palette.fabric(rng)]
    upholstered = rng.random() < 0.35
    if upholstered:
        materials[0] = palette.fabric(rng)
    solids: list[Primitive] = []
    divan = rng.random() < 0.35
    low = rng.uniform(0.0, 0.06) if divan else frame - rng.uniform(0.1, 0.2)
    solids.append(span((-w, w), (-d, d), (low, frame), 0, 0.02 if upholstered else 0.004))
    if low > 0.005:
        solids += _legs(rng, w, d, low)
    sink = rng.uniform(0.0, 0.4) * mattress
    top = frame - sink + mattress
    edge = rail + rng.uniform(0, 0.03)
    solids.append(
        span(
            (-w + edge, w - edge),
            (-d + edge, d - edge),
            (frame - sink, top),
            1,
            rng.uniform(0.03, 0.06),
        )
    )
    solids += _headboard(rng, w, d, frame, top, upholstered)
    if rng.random() < 0.35:
        tall = top + rng.uniform(-0.05, 0.25)
        thick = rng.uniform(0.03, 0.08)
        solids.append(span((-w, w), (-d - thick, -d), (0, tall), 0, 0.005))
    solids += _bedding(rng, w, d, top, edge)
    return solids, materials


def _legs(rng: np.random.Generator, w: float, d: float, low: float) -> list[Primitive]:
    leg = rng.uniform(0.05, 0.1)
    inset = rng.uniform(0, 0.05)
    out: list[Primitive] = []
    for side in (-1, 1):
        y = side * (d - leg / 2 - inset)
        out += both_sides(
            span((w - leg - inset, w - inset), (y - leg / 2, y + leg / 2), (0, low + 0.01))
        )
    return out


def _headboard(
    rng: np.random.Generator, w: float, d: float, frame: float, top: float, upholstered: bool
) -> list[Primitive]:
    if rng.random() < 0.12:
        return []
    tall = top + rng.uniform(0.2, 0.75)
    wide = w + (rng.uniform(0, 0.12) if rng.random() < 0.3 else 0)
    thick = rng.uniform(0.07, 0.14) if upholstered else rng.uniform(0.03, 0.08)
    foot = 0.0 if rng.random() < 0.7 else frame - 0.1
    if upholstered or rng.random() < 0.55:
        return [
            span(
                (-wide, wide),
                (d, d + thick),
                (foot, tall),
                0,
                thick * (0.35 if upholstered else 0.05),
            )
        ]
    post, rail = rng.uniform(0.05, 0.09), rng.uniform(0.05, 0.1)
    y = (d, d + thick)
    out = both_sides(span((wide - post, wide), y, (0, tall)))
    out.append(span((-wide, wide), y, (tall - rail, tall)))
    out.append(span((-wide, wide), y, (frame - 0.05, frame + 0.1)))
    for x in np.linspace(-wide, wide, int(rng.integers(4, 10)) + 2)[1:-1]:
        slat = rng.uniform(0.025, 0.06)
        out.append(
            span(
                (x - slat / 2, x + slat / 2),
                (d + thick * 0.2, d + thick * 0.8),
                (frame, tall - rail / 2),
            )
        )
    return out


def _bedding(
    rng: np.random.Generator, w: float, d: float, top: float, edge: float
) -> list[Primitive]:
    out: list[Primitive] = []
    pillow = (rng.uniform(0.5, 0.75), rng.uniform(0.35, 0.5), rng.uniform(0.1, 0.16))
    count = 2 if w > 0.6 else 1
    tilt = -float(rng.choice([0.0, rng.uniform(10, 35)]))
    for x in np.linspace(-w, w, count + 2)[1:-1] * (1.5 if count == 2 else 1):
        half = min(pillow[0] / 2, w / count - 0.04)
        y = d - edge - pillow[1]
        box = span(
            (x - half, x + half),
            (y, y + pillow[1]),
            (top - 0.02, top + pillow[2] - 0.02),
            2,
            pillow[2] * 0.45,
        )
        out.append(tilted(box, tilt, (0.0, y + pillow[1], top)))
    if rng.random() < 0.7:
        reach = rng.uniform(0.35, 0.75)
        puff, drop = rng.uniform(0.02, 0.06), rng.uniform(0.0, 0.2)
        along = (-d + edge * 0.5, -d + reach * 2 * d)
        over = w - edge + rng.uniform(0.005, 0.03)
        out.append(span((-over, over), along, (top - drop - 0.03, top + puff), 3, 0.03))
    return out
