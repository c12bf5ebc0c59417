"""Straight upholstered sofas: two to four seats, any arm with any back; Chesterfields."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from ..assembly import both_sides, mirrored_x, span
from ..feet import stand
from ..primitives import Material, Primitive
from ..soft import cushion, throw
from .arms import draw_arm, draw_style, rolled
from .backs import buttons, draw_back, rolled_back
from .body import Body, base, measures, pillows, upholstery


def classic(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a straight sofa."""
    seats = int(rng.choice([1, 2, 3, 4], p=[0.08, 0.38, 0.42, 0.12]))
    arms = rng.random() < 0.9
    m = measures(rng, seats, arms)
    solids = [base(m, rng.uniform(0.0, 0.04))]
    if arms:
        style = draw_style(rng)
        solids += both_sides(*draw_arm(rng, m, style))
        if style in ("track", "pad") and rng.random() < 0.3:
            solids += _throw(rng, m)
    solids += draw_back(rng, m)
    solids += seat_cushions(rng, m)
    solids += _under(rng, m)
    return solids, upholstery(rng)


def chesterfield(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a buttoned sofa whose arms are as high as its back."""
    seats = int(rng.choice([2, 3, 4], p=[0.4, 0.45, 0.15]))
    m = measures(rng, seats)
    roll = rng.uniform(0.075, 0.105)
    top = m.seat + rng.uniform(0.24, 0.34)
    m = replace(
        m,
        w=m.w - m.arm + 2 * roll,
        arm=2 * roll,
        top=top,
        back=2 * roll,
        rise=top - (rng.uniform(0.03, 0.1) if rng.random() < 0.3 else 0),
        lean=0.0,
    )
    solids = [base(m)]
    solids += both_sides(*rolled(rng, m, -m.d, m.d - 0.6 * roll, m.rise))
    solids.append(rolled_back(m, roll))
    solids += buttons(rng, m, m.d - m.back)
    if rng.random() < 0.3:
        solids.append(
            span((-m.inner, m.inner), (-m.d - 0.01, m.d - m.back), (m.deck, m.seat), 0, 0.04)
        )
    else:
        solids += seat_cushions(rng, m)
    if rng.random() < 0.3:
        solids += pillows(rng, m.inner, m.d - m.back, m.seat - 0.02, 4, 2)
    solids += stand(rng, (-m.inner - roll, m.inner + roll), (-m.d, m.d - roll), m.leg)
    return solids, upholstery(rng)


def seat_cushions(rng: np.random.Generator, m: Body) -> list[Primitive]:
    """Draw the loose cushions one sits on: one long one, or one a place."""
    count = 1 if rng.random() < 0.22 else m.seats
    edges = np.linspace(-m.inner + 0.003, m.inner - 0.003, count + 1)
    puff = rng.uniform(0.025, 0.06)
    crown = rng.uniform(0.01, 0.035) if rng.random() < 0.5 else 0.0
    over = rng.uniform(-0.01, 0.03)
    y = (-m.d - over, m.d - m.back + 0.03)
    z = (m.deck, m.seat + crown * 0.6)
    return [
        cushion((a + 0.003, b - 0.003), y, z, puff, 0, crown)
        for a, b in itertools.pairwise(edges.tolist())
    ]


def _under(rng: np.random.Generator, m: Body) -> list[Primitive]:
    """Feet, or a skirt that hides them."""
    if m.leg < 0.16 and rng.random() < 0.08:
        skirt = span(
            (-m.w - 0.004, m.w + 0.004), (-m.d - 0.004, m.d + 0.004), (0, m.leg + 0.03), 0, 0.006
        )
        return [skirt]
    side = m.inner + 0.45 * m.arm
    return stand(rng, (-side, side), (-m.d + 0.03, m.d - 0.02), m.leg)


def _throw(rng: np.random.Generator, m: Body) -> list[Primitive]:
    """A blanket over one straight arm."""
    low = -m.d + rng.uniform(0.1, 0.3)
    y = (low, low + rng.uniform(0.2, 0.4))
    drops = (rng.uniform(0.04, 0.09), rng.uniform(0.2, m.rise - m.leg))
    hung = throw(rng, (m.inner, m.w), y, m.rise, drops, 3, rng.uniform(0.01, 0.018))
    return [hung] if rng.random() < 0.5 else [mirrored_x(hung)]
