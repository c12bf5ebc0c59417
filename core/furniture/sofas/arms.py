"""Arms of upholstered sofas; each function draws the one at +X."""

from __future__ import annotations

import numpy as np

from ..assembly import rod, span
from ..placing import about_y, along_x, along_y, arc, moved
from ..primitives import Primitive
from .body import Body

STYLES = ("track", "soft", "rolled", "slope", "flared", "pad", "scoop")
_SHARES = (0.24, 0.14, 0.22, 0.12, 0.1, 0.1, 0.08)


def draw_style(rng: np.random.Generator) -> str:
    """Draw one of the styles."""
    return str(rng.choice(STYLES, p=_SHARES))


def draw_arm(rng: np.random.Generator, m: Body, chosen: str) -> list[Primitive]:
    """Draw the arm at +X in one of the styles."""
    x, back = (m.inner, m.w), m.d - 0.15 * m.back
    front = -m.d + (rng.uniform(0.02, 0.1) if rng.random() < 0.3 else 0.0)
    if chosen == "rolled":
        return rolled(rng, m, front, back, m.rise)
    if chosen in ("slope", "scoop"):
        return [_sloping(rng, m, front, back, chosen == "scoop")]
    if chosen == "flared":
        box = span(
            (m.inner - 0.03, m.inner + 0.7 * m.arm), (front, back), (m.leg, m.rise), 0, m.radius
        )
        return [
            moved(box, turn=about_y(rng.uniform(5, 13)), pivot=(m.inner + 0.4 * m.arm, 0, m.leg))
        ]
    if chosen == "pad":
        pad = rng.uniform(0.05, 0.1)
        low = span(x, (front, back), (m.leg, m.rise - pad + 0.01), 0, min(m.radius, 0.02))
        over = rng.uniform(0.0, 0.015)
        top = span(
            (x[0] - over, x[1] + over), (front - over, back), (m.rise - pad, m.rise), 0, 0.45 * pad
        )
        return [low, top]
    radius = m.radius if chosen == "track" else 0.46 * m.arm
    return [span(x, (front, back), (m.leg, m.rise), 0, radius)]


def rolled(
    rng: np.random.Generator, m: Body, front: float, back: float, rise: float
) -> list[Primitive]:
    """Draw a panel with a scroll on top that rolls outwards, and the disc at its front."""
    roll = 0.5 * m.arm * rng.uniform(0.82, 1.0)
    roll = min(roll, 0.42 * (rise - m.leg))
    panel = max(1.25 * roll, 0.07)
    centre = (m.inner + roll, rise - roll)
    below = float(-np.degrees(np.arccos(np.clip((panel - roll) / roll, -0.9, 0.9))))
    outline = [
        (m.inner, m.leg),
        (m.inner + panel, m.leg),
        *arc(centre, roll, below, 180, 11),
    ]
    out: list[Primitive] = [along_y((front, back), outline, 0, 0.012)]
    if rng.random() < 0.6:
        y = front - 0.008
        face = rng.uniform(0.55, 0.85) * roll
        spot = 1 if rng.random() < 0.3 else 0
        out.append(
            rod((centre[0], y, centre[1]), (centre[0], front + 0.03, centre[1]), face, face, spot)
        )
    return out


def _sloping(
    rng: np.random.Generator, m: Body, front: float, back: float, scoop: bool
) -> Primitive:
    """An arm seen from the side: falls from the back to the front, straight or in a curve."""
    high = m.top - rng.uniform(0.0, 0.1) if scoop else m.rise + rng.uniform(0.03, 0.12)
    low = m.seat + rng.uniform(0.04, 0.12)
    t = np.linspace(0, 1, 6)
    # A smooth step for the scoop, a straight fall otherwise.
    fall = (t * t * (3 - 2 * t)) ** 1.4 if scoop else t
    ys, zs = front + (back - front) * t, low + (high - low) * fall
    ridge = [(float(y), float(z)) for y, z in zip(ys[::-1], zs[::-1], strict=True)]
    outline = [(front, m.leg), (back, m.leg), *ridge]
    return along_x((m.inner, m.w), outline, 0, min(m.radius, 0.4 * m.arm, 0.035))
