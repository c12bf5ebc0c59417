"""Chairs of bent metal tubes, bent plywood and moulded shells, and folding chairs."""

from __future__ import annotations

import math

import numpy as np

from .. import palette
from ..assembly import both_sides, rod
from ..curves import Place, bent, bowed, pairs, ribbon, rounded, rounded_rectangle, smooth
from ..placing import about_x, along_x, along_z, moved
from ..primitives import Lathe, Material, Primitive, Tube
from .walls import curved_wall

Drawn = tuple[list[Primitive], list[Material]]


def _pipe(line: list[Place], r: float, material: int = 0) -> Tube:
    return Tube(tuple(line), (r,) * len(line), material)


def cantilever(rng: np.random.Generator) -> Drawn:
    """Draw a chair without rear legs: one tube makes runners, legs, seat and back."""
    materials = [
        palette.bare_metal(rng),
        palette.cover(rng) if rng.random() < 0.6 else palette.wood(rng),
    ]
    w, d = rng.uniform(0.21, 0.25), rng.uniform(0.22, 0.26)
    high, top = rng.uniform(0.43, 0.47), rng.uniform(0.8, 0.92)
    r = rng.uniform(0.0105, 0.0145)
    lean = rng.uniform(0.04, 0.1)
    seat = high - 0.03
    bend = rng.uniform(0.04, 0.1)
    half = [
        (0.0, d - 0.02, r),
        (w, d - 0.02, r),
        (w, -d + 0.03, r),
        (w, -d, seat),
        (w, d - 0.05, seat - 0.01),
        (w, d - 0.05 + lean, top),
    ]
    if rng.random() < 0.5:
        half.append((0.0, half[-1][1] + 0.01, top))
    line = bent(half, bend)
    left = [(-x, y, z) for x, y, z in line]
    solids: list[Primitive] = [_pipe(line, r), _pipe(left, r)]
    solids.append(rod((-w, 0.0, seat), (w, 0.0, seat), 0.8 * r, 0.8 * r))
    soft = materials[1].pattern != "wood"
    thick = rng.uniform(0.03, 0.05) if soft else 0.014
    plan = rounded_rectangle(2 * w - 0.004, 2 * d - 0.09, 0.03)
    solids.append(
        along_z((seat - 0.004, seat + thick), [(x, y - 0.015) for x, y in plan], 1, 0.4 * thick)
    )
    tall = rng.uniform(0.14, 0.34)
    z = top - 0.05 - tall / 2
    slope = lean / (top - seat)
    y = d - 0.05 + slope * (z - seat)
    board = along_z(
        (-tall / 2, tall / 2), bowed(2 * w + 0.006, 0.02, max(thick * 0.8, 0.014)), 1, 0.35 * thick
    )
    solids.append(moved(board, (0.0, y - 0.006, z), about_x(-math.degrees(math.atan(slope)))))
    if rng.random() < 0.3:
        za, yf = high + rng.uniform(0.17, 0.22), -d + 0.07
        ya = d - 0.05 + slope * (za - seat)
        arm = bent([(w, yf + 0.02, seat), (w + 0.004, yf, za), (w, ya, za)], 0.05)
        solids += both_sides(_pipe(arm, 0.9 * r))
        rest = along_z(
            (za + 0.3 * r, za + r + 0.016),
            [(x + w, y) for x, y in pairs(np.array(rounded_rectangle(0.045, 0.22, 0.02)))],
            1,
            0.006,
        )
        solids += both_sides(rest)
    return solids, materials


def plywood(rng: np.random.Generator) -> Drawn:
    """Draw a seat and back bent from one board, or from two, on thin legs."""
    wooden = rng.random() < 0.6
    materials = [palette.bare_metal(rng), palette.wood(rng) if wooden else palette.plastic(rng)]
    w, d = rng.uniform(0.2, 0.25), rng.uniform(0.2, 0.23)
    high, top = rng.uniform(0.43, 0.46), rng.uniform(0.76, 0.88)
    thick = rng.uniform(0.01, 0.014)
    lean = rng.uniform(0.05, 0.12)
    line = smooth(
        [(-d - 0.01, high - 0.03), (-d + 0.05, high), (0.02, high - 0.018), (d - 0.06, high - 0.01),
         (d, high + 0.08), (d + 0.4 * lean, 0.5 * (high + top)), (d + lean, top)], 3
    )  # fmt: skip
    edge = 0.35 * thick
    if rng.random() < 0.5:
        solids: list[Primitive] = [along_x((-w, w), ribbon(line, thick), 1, edge)]
    else:
        cut = rng.uniform(0.08, 0.16)
        seat = line[: len(line) - 8]
        solids = [along_x((-w, w), ribbon(seat, thick), 1, edge)]
        tall = top - high - cut
        shape = rounded(
            [(-w, -tall / 2), (w, -tall / 2), (0.9 * w, tall / 2), (-0.9 * w, tall / 2)], 0.08, 4
        )
        board = along_z((-thick / 2, thick / 2), shape, 1, edge)
        z = high + cut + tall / 2
        y = float(np.interp(z, line[-9:, 1], line[-9:, 0]))
        tilt = math.degrees(math.atan2(lean, top - high))
        solids.append(moved(board, (0.0, y, z), about_x(90.0 - tilt)))
        strap = line[len(line) - 12 : -2] + np.array([0.006, -0.003])
        solids.append(along_x((-0.04, 0.04), ribbon(strap, thick), 1, edge))
    return solids + _thin_legs(rng, w, d, high - 0.012), materials


def _thin_legs(rng: np.random.Generator, w: float, d: float, under: float) -> list[Primitive]:
    """Legs of bent tubes under a shell: four, two sleds or dowels with braces."""
    kind = rng.choice(["pipes", "sled", "dowels", "wire"])
    r = rng.uniform(0.008, 0.011)
    x, y, z = w * 0.78, d * 0.7, under
    if kind == "sled":
        line = bent(
            [
                (0.0, -y, z),
                (x, -y, z),
                (w, -d - 0.01, r),
                (w, d + 0.02, r),
                (x, y, z - 0.005),
                (0.0, y, z - 0.005),
            ],
            0.045,
        )
        return [_pipe(line, r), _pipe([(-a, b, c) for a, b, c in line], r)]
    out = rng.uniform(0.03, 0.07)
    if kind == "dowels":
        solids: list[Primitive] = []
        for s in (-1, 1):
            solids += both_sides(
                rod(
                    (w + 0.02, s * (d + 0.01), 0), (0.55 * w, s * 0.55 * d, z + 0.006), 0.009, 0.015
                )
            )
            solids.append(
                rod(
                    (-0.7 * w, s * 0.66 * d, 0.74 * z),
                    (0.7 * w, s * 0.66 * d, 0.74 * z),
                    0.006,
                    0.006,
                )
            )
        a = 0.72
        solids += both_sides(
            rod((0.7 * w, -0.68 * d, a * z), (0.7 * w, 0.68 * d, a * z), 0.006, 0.006)
        )
        solids.append(
            along_z((z - 0.03, z - 0.008), rounded_rectangle(1.3 * w, 1.3 * d, 0.03), 0, 0.002)
        )
        return solids
    solids = []
    for s in (-1, 1):
        line = bent([(0.0, s * y, z), (x, s * y, z), (x + out, s * (y + out), 0.0)], 0.035)
        solids += both_sides(_pipe(line, r))
    if kind == "wire":
        solids.append(
            rod(
                (-x - 0.4 * out, -y - 0.4 * out, 0.6 * z),
                (x + 0.4 * out, y + 0.4 * out, 0.6 * z),
                0.005,
                0.005,
            )
        )
        solids.append(
            rod(
                (x + 0.4 * out, -y - 0.4 * out, 0.6 * z),
                (-x - 0.4 * out, y + 0.4 * out, 0.6 * z),
                0.005,
                0.005,
            )
        )
    return solids


def shell(rng: np.random.Generator) -> Drawn:
    """Draw a moulded bowl with a raised back, on legs or a pedestal."""
    materials = [
        palette.bare_metal(rng) if rng.random() < 0.5 else palette.wood(rng),
        palette.plastic(rng) if rng.random() < 0.6 else palette.cover(rng),
        palette.cover(rng),
    ]
    r, t = rng.uniform(0.22, 0.28), rng.uniform(0.012, 0.03)
    high, deep = rng.uniform(0.42, 0.46), rng.uniform(0.05, 0.1)
    floor = high - 0.02
    side = floor + deep
    bowl = (
        (0.1, floor - t),
        (0.75 * r, floor - 0.6 * t),
        (r, side - 0.4 * deep),
        (r + 0.01, side),
        (r + 0.01 - t, side),
        (r - t, side - 0.4 * deep),
        (0.72 * r, floor),
        (0.1, floor),
    )
    solids: list[Primitive] = [Lathe((0.0, 0.0, 0.0), bowl, 1)]
    tops = (side + rng.uniform(0.0, 0.12), rng.uniform(1.0, 2.5), side + rng.uniform(0.24, 0.36))
    solids += curved_wall(
        r + 0.01 - t / 2, t, rng.uniform(190, 250), side - 0.3 * deep, tops, 1, 0.35 * t
    )
    if rng.random() < 0.5:
        e = 0.018
        pad = ((0.74 * r - e, floor - 0.004), (0.78 * r, floor + e), (0.74 * r - e, floor + 2 * e))
        solids.append(Lathe((0.0, 0.0, 0.0), pad, 2))
    under = floor - 0.7 * t
    if rng.random() < 0.25:
        base = rng.uniform(0.2, 0.26)
        stem = (
            (base, 0.0),
            (base, 0.01),
            (0.5 * base, 0.02),
            (0.03, 0.07),
            (0.022, 0.5 * under),
            (0.035, under - 0.03),
            (0.11, under + 0.002),
        )
        solids.append(Lathe((0.0, 0.0, 0.0), stem))
        return solids, materials
    return solids + _thin_legs(rng, 0.85 * r, 0.85 * r, under), materials
