"""Chairs that turn: office chairs, executive chairs, draughtsmen's stools."""

from __future__ import annotations

import itertools
import math

import numpy as np

from .. import palette
from ..assembly import both_sides, rod, span
from ..curves import bent, bowed, pairs, ribbon, rounded, rounded_rectangle, smooth, trapezoid
from ..placing import about_x, about_z, along_x, along_z, moved
from ..primitives import Lathe, Material, Primitive, Tube

_DARK, _COVER, _METAL = 0, 1, 2


def office(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw an office chair."""
    materials = [palette.plastic(rng), palette.cover(rng), palette.bare_metal(rng)]
    high = rng.uniform(0.43, 0.53)
    w, d = rng.uniform(0.22, 0.26), rng.uniform(0.21, 0.25)
    big = bool(rng.random() < 0.3)
    pad = rng.uniform(0.08, 0.12) if big else rng.uniform(0.035, 0.07)
    solids = star_base(rng, high - pad - 0.02, bool(rng.random() < 0.8))
    solids.append(
        span((-0.08, 0.08), (-0.1, 0.12), (high - pad - 0.05, high - pad + 0.006), _DARK, 0.01)
    )
    solids += _seat(rng, w, d, high, pad)
    solids += _executive(rng, w, d, high) if big else _task_back(rng, w, d, high, pad)
    if rng.random() < 0.72:
        solids += _arms(rng, w, d, high, pad)
    return solids, materials


def star_base(
    rng: np.random.Generator, top: float, castors: bool, material: int | None = None
) -> list[Primitive]:
    """Return a gas lift that reaches to ``top`` on a foot with five arms."""
    m = material if material is not None else int(rng.choice([_DARK, _METAL]))
    reach, hub = rng.uniform(0.27, 0.33), rng.uniform(0.035, 0.045)
    wheel = 0.028 if castors else 0.0
    low = 2 * wheel + 0.012
    arch = rng.uniform(0.03, 0.07)
    profile = (
        (hub, low + 0.3 * arch),
        (hub, low + arch + 0.02),
        (0.03, low + arch + 0.05),
        (0.025, 0.5 * top),
        (0.014, 0.5 * top),
        (0.014, top),
    )
    solids: list[Primitive] = [Lathe((0.0, 0.0, 0.0), profile, m)]
    line = smooth([(0.0, low + arch), (0.45 * reach, low + 0.8 * arch), (reach, low)], 3)
    arm = along_x((-0.02, 0.02), ribbon(line, (0.04, 0.032, 0.02)), m, 0.006)
    start = rng.uniform(0, 72)
    for k in range(5):
        turn = about_z(start + 72 * k)
        solids.append(moved(arm, turn=turn))
        tip = turn @ np.array([0.0, reach - 0.012, 0.0])
        if not castors:
            solids.append(rod((tip[0], tip[1], 0.0), (tip[0], tip[1], low), 0.022, 0.016, _DARK))
            continue
        solids.append(rod((tip[0], tip[1], wheel), (tip[0], tip[1], low + 0.01), 0.01, 0.01, _DARK))
        side = turn @ about_z(float(rng.uniform(-60, 60))) @ np.array([1.0, 0.0, 0.0])
        for sign in (-1, 1):
            a, b = (tip + sign * s * side for s in (0.004, 0.024))
            solids.append(rod((a[0], a[1], wheel), (b[0], b[1], wheel), wheel, 0.9 * wheel, _DARK))
        a, b = tip - 0.008 * side, tip + 0.008 * side
        solids.append(rod((a[0], a[1], wheel), (b[0], b[1], wheel), 0.012, 0.012, _DARK))
    return solids


def _seat(rng: np.random.Generator, w: float, d: float, high: float, pad: float) -> list[Primitive]:
    if rng.random() < 0.4:
        # The front falls off over the knees.
        line = smooth(
            [
                (-d - 0.01, high - pad - 0.01),
                (-d + 0.04, high - 0.55 * pad),
                (0.0, high - 0.5 * pad),
                (d, high - 0.45 * pad),
            ],
            3,
        )
        body = along_x((-w, w), ribbon(line, (0.6 * pad, pad, pad, pad)), _COVER, 0.3 * pad)
    else:
        plan = rounded(
            trapezoid(2 * w, 2 * w * rng.uniform(0.85, 1.0), 2 * d), rng.uniform(0.05, 0.12), 5
        )
        body = along_z((high - pad, high), plan, _COVER, 0.45 * pad)
    shell = rounded_rectangle(1.7 * w, 1.7 * d, 0.08)
    return [body, along_z((high - pad - 0.012, high - 0.6 * pad), shell, _DARK, 0.004)]


def _task_back(
    rng: np.random.Generator, w: float, d: float, high: float, pad: float
) -> list[Primitive]:
    tall, gap = rng.uniform(0.34, 0.6), rng.uniform(0.06, 0.16)
    wide = w * rng.uniform(0.8, 1.0)
    thick = rng.uniform(0.02, 0.055)
    lean, y = rng.uniform(4, 14), d + rng.uniform(0.0, 0.03)
    bow = rng.uniform(0.02, 0.06)
    low = high + gap
    solids: list[Primitive] = []
    turn, pivot = about_x(-lean), (0.0, y, low)
    if rng.random() < 0.55:
        # Rounded in its own plane: a slab across Y.
        shape = rounded(trapezoid(2 * wide, 2 * wide * rng.uniform(0.75, 1.05), tall), 0.07, 5)
        flat_board = along_z((-thick / 2, thick / 2), shape, _COVER, 0.42 * thick)
        board = moved(flat_board, (0.0, y, low + tall / 2), about_x(90.0))
        solids.append(moved(board, turn=turn, pivot=pivot))
        middle = thick * 0.3
    else:
        outline = bowed(2 * wide, bow, thick)
        board = moved(along_z((low, low + tall), outline, _COVER, 0.42 * thick), (0.0, y, 0.0))
        solids.append(moved(board, turn=turn, pivot=pivot))
        middle = bow
        if rng.random() < 0.3:
            head = moved(
                along_z(
                    (low + tall + 0.03, low + tall + 0.17),
                    bowed(1.2 * wide, 0.03, 0.04),
                    _COVER,
                    0.015,
                ),
                (0.0, y + 0.02, 0.0),
            )
            stem = span(
                (-0.02, 0.02),
                (y + 0.02, y + bow + 0.012),
                (low + tall - 0.08, low + tall + 0.12),
                _DARK,
                0.004,
            )
            solids += [moved(head, turn=turn, pivot=pivot), moved(stem, turn=turn, pivot=pivot)]
    # The bracket: from below the seat, around its rear edge and up the back.
    slope = math.tan(math.radians(lean))
    z1 = low + 0.45 * tall
    line = bent(
        [(0.0, 0.0, high - pad - 0.025), (0.0, y + middle + 0.03, high - pad - 0.025),
         (0.0, y + middle + 0.008 + slope * (z1 - low), z1)], 0.06
    )  # fmt: skip
    flat = np.array([(b, c) for _, b, c in line])
    half = rng.uniform(0.02, 0.035)
    solids.append(along_x((-half, half), ribbon(flat, (0.02, 0.02, 0.014)), _DARK, 0.004))
    return solids


def _executive(rng: np.random.Generator, w: float, d: float, high: float) -> list[Primitive]:
    """Thick pads, one above the other, on a bent shell."""
    tall = rng.uniform(0.55, 0.75)
    lean = math.tan(math.radians(rng.uniform(6, 14))) * tall
    line = smooth(
        [
            (d - 0.04, high - 0.1),
            (d + 0.0, high + 0.1),
            (d + 0.25 * lean, high + 0.4 * tall),
            (d + lean, high + tall),
        ],
        4,
    )
    solids: list[Primitive] = []
    narrow = w * rng.uniform(0.85, 1.0)
    solids.append(along_x((-narrow, narrow), ribbon(line, (0.05, 0.05, 0.035)), _DARK, 0.012))
    count = int(rng.integers(2, 5))
    edges = np.linspace(0.16, 1.0, count + 1)
    for a, b in itertools.pairwise(edges.tolist()):
        t = np.linspace(a, b, 5) * (len(line) - 1)
        part = np.stack([np.interp(t, np.arange(len(line)), line[:, k]) for k in (0, 1)], axis=1)
        pad = rng.uniform(0.075, 0.1)
        outline = ribbon(part - [0.045, 0.0], (0.8 * pad, pad, 0.8 * pad))
        solids.append(along_x((-w, w), outline, _COVER, 0.024))
    return solids


def _arms(rng: np.random.Generator, w: float, d: float, high: float, pad: float) -> list[Primitive]:
    rise, x = rng.uniform(0.18, 0.24), w + rng.uniform(0.02, 0.05)
    z, under = high + rise, high - pad - 0.006
    m = int(rng.choice([_DARK, _METAL]))
    kind = rng.choice(["T", "loop", "L"])
    rest = along_z(
        (z - 0.012, z + 0.016),
        pairs(np.array(rounded_rectangle(0.075, 0.26, 0.035)) + np.array([x, -0.02])),
        _DARK,
        0.008,
    )
    if kind == "T":
        post = span((x - 0.014, x + 0.014), (-0.03, 0.03), (under - 0.02, z - 0.006), m, 0.006)
        bar = span((0.0, x + 0.014), (-0.03, 0.03), (under - 0.02, under + 0.004), m, 0.004)
        return both_sides(rest, post, bar)
    r = rng.uniform(0.009, 0.014)
    if kind == "loop":
        line = bent(
            [
                (0.5 * w, -0.11, under),
                (x, -0.11, under),
                (x, -0.12, z),
                (x, 0.1, z),
                (x, 0.09, under),
                (0.5 * w, 0.09, under),
            ],
            0.05,
        )
    else:
        line = bent([(0.5 * w, 0.02, under), (x, 0.02, under), (x, 0.0, z), (x, -0.13, z)], 0.05)
    return both_sides(rest, Tube(tuple(line), (r,) * len(line), m))
