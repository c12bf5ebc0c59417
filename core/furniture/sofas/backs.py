"""Backs of upholstered sofas."""

from __future__ import annotations

import itertools

import numpy as np

from ..assembly import rod, span
from ..placing import about_x, along_x, along_y, arc, mounded, moved
from ..primitives import Primitive
from ..soft import throw_pillow, tumbled, upright
from .body import Body, pillows

STYLES = ("cushions", "tight", "camel", "channels", "grid", "scatter", "buttons")
_SHARES = (0.44, 0.14, 0.08, 0.1, 0.07, 0.09, 0.08)


def draw_back(rng: np.random.Generator, m: Body, style: str | None = None) -> list[Primitive]:
    """Draw the back with what lies against it."""
    chosen = style or str(rng.choice(STYLES, p=_SHARES))
    x = (-m.inner - 0.5 * m.arm, m.inner + 0.5 * m.arm)
    y = (m.d - m.back, m.d)
    pivot = (0.0, m.d, m.leg)
    turn = about_x(-m.lean)
    if chosen == "camel":
        outline = _camel(rng, x, (m.leg, m.top + rng.uniform(0.04, 0.14)))
        body: Primitive = along_y(y, outline, 0, min(m.radius, 0.03))
    else:
        low = m.top - (rng.uniform(0.04, 0.14) if chosen in ("cushions", "scatter") else 0)
        body = span(x, y, (m.leg, low), 0, m.radius)
    out = [moved(body, turn=turn, pivot=pivot)]
    face = m.d - m.back + (m.seat - m.leg) * np.tan(np.radians(m.lean))
    if chosen == "cushions":
        count = m.seats if rng.random() < 0.75 else max(1, m.seats - 1)
        out += loose(rng, m, (-m.inner, m.inner), count, float(face))
        depth = 0.16
        if rng.random() < 0.45:
            out += pillows(rng, m.inner, float(face) - depth + 0.03, m.seat - 0.02, m.lean + 6)
    elif chosen == "scatter":
        out += _scatter(rng, m, float(face))
    elif chosen in ("channels", "grid"):
        out += [moved(p, turn=turn, pivot=pivot) for p in padded(rng, m, y[0], chosen == "grid")]
    elif chosen == "buttons":
        out += [moved(p, turn=turn, pivot=pivot) for p in buttons(rng, m, y[0])]
    elif rng.random() < 0.5:
        out += pillows(rng, m.inner, float(face) + 0.02, m.seat - 0.02, m.lean + 2)
    return out


def loose(
    rng: np.random.Generator, m: Body, x: tuple[float, float], count: int, face: float
) -> list[Primitive]:
    """Draw ``count`` loose back cushions side by side, leaning on a back whose face is ``face``."""
    edges = np.linspace(x[0] + 0.004, x[1] - 0.004, count + 1)
    depth, puff = rng.uniform(0.13, 0.2), rng.uniform(0.04, 0.075)
    crown = rng.uniform(0.015, 0.045) if rng.random() < 0.5 else 0.0
    high = m.top + rng.uniform(-0.03, 0.07)
    tilt = m.lean + rng.uniform(2, 9)
    messy = rng.uniform(0.0, 2.5) if rng.random() < 0.5 else 0.0
    out: list[Primitive] = []
    for a, b in itertools.pairwise(edges.tolist()):
        z = (m.seat - 0.012, high + rng.uniform(-0.008, 0.008))
        box = upright((a + 0.003, b - 0.003), (face - depth, face + 0.03), z, puff, 0, crown)
        leant = moved(box, turn=about_x(-tilt), pivot=(0.0, face, m.seat))
        out.append(tumbled(leant, rng, messy) if messy else leant)
    return out


def padded(rng: np.random.Generator, m: Body, face: float, grid: bool) -> list[Primitive]:
    """Upright rolls, or two rows of square pads, sunk into the face of the back."""
    wide = 2 * m.inner
    depth = rng.uniform(0.035, 0.07)
    rows = 2 if grid else 1
    count = max(3, round(wide / (rng.uniform(0.3, 0.42) if grid else rng.uniform(0.12, 0.24))))
    count = min(count, 7 if grid else 14)
    xs = np.linspace(-m.inner + 0.005, m.inner - 0.005, count + 1)
    zs = np.linspace(m.deck, m.top - 0.015, rows + 1)
    out: list[Primitive] = []
    for low, high in itertools.pairwise(zs.tolist()):
        for a, b in itertools.pairwise(xs.tolist()):
            out.append(
                span(
                    (a, b), (face - depth, face + depth), (low, high), 0, min(depth, 0.48 * (b - a))
                )
            )
    return out


def buttons(rng: np.random.Generator, m: Body, face: float, ahead: float = 0.0) -> list[Primitive]:
    """Draw two staggered rows of buttons on the face of a back."""
    count = int(np.clip(round(m.inner / 0.17), 3, 8))
    step = 2 * m.inner / count
    r = rng.uniform(0.014, 0.02)
    out: list[Primitive] = []
    for row, z in enumerate(np.linspace(m.seat + 0.14, m.top - 0.09, 2)):
        for i in range(count - row % 2):
            x = -m.inner + step * (i + 0.5 + 0.5 * (row % 2))
            out.append(rod((x, face - ahead - 0.006, z), (x, face + 0.02, z), r * 0.7, r, 0))
    return out


def rolled_back(m: Body, roll: float) -> Primitive:
    """Return a back whose top rolls over to +Y, as the arms of a Chesterfield do."""
    y0 = m.d - m.back
    panel = min(1.3 * roll, m.back)
    centre = (y0 + roll, m.top - roll)
    below = float(-np.degrees(np.arccos(np.clip((panel - roll) / roll, -0.9, 0.9))))
    outline = [(y0, m.leg), (y0 + panel, m.leg), *arc(centre, roll, below, 180, 11)]
    return along_x((-m.inner - 0.55 * m.arm, m.inner + 0.55 * m.arm), outline, 0, 0.012)


def _camel(
    rng: np.random.Generator, x: tuple[float, float], z: tuple[float, float]
) -> list[tuple[float, float]]:
    """A back with one hump in its middle, or one plain arch."""
    if rng.random() < 0.4:
        return mounded(x, z, rng.uniform(0.08, 0.2), 11)
    half, rise = (x[1] - x[0]) / 2, rng.uniform(0.08, 0.18)
    t = np.linspace(1, -1, 15)
    hump = 0.5 + 0.5 * np.cos(np.pi * np.clip(np.abs(t) * rng.uniform(1.0, 1.3), 0, 1))
    tops = [(float(half * u), float(z[1] - rise * (1 - h))) for u, h in zip(t, hump, strict=True)]
    return [(x[0], z[0]), (x[1], z[0]), *tops]


def _scatter(rng: np.random.Generator, m: Body, face: float) -> list[Primitive]:
    """Large pillows side by side in place of back cushions."""
    count = max(2, round(2 * m.inner / rng.uniform(0.46, 0.6)))
    step = 2 * m.inner / count
    out: list[Primitive] = []
    for i in range(count):
        side = min(step * 1.04, rng.uniform(0.48, 0.6))
        tilt = m.lean + rng.uniform(6, 14)
        back = 0.5 * side * float(np.sin(np.radians(tilt))) + 0.05
        drawn = throw_pillow(
            side, 0.19, (0, 0, 0), tilt, rng.uniform(-6, 6), rng.uniform(-4, 4), 2 if i % 2 else 0
        )
        out += [moved(p, (-m.inner + step * (i + 0.5), face - back, m.seat - 0.015)) for p in drawn]
    return out
