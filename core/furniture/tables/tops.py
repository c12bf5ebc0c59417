"""Table tops and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import palette
from ..curves import Point, kidney, oval, pairs, rounded, rounded_rectangle
from ..placing import along_z
from ..primitives import Lathe, Material, Primitive

# What `materials` returns, in this order.
FRAME, TOP, METAL, ACCENT = range(4)

#: How far legs reach into a top, metres: they hold together, and glass shows nothing.
INTO = 0.003


@dataclass(frozen=True)
class Size:
    """Measures of a table, metres.

    Attributes:
        width, depth: along X and Y.
        height: of the upper face.
        thick: of the top.
    """

    width: float
    depth: float
    height: float
    thick: float

    @property
    def under(self) -> float:
        """Height of the top's underside."""
        return self.height - self.thick


def dining_size(rng: np.random.Generator) -> Size:
    """Draw a table to eat at."""
    width = rng.uniform(0.75, 2.4)
    depth = float(np.clip(rng.uniform(0.7, 1.05), 0.4 * width, width))
    return Size(width, depth, rng.uniform(0.71, 0.78), rng.uniform(0.02, 0.045))


def low_size(rng: np.random.Generator) -> Size:
    """Draw a table for in front of a sofa."""
    width = rng.uniform(0.6, 1.4)
    depth = rng.uniform(0.42, 0.75) * (1 if width > 0.8 else 0.9)
    return Size(width, min(depth, width), rng.uniform(0.32, 0.5), rng.uniform(0.018, 0.045))


def small_size(rng: np.random.Generator) -> Size:
    """Draw a side table."""
    width = rng.uniform(0.32, 0.6)
    depth = width * rng.uniform(0.75, 1.0)
    return Size(width, depth, rng.uniform(0.45, 0.68), rng.uniform(0.015, 0.03))


def console_size(rng: np.random.Generator) -> Size:
    """Draw a narrow table that stands at a wall."""
    return Size(
        rng.uniform(0.8, 1.5),
        rng.uniform(0.28, 0.42),
        rng.uniform(0.74, 0.9),
        rng.uniform(0.018, 0.035),
    )


def bar_size(rng: np.random.Generator) -> Size:
    """Draw a table to stand at, or to sit at on bar stools."""
    width = rng.uniform(0.6, 1.5)
    return Size(width, rng.uniform(0.5, 0.7), rng.uniform(0.9, 1.1), rng.uniform(0.02, 0.04))


def materials(rng: np.random.Generator, glass: float = 0.08) -> list[Material]:
    """Draw frame, top, metal and a second wood or paint; ``glass`` is the share of glass tops."""
    frame = palette.frame(rng)
    u = rng.random()
    if u < glass:
        top = palette.glass(rng)
    elif u < glass + 0.06:
        top = palette.marble(rng)
    elif u < glass + 0.3:
        top = palette.frame(rng)
    else:
        top = frame
    return [frame, top, palette.bare_metal(rng), palette.frame(rng)]


def rectangle(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Draw a rectangular top with its edges cut in one of several ways."""
    corner = float(rng.choice([0.004, 0.02, 0.06, 0.15], p=[0.5, 0.25, 0.15, 0.1]))
    return board(rng, rounded_rectangle(s.width, s.depth, min(corner, 0.4 * s.depth)), s)


def board(rng: np.random.Generator, outline: list[Point], s: Size) -> list[Primitive]:
    """Return a top of any outline: plain, rounded, chamfered below or with a frieze."""
    style = rng.choice(["plain", "soft", "chamfer", "lip"], p=[0.4, 0.3, 0.18, 0.12])
    low, high = s.under, s.height
    if style == "plain":
        return [along_z((low, high), outline, TOP, min(0.003, 0.2 * s.thick))]
    if style == "soft":
        return [along_z((low, high), outline, TOP, rng.uniform(0.25, 0.48) * s.thick)]
    inner = pairs(np.array(outline) * [1 - 0.024 / s.width, 1 - 0.024 / s.depth])
    middle = low + rng.uniform(0.4, 0.6) * s.thick
    if style == "chamfer":
        return [
            along_z((middle, high), outline, TOP, 0.003),
            along_z((low, middle + 0.003), inner, TOP, 0.003),
        ]
    return [
        along_z((low, high - 0.004), outline, TOP, 0.004),
        along_z((low + 0.002, high), inner, TOP, 0.002),
    ]


def disc(rng: np.random.Generator, s: Size) -> list[Primitive]:
    """Return a round top with a turned edge."""
    r, low, high, e = s.width / 2, s.under, s.height, 0.4 * s.thick
    edge = rng.choice(["square", "round", "under", "ogee"])
    if edge == "square":
        line = [(r - 0.002, low), (r, low + 0.002), (r, high - 0.002), (r - 0.002, high)]
    elif edge == "round":
        t = np.linspace(-np.pi / 2, np.pi / 2, 7)
        line = pairs(
            np.stack([r - e + e * np.cos(t), (low + high) / 2 + s.thick / 2 * np.sin(t)], 1)
        )
    elif edge == "under":
        line = [
            (r - 1.8 * s.thick, low),
            (r, high - 0.35 * s.thick),
            (r, high - 0.001),
            (r - 0.002, high),
        ]
    else:
        line = [
            (r - 0.03, low),
            (r - 0.022, low + 0.4 * s.thick),
            (r, low + 0.55 * s.thick),
            (r, high - 0.003),
            (r - 0.004, high),
        ]
    return [Lathe((0.0, 0.0, 0.0), tuple(line), TOP)]


def curved(rng: np.random.Generator, s: Size, kind: str) -> list[Primitive]:
    """Draw an ``oval``, ``super`` ellipse, ``kidney``, ``boat``, ``capsule`` or ``triangle``."""
    if kind == "oval":
        outline = oval(s.width, s.depth, 2.0, 40)
    elif kind == "super":
        outline = oval(s.width, s.depth, rng.uniform(2.5, 5.0), 40)
    elif kind == "kidney":
        outline = kidney(s.width, s.depth, rng.uniform(0.15, 0.4))
    elif kind == "boat":
        t = np.linspace(-1, 1, 13)
        narrow = rng.uniform(0.7, 0.88)
        half = s.depth / 2 * (1 - (1 - narrow) * t * t)
        lower = np.stack([s.width / 2 * t, -half], axis=1)
        outline = pairs(np.concatenate([lower, lower[::-1] * [1, -1]]))
    elif kind == "capsule":
        outline = rounded_rectangle(s.width, s.depth, 0.46 * s.depth, 9)
    else:
        w, d = s.width / 2, s.depth / 2
        outline = rounded([(-w, -d), (w, -d), (0.0, d)], 0.45 * s.depth, 9)
    return board(rng, outline, s)
