"""What carries a table top."""

from __future__ import annotations

import numpy as np

from ..assembly import both_sides, span
from ..curves import pairs
from ..legs import TABLE_STYLES, draw_legs, leg, stretchers
from ..placing import along_x, along_y
from ..primitives import Primitive
from .tops import FRAME, INTO, METAL, Size


def four_legs(
    rng: np.random.Generator, s: Size, inset: float = 0.0, apron: float | None = None
) -> list[Primitive]:
    """Draw four legs with or without an apron, stretchers and a shelf.

    Args:
        inset: metres by which the legs stand inside of the top's rectangle.
        apron: chance that there is one; None leaves it to the style.
    """
    thick = float(np.clip(rng.uniform(0.035, 0.075) * (0.6 + 0.4 * s.width), 0.028, 0.1))
    style = draw_legs(rng, TABLE_STYLES, thick, s.under, FRAME)
    if style.kind == "hairpin":
        style = draw_legs(rng, {"hairpin": 1.0}, thick, s.under, METAL)
    edge = rng.uniform(0.0, 0.05) + 0.02 + inset + max(style.splay) * 0.5
    x, y = s.width / 2 - edge - thick / 2, s.depth / 2 - edge - thick / 2
    drop = rng.uniform(0.05, 0.12) * (1.0 if s.height > 0.6 else 0.7)
    has_apron = style.kind in ("turned", "cabriole", "taper") or rng.random() < (
        0.55 if apron is None else apron
    )
    has_apron = has_apron and style.kind != "hairpin"
    out: list[Primitive] = []
    for side in (-1, 1):
        out += both_sides(*leg(style, x, side * y, s.under + INTO, drop + 0.02 if has_apron else 0))
    if has_apron:
        out += aprons(rng, x, y, s, drop)
    if max(style.splay) < 1e-6 and style.kind in ("square", "round", "taper", "turned"):
        if rng.random() < 0.2 and not (style.kind == "taper" and style.slim < 0.6):
            out += shelf(rng, x, y, s, thick)
        elif rng.random() < 0.15:
            out += stretchers(rng, style, (x, x), (-y, y), s.under, rng.uniform(0.12, 0.25))
    return out


def aprons(
    rng: np.random.Generator, x: float, y: float, s: Size, drop: float, material: int = FRAME
) -> list[Primitive]:
    """Draw the four boards below a top, straight or cut to a curve."""
    plank = rng.uniform(0.018, 0.026)
    low, high = s.under - drop, s.under + INTO
    t = np.linspace(-1, 1, 13)
    kind = rng.choice(["straight", "arch", "wave"], p=[0.7, 0.2, 0.1])
    lift = {
        "straight": 0.0 * t,
        "arch": 0.45 * drop * (1 - t**4),
        "wave": 0.2 * drop * (1 + np.cos(3 * np.pi * t)),
    }[str(kind)]

    def outline(half: float) -> list[tuple[float, float]]:
        if kind == "straight":
            return [(-half, low), (half, low), (half, high), (-half, high)]
        lower = pairs(np.stack([half * t, low + lift], axis=1))
        return [*lower, (half, high), (-half, high)]

    out: list[Primitive] = []
    for side in (-1, 1):
        out.append(along_y((side * y - plank / 2, side * y + plank / 2), outline(x), material))
    out += both_sides(along_x((x - plank / 2, x + plank / 2), outline(y), material))
    return out


def shelf(rng: np.random.Generator, x: float, y: float, s: Size, thick: float) -> list[Primitive]:
    """Draw a board or slats between the legs."""
    z, board = rng.uniform(0.15, 0.35) * s.under, rng.uniform(0.016, 0.025)
    reach = thick * 0.3
    if rng.random() < 0.6:
        return [
            span((-x - reach, x + reach), (-y - reach, y + reach), (z, z + board), FRAME, 0.002)
        ]
    out = both_sides(span((x - 0.012, x + 0.012), (-y, y), (z - 0.02, z + 0.006), FRAME, 0.001))
    count = max(3, int(2 * y / rng.uniform(0.06, 0.1)))
    for c in np.linspace(-y + 0.02, y - 0.02, count).tolist():
        out.append(
            span((-x - 0.005, x + 0.005), (c - 0.02, c + 0.02), (z, z + board), FRAME, 0.002)
        )
    return out
