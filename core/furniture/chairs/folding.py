"""Chairs that fold: frames that cross, and directors' chairs."""

from __future__ import annotations

import math

import numpy as np

from .. import palette
from ..assembly import beam, both_sides, rod, span
from ..curves import bowed, ribbon, rounded_rectangle
from ..placing import about_x, along_y, along_z, moved
from ..primitives import Material, Primitive

Drawn = tuple[list[Primitive], list[Material]]


def folding(rng: np.random.Generator) -> Drawn:
    """Draw a chair whose two frames cross: legs that go on as the back, and legs of the seat."""
    metal = rng.random() < 0.4
    materials = [
        palette.bare_metal(rng) if metal else palette.frame(rng),
        palette.wood(rng) if rng.random() < 0.6 else palette.cover(rng),
    ]
    w, high = rng.uniform(0.2, 0.24), rng.uniform(0.43, 0.47)
    top = rng.uniform(0.76, 0.88)
    t = 0.02 if metal else rng.uniform(0.02, 0.03)
    front, rear = -0.25, 0.24
    # Long frame: from the front foot up and back to the top; short one: rear foot to seat's front.
    a0, a1 = np.array([front, 0.0]), np.array([0.27, top])
    b0, b1 = np.array([rear, 0.0]), np.array([-0.19, high - 0.015])
    x_in = w - t - 0.003
    solids: list[Primitive] = []

    def bar(x: float, a: np.ndarray, b: np.ndarray) -> Primitive:
        if metal:
            return rod((x, a[0], 0.3 * t), (x, b[0], b[1]), t / 2, t / 2)
        return beam((x, a[0], a[1]), (x, b[0], b[1]), t, 1.5 * t)

    solids += both_sides(bar(w, a0, a1), bar(x_in, b0, b1))

    def on(a: np.ndarray, b: np.ndarray, z: float) -> float:
        return float(a[0] + (b[0] - a[0]) * (z - a[1]) / (b[1] - a[1]))

    # The pivot's bolt runs through both frames.
    s = np.linalg.solve(np.stack([a1 - a0, b0 - b1], axis=1), b0 - a0)
    pin = a0 + s[0] * (a1 - a0)
    solids.append(
        rod((-w - t / 2 - 0.003, pin[0], pin[1]), (w + t / 2 + 0.003, pin[0], pin[1]), 0.006, 0.006)
    )
    for z, a, b, x in ((0.16, a0, a1, w), (0.14, b0, b1, x_in)):
        solids.append(rod((-x, on(a, b, z), z), (x, on(a, b, z), z), 0.4 * t, 0.4 * t))
    y1 = on(a0, a1, high - 0.012)
    solids.append(rod((-w, y1, high - 0.015), (w, y1, high - 0.015), 0.35 * t, 0.35 * t))
    slats = rng.random() < 0.5 and materials[1].pattern == "wood"
    if slats:
        for y in np.linspace(-0.2, y1 - 0.01, int(rng.integers(5, 8))).tolist():
            solids.append(span((-w, w), (y - 0.02, y + 0.02), (high - 0.014, high), 1, 0.003))
        solids += both_sides(
            span(
                (x_in - 0.01, x_in + 0.008),
                (-0.22, y1 + 0.012),
                (high - 0.034, high - 0.012),
                0,
                0.002,
            )
        )
    else:
        y0, plan = -0.22, rounded_rectangle(2 * w - 0.006, y1 + 0.23, 0.025)
        solids.append(
            along_z(
                (high - 0.016, high), [(x, y + (y0 + y1) / 2 + 0.006) for x, y in plan], 1, 0.005
            )
        )
    slope = (a1[0] - a0[0]) / (a1[1] - a0[1])
    lean = math.degrees(math.atan(slope))
    for z in (top - 0.06, top - 0.16) if rng.random() < 0.6 else (top - 0.1,):
        tall = 0.055 if z != top - 0.1 else 0.16
        board = along_y((-0.009, 0.009), rounded_rectangle(2 * w + t, tall, 0.012), 1, 0.003)
        solids.append(moved(board, (0.0, on(a0, a1, z), z), about_x(-lean)))
    return solids, materials


def cross_legged(rng: np.random.Generator) -> Drawn:
    """Draw a director's chair: crossed legs, cloth between straight posts, flat arms."""
    materials = [palette.frame(rng), palette.cover(rng)]
    w, d, t = rng.uniform(0.25, 0.28), rng.uniform(0.19, 0.22), rng.uniform(0.02, 0.026)
    high, arm, top = 0.45, rng.uniform(0.64, 0.68), rng.uniform(0.84, 0.9)
    solids: list[Primitive] = []
    for s in (-1, 1):
        y = s * (d - t)
        solids.append(beam((-w, y, 0.01), (w - 0.01, y, high - 0.01), 1.6 * t, t))
        solids.append(beam((w, y + t, 0.01), (-w + 0.01, y + t, high - 0.01), 1.6 * t, t))
        solids.append(rod((0, y - t / 2, high / 2), (0, y + 1.5 * t, high / 2), 0.006, 0.006))
        solids += both_sides(span((w - t, w), (y - t / 2, y + t), (high - 0.05, arm), 0, 0.002))
    rails = span((w - 0.5 * t, w + 0.5 * t), (-d - 0.02, d + 0.03), (0.0, 1.2 * t), 0, 0.003)
    top_rail = span((w - t - 0.006, w + 0.002), (-d, d + 0.01), (high - 0.03, high), 0, 0.003)
    rest = span((w - 0.03, w + 0.02), (-d - 0.04, d + 0.05), (arm - 0.006, arm + 0.016), 0, 0.006)
    post = span((w - t, w), (d - 0.012, d + 0.014), (arm - 0.01, top), 0, 0.003)
    solids += both_sides(rails, top_rail, rest, post)
    sag = rng.uniform(0.01, 0.03)
    x = np.linspace(-w + 0.4 * t, w - 0.4 * t, 11)
    cloth = np.stack([x, high - 0.004 - sag * (1 - (x / w) ** 2)], axis=1)
    solids.append(along_y((-d + 0.01, d - 0.01), ribbon(cloth, 0.006), 1, 0.0))
    sling = along_z(
        (top - rng.uniform(0.14, 0.18), top - 0.004), bowed(2 * w + 0.006, 0.02, 0.006), 1
    )
    solids.append(moved(sling, (0.0, d + 0.004, 0.0)))
    return solids, materials
