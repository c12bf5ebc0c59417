"""Windsor chairs: a saddle, splayed legs and spindles that all end in it."""

from __future__ import annotations

import math

import numpy as np

from .. import palette
from ..assembly import both_sides, rod
from ..curves import bowed, rounded, smooth, trapezoid
from ..legs import TURNINGS, turned
from ..placing import about_x, along_z, moved
from ..primitives import Lathe, Material, Primitive, Tube

_SPINDLE = ((0.6, 0.0), (0.75, 0.1), (1.0, 0.4), (0.7, 0.75), (0.5, 1.0))


def windsor(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw a hoop-back, a comb-back or a low one, with or without arms."""
    materials = [palette.frame(rng), palette.wood(rng)]
    own_seat = 1 if rng.random() < 0.3 else 0
    w, d = rng.uniform(0.2, 0.25), rng.uniform(0.2, 0.235)
    high, thick = rng.uniform(0.43, 0.47), rng.uniform(0.03, 0.045)
    solids: list[Primitive] = [_saddle(rng, w, d, high, thick, own_seat)]
    solids += _legs(rng, w, d, high - thick)
    lean = math.radians(rng.uniform(8, 16))
    tall = rng.uniform(0.4, 0.58)
    kind = rng.choice(["hoop", "comb", "low"], p=[0.45, 0.35, 0.2])
    if kind == "hoop":
        solids += _hoop(rng, w, d, high, tall, lean)
    elif kind == "comb":
        solids += _comb(rng, w, d, high, tall, lean)
    if kind == "low" or rng.random() < 0.35:
        solids += _arm_bow(rng, w, d, high)
    return solids, materials


def _saddle(
    rng: np.random.Generator, w: float, d: float, high: float, thick: float, material: int
) -> Primitive:
    if rng.random() < 0.25:
        r, e = min(w, d), 0.35 * thick
        rim = ((r - e, high - thick), (r, high - thick + e), (r, high - e), (r - e, high))
        return Lathe((0.0, 0.0, 0.0), rim, material)
    shape = trapezoid(2 * w, 2 * w * rng.uniform(0.75, 0.95), 2 * d, rng.uniform(0.0, 0.02))
    return along_z(
        (high - thick, high), rounded(shape, rng.uniform(0.06, 0.13), 5), material, 0.4 * thick
    )


def _legs(rng: np.random.Generator, w: float, d: float, under: float) -> list[Primitive]:
    r = rng.uniform(0.015, 0.022)
    out_x, out_y = rng.uniform(0.03, 0.075), rng.uniform(0.03, 0.08)
    x, y = 0.72 * w, 0.68 * d
    turning = TURNINGS[rng.integers(len(TURNINGS))] if rng.random() < 0.5 else None
    solids: list[Primitive] = []
    for side in (-1, 1):
        foot, top = (x + out_x, side * (y + out_y), 0.0), (x, side * y, under + 0.012)
        if turning:
            solids += both_sides(turned(foot, top, r * 1.15, turning))
        else:
            solids += both_sides(rod(foot, top, r * 0.7, r))
    if rng.random() < 0.75:
        z = rng.uniform(0.3, 0.5) * under
        fall = 1 - z / (under + 0.012)
        ax, ay = x + out_x * fall, y + out_y * fall
        bar = rng.uniform(0.008, 0.013)
        belly = ((0.7, 0.0), (1.3, 0.5), (0.7, 1.0))
        solids += both_sides(turned((ax, -ay, z), (ax, ay, z), bar, belly))
        solids.append(turned((-ax, 0.0, z), (ax, 0.0, z), bar, belly))
    return solids


def _fan(
    rng: np.random.Generator, starts: np.ndarray, ends: np.ndarray, r: float
) -> list[Primitive]:
    turning = _SPINDLE if rng.random() < 0.6 else ((1.0, 0.0), (0.8, 1.0))
    return [
        turned(tuple(a), tuple(b), r, turning)
        for a, b in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def _hoop(
    rng: np.random.Generator, w: float, d: float, high: float, tall: float, lean: float
) -> list[Primitive]:
    """A bent bow from seat to seat; the spindles end in it."""
    foot, wide = 0.72 * w, w * rng.uniform(0.85, 1.1)
    r = rng.uniform(0.009, 0.013)
    base, z0 = 0.72 * d, high - 0.012
    knots = [
        (foot, 0.0),
        (0.5 * (foot + wide) + 0.01, 0.35),
        (wide * 0.92, 0.72),
        (wide * 0.6, 0.94),
        (0.0, 1.0),
    ]
    half = smooth(knots, 4)
    u = np.concatenate([half, half[-2::-1] * [-1, 1]])
    rise = u[:, 1] * (tall + 0.012)
    curve = 0.05 * (1 - (u[:, 0] / wide) ** 2) * u[:, 1]
    line = np.stack([u[:, 0], base + rise * math.tan(lean) + curve, z0 + rise], axis=1)
    solids: list[Primitive] = [
        Tube(tuple((x, y, z) for x, y, z in line.tolist()), (r,) * len(line))
    ]
    count = int(rng.integers(5, 10))
    xs = np.linspace(-foot, foot, count + 2)[1:-1]
    upper = line[len(half) // 3 : len(line) - len(half) // 3]
    order = np.argsort(upper[:, 0])
    ex = xs * rng.uniform(1.0, 1.0 + 0.5 * (wide / foot - 0.5))
    ends = np.stack(
        [ex, *(np.interp(ex, upper[order, 0], upper[order, k]) for k in (1, 2))], axis=1
    )
    starts = np.stack([xs, base + 0.02 * (1 - (xs / foot) ** 2), np.full(count, z0)], axis=1)
    return [*solids, *_fan(rng, starts, ends, rng.uniform(0.005, 0.008))]


def _comb(
    rng: np.random.Generator, w: float, d: float, high: float, tall: float, lean: float
) -> list[Primitive]:
    """A bowed crest on spindles, the outermost thicker."""
    wide, bow = w * rng.uniform(0.9, 1.1), rng.uniform(0.03, 0.06)
    rail, thick = rng.uniform(0.05, 0.09), rng.uniform(0.016, 0.022)
    base, z0 = 0.74 * d, high - 0.012
    top = high + tall
    back = base + tall * math.tan(lean)
    board = along_z((-rail / 2, rail / 2), bowed(2 * wide, bow, thick), 0, 0.4 * thick)
    lift = top - rail / 2
    solids: list[Primitive] = [moved(board, (0.0, back, lift), about_x(-math.degrees(lean)))]
    count = int(rng.integers(5, 9))
    u = np.linspace(-1, 1, count)
    starts = np.stack([0.74 * w * u, base + 0.02 * (1 - u * u), np.full(count, z0)], axis=1)
    v = 0.93 * u
    ends = np.stack([wide * v, back + bow * (1 - v * v), np.full(count, lift)], axis=1)
    r = rng.uniform(0.0055, 0.0085)
    solids += _fan(rng, starts[1:-1], ends[1:-1], r)
    for i in (0, -1):
        solids.append(rod(tuple(starts[i].tolist()), tuple(ends[i].tolist()), 1.9 * r, 1.4 * r))
    return solids


def _arm_bow(rng: np.random.Generator, w: float, d: float, high: float) -> list[Primitive]:
    """An arm that runs around the back in one bow, on short spindles."""
    z, r = high + rng.uniform(0.2, 0.25), rng.uniform(0.011, 0.016)
    wide, deep = w + 0.03, d + rng.uniform(0.03, 0.07)
    half = smooth(
        [(wide, -0.55 * d), (wide * 1.02, 0.1 * d), (0.8 * wide, 0.75 * deep), (0.0, deep)], 4
    )
    line = np.concatenate([half, half[-2::-1] * [-1, 1]])
    solids: list[Primitive] = [Tube(tuple((x, y, z) for x, y in line.tolist()), (r,) * len(line))]
    count = int(rng.integers(7, 12))
    place = np.linspace(0.06, 0.94, count) * (len(line) - 1)
    ends = np.stack([np.interp(place, np.arange(len(line)), line[:, k]) for k in (0, 1)], axis=1)
    # Each stands inside of the saddle's rim, below its place on the arm.
    starts = ends * np.array([0.72 * w / wide, 0.76 * d / deep])
    flat = np.full((count, 1), 1.0)
    return solids + _fan(
        rng,
        np.concatenate([starts, flat * (high - 0.012)], axis=1),
        np.concatenate([ends, flat * z], axis=1),
        rng.uniform(0.006, 0.009),
    )
