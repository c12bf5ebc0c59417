"""What lies on a mattress: pillows, duvets, blankets folded over."""

from __future__ import annotations

import numpy as np

from ..assembly import span
from ..placing import along_x, along_y
from ..primitives import Extrusion, Primitive
from ..soft import plump_pillow, throw_pillow
from .measures import BLANKET, COVER, PILLOW, SHEET, Bed


def bedding(rng: np.random.Generator, m: Bed, most_drop: float = 0.22) -> list[Primitive]:
    """Draw pillows and covers; covers hang down by at most ``most_drop`` below the top."""
    out = pillows(rng, m)
    kind = str(rng.choice(["duvet", "tucked", "none"], p=[0.62, 0.23, 0.15]))
    puff = {"duvet": rng.uniform(0.025, 0.06), "tucked": 0.012, "none": 0.0}[kind]
    if kind == "duvet":
        out += _duvet(rng, m, puff, most_drop)
    elif kind == "tucked":
        out += _tucked(rng, m)
    if rng.random() < 0.35:
        out.append(_runner(rng, m, puff, most_drop))
    return out


def pillows(rng: np.random.Generator, m: Bed) -> list[Primitive]:
    """Draw one to four bed pillows, flat or leaning on the head end, perhaps small ones before."""
    places = 1 if m.w < 0.62 else 2
    wide = min(rng.uniform(0.55, 0.78), 2 * m.w / places - 0.05)
    tall, thick = rng.uniform(0.38, 0.5), rng.uniform(0.12, 0.18)
    lean = 90.0 if rng.random() < 0.5 else rng.uniform(25, 65)
    middle = [0.0] if places == 1 else [-m.w / 2, m.w / 2]
    out: list[Primitive] = []
    foot = _foot(tall, thick, lean)
    messy = rng.uniform(0, 6)
    for x in middle:
        at = (x, m.d - 0.02 - foot, m.top - 0.025)
        out += plump_pillow(wide, tall, thick, at, lean, rng.uniform(-messy, messy), PILLOW)
        if rng.random() < 0.25 and lean < 90:
            at = (x, at[1] - 0.11, m.top - 0.025)
            out += plump_pillow(wide * 0.9, tall * 0.85, thick * 0.9, at, lean, 0.0, COVER)
    if rng.random() < 0.2:
        side = rng.uniform(0.32, 0.42)
        y = m.d - 0.02 - foot - (0.12 if lean < 90 else 0.0)
        small = throw_pillow(
            side,
            0.13,
            (0.0, y - 0.12, m.top - 0.015),
            40 if lean < 90 else 55,
            rng.uniform(-10, 10),
            0.0,
            BLANKET,
        )
        out += small
    return out


def _foot(tall: float, thick: float, lean: float) -> float:
    """How far before the head end a leaning pillow's lower edge stands."""
    angle = np.radians(lean)
    return float(tall * np.sin(angle) + 0.35 * thick * np.cos(angle))


def _duvet(rng: np.random.Generator, m: Bed, puff: float, most_drop: float) -> list[Primitive]:
    """A thick cover with its edge turned down below the pillows."""
    drop = rng.uniform(0.08, max(most_drop, 0.09))
    reach = rng.uniform(0.55, 0.76)
    foot = -m.d - rng.uniform(0.01, 0.04)
    head = foot + reach * 2 * m.d
    side = rng.uniform(0.02, 0.05)
    low = m.top - drop
    outline = _hung(rng, m.w + side, low, m.top, puff)
    out: list[Primitive] = [along_y((foot, head), outline, COVER, min(0.025, 0.45 * side + 0.01))]
    if rng.random() < 0.65:
        fold = rng.uniform(0.14, 0.32)
        over = _hung(rng, m.w + side + 0.008, low + 0.02, m.top, puff + rng.uniform(0.015, 0.03))
        material = SHEET if rng.random() < 0.6 else COVER
        out.append(along_y((head - fold, head + 0.008), over, material, 0.02))
    return out


def _hung(
    rng: np.random.Generator, w: float, low: float, top: float, puff: float
) -> list[tuple[float, float]]:
    """The section of a cover: flat in the middle, round at the shoulders, loose at the hem."""
    flare = rng.uniform(0.0, 0.025)
    s = min(0.07, 0.4 * (top - low) + puff)
    sag = rng.uniform(0.0, 0.012)
    right = [
        (w + flare, low),
        (w + 0.3 * flare, low + 0.45 * (top - low)),
        (w - 0.1 * s, top + puff - 0.75 * s),
        (w - 0.4 * s, top + puff - 0.3 * s),
        (w - s, top + puff - 0.05 * s),
        (0.45 * w, top + puff - sag),
    ]
    left = [(-x, z) for x, z in reversed(right)]
    return [*right, (0.0, top + puff), *left]


def _tucked(rng: np.random.Generator, m: Bed) -> list[Primitive]:
    """A thin blanket tucked in all round, with the sheet turned over its edge."""
    head = m.d - rng.uniform(0.45, 0.7)
    z = (m.rail - 0.02, m.top + 0.012)
    out: list[Primitive] = [span((-m.w - 0.01, m.w + 0.01), (-m.d - 0.01, head), z, COVER, m.plump)]
    fold = rng.uniform(0.12, 0.25)
    over = (m.top - 0.05, m.top + 0.02)
    out.append(span((-m.w - 0.014, m.w + 0.014), (head - fold, head + 0.01), over, SHEET, 0.02))
    return out


def _runner(rng: np.random.Generator, m: Bed, puff: float, most_drop: float) -> Extrusion:
    """A blanket folded across the foot of the bed."""
    start = -m.d + rng.uniform(0.02, 0.3)
    wide = rng.uniform(0.3, 0.6)
    drop = rng.uniform(0.05, max(most_drop, 0.06))
    outline = _hung(rng, m.w + 0.066, m.top - drop, m.top, puff + 0.02)
    return along_y((start, start + wide), outline, BLANKET, 0.012)


def crumpled(rng: np.random.Generator, m: Bed) -> Extrusion:
    """Draw a cover pushed to the foot end in waves, along X."""
    count = int(rng.integers(6, 10))
    ys = np.linspace(-m.d + 0.02, -m.d + rng.uniform(0.5, 0.9), count)
    ridge = [(float(y), float(m.top + rng.uniform(0.04, 0.12))) for y in ys]
    outline = [
        (float(ys[0]) - 0.03, m.top - 0.05),
        (float(ys[-1]) + 0.03, m.top - 0.03),
        *reversed(ridge),
    ]
    return along_x((-m.w - 0.02, m.w + 0.02), outline, COVER, 0.02)
