"""Corner sofas: a row with a chaise, an L, or a U; loose ottomans."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from ..assembly import mirrored_x, span
from ..feet import feet
from ..placing import about_x, about_z, moved
from ..primitives import Material, Primitive
from ..soft import cushion, throw_pillow, upright
from .arms import draw_arm
from .body import Body, measures, upholstery


@dataclass(frozen=True)
class _Look:
    """What all the rows of one sofa have in common."""

    style: str
    puff: float
    crown: float
    back_depth: float
    back_puff: float
    back_high: float
    tilt: float


def sectional(rng: np.random.Generator) -> tuple[list[Primitive], list[Material]]:
    """Draw the solids and materials of a sofa with a return; the return comes towards -Y."""
    m = measures(rng, 2)
    look = _Look(
        str(rng.choice(["track", "soft", "pad", "flared"], p=[0.5, 0.2, 0.2, 0.1])),
        rng.uniform(0.025, 0.055),
        rng.uniform(0.01, 0.03) if rng.random() < 0.5 else 0.0,
        rng.uniform(0.13, 0.19),
        rng.uniform(0.045, 0.075),
        m.top + rng.uniform(-0.02, 0.06),
        m.lean + rng.uniform(2, 7),
    )
    shape = str(rng.choice(["chaise", "corner", "u", "chaise+arm"], p=[0.42, 0.4, 0.08, 0.1]))
    place = rng.uniform(0.58, 0.76)
    solids: list[Primitive]
    if shape.startswith("chaise"):
        solids = _with_chaise(rng, m, look, place, shape.endswith("arm"))
    else:
        solids = _with_returns(rng, m, look, place, 2 if shape == "u" else 1)
    if rng.random() < 0.5:
        solids = [mirrored_x(p) for p in solids]
    return solids, upholstery(rng)


def _with_chaise(
    rng: np.random.Generator, m: Body, look: _Look, place: float, armed: bool
) -> list[Primitive]:
    """A row of seats whose last one is as long as a bed; the chaise is at +X."""
    seats = int(rng.choice([1, 2, 3], p=[0.2, 0.55, 0.25]))
    lounge = rng.uniform(0.72, 0.95)
    reach = rng.uniform(0.5, 0.85)
    wide = seats * place
    x0, x1 = 0.0, wide + lounge
    solids = _row(m, look, (x0, x1), [*np.linspace(0, wide, seats + 1).tolist(), x1], x1)
    deck = span((wide, x1), (-m.d - reach, -m.d + 0.06), (m.leg, m.deck + 0.015), 0, 0.025)
    long = cushion(
        (wide + 0.004, x1 - 0.004),
        (-m.d - reach - 0.012, m.d - m.back + 0.03),
        (m.deck, m.seat + look.crown * 0.6),
        look.puff,
        0,
        look.crown,
    )
    # The row drew a short cushion there; the long one takes its place.
    solids = [p for p in solids if p is not solids[_CUSHION + seats]]
    solids += [deck, long]
    solids += _arm_at(rng, m, look, x0, -1)
    if armed or rng.random() < 0.35:
        solids += _arm_at(rng, m, look, x1, 1)
    spots = _spots((x0, wide), (-m.d, m.d)) + _spots((wide, x1), (-m.d - reach, m.d))
    solids += feet(rng, spots, m.leg, 1, ((x0 + x1) / 2, -reach / 2))
    return solids + _scattered(rng, m, look, (x0, x1))


def _with_returns(
    rng: np.random.Generator, m: Body, look: _Look, place: float, returns: int
) -> list[Primitive]:
    """A row along X with its corner seat at +X, and a row from the corner towards -Y."""
    seats = int(rng.choice([1, 2, 3], p=[0.3, 0.5, 0.2]))
    side = int(rng.choice([1, 2], p=[0.6, 0.4]))
    corner = 2 * m.d
    wide = seats * place
    low = -corner if returns == 2 else 0.0
    edges = [*np.linspace(0, wide, seats + 1).tolist(), wide + corner - m.back]
    if returns == 2:
        edges.insert(0, low + m.back)
    solids = _row(m, look, (low, wide + corner), edges, wide)
    arm_out: list[Primitive] = []
    for number in range(returns):
        length = side * place
        # The return is a row of its own, turned so that its back stands at the outer side; its
        # back runs on behind the corner seat.
        row = _row(m, look, (0.0, length), np.linspace(0, length, side + 1).tolist(), length)
        y = (m.d - m.back, m.d)
        wall = span((-corner, 0.05), y, (m.leg, m.top - 0.03), 0, m.radius)
        row.append(moved(wall, turn=about_x(-m.lean * 0.5), pivot=(0, m.d, m.leg)))
        arm = _arm_at(rng, m, look, length, 1) if rng.random() < 0.75 else []
        row += [*arm, *feet_of_row(rng, m, length)]
        x = wide + corner - m.d
        placed = [moved(p, (x, -m.d, 0.0), about_z(-90)) for p in row]
        if number:
            middle = (low + wide + corner) / 2
            placed = [moved(mirrored_x(p), (2 * middle, 0.0, 0.0)) for p in placed]
        arm_out += placed
    solids += arm_out
    if returns == 1:
        solids += _arm_at(rng, m, look, 0.0, -1)
    solids += feet(
        rng, _spots((low, wide + corner), (-m.d, m.d)), m.leg, 1, ((low + wide + corner) / 2, 0)
    )
    return solids + _scattered(rng, m, look, (low, wide + corner - m.back))


def feet_of_row(rng: np.random.Generator, m: Body, length: float) -> list[Primitive]:
    """Draw two feet under the free end of a row that starts at x = 0."""
    spots = _spots((0.0, length), (-m.d, m.d))[2:]
    return feet(rng, spots, m.leg, 1, (0.0, 0.0))


#: Base and back come first in a row, then its seat cushions.
_CUSHION = 2


def _row(
    m: Body, look: _Look, x: tuple[float, float], edges: list[float], backs_to: float
) -> list[Primitive]:
    """Base, back, seat cushions between the edges, and back cushions as far as ``backs_to``."""
    y0 = m.d - m.back
    back = span(x, (y0, m.d), (m.leg, m.top - 0.03), 0, m.radius)
    out = [
        span(x, (-m.d, m.d - 0.3 * m.back), (m.leg, m.deck + 0.015), 0, min(m.radius, 0.025)),
        moved(back, turn=about_x(-m.lean * 0.5), pivot=(0, m.d, m.leg)),
    ]
    cells = list(itertools.pairwise(edges))
    for a, b in cells:
        z = (m.deck, m.seat + look.crown * 0.6)
        out.append(
            cushion((a + 0.004, b - 0.004), (-m.d - 0.012, y0 + 0.03), z, look.puff, 0, look.crown)
        )
    for a, b in cells:
        if b > backs_to + 1e-6:
            continue
        z = (m.seat - 0.012, look.back_high)
        soft = upright(
            (a + 0.006, b - 0.006),
            (y0 - look.back_depth, y0 + 0.03),
            z,
            look.back_puff,
            0,
            look.crown,
        )
        out.append(moved(soft, turn=about_x(-look.tilt), pivot=(0, y0, m.seat)))
    return out


def _arm_at(rng: np.random.Generator, m: Body, look: _Look, x: float, side: int) -> list[Primitive]:
    """An arm whose inner face is at x, outside of it at +X (side 1) or -X (side -1)."""
    drawn = draw_arm(rng, m, look.style)
    if side < 0:
        return [moved(mirrored_x(p), (x + 0.03 + m.inner, 0, 0)) for p in drawn]
    return [moved(p, (x - 0.03 - m.inner, 0, 0)) for p in drawn]


def _spots(x: tuple[float, float], y: tuple[float, float]) -> list[tuple[float, float]]:
    inset = 0.06
    return [(cx, cy) for cx in (x[0] + inset, x[1] - inset) for cy in (y[0] + inset, y[1] - inset)]


def _scattered(
    rng: np.random.Generator, m: Body, look: _Look, x: tuple[float, float]
) -> list[Primitive]:
    """Throw pillows near the two ends of the row along X."""
    out: list[Primitive] = []
    side, thick = rng.uniform(0.38, 0.48), rng.uniform(0.12, 0.17)
    for at, material in ((x[0] + 0.55 * side, 2), (x[1] - 0.6 * side, 3)):
        if rng.random() < 0.45:
            lean = look.tilt + rng.uniform(8, 16)
            back = 0.5 * side * float(np.sin(np.radians(lean))) + 0.4 * thick
            y = m.d - m.back - look.back_depth + 0.03 - back
            drawn = throw_pillow(
                side, thick, (0, 0, 0), lean, rng.uniform(-15, 15), rng.uniform(-6, 6), material
            )
            out += [moved(p, (at, y, m.seat - 0.012)) for p in drawn]
    return out
