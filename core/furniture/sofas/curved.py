"""Sofas without a straight line: crescents, tubs with a back all round, ripples of foam."""

from __future__ import annotations

import itertools

import numpy as np

from ..assembly import span
from ..feet import feet
from ..placing import along_x, along_z, arc, moved, sector
from ..primitives import Material, Primitive
from ..soft import throw_pillow
from .body import measures, upholstery


def crescent(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a sofa bent around a point before it."""
    m = measures(rng, 3, False)
    inner = rng.uniform(0.9, 2.2)
    outer = inner + 2 * m.d
    # The length along the middle of the seat decides how far round it goes.
    half = float(np.degrees(rng.uniform(1.9, 3.2) / (inner + m.d))) / 2
    half = min(half, 80.0)
    a0, a1 = 90 - half, 90 + half
    seats = int(rng.choice([1, 2, 3, 4], p=[0.35, 0.15, 0.35, 0.15]))
    back = rng.uniform(0.13, 0.26)
    soft = rng.uniform(0.02, 0.06)
    plinth = rng.random() < 0.5
    leg = rng.uniform(0.03, 0.06) if plinth else m.leg
    here = (0.0, 0.0)
    solids: list[Primitive] = [
        along_z((leg, m.deck + 0.015), sector(here, (inner, outer - 0.3 * back), a0, a1), 0, 0.02)
    ]
    edge = float(np.degrees(0.004 / inner))
    for b0, b1 in itertools.pairwise(np.linspace(a0, a1, seats + 1).tolist()):
        ring = (inner - 0.012, outer - back + 0.02)
        outline = sector(here, ring, b0 + edge, b1 - edge, max(4, 10 // seats))
        solids.append(along_z((m.deck, m.seat), outline, 0, soft))
    full = half * rng.uniform(0.62, 0.9) if rng.random() < 0.3 else half
    tilt = 0.0 if rng.random() < 0.6 else rng.uniform(0, half - full)
    ring = (outer - back, outer)
    wall = sector(here, ring, 90 - full + tilt, 90 + full + tilt, 12)
    solids.append(along_z((leg, m.top - rng.uniform(0, 0.06)), wall, 0, min(0.45 * back, 0.07)))
    if rng.random() < 0.35:
        # Cushions before the back, one a seat.
        for b0, b1 in itertools.pairwise(np.linspace(90 - full, 90 + full, seats + 1).tolist()):
            ring = (outer - back - 0.13, outer - back + 0.04)
            outline = sector(here, ring, b0 + tilt + edge, b1 + tilt - edge, max(4, 10 // seats))
            solids.append(along_z((m.seat - 0.012, m.top - 0.08), outline, 0, 0.055))
    if plinth:
        under = sector(here, (inner + 0.05, outer - 0.05), a0 + 2, a1 - 2)
        solids.append(along_z((0, leg + 0.012), under, 1))
    else:
        angles = np.radians([a0 + 4, 90, a1 - 4])
        spots = [
            (float(r * np.cos(t)), float(r * np.sin(t)))
            for t in angles
            for r in (inner + 0.08, outer - 0.1)
        ]
        solids += feet(rng, spots, leg, 1, (0.0, inner + m.d))
    if rng.random() < 0.4:
        solids += _pillow(rng, outer - back, m.seat, 90 - full * 0.7 + tilt)
    return solids, upholstery(rng)


def tub(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a small sofa whose back runs on into its arms."""
    m = measures(rng, int(rng.choice([1, 2])), False)
    wall = rng.uniform(0.1, 0.2)
    w = m.w + wall
    d = m.d
    r = min(w, d) * rng.uniform(0.55, 0.95)
    soft = min(0.45 * wall, 0.07)
    outer = _horseshoe(w, d, r)
    inner = _horseshoe(w - wall, d - wall, max(r - wall, 0.05))
    inner = [(x, -d if y <= -d + wall + 1e-6 else y) for x, y in inner]
    low = m.top - rng.uniform(0.12, 0.22) if rng.random() < 0.5 else m.top
    shell = [*outer, *reversed(inner)]
    solids: list[Primitive] = [along_z((m.leg, low), shell, 0, soft)]
    if low < m.top:
        # The back proper rises above the arms: the part of the wall behind the middle.
        part = [p for p in outer if p[1] > d - 0.75 * r] + [
            p for p in reversed(inner) if p[1] > d - 0.75 * r
        ]
        solids.append(along_z((m.leg, m.top), part, 0, min(0.8 * soft, 0.04)))
    hold = [
        (x * 0.995, y)
        for x, y in _horseshoe(w - 0.5 * wall, d - 0.5 * wall, max(r - 0.5 * wall, 0.05))
    ]
    solids.append(along_z((m.leg, m.deck + 0.015), hold, 0, 0.01))
    solids.append(along_z((m.deck, m.seat), _seat(inner, wall, d), 0, rng.uniform(0.025, 0.05)))
    if rng.random() < 0.5:
        solids += _pillow(rng, d - wall, m.seat, 90.0)
    inset = 0.16
    spots = [(sx * (w - inset), y) for sx in (-1, 1) for y in (-d + 0.08, d - max(inset, 0.45 * r))]
    solids += feet(rng, spots, m.leg, 1)
    return solids, upholstery(rng)


def ripple(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of low seats of folded foam that stand on the floor."""
    seats = int(rng.choice([1, 2, 3, 4], p=[0.1, 0.4, 0.35, 0.15]))
    wide = rng.uniform(0.62, 0.9)
    d, seat, top = rng.uniform(0.44, 0.52), rng.uniform(0.34, 0.4), rng.uniform(0.66, 0.78)
    outline = _folds(rng, d, seat, top)
    solids: list[Primitive] = []
    for a, b in itertools.pairwise(np.linspace(0, seats * wide, seats + 1).tolist()):
        solids.append(along_x((a - 0.004, b + 0.004), outline, 0, rng.uniform(0.035, 0.05)))
    if rng.random() < 0.3:
        # An end without a back turns the row into a chaise.
        low = [(y, min(z, seat)) for y, z in outline]
        x = seats * wide
        ends = span((x - 0.004, x + wide), (min(y for y, _ in low), d), (0, seat), 0, 0.07)
        solids.append(ends)
    return solids, upholstery(rng)


def _horseshoe(w: float, d: float, r: float, count: int = 6) -> list[tuple[float, float]]:
    """A rectangle, open end at -Y, whose two corners at +Y are round."""
    return [
        (w, -d),
        *arc((w - r, d - r), r, 0, 90, count),
        *arc((-w + r, d - r), r, 90, 180, count),
        (-w, -d),
    ]


def _seat(inner: list[tuple[float, float]], wall: float, d: float) -> list[tuple[float, float]]:
    """The outline of the cushion inside the wall, a little into it."""
    grow = 1 + 0.2 * wall / max(x for x, _ in inner)
    return [(x * grow, -d - 0.01 if y <= -d + 1e-6 else y + 0.2 * wall) for x, y in inner]


def _folds(
    rng: np.random.Generator, d: float, seat: float, top: float
) -> list[tuple[float, float]]:
    """The section of a folded seat: three folds for the seat, two for the back."""
    deep = rng.uniform(0.015, 0.03)
    line = [
        (-d, 0.09),
        (-d * 0.98, seat * 0.72),
        (-d * 0.72, seat),
        (-0.02, seat * 0.96),
        (0.16 * d, seat * 1.02),
    ]
    back = [
        (0.3 * d, seat + 0.5 * (top - seat)),
        (0.62 * d, top),
        (0.95 * d, top * 0.97),
        (d, top * 0.72),
    ]
    knots = line + back
    out: list[tuple[float, float]] = [(0.86 * d, 0.0), (-0.9 * d, 0.0)]
    for (y0, z0), (y1, z1) in itertools.pairwise(knots):
        length = float(np.hypot(y1 - y0, z1 - z0))
        ny, nz = -(z1 - z0) / length, (y1 - y0) / length
        out += [(y0, z0), ((y0 + y1) / 2 + ny * deep, (z0 + z1) / 2 + nz * deep)]
    out.append(knots[-1])
    return out


def _pillow(rng: np.random.Generator, face: float, seat: float, angle: float) -> list[Primitive]:
    """One pillow against a round back whose face is ``face`` from the origin."""
    side, thick, lean = rng.uniform(0.36, 0.46), 0.14, rng.uniform(12, 20)
    back = 0.5 * side * float(np.sin(np.radians(lean))) + 0.4 * thick
    turn = angle - 90.0
    drawn = throw_pillow(side, thick, (0, 0, 0), lean, turn + rng.uniform(-8, 8), 0.0, 2)
    t = np.radians(angle)
    r = face - back - 0.01
    return [moved(p, (r * float(np.cos(t)), r * float(np.sin(t)), seat - 0.012)) for p in drawn]
