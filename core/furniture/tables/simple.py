"""Tables: legs, trestles, pedestals, round tops, desks."""

from __future__ import annotations

import numpy as np

from .. import palette
from ..assembly import beam, both_sides, rod, span
from ..primitives import Box, Frustum, Material, Primitive


def simple(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw a plain table."""
    width = rng.uniform(0.6, 2.2)
    depth = min(rng.uniform(0.45, 1.1), width)
    height = float(
        rng.choice(
            [rng.uniform(0.35, 0.55), rng.uniform(0.68, 0.8), rng.uniform(0.9, 1.05)],
            p=[0.3, 0.6, 0.1],
        )
    )
    top = rng.uniform(0.02, 0.07)
    materials = [palette.hard(rng), palette.hard(rng) if rng.random() < 0.4 else palette.metal(rng)]
    leg_material = 0 if rng.random() < 0.55 else 1
    kind = rng.choice(
        ["legs", "round", "trestle", "pedestal", "desk"], p=[0.5, 0.12, 0.14, 0.1, 0.14]
    )
    under = height - top
    solids: list[Primitive]
    if kind == "round" or (kind == "pedestal" and rng.random() < 0.6):
        width = depth = rng.uniform(0.5, 1.3)
        solids = [Frustum((0.0, 0.0, height - top / 2), top / 2, width / 2, width / 2, 0)]
    else:
        radius = rng.uniform(0, 0.4) * top
        solids = [
            span((-width / 2, width / 2), (-depth / 2, depth / 2), (under, height), 0, radius)
        ]
    if kind == "legs":
        solids += _legs(rng, width, depth, under, leg_material)
    elif kind == "round":
        inset = 0.62 if rng.random() < 0.5 else 0.5
        solids += _legs(rng, width * inset + 0.1, width * inset + 0.1, under, leg_material)
    elif kind == "trestle":
        solids += _trestle(rng, width, depth, under, leg_material)
    elif kind == "pedestal":
        solids += _pedestal(rng, width, depth, under, leg_material)
    else:
        solids += _desk(rng, width, depth, under, leg_material)
    return solids, materials


def _legs(
    rng: np.random.Generator, width: float, depth: float, under: float, material: int
) -> list[Primitive]:
    thick = rng.uniform(0.035, 0.11)
    inset = rng.uniform(0.0, 0.08)
    x, y = width / 2 - thick / 2 - inset, depth / 2 - thick / 2 - inset
    splay = rng.uniform(0, 0.08) if rng.random() < 0.3 else 0.0
    slim = rng.uniform(0.5, 1.0)
    out: list[Primitive] = []
    for side in (-1, 1):
        top, foot = (x, side * y, under), (x + splay, side * (y + splay), 0.0)
        if rng.random() < 0.4:
            out += both_sides(rod(foot, top, thick / 2 * slim, thick / 2, material))
        elif splay:
            out += both_sides(beam(foot, top, thick, thick, material))
        else:
            box = span(
                (x - thick / 2, x + thick / 2),
                (side * y - thick / 2, side * y + thick / 2),
                (0, under),
                material,
            )
            out += both_sides(box)
    if rng.random() < 0.55:
        drop, plank = rng.uniform(0.05, 0.14), rng.uniform(0.018, 0.035)
        for side in (-1, 1):
            out.append(
                span(
                    (-x, x),
                    (side * y - plank / 2, side * y + plank / 2),
                    (under - drop, under),
                    material,
                )
            )
        out += both_sides(
            span((x - plank / 2, x + plank / 2), (-y, y), (under - drop, under), material)
        )
    if rng.random() < 0.2:
        z = rng.uniform(0.15, 0.35) * under
        out_x, out_y = x + splay * (1 - z / under), y + splay * (1 - z / under)
        board = (z, z + rng.uniform(0.018, 0.04))
        out.append(span((-out_x, out_x), (-out_y, out_y), board, 0))
    return out


def _trestle(
    rng: np.random.Generator, width: float, depth: float, under: float, material: int
) -> list[Primitive]:
    panel = rng.uniform(0.03, 0.09)
    x = width / 2 - panel / 2 - rng.uniform(0.0, 0.15) * width
    reach = depth / 2 * rng.uniform(0.7, 1.0)
    out = both_sides(span((x - panel / 2, x + panel / 2), (-reach, reach), (0, under), material))
    if rng.random() < 0.6:
        z, tall = rng.uniform(0.2, 0.7) * under, rng.uniform(0.05, 0.15)
        out.append(span((-x, x), (-0.02, 0.02), (z, min(z + tall, under)), material))
    return out


def _pedestal(
    rng: np.random.Generator, width: float, depth: float, under: float, material: int
) -> list[Primitive]:
    column = rng.uniform(0.03, 0.1)
    base, reach = rng.uniform(0.02, 0.05), min(width, depth) / 2 * rng.uniform(0.55, 0.85)
    out: list[Primitive] = [
        rod((0, 0, 0), (0, 0, under), column * rng.uniform(1, 1.5), column, material)
    ]
    if rng.random() < 0.5:
        out.append(
            Frustum((0.0, 0.0, base / 2), base / 2, reach, reach * rng.uniform(0.8, 1), material)
        )
    else:
        bar = rng.uniform(0.03, 0.05)
        out.append(span((-reach, reach), (-bar, bar), (0, base * 1.5), material))
        out.append(span((-bar, bar), (-reach, reach), (0, base * 1.5), material))
    return out


def _desk(
    rng: np.random.Generator, width: float, depth: float, under: float, material: int
) -> list[Primitive]:
    cabinet = width * rng.uniform(0.22, 0.38)
    lift = rng.uniform(0.0, 0.15) * under
    edge = rng.uniform(0.0, 0.03)
    right = (width / 2 - edge - cabinet, width / 2 - edge)
    y = (-depth / 2 + edge, depth / 2 - edge)
    unit: list[Primitive] = [span(right, y, (lift, under), material)]
    drawers = int(rng.integers(2, 5))
    gap = (under - lift) / drawers
    for i in range(drawers):
        z = (lift + i * gap + 0.012, lift + (i + 1) * gap - 0.012)
        unit.append(span((right[0] + 0.012, right[1] - 0.012), (y[0] - 0.015, y[0] + 0.01), z, 0))
    if rng.random() < 0.45:
        return both_sides(*unit) + _feet(right, y, lift, True)
    panel = rng.uniform(0.025, 0.06)
    flip = rng.random() < 0.5
    other: Box = span((-width / 2 + edge, -width / 2 + edge + panel), y, (0, under), material)
    solids: list[Primitive] = [*unit, *_feet(right, y, lift, False), other]
    if flip:
        solids = both_sides(*solids)[len(solids) :]
    return solids


def _feet(
    x: tuple[float, float], y: tuple[float, float], lift: float, both: bool
) -> list[Primitive]:
    if lift < 0.01:
        return []
    feet: list[Primitive] = [
        span((cx - 0.025, cx + 0.025), (cy - 0.025, cy + 0.025), (0, lift), 1)
        for cx in (x[0] + 0.03, x[1] - 0.03)
        for cy in (y[0] + 0.03, y[1] - 0.03)
    ]
    return both_sides(*feet) if both else feet
