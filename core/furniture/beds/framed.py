"""Beds on frames of wood or upholstery: rails or platforms, with boards at head and foot."""

from __future__ import annotations

import numpy as np

from .. import palette
from ..assembly import both_sides, rod, span
from ..feet import feet, stand
from ..placing import about_z, along_x, moved
from ..primitives import Material, Primitive
from .bedding import bedding, crumpled, pillows
from .boards import SOFT, WOODEN, soft, wooden
from .measures import FRAME, TRIM, Bed, materials, mattress, measures


def framed(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a bed with side rails, a platform, or drawers below."""
    m = measures(rng)
    upholstered = rng.random() < 0.35
    kind = str(rng.choice(["rails", "platform", "drawers", "box"], p=[0.42, 0.24, 0.18, 0.16]))
    frame = None
    if upholstered:
        frame = palette.cover(rng)
    solids: list[Primitive] = [mattress(m)]
    w = m.w + (rng.uniform(0.025, 0.06) if kind != "platform" else rng.uniform(0.0, 0.14))
    d = m.d + 0.02
    foot = 0.0
    if kind == "rails":
        solids += _rails(rng, m, w, d, upholstered)
    elif kind == "platform":
        solids += _platform(rng, m, w, d)
        foot = 0.0 if rng.random() < 0.5 else max(m.low - 0.02, 0.0)
    elif kind == "drawers":
        solids += _drawers(rng, m, w, d)
    else:
        solids.append(
            span((-w, w), (-d, d), (0.02, m.rail), FRAME, 0.025 if upholstered else 0.006)
        )
        solids.append(span((-w + 0.04, w - 0.04), (-d + 0.04, d - 0.04), (0, 0.03), TRIM))
    solids += _boards(rng, m, w, d, foot, upholstered)
    solids += (
        bedding(rng, m, min(0.22, m.top - m.rail + 0.12))
        if rng.random() < 0.9
        else [*pillows(rng, m), crumpled(rng, m)]
    )
    return solids, materials(rng, frame)


def sleigh(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a bed whose head and foot boards roll outwards."""
    m = measures(rng)
    w, d = m.w + rng.uniform(0.03, 0.06), m.d + 0.01
    thick = rng.uniform(0.035, 0.06)
    head, foot = m.top + rng.uniform(0.35, 0.6), m.top + rng.uniform(0.0, 0.25)
    curl = rng.uniform(0.1, 0.22)
    solids: list[Primitive] = [mattress(m)]
    solids += both_sides(
        span((m.w - 0.01, w), (-d - 0.02, d + 0.02), (m.low - 0.03, m.rail), FRAME, 0.006)
    )
    deck = span((-m.w, m.w), (-d, d), (m.rail - 0.07, m.rail - 0.03), FRAME)
    solids.append(deck)
    solids.append(along_x((-w, w), _curl(d, head, thick, curl, 1.0), FRAME, 0.008))
    solids.append(along_x((-w, w), _curl(d, foot, thick, curl * 0.8, -1.0), FRAME, 0.008))
    if rng.random() < 0.6:
        r = thick * rng.uniform(0.55, 0.8)
        for side, high, bend in ((1, head, curl), (-1, foot, curl * 0.8)):
            y = side * (d + bend + 0.5 * thick)
            solids.append(
                rod((-w - 0.008, y, high - r * 0.3), (w + 0.008, y, high - r * 0.3), r, r, FRAME)
            )
    solids += bedding(rng, m, 0.1)
    frame = palette.leather(rng) if rng.random() < 0.15 else palette.wood(rng)
    return solids, materials(rng, frame)


def _curl(
    d: float, high: float, thick: float, out: float, side: float
) -> list[tuple[float, float]]:
    """The section of a sleigh's board: bellied below, rolled outwards above."""
    t = np.linspace(0, 1, 8)
    sway = out * (1.25 * t**2.2 - 0.25 * np.sin(np.pi * t))
    face = [(side * (d + float(s)), float(z)) for s, z in zip(sway, high * t, strict=True)]
    rear = [(side * (d + float(s) + thick), float(z)) for s, z in zip(sway, high * t, strict=True)]
    return [*face, *reversed(rear)]


def _rails(
    rng: np.random.Generator, m: Bed, w: float, d: float, upholstered: bool
) -> list[Primitive]:
    r = 0.015 if upholstered else 0.004
    out = both_sides(span((m.w - 0.008, w), (-d, d), (m.low, m.rail), FRAME, r))
    out += [
        span((-w, w), (-d - 0.03, -d + 0.012), (m.low, m.rail), FRAME, r),
        span((-w, w), (d - 0.012, d + 0.03), (m.low, m.rail), FRAME, r),
        # What carries the mattress hides every slat below it.
        span((-w + 0.01, w - 0.01), (-d, d), (m.rail - 0.075, m.rail - 0.045), FRAME),
    ]
    # They reach up to it, past the rails.
    return out + stand(rng, (-w + 0.01, w - 0.01), (-d - 0.02, d), m.rail - 0.075, TRIM)


def _platform(rng: np.random.Generator, m: Bed, w: float, d: float) -> list[Primitive]:
    """A flat board, wider than the mattress, that seems to float."""
    thick, over = rng.uniform(0.04, 0.1), rng.uniform(0.0, 0.15)
    low = m.rail - 0.045 - thick
    board = span((-w, w), (-d - over, d), (low, m.rail - 0.045), FRAME, 0.006)
    out: list[Primitive] = [board]
    if rng.random() < 0.5:
        inset = rng.uniform(0.1, 0.3)
        out.append(
            span((-w + inset, w - inset), (-d - over + inset, d - 0.05), (0, low + 0.01), TRIM)
        )
        return out
    inset = rng.uniform(0.06, 0.25)
    spots = [(x, y) for x in (-w + inset, w - inset) for y in (-d - over + inset, d - 0.1)]
    return out + feet(rng, spots, low, TRIM)


def _drawers(rng: np.random.Generator, m: Bed, w: float, d: float) -> list[Primitive]:
    """A chest with drawers at both sides or at its foot."""
    lift = rng.uniform(0.02, 0.06)
    out: list[Primitive] = [
        span((-w, w), (-d, d), (lift, m.rail), FRAME, 0.004),
        span((-w + 0.03, w - 0.03), (-d + 0.03, d - 0.03), (0, lift + 0.01), TRIM),
    ]
    z = (lift + 0.02, m.rail - rng.uniform(0.02, 0.06))
    count = int(rng.integers(1, 4))
    knobs = rng.random() < 0.6
    edges = np.linspace(-d + 0.03, d - 0.4 * rng.random() - 0.03, count + 1)
    middle = (z[0] + z[1]) / 2
    side: list[Primitive] = []
    for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        side.append(span((w - 0.004, w + 0.016), (a + 0.008, b - 0.008), z, FRAME, 0.003))
        y = (a + b) / 2
        if knobs:
            side.append(rod((w + 0.012, y, middle), (w + 0.036, y, middle), 0.01, 0.016, TRIM))
        else:
            side.append(
                span(
                    (w + 0.012, w + 0.03),
                    (y - 0.08, y + 0.08),
                    (middle - 0.007, middle + 0.007),
                    TRIM,
                    0.004,
                )
            )
    out += both_sides(*side)
    if rng.random() < 0.4:
        half = w / 2
        for x in (-half, half):
            out.append(
                span(
                    (x - half + 0.015, x + half - 0.015), (-d - 0.016, -d + 0.004), z, FRAME, 0.003
                )
            )
            out.append(rod((x, -d - 0.038, middle), (x, -d - 0.012, middle), 0.016, 0.01, TRIM))
    return out


def _boards(
    rng: np.random.Generator, m: Bed, w: float, d: float, foot: float, upholstered: bool
) -> list[Primitive]:
    if rng.random() < 0.06:
        return []
    high = m.top + rng.uniform(0.3, 0.75)
    wide = w + (rng.uniform(0.0, 0.12) if rng.random() < 0.4 and not foot else 0.0)
    y = d - 0.02
    z = (m.rail - 0.07, high)
    if upholstered or rng.random() < 0.12:
        return soft(rng, str(rng.choice(SOFT)), wide, y, (m.rail + 0.02, high), foot)
    style = str(rng.choice(WOODEN))
    out = wooden(rng, style, wide, y, z, foot)
    if rng.random() < 0.4 and style != "shelf":
        low = (
            m.top + rng.uniform(-0.02, 0.25)
            if style != "panel"
            else m.rail + rng.uniform(0.02, 0.3)
        )
        end = wooden(rng, style, wide, 0.0, (m.rail - 0.12, max(low, m.rail + 0.12)), 0.0)
        # Its posts stand outside of the foot end.
        out += [_turned_to_foot(p, d) for p in end]
    return out


def _turned_to_foot(primitive: Primitive, d: float) -> Primitive:
    return moved(primitive, (0.0, -d + 0.02, 0.0), about_z(180))
