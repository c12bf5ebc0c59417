"""Daybeds, benches, ottomans and chaises longues."""

from __future__ import annotations

import itertools

import numpy as np

from ..assembly import both_sides, mirrored_x, span
from ..feet import feet, stand
from ..placing import along_y, moved
from ..primitives import Lathe, Material, Primitive
from ..soft import bolster, cushion, throw_pillow
from .body import upholstery


def daybed(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a seat without a full back."""
    kind = str(rng.choice(["daybed", "bench", "ottoman", "longue"], p=[0.35, 0.25, 0.12, 0.28]))
    drawn = {"daybed": _daybed, "bench": _bench, "ottoman": _ottoman, "longue": _longue}[kind]
    return drawn(rng), upholstery(rng)


def _daybed(rng: np.random.Generator) -> list[Primitive]:
    """A mattress on a frame, rolls at its ends, pillows at its back."""
    w, d = rng.uniform(0.9, 1.05), rng.uniform(0.36, 0.48)
    seat, thick = rng.uniform(0.38, 0.46), rng.uniform(0.11, 0.18)
    rail = rng.uniform(0.05, 0.09)
    deck = seat - thick
    solids: list[Primitive] = [
        span((-w, w), (-d, d), (deck - rail, deck), 1, 0.006),
        cushion((-w + 0.015, w - 0.015), (-d + 0.01, d - 0.01), (deck - 0.004, seat), 0.045, 0),
    ]
    solids += stand(rng, (-w, w), (-d, d), deck - rail)
    r = rng.uniform(0.08, 0.12)
    rolls = bolster(
        (w - r - 0.02, -d + r + 0.03, seat + r - 0.015),
        (w - r - 0.02, d - r - 0.03, seat + r - 0.015),
        r,
    )
    if rng.random() < 0.7:
        solids += both_sides(rolls) if rng.random() < 0.6 else [rolls]
    ends = rng.random()
    if ends < 0.6:
        high = seat + rng.uniform(0.16, 0.32)
        board = span((w - 0.035, w), (-d, d), (deck - rail, high), 1, 0.006)
        solids += both_sides(board)
        if ends < 0.4:
            solids.append(span((-w, w), (d - 0.03, d), (deck - rail, high), 1, 0.006))
            count = int(rng.integers(2, 5))
            for x in np.linspace(-w * 0.7, w * 0.7, count).tolist():
                pillow = throw_pillow(
                    0.44, 0.15, (0, 0, 0), 16, rng.uniform(-8, 8), rng.uniform(-5, 5), 2 + count % 2
                )
                solids += [moved(p, (x, d - 0.17, seat - 0.012)) for p in pillow]
    return solids


def _bench(rng: np.random.Generator) -> list[Primitive]:
    """A padded bench, plain or in sections, perhaps with scrolled ends."""
    w, d, seat = rng.uniform(0.5, 0.85), rng.uniform(0.2, 0.32), rng.uniform(0.42, 0.5)
    thick, leg = rng.uniform(0.09, 0.16), 0.0
    low = seat - thick
    leg = low - rng.uniform(0.03, 0.07)
    solids: list[Primitive] = [
        span((-w, w), (-d, d), (leg, low + 0.01), int(rng.integers(2)), 0.01)
    ]
    count = int(rng.integers(1, 6))
    for a, b in itertools.pairwise(np.linspace(-w, w, count + 1).tolist()):
        solids.append(
            cushion((a - 0.002, b + 0.002), (-d, d), (low, seat), rng.uniform(0.03, 0.06), 0)
        )
    if rng.random() < 0.4:
        r = rng.uniform(0.06, 0.09)
        arm: list[Primitive] = [
            span((w - 0.04, w), (-d, d), (leg, seat + 0.12), 0, 0.015),
            moved(bolster((w - 0.01, -d + r, seat + 0.12), (w - 0.01, d - r, seat + 0.12), r, 0)),
        ]
        solids += both_sides(*arm)
    return solids + stand(rng, (-w, w), (-d, d), leg)


def _ottoman(rng: np.random.Generator) -> list[Primitive]:
    """A round or long pouf big enough to sit on together."""
    seat = rng.uniform(0.38, 0.46)
    leg = rng.uniform(0.03, 0.14)
    if rng.random() < 0.5:
        r, e = rng.uniform(0.42, 0.65), rng.uniform(0.04, 0.08)
        body = ((r - 0.01, leg), (r, leg + 0.02), (r, seat - e), (r - 0.1 * e, seat - 0.6 * e),
                (r - 0.4 * e, seat - 0.2 * e), (r - e, seat))  # fmt: skip
        solids: list[Primitive] = [Lathe((0.0, 0.0, 0.0), body, 0)]
        if rng.random() < 0.4:
            # A cone of upholstery in the middle makes a seat for all sides of it.
            top = seat + rng.uniform(0.25, 0.4)
            cone = (
                (0.32 * r, seat - 0.02),
                (0.24 * r, seat + 0.12),
                (0.21 * r, top - 0.02),
                (0.15 * r, top),
            )
            solids.append(Lathe((0.0, 0.0, 0.0), cone, 0))
        s = 0.62 * r
        return solids + feet(rng, [(s, s), (-s, s), (s, -s), (-s, -s)], leg)
    w, d = rng.uniform(0.5, 0.8), rng.uniform(0.35, 0.5)
    solids = [
        span((-w, w), (-d, d), (leg, seat - 0.08), 0, 0.025),
        cushion((-w - 0.008, w + 0.008), (-d - 0.008, d + 0.008), (seat - 0.12, seat), 0.05, 0),
    ]
    return solids + stand(rng, (-w, w), (-d, d), leg)


def _longue(rng: np.random.Generator) -> list[Primitive]:
    """A chaise longue: a seat with one raised, curved end, perhaps with a low back."""
    w, d = rng.uniform(0.78, 0.95), rng.uniform(0.3, 0.4)
    seat, thick = rng.uniform(0.38, 0.45), rng.uniform(0.1, 0.15)
    top = seat + rng.uniform(0.3, 0.48)
    low = seat - thick - rng.uniform(0.02, 0.08)
    t = np.linspace(0.0, 1.0, 7)
    start = 0.35 * w
    lift = (top - seat) * t**1.7
    # Level as far as the feet stand, then up to the raised end.
    under = low - seat + np.clip((t - 0.6) / 0.4, 0, 1) * (top - low - 1.1 * thick)
    xs = start + (w - start) * t
    over = [(float(x), float(seat + z)) for x, z in zip(xs, lift, strict=True)]
    below = [(float(x + 0.03), float(seat + z)) for x, z in zip(xs, under, strict=True)]
    outline = [(-w, low), *below, *reversed(over), (-w, seat)]
    solids: list[Primitive] = [along_y((-d, d), outline, 0, rng.uniform(0.02, 0.035))]
    if rng.random() < 0.55:
        # A back that falls from the raised end along half of the seat.
        fall = [
            (w * 0.96, top),
            (0.4 * w, top - 0.04),
            (-0.1 * w, seat + 0.14),
            (-0.35 * w, seat + 0.03),
        ]
        side = [(-0.35 * w, low), (w * 0.96, low), *fall]
        solids.append(along_y((d - 0.09, d + 0.03), side, 0, 0.03))
    if rng.random() < 0.5:
        r = rng.uniform(0.07, 0.1)
        at = (0.55 * w, 0.0, seat + r + 0.02)
        roll = bolster((at[0], -d + r + 0.03, at[2]), (at[0], d - r - 0.06, at[2]), r)
        solids.append(roll)
    if rng.random() < 0.6:
        r = rng.uniform(0.045, 0.065)
        at_end = (w - 0.3 * r, top - 0.5 * r)
        solids.append(
            bolster((at_end[0], -d + 0.9 * r, at_end[1]), (at_end[0], d - 0.9 * r, at_end[1]), r, 0)
        )
    solids += stand(rng, (-w, w * 0.76), (-d, d), low + 0.005)
    return [mirrored_x(p) for p in solids] if rng.random() < 0.5 else solids
