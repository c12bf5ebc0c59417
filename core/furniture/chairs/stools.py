"""Stools and bar stools."""

from __future__ import annotations

import math

import numpy as np

from .. import palette
from ..assembly import beam, both_sides, rod, span, tilted
from ..curves import bowed, oval, rounded_rectangle
from ..legs import TURNINGS, turned
from ..placing import about_z, along_z, moved
from ..primitives import Lathe, Material, Primitive, Tube


def stool(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw a stool on three or four legs, low or as high as a bar asks for."""
    high = rng.uniform(0.38, 0.5) if rng.random() < 0.5 else rng.uniform(0.6, 0.8)
    metal = bool(rng.random() < 0.25)
    materials = [palette.bare_metal(rng) if metal else palette.frame(rng), palette.wood(rng)]
    soft = bool(rng.random() < 0.3)
    if soft:
        materials[1] = palette.cover(rng)
    m = 1 if soft or metal else int(rng.integers(2))
    thick = rng.uniform(0.05, 0.09) if soft else rng.uniform(0.022, 0.04)
    w = rng.uniform(0.15, 0.2)
    seat, deep = _seat(rng, w, high, thick, m, soft)
    count = 3 if rng.random() < 0.3 and deep == w else 4
    solids = [*seat, *_legs(rng, count, w, deep, high - thick, metal)]
    if rng.random() < 0.25:
        solids += _low_back(rng, w, deep, high, m, soft)
    return solids, materials


def _seat(
    rng: np.random.Generator, w: float, high: float, thick: float, m: int, soft: bool
) -> tuple[list[Primitive], float]:
    low, edge = high - thick, (0.42 if soft else 0.3) * thick
    kind = rng.choice(["round", "square", "saddle", "oval"], p=[0.45, 0.25, 0.15, 0.15])
    if kind == "round":
        rim = (
            (w - edge, low),
            (w - 0.3 * edge, low + 0.3 * edge),
            (w, low + edge),
            (w, high - edge),
            (w - 0.3 * edge, high - 0.3 * edge),
            (w - edge, high),
        )
        dish = [] if soft else [(0.8 * w, high - 0.2 * thick), (0.3 * w, high - 0.35 * thick)]
        return [Lathe((0.0, 0.0, 0.0), (*rim, *dish), m)], w
    deep = w * rng.uniform(0.75, 1.0)
    if kind == "square":
        plan = rounded_rectangle(2 * w, 2 * deep, rng.uniform(0.01, 0.06))
    else:
        plan = oval(2 * w, 2 * deep, 2.0 if kind == "oval" else 3.0)
    return [along_z((low, high), plan, m, edge)], deep


def _legs(
    rng: np.random.Generator, count: int, w: float, deep: float, under: float, metal: bool
) -> list[Primitive]:
    t = rng.uniform(0.009, 0.013) if metal else rng.uniform(0.013, 0.021)
    out = rng.uniform(0.02, 0.14) * under
    kind = rng.choice(["round", "turned", "square"]) if not metal else "round"
    turning = TURNINGS[rng.integers(len(TURNINGS))]
    first = 90.0 if count == 3 else 45.0
    angles = np.radians(first + 360 / count * np.arange(count))
    spread = 0.72 if count == 3 else 0.95
    ways = np.stack([np.cos(angles) * w, np.sin(angles) * deep], axis=1) * spread
    ways *= 1 - 0.02 / min(w, deep)
    solids: list[Primitive] = []
    tops, feet = [], []
    for x, y in ways.tolist():
        size = math.hypot(x, y)
        foot, top = (x + x / size * out, y + y / size * out, 0.0), (x, y, under + 0.006)
        tops.append(np.array(top))
        feet.append(np.array(foot))
        if kind == "turned":
            solids.append(turned(foot, top, 1.15 * t, turning))
        elif kind == "square":
            solids.append(beam(foot, top, 1.9 * t, 1.9 * t))
        else:
            solids.append(rod(foot, top, t * (1 if metal else 0.75), t))
    share = rng.uniform(0.22, 0.5)
    bar = 0.6 * t
    if metal and rng.random() < 0.6 and abs(w - deep) < 1e-9:
        r = float(np.linalg.norm((feet[0] + share * (tops[0] - feet[0]))[:2]))
        z = share * under
        ring = [
            (r * math.cos(a), r * math.sin(a), z) for a in np.linspace(0, 2 * math.pi, 25).tolist()
        ]
        return [*solids, Tube(tuple(ring), (bar,) * 25)]
    for k in range(count):
        level = share + (0.07 if k % 2 and count == 4 else 0.0)
        a, b = (feet[i] + level * (tops[i] - feet[i]) for i in (k, (k + 1) % count))
        start, end = (a[0], a[1], a[2]), (b[0], b[1], b[2])
        solids.append(
            beam(start, end, 1.3 * t, 1.7 * t) if kind == "square" else rod(start, end, bar, bar)
        )
    return solids


def _low_back(
    rng: np.random.Generator, w: float, deep: float, high: float, m: int, soft: bool
) -> list[Primitive]:
    tall, rise = rng.uniform(0.07, 0.16), rng.uniform(0.12, 0.24)
    lean = rng.uniform(4, 12)
    thick = 0.04 if soft else 0.016
    half = 0.75 * w
    pivot = (0.0, 0.72 * deep, high)
    y = pivot[1]
    board = moved(
        along_z(
            (high + rise, high + rise + tall), bowed(2 * half + 0.02, 0.05, thick), m, 0.4 * thick
        ),
        (0, y, 0),
    )
    post = rod(
        (0.6 * half, 0.6 * deep, high - 0.012),
        (half - 0.012, y + 0.006, high + rise + 0.6 * tall),
        0.011,
        0.009,
    )
    return [tilted(p, lean, pivot) for p in (board, *both_sides(post))]


def pedestal_stool(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw a bar stool on a disc: a column, a foot ring, a round or a shell seat."""
    materials = [
        palette.bare_metal(rng),
        palette.cover(rng) if rng.random() < 0.7 else palette.plastic(rng),
    ]
    high, w = rng.uniform(0.6, 0.8), rng.uniform(0.17, 0.21)
    base, r = rng.uniform(0.19, 0.23), rng.uniform(0.022, 0.032)
    pad = rng.uniform(0.04, 0.08)
    profile = (
        (base, 0.0),
        (base, 0.008),
        (0.8 * base, 0.016),
        (2 * r, 0.024),
        (1.3 * r, 0.05),
        (1.3 * r, 0.45 * high),
        (0.9 * r, 0.45 * high),
        (0.9 * r, high - pad - 0.02),
        (3 * r, high - pad),
        (3 * r, high - 0.6 * pad),
    )
    solids: list[Primitive] = [Lathe((0.0, 0.0, 0.0), profile)]
    z, ring = rng.uniform(0.24, 0.34), rng.uniform(0.13, 0.17)
    if rng.random() < 0.75:
        hoop = [
            (ring * math.cos(a), ring * math.sin(a) - 0.4 * ring, z)
            for a in np.linspace(0, 2 * math.pi, 21).tolist()
        ]
        solids.append(Tube(tuple(hoop), (0.009,) * 21))
        solids.append(rod((0, 0, z), (0, -1.4 * ring, z), 0.009, 0.009))
    e = 0.45 * pad
    low = high - pad
    if rng.random() < 0.5:
        rim = ((w - e, low), (w, low + e), (w, high - e), (w - e, high))
        solids.append(Lathe((0.0, 0.0, 0.0), rim, 1))
    else:
        solids.append(along_z((low, high), rounded_rectangle(2 * w, 1.9 * w, 0.07), 1, e))
    if rng.random() < 0.55:
        tall, thick = rng.uniform(0.12, 0.3), rng.uniform(0.025, 0.05)
        arc = _ring_part(w * 0.97, thick, rng.uniform(100, 190))
        solids.append(along_z((low + 0.3 * pad, high + tall), arc, 1, 0.4 * thick))
    if rng.random() < 0.3:
        solids = [
            *solids[:1],
            *(moved(s, turn=about_z(float(rng.uniform(-25, 25)))) for s in solids[1:]),
        ]
    return solids, materials


def _ring_part(radius: float, thick: float, degrees: float) -> list[tuple[float, float]]:
    """A sector of a ring around the back."""
    angles = np.radians(np.linspace(90 - degrees / 2, 90 + degrees / 2, 15))
    outer = [((radius) * math.cos(a), radius * math.sin(a)) for a in angles.tolist()]
    inner = [
        ((radius - thick) * math.cos(a), (radius - thick) * math.sin(a))
        for a in angles[::-1].tolist()
    ]
    return [*outer, *inner]


def box_stool(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw a stool of boards: two sides and a seat, or a cushioned block on feet."""
    materials = [palette.frame(rng), palette.cover(rng)]
    high = rng.uniform(0.38, 0.48)
    w, d = rng.uniform(0.18, 0.26), rng.uniform(0.14, 0.2)
    if rng.random() < 0.5:
        t, over = rng.uniform(0.018, 0.03), rng.uniform(0.0, 0.03)
        x = w - over - t / 2
        solids = both_sides(
            span((x - t / 2, x + t / 2), (-d + 0.01, d - 0.01), (0, high - t / 2), 0, 0.002)
        )
        solids.append(span((-w, w), (-d, d), (high - t, high), 0, 0.003))
        z = rng.uniform(0.3, 0.75) * high
        solids.append(span((-x, x), (-t / 2, t / 2), (z, z + rng.uniform(0.04, 0.1)), 0, 0.002))
        return solids, materials
    foot = rng.uniform(0.05, 0.14)
    e = rng.uniform(0.015, 0.05)
    shape = rounded_rectangle(2 * w, 2 * w, rng.uniform(0.02, 0.9) * w, 6)
    solids = [along_z((foot, high), shape, 1, e)]
    for side in (-1, 1):
        solids += both_sides(
            rod(
                (0.6 * w, side * 0.6 * w, 0), (0.55 * w, side * 0.55 * w, foot + 0.02), 0.014, 0.022
            )
        )
    return solids, materials
