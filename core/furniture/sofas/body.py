"""The measures of an upholstered sofa, its materials and its loose things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import palette
from ..assembly import span
from ..placing import moved
from ..primitives import Material, Primitive
from ..soft import throw_pillow


@dataclass(frozen=True)
class Body:
    """Measures of an upholstered sofa, metres; one sits facing -Y, x = 0 is its middle.

    Attributes:
        seats: places.
        w, d: half of the outer width and depth.
        leg: underside.
        seat, cushion: top of the seat cushions, and their thickness.
        back, top: thickness and height of the back.
        arm, rise: thickness and height of the arms; 0 and 0 without arms.
        radius: of upholstered edges.
        lean: of the back, degrees.
    """

    seats: int
    w: float
    d: float
    leg: float
    seat: float
    cushion: float
    back: float
    top: float
    arm: float
    rise: float
    radius: float
    lean: float

    @property
    def inner(self) -> float:
        """Half of the width between the arms."""
        return self.w - self.arm

    @property
    def deck(self) -> float:
        """Height of what the seat cushions lie on."""
        return self.seat - self.cushion


def measures(rng: np.random.Generator, seats: int, arms: bool = True) -> Body:
    """Draw measures that go together: low seats are deep, high backs lean less."""
    low = rng.random()
    seat = float(np.interp(low, [0, 1], [0.47, 0.37]) + rng.uniform(-0.01, 0.01))
    depth = float(np.interp(low, [0, 1], [0.82, 1.02]) + rng.uniform(-0.05, 0.05))
    top = seat + float(np.interp(low, [0, 1], [0.46, 0.3]) + rng.uniform(-0.05, 0.08))
    place = rng.uniform(0.54, 0.74) if seats > 1 else rng.uniform(0.75, 0.95)
    arm = rng.uniform(0.08, 0.27) if arms else 0.0
    leg = rng.uniform(0.02, 0.08) if rng.random() < 0.4 else rng.uniform(0.09, 0.19)
    cushion = rng.uniform(0.11, 0.19)
    return Body(
        seats=seats,
        w=seats * place / 2 + arm,
        d=depth / 2,
        leg=leg,
        seat=seat,
        cushion=min(cushion, seat - leg - 0.05),
        back=rng.uniform(0.1, 0.22),
        top=top,
        arm=arm,
        rise=min(seat + rng.uniform(0.1, 0.26), top - 0.02) if arms else 0.0,
        radius=rng.uniform(0.015, 0.055),
        lean=rng.uniform(2, 10),
    )


def upholstery(rng: np.random.Generator) -> list[Material]:
    """Draw cover, feet, and two sorts of pillows, in this order."""
    feet = palette.bare_metal(rng) if rng.random() < 0.25 else palette.frame(rng)
    return [palette.cover(rng), feet, palette.fabric(rng), palette.fabric(rng)]


def base(m: Body, front: float = 0.0) -> Primitive:
    """Return the box under the cushions; ``front`` sets it back, metres."""
    x = (-m.inner - 0.2 * m.arm, m.inner + 0.2 * m.arm)
    y = (-m.d + front, m.d - 0.3 * m.back)
    return span(x, y, (m.leg, m.deck + 0.015), 0, min(m.radius, 0.025))


def pillows(
    rng: np.random.Generator, inner: float, y: float, seat: float, lean: float, most: int = 4
) -> list[Primitive]:
    """Draw throw pillows against a back whose face at height ``seat`` is at ``y``."""
    count = int(rng.integers(1, most + 1))
    side, thick = rng.uniform(0.36, 0.5), rng.uniform(0.11, 0.17)
    spots = [inner - side * 0.56, -inner + side * 0.56, inner - side * 1.15, -inner + side * 1.15]
    if inner < side * 1.4:
        spots = spots[: 2 if inner > side * 1.05 else 1]
    out: list[Primitive] = []
    for number, x in enumerate(spots[:count]):
        ahead = 0.1 * (number // 2)
        tilt = lean + rng.uniform(10, 20)
        roll = rng.uniform(-6, 6) if rng.random() < 0.8 else 45.0
        small = side * (0.86 if number > 1 else 1.0)
        drawn = throw_pillow(
            small, thick, (0, 0, 0), tilt, rng.uniform(-14, 14), roll, 2 + number // 2
        )
        back = 0.5 * small * float(np.sin(np.radians(tilt))) + 0.35 * thick
        out += [moved(p, (x, y - back - ahead, seat)) for p in drawn]
    return out
