"""Single columns and drums below table tops."""

from __future__ import annotations

import math

import numpy as np

from ..assembly import rod, span
from ..curves import pairs, ribbon, rounded_rectangle, smooth
from ..placing import about_z, along_x, along_z, moved
from ..primitives import Lathe, Primitive, Tube
from .tops import FRAME, INTO, METAL, Size


def pedestal(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Draw one column on a disc, a dome, three or four feet."""
    metal = rng.random() < 0.35
    m = METAL if metal else FRAME
    reach = 0.5 * min(s.width, s.depth) * rng.uniform(0.6, 0.85)
    top = s.under + INTO
    r = rng.uniform(0.025, 0.04) if metal else rng.uniform(0.04, 0.08)
    plate = along_z(
        (s.under - 0.02, top), rounded_rectangle(1.1 * reach, 1.1 * reach, 0.03), m, 0.002
    )
    kind = rng.choice(["disc", "dome", "tulip", "feet"], p=[0.25, 0.15, 0.2, 0.4])
    if kind == "tulip":
        u = np.linspace(0, 1, 14)
        waist = rng.uniform(0.25, 0.45)
        grow = np.where(
            u < waist,
            ((waist - u) / waist) ** 3 * reach,
            ((u - waist) / (1 - waist)) ** 3 * 0.5 * reach,
        )
        line = np.stack([0.7 * r + grow, u * top], axis=1)
        return [
            Lathe(
                (0.0, 0.0, 0.0),
                (
                    (float(line[0, 0]), 0.0),
                    (float(line[0, 0]), 0.008),
                    *pairs(line[1:] + np.array([0, 0.004]))[:-1],
                    (float(line[-1, 0]), top),
                ),
                m,
            )
        ]
    column = _column(rng, r, 0.0 if kind == "feet" else 0.02, top, metal)
    if kind == "disc":
        thick = rng.uniform(0.012, 0.035)
        rim = (
            (reach, 0.0),
            (reach, thick * 0.7),
            (reach - 0.3 * thick, thick),
            (1.8 * r, thick + 0.012),
        )
        return [Lathe((0.0, 0.0, 0.0), rim, m), Lathe((0.0, 0.0, 0.0), column, m), plate]
    if kind == "dome":
        dome = (
            (reach, 0.0),
            (reach, 0.012),
            (0.8 * reach, 0.03),
            (0.45 * reach, 0.06),
            (1.4 * r, 0.1),
        )
        return [Lathe((0.0, 0.0, 0.0), dome, m), Lathe((0.0, 0.0, 0.0), column, m), plate]
    count = int(rng.choice([3, 4]))
    lift = rng.uniform(0.1, 0.3) * s.under
    column = _column(rng, r, lift - 0.06, top, metal)
    t = rng.uniform(0.03, 0.05)
    shape = rng.choice(["arched", "straight", "scroll"])
    if shape == "straight":
        line = np.array([(0.0, 0.06), (reach, 0.03)])
        column = _column(rng, r, 0.03, top, metal)
        widths = (0.07, 0.04)
        foot = [(y, z) for y, z in ribbon(line, widths)]
        foot = [(y, max(z, 0.0)) for y, z in foot]
    else:
        drop = 0.5 if shape == "arched" else 0.25
        line = smooth(
            [
                (0.3 * r, lift),
                (0.45 * reach, lift * (0.5 + drop * 0.6)),
                (0.8 * reach, 0.3 * lift),
                (reach, 0.02),
            ],
            3,
        )
        foot = [(y, max(z, 0.0)) for y, z in ribbon(line, (0.07, 0.055, 0.05, 0.04))]
    out: list[Primitive] = [Lathe((0.0, 0.0, 0.0), column, m), plate]
    one = along_x((-t / 2, t / 2), foot, m, 0.005)
    start = 45.0 if count == 4 and s.width != s.depth else 90.0
    for k in range(count):
        out.append(moved(one, turn=about_z(start + 360 / count * k)))
    return out


def _column(
    rng: np.random.Generator, r: float, low: float, top: float, metal: bool
) -> tuple[tuple[float, float], ...]:
    if metal or rng.random() < 0.3:
        return ((r, low), (r, top))
    shapes = (
        (
            (0.9, 0.0),
            (1.2, 0.1),
            (1.6, 0.28),
            (1.3, 0.42),
            (0.7, 0.5),
            (1.0, 0.54),
            (0.65, 0.58),
            (0.9, 0.85),
            (1.3, 1.0),
        ),
        (
            (1.3, 0.0),
            (1.3, 0.1),
            (0.8, 0.14),
            (1.1, 0.3),
            (0.75, 0.75),
            (1.0, 0.8),
            (0.8, 0.84),
            (1.4, 1.0),
        ),
        ((1.2, 0.0), (0.8, 0.5), (1.2, 1.0)),
    )
    chosen = shapes[int(rng.integers(len(shapes)))]
    return tuple((r * a, low + (top - low) * b) for a, b in chosen)


def drum(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Draw a closed or slatted drum, or a ring of rods, below a round top."""
    r, top = 0.5 * min(s.width, s.depth) * rng.uniform(0.65, 0.92), s.under + INTO
    kind = rng.choice(["solid", "slats", "wire"])
    if kind == "solid":
        waist = rng.uniform(0.6, 1.05)
        line = smooth([(r, 0.0), (r * waist, 0.5 * top), (r, top)], 5)
        return [Lathe((0.0, 0.0, 0.0), tuple(pairs(line)), FRAME)]
    count = int(rng.integers(10, 22))
    m = FRAME if kind == "slats" else METAL
    thick = 0.014 if kind == "slats" else 0.006
    twist = 0.0 if kind == "slats" else rng.uniform(-0.5, 0.5)
    waist = rng.uniform(0.6, 1.0) if kind == "wire" else 1.0
    out: list[Primitive] = []
    for z, h in ((0.0, 0.02), (top - 0.02, 0.02)):
        out.append(Lathe((0.0, 0.0, 0.0), ((r + thick, z), (r + thick, z + h)), m))
    for a in np.linspace(0, 2 * math.pi, count, endpoint=False).tolist():
        start = (r * math.cos(a), r * math.sin(a), 0.004)
        end = (r * math.cos(a + twist), r * math.sin(a + twist), top - 0.004)
        if kind == "slats":
            bar = span((-0.012, 0.012), (r - 0.008, r + 0.008), (0.004, top - 0.004), m, 0.002)
            out.append(moved(bar, turn=about_z(math.degrees(a))))
        elif waist < 0.95:
            b = a + twist / 2
            line = smooth(
                [start, (waist * r * math.cos(b), waist * r * math.sin(b), top / 2), end], 3
            )
            out.append(Tube(tuple((u, v, w) for u, v, w in line.tolist()), (0.004,) * len(line), m))
        else:
            out.append(rod(start, end, 0.004, 0.004, m))
    return out
