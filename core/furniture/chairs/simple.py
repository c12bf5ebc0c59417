"""Chairs: dining chairs, armchairs, office chairs, stools."""

from __future__ import annotations

import numpy as np

from .. import palette
from ..assembly import beam, both_sides, rod, span, tilted
from ..primitives import Box, Frustum, Material, Primitive


def simple(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw a chair; its back stands at +Y."""
    width = rng.uniform(0.38, 0.6)
    depth = rng.uniform(0.38, 0.56)
    seat = rng.uniform(0.4, 0.5)
    soft = rng.random() < 0.4
    thick = rng.uniform(0.06, 0.12) if soft else rng.uniform(0.02, 0.05)
    materials = [palette.hard(rng) if rng.random() < 0.75 else palette.metal(rng)]
    materials.append(palette.fabric(rng) if soft else materials[0])
    # Legs reach into a soft seat, whose corners are round.
    inset, sunk = (0.035, 0.55 * thick) if soft else (0.0, 0.98 * thick)
    kind = rng.choice(["legs", "armchair", "office", "stool"], p=[0.62, 0.18, 0.1, 0.1])
    solids: list[Primitive]
    if kind == "armchair":
        solids = _armchair(rng, width + 0.15, depth + 0.15)
        return solids, [materials[0], palette.fabric(rng)]
    if kind == "stool":
        seat = rng.uniform(0.42, 0.75)
        round_top = rng.random() < 0.5
        if round_top:
            depth = width
            solids = [Frustum((0.0, 0.0, seat - thick / 2), thick / 2, width / 2, width / 2, 1)]
        else:
            solids = [_seat(rng, width, depth, seat, thick, soft)]
        scale = 0.66 if round_top else 1.0
        solids += _legs(rng, width * scale - inset, depth * scale - inset, seat - sunk)
        return solids, materials
    solids = [_seat(rng, width, depth, seat, thick, soft)]
    if kind == "office":
        solids += _star(rng, seat - thick)
    else:
        solids += _legs(rng, width - inset, depth - inset, seat - sunk)
    solids += _back(rng, width, depth, seat, soft)
    if rng.random() < 0.3:
        solids += _arms(rng, width, depth, seat)
    return solids, materials


def _seat(
    rng: np.random.Generator, width: float, depth: float, seat: float, thick: float, soft: bool
) -> Box:
    radius = thick * rng.uniform(0.2, 0.48) if soft else thick * rng.uniform(0, 0.4)
    return span((-width / 2, width / 2), (-depth / 2, depth / 2), (seat - thick, seat), 1, radius)


def _legs(rng: np.random.Generator, width: float, depth: float, under: float) -> list[Primitive]:
    thick = rng.uniform(0.028, 0.055)
    x, y = width / 2 - thick / 2, depth / 2 - thick / 2
    splay = rng.uniform(0.01, 0.07) if rng.random() < 0.4 else 0.0
    is_round, slim = rng.random() < 0.45, rng.uniform(0.55, 1.0)
    out: list[Primitive] = []
    for side in (-1, 1):
        top, foot = (x, side * y, under), (x + splay, side * (y + splay), 0.0)
        if is_round:
            out += both_sides(rod(foot, top, thick / 2 * slim, thick / 2))
        else:
            out += both_sides(beam(foot, top, thick, thick))
    if rng.random() < 0.4:
        z, bar = rng.uniform(0.2, 0.6) * under, rng.uniform(0.015, 0.03)
        reach = x + splay * (1 - z / under)
        deep = y + splay * (1 - z / under)
        out += both_sides(span((reach - bar / 2, reach + bar / 2), (-deep, deep), (z, z + bar)))
        if rng.random() < 0.5:
            out.append(span((-reach, reach), (-bar / 2, bar / 2), (z, z + bar)))
    return out


def _star(rng: np.random.Generator, under: float) -> list[Primitive]:
    column, reach = rng.uniform(0.025, 0.04), rng.uniform(0.24, 0.32)
    arm = rng.uniform(0.018, 0.03)
    out: list[Primitive] = [rod((0, 0, 0.06), (0, 0, under), column, column)]
    for angle in np.arange(5) * (2 * np.pi / 5) - np.pi / 2:
        tip = (reach * np.cos(angle), reach * np.sin(angle), 0.055)
        out.append(rod((0, 0, 0.1), tip, arm, arm * 0.8))
        out.append(rod((tip[0] - 0.015, tip[1], 0.03), (tip[0] + 0.015, tip[1], 0.03), 0.03, 0.03))
    return out


def _back(
    rng: np.random.Generator, width: float, depth: float, seat: float, soft: bool
) -> list[Primitive]:
    tall = rng.uniform(0.35, 0.6)
    post = rng.uniform(0.028, 0.05)
    lean = rng.uniform(0, 14)
    y = depth / 2 - post / 2
    pivot = (0.0, y, seat)
    kind = rng.choice(["panel", "slats", "ladder"], p=[0.5, 0.25, 0.25])
    x = width / 2 - post / 2
    posts = both_sides(
        span((x - post / 2, x + post / 2), (y - post / 2, y + post / 2), (seat - 0.03, seat + tall))
    )
    parts: list[Primitive]
    if kind == "panel":
        low = rng.uniform(0.0, 0.4) * tall
        thick = rng.uniform(0.05, 0.1) if soft else rng.uniform(0.018, 0.035)
        panel = span(
            (-width / 2, width / 2),
            (y - thick / 2, y + thick / 2),
            (seat + low, seat + tall),
            1,
            thick * (0.4 if soft else 0.1),
        )
        parts = [panel] if low < 0.06 and rng.random() < 0.6 else [panel, *posts]
        if low < 0.06:
            parts[0] = span(
                (-width / 2, width / 2),
                (y - thick / 2, y + thick / 2),
                (seat - 0.03, seat + tall),
                1,
                thick * (0.4 if soft else 0.1),
            )
    elif kind == "slats":
        rail = rng.uniform(0.04, 0.09)
        parts = [*posts, span((-x, x), (y - 0.014, y + 0.014), (seat + tall - rail, seat + tall))]
        for sx in np.linspace(-x, x, int(rng.integers(3, 7)) + 2)[1:-1]:
            slat = rng.uniform(0.018, 0.03)
            parts.append(
                span(
                    (sx - slat / 2, sx + slat / 2),
                    (y - 0.012, y + 0.012),
                    (seat - 0.02, seat + tall - rail / 2),
                )
            )
    else:
        parts = list(posts)
        count, rail = int(rng.integers(2, 5)), rng.uniform(0.04, 0.08)
        for z in np.linspace(seat + 0.3 * tall, seat + tall - rail, count):
            parts.append(span((-x, x), (y - 0.013, y + 0.013), (z, z + rail)))
    return [tilted(p, lean, pivot) if isinstance(p, Box) else p for p in parts]


def _arms(rng: np.random.Generator, width: float, depth: float, seat: float) -> list[Primitive]:
    rise, bar = rng.uniform(0.17, 0.25), rng.uniform(0.025, 0.05)
    x, front = width / 2 - bar / 2 + 0.01, -depth / 2 + rng.uniform(0.03, 0.12)
    rest = span(
        (x - bar / 2, x + bar / 2), (front, depth / 2), (seat + rise, seat + rise + bar * 0.8)
    )
    post = span((x - bar / 2, x + bar / 2), (front, front + bar), (seat - 0.03, seat + rise))
    return both_sides(rest, post)


def _armchair(rng: np.random.Generator, width: float, depth: float) -> list[Primitive]:
    seat, arm = rng.uniform(0.38, 0.46), rng.uniform(0.08, 0.16)
    leg = rng.uniform(0.06, 0.18)
    top = seat + rng.uniform(0.15, 0.24)
    back, back_top = rng.uniform(0.1, 0.2), seat + rng.uniform(0.35, 0.55)
    r = rng.uniform(0.02, 0.045)
    w, d = width / 2, depth / 2
    out: list[Primitive] = [
        span((-w, w), (-d, d), (leg, seat - 0.08), 1, r),
        span((-w + arm, w - arm), (-d - 0.01, d - back), (seat - 0.11, seat), 1, r),
        tilted(
            span(
                (-w, w) if rng.random() < 0.5 else (-w + arm * 0.5, w - arm * 0.5),
                (d - back, d),
                (leg, back_top),
                1,
                r,
            ),
            rng.uniform(0, 8),
            (0.0, d, leg),
        ),
    ]
    if rng.random() < 0.85:
        out += both_sides(span((w - arm, w), (-d, d - back * 0.3), (leg, top), 1, r))
    foot = rng.uniform(0.018, 0.03)
    for side in (-1, 1):
        out += both_sides(
            rod(
                (w - 0.06, side * (d - 0.06), 0),
                (w - 0.06, side * (d - 0.06), leg + 0.01),
                foot * 0.7,
                foot,
            )
        )
    return out
