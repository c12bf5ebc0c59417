"""Legs of chairs, stools and tables: one style for all legs of a piece."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .assembly import axis_frame, beam, rod, span
from .curves import bent, place, ribbon, smooth
from .placing import along_x, along_y
from .primitives import Extrusion, Lathe, Primitive, Tube

#: (radius over the widest, height over the whole) of turned legs, from the floor up.
TURNINGS = (
    ((0.5, 0.0), (0.62, 0.03), (0.5, 0.07), (0.62, 0.1), (1.0, 0.55), (0.85, 0.72), (0.6, 0.77),
     (0.9, 0.8), (0.9, 0.83), (0.62, 0.86), (1.0, 0.9), (1.0, 1.0)),
    ((0.45, 0.0), (0.7, 0.05), (0.75, 0.09), (0.45, 0.13), (0.9, 0.3), (1.0, 0.42), (0.7, 0.62),
     (0.5, 0.72), (0.85, 0.76), (0.85, 0.79), (0.55, 0.82), (0.95, 0.88), (0.95, 1.0)),
    ((0.55, 0.0), (0.75, 0.02), (0.75, 0.06), (0.5, 0.09), (0.65, 0.12), (0.85, 0.7), (0.95, 0.74),
     (0.95, 0.77), (0.6, 0.8), (1.0, 0.85), (1.0, 1.0)),
    ((0.35, 0.0), (0.55, 0.04), (0.6, 0.08), (0.4, 0.12), (0.6, 0.17), (0.4, 0.21), (0.7, 0.4),
     (1.0, 0.62), (0.9, 0.72), (0.55, 0.8), (0.8, 0.84), (0.8, 0.87), (0.55, 0.9), (0.75, 1.0)),
    ((0.6, 0.0), (0.6, 0.3), (0.75, 0.45), (1.0, 0.7), (0.8, 0.85), (0.65, 1.0)),
)  # fmt: skip

#: Styles and how often they are drawn for seats and for tables.
SEAT_STYLES = {"square": 0.2, "taper": 0.2, "round": 0.25, "turned": 0.13, "cabriole": 0.08,
               "sabre": 0.14}  # fmt: skip
TABLE_STYLES = {"square": 0.26, "taper": 0.18, "round": 0.22, "turned": 0.16, "cabriole": 0.06,
                "sabre": 0.05, "hairpin": 0.07}  # fmt: skip


@dataclass(frozen=True)
class Legs:
    """One style of leg.

    Attributes:
        kind: a key of :data:`SEAT_STYLES` or :data:`TABLE_STYLES`.
        thick: metres, at the top.
        slim: thickness at the floor over that at the top.
        splay: metres by which the feet stand outside of the tops, in x and in y.
        turning: of turned legs, an entry of :data:`TURNINGS`.
        edge: radius of edges, metres.
        material: index.
    """

    kind: str
    thick: float
    slim: float
    splay: tuple[float, float]
    turning: tuple[tuple[float, float], ...]
    edge: float
    material: int


def draw_legs(
    rng: np.random.Generator, styles: dict[str, float], thick: float, height: float, material: int
) -> Legs:
    """Draw the style of a piece's legs; ``thick`` is a square leg's edge in metres."""
    names = list(styles)
    shares = np.array([styles[name] for name in names])
    kind = names[int(rng.choice(len(names), p=shares / shares.sum()))]
    splay = (0.0, 0.0)
    if kind in ("round", "square") and rng.random() < 0.45:
        out = rng.uniform(0.03, 0.16) * height
        splay = (out, out * rng.uniform(0.4, 1.0))
    return Legs(
        kind=kind,
        thick=thick * {"round": 0.95, "turned": 1.15, "cabriole": 1.1}.get(kind, 1.0),
        slim=rng.uniform(0.45, 0.75) if kind != "square" else 1.0,
        splay=splay,
        turning=TURNINGS[rng.integers(len(TURNINGS))],
        edge=float(rng.choice([0.0015, 0.003, 0.006])),
        material=material,
    )


def leg(style: Legs, x: float, y: float, top: float, block: float = 0.0) -> list[Primitive]:
    """Return one leg that reaches from the floor to ``top`` at (x, y).

    Args:
        x, y: the top's middle, metres; away from the origin is outside.
        block: height below ``top`` over which turned and cabriole legs stay square, metres.
    """
    sx, sy = math.copysign(1, x), math.copysign(1, y)
    t, m = style.thick, style.material
    foot = (x + sx * style.splay[0], y + sy * style.splay[1], 0.0)
    if style.kind in ("turned", "cabriole"):
        return _with_block(style, x, y, top, block)
    one: Primitive
    if style.kind == "hairpin":
        one = _hairpin(style, x, y, sx, sy, top)
    elif style.kind == "round":
        one = rod(foot, (x, y, top), t / 2 * style.slim, t / 2, m)
    elif style.kind == "taper":
        one = _taper(style, x, y, sx, top, block)
    elif style.kind == "sabre":
        one = _sabre(style, x, y, sy, top)
    elif style.splay[0] > 0:
        one = beam(foot, (x, y, top), t, t, m)
    else:
        one = span((x - t / 2, x + t / 2), (y - t / 2, y + t / 2), (0, top), m, style.edge)
    return [one]


def _with_block(style: Legs, x: float, y: float, top: float, block: float) -> list[Primitive]:
    """A turned or cabriole leg that stays square where aprons meet it."""
    t, m = style.thick, style.material
    out: list[Primitive] = []
    low = top
    if block > 0:
        low = top - block
        out.append(span((x - t / 2, x + t / 2), (y - t / 2, y + t / 2), (low, top), m, 0.0015))
    if style.kind == "turned":
        return [*out, turned((x, y, 0.0), (x, y, low + 0.004), t / 2, style.turning, m)]
    sides = math.copysign(1, x), math.copysign(1, y)
    return [*out, *_cabriole(style, x, y, *sides, low + 0.012)]


def turned(
    start: tuple[float, float, float],
    end: tuple[float, float, float],
    radius: float,
    turning: tuple[tuple[float, float], ...],
    material: int = 0,
) -> Lathe:
    """Return a turned rod between two points; ``turning`` as in :data:`TURNINGS`."""
    axis = np.array(end) - np.array(start)
    length = float(np.linalg.norm(axis))
    profile = tuple((radius * r, length * z) for r, z in turning)
    return Lathe(start, profile, material, axis_frame(axis / length))


def _taper(style: Legs, x: float, y: float, sx: float, top: float, block: float) -> Extrusion:
    """Square in plan, its inner side running in towards the floor below the apron."""
    t, foot = style.thick, style.thick * style.slim
    outer, inner = x + sx * t / 2, x - sx * t / 2
    start = top - max(block, 0.02) - 0.01
    outline = [(outer, 0.0), (outer, top), (inner, top), (inner, start), (outer - sx * foot, 0.0)]
    return along_y((y - t / 2, y + t / 2), outline, style.material, style.edge)


def _sabre(style: Legs, x: float, y: float, sy: float, top: float) -> Extrusion:
    t = style.thick
    sweep = 0.13 * top
    line = smooth(
        [(y, top), (y + sy * 0.02 * sweep, 0.62 * top), (y + sy * 0.3 * sweep, 0.3 * top),
         (y + sy * sweep, 0.0)]
    )  # fmt: skip
    # Cut level with the floor: the strip's own end would dip below it.
    outline = [(u, max(v, 0.0)) for u, v in ribbon(line, (t, t * 0.95, t * style.slim))]
    return along_x((x - t / 2, x + t / 2), outline, style.material, style.edge)


def _cabriole(style: Legs, x: float, y: float, sx: float, sy: float, top: float) -> list[Primitive]:
    """A knee that swells outwards, a thin ankle drawn in, a pad foot turned out."""
    t = style.thick
    out = np.array([sx, sy]) / math.sqrt(2)
    # (outwards, height over the whole, radius) in parts of the thickness.
    rows = [(-0.05, 1.0, 0.5), (0.28, 0.9, 0.62), (0.3, 0.78, 0.56), (0.1, 0.55, 0.42),
            (-0.1, 0.32, 0.32), (-0.12, 0.17, 0.29), (0.15, 0.07, 0.36)]  # fmt: skip
    line = smooth([(u * t, h * top, r * t) for u, h, r in rows], 2)
    points = tuple((x + out[0] * u, y + out[1] * u, h) for u, h, _ in line.tolist())
    legs: list[Primitive] = [Tube(points, tuple(r for _, _, r in line.tolist()), style.material)]
    r = 0.62 * t
    low = 0.09 * top
    pad = ((0.75 * r, 0.0), (r, 0.25 * low), (r, 0.5 * low), (0.6 * r, low))
    centre = (x + out[0] * 0.3 * t, y + out[1] * 0.3 * t, 0.0)
    return [*legs, Lathe(centre, pad, style.material)]


def _hairpin(style: Legs, x: float, y: float, sx: float, sy: float, top: float) -> Tube:
    r = float(np.clip(style.thick * 0.12, 0.005, 0.008))
    wide = 0.07
    aside = np.array([-sy, sx, 0.0]) / math.sqrt(2)
    foot = np.array([x + sx * 0.02, y + sy * 0.02, r])
    high = np.array([x - sx * 0.03, y - sy * 0.03, top])
    line = bent([high + aside * wide, foot + aside * 0.012, foot - aside * 0.012,
                 high - aside * wide], 0.02, 3)  # fmt: skip
    return Tube(tuple(line), (r,) * len(line), style.material)


def stretchers(
    rng: np.random.Generator,
    style: Legs,
    xs: tuple[float, float],
    ys: tuple[float, float],
    top: float,
    share: float,
) -> list[Primitive]:
    """Draw an H, a box or an X of bars between four legs.

    Args:
        xs: half the distance of the front legs' tops and of the rear ones', metres.
        ys: y of the front legs' tops and of the rear ones'.
        share: height of the bars over that of the legs.
    """
    z = share * top

    def at(end: int, height: float) -> np.ndarray:
        down = 1 - height / top
        side = math.copysign(1, ys[end])
        return np.array([xs[end] + style.splay[0] * down, ys[end] + side * style.splay[1] * down])

    bar = max(0.013, style.thick * rng.uniform(0.4, 0.6))
    flat = style.kind not in ("round", "turned", "cabriole")
    turning = ((0.55, 0.0), (0.7, 0.1), (1.0, 0.5), (0.7, 0.9), (0.55, 1.0))
    use_turning = style.kind == "turned" or rng.random() < 0.3

    def joined(a: np.ndarray, b: np.ndarray) -> Primitive:
        start, end = place(a), place(b)
        if flat:
            return beam(start, end, bar * 0.8, bar * 1.3, style.material)
        if use_turning:
            return turned(start, end, bar * 0.75, turning, style.material)
        return rod(start, end, bar / 2, bar / 2, style.material)

    kind = rng.choice(["H", "box", "X"], p=[0.55, 0.35, 0.1])
    mirror = np.array([-1.0, 1.0])
    if kind == "X":
        front, back = at(0, z), at(1, z)
        return [
            joined(np.array([*front, z]), np.array([*(back * mirror), z])),
            joined(np.array([*(front * mirror), z]), np.array([*back, z])),
        ]
    out: list[Primitive] = []
    front, back = np.array([*at(0, z), z]), np.array([*at(1, z), z])
    flip = np.array([-1.0, 1.0, 1.0])
    out += [joined(front, back), joined(front * flip, back * flip)]
    if kind == "H":
        t = rng.uniform(0.3, 0.55)
        middle = front + t * (back - front)
        return [*out, joined(middle * flip, middle)]
    high = z + rng.uniform(-0.03, 0.05)
    for end in (0, 1) if rng.random() < 0.7 else (0,):
        corner = np.array([*at(end, high), high])
        out.append(joined(corner * flip, corner))
    return out
