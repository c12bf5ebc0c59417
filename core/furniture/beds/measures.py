"""The measures and materials that all beds share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import palette
from ..assembly import span
from ..primitives import Material, Primitive

#: Widths of mattresses from singles to kings, metres, and how often each is drawn.
_WIDTHS = (0.9, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0)
_SHARES = (0.24, 0.08, 0.1, 0.18, 0.22, 0.12, 0.06)

# What `materials` returns, in this order.
FRAME, SHEET, PILLOW, COVER, BLANKET, TRIM = range(6)


@dataclass(frozen=True)
class Bed:
    """Measures of a bed, metres; its head end stands at +Y, x = y = 0 is its middle.

    Attributes:
        w, d: half of the mattress's width and length.
        rail: upper edge of the frame; ``low``: its lower edge.
        top: upper face of the mattress.
        plump: radius of the mattress's edges.
    """

    w: float
    d: float
    rail: float
    low: float
    top: float
    plump: float


def measures(rng: np.random.Generator, width: float | None = None) -> Bed:
    """Draw measures of a bed, of one mattress's width if that is given."""
    drawn = float(rng.choice(_WIDTHS, p=_SHARES)) if width is None else width
    rail = rng.uniform(0.24, 0.4)
    thick = rng.uniform(0.15, 0.28)
    return Bed(
        w=drawn / 2 + rng.uniform(-0.02, 0.03),
        d=rng.uniform(0.97, 1.05),
        rail=rail,
        low=rail - rng.uniform(0.1, 0.2),
        top=rail + thick * rng.uniform(0.6, 1.0),
        plump=rng.uniform(0.03, 0.065),
    )


def mattress(m: Bed) -> Primitive:
    """Return the mattress; it reaches a little into what it lies on."""
    return span((-m.w, m.w), (-m.d, m.d), (m.rail - 0.05, m.top), SHEET, m.plump)


def materials(rng: np.random.Generator, frame: Material | None = None) -> list[Material]:
    """Draw frame, sheet, pillows, cover, blanket and trim; bed linen is mostly pale."""
    return [
        frame or palette.frame(rng),
        linen(rng),
        linen(rng),
        linen(rng) if rng.random() < 0.35 else palette.fabric(rng),
        palette.fabric(rng),
        palette.bare_metal(rng) if rng.random() < 0.5 else palette.frame(rng),
    ]


def linen(rng: np.random.Generator) -> Material:
    """Draw a white to pale cloth."""
    grey = rng.uniform(0.5, 0.85) * rng.normal(1.0, 0.035, 3)
    r, g, b = np.clip(grey, 0.05, 0.9).tolist()
    return Material((r, g, b), "fabric", float(rng.uniform(0.02, 0.12)), 0.9)
