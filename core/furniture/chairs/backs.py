"""What stands between the posts of a chair's back."""

from __future__ import annotations

import numpy as np

from ..assembly import beam, rod
from ..curves import bowed, pairs, ribbon, smooth
from ..legs import turned
from ..placing import about_x, along_x, along_y, along_z, moved
from ..primitives import Primitive
from .frame import Frame, posts

_SPINDLES = (
    ((0.7, 0.0), (0.8, 0.15), (1.0, 0.4), (0.75, 0.7), (0.55, 1.0)),
    (
        (0.6, 0.0),
        (0.6, 0.2),
        (1.0, 0.3),
        (0.65, 0.36),
        (0.65, 0.64),
        (1.0, 0.7),
        (0.6, 0.8),
        (0.6, 1.0),
    ),
    ((1.0, 0.0), (1.0, 1.0)),
)

#: (half width, height) of splats as shares of the widest and of the height.
_SPLATS = (
    ((0.5, 0.0), (0.45, 0.12), (0.8, 0.35), (0.55, 0.55), (1.0, 0.8), (0.9, 1.0)),
    ((0.7, 0.0), (0.5, 0.25), (0.62, 0.5), (1.0, 0.72), (0.75, 0.9), (0.85, 1.0)),
    ((0.9, 0.0), (0.75, 0.5), (0.9, 1.0)),
    ((1.0, 0.0), (1.0, 1.0)),
)


def slat(
    f: Frame,
    low: float,
    high: float,
    thick: float,
    material: int = 0,
    edge: float = 0.003,
    over: float = 0.0,
) -> Primitive:
    """Return a board across the back between two heights, bowed as the back is there.

    ``over`` metres reach beyond the middle of the posts on each side.
    """
    z, half = (low + high) / 2, (high - low) / 2
    width = 2 * (f.xs[1] + over)
    outline = bowed(width, f.bow_at(0, z), thick)
    board = along_z((-half, half), outline, material, min(edge, 0.45 * thick))
    return moved(board, (0.0, f.y_at(z), z), about_x(-f.lean(low, high)))


def crest(rng: np.random.Generator, f: Frame, height: float, material: int = 0) -> Primitive:
    """Return the topmost board: level, arched, or reaching beyond the posts."""
    thick = max(0.6 * f.post, 0.018)
    if rng.random() < 0.5:
        over = rng.uniform(0.0, 0.035) if rng.random() < 0.5 else f.post / 2
        return slat(f, f.top - height, f.top, thick, material, 0.006, over)
    over = rng.uniform(0.3, 1.2) * f.post
    x, rise = f.xs[1] + over, rng.uniform(0.015, 0.05) * rng.choice([1, 1, -0.5])
    t = np.linspace(1, -1, 11)
    ears = rng.uniform(0.0, 0.012)
    upper = [(x * u, height / 2 + rise * (1 - u * u) - ears * u**4) for u in t.tolist()]
    lower = [
        (-x, -0.3 * height),
        (-0.8 * x, -height / 2),
        (0.8 * x, -height / 2),
        (x, -0.3 * height),
    ]
    board = along_y((-thick / 2, thick / 2), [*lower, *upper], material, 0.005)
    z = f.top - height / 2
    return moved(board, (0.0, f.y_at(z) + 0.5 * f.bow_at(0, z), z), about_x(-f.lean(z - 0.05, z)))


def _upright(f: Frame, x: float, low: float, high: float) -> np.ndarray:
    """Return the (y, z) line that follows the back at x between two heights."""
    z = np.linspace(low, high, 5)
    y = [f.y_at(h) + f.bow_at(x, h) for h in z.tolist()]
    return np.stack([y, z], axis=1)


def ladder(rng: np.random.Generator, f: Frame) -> list[Primitive]:
    """Two to six boards one above the other."""
    count, thick = int(rng.integers(2, 7)), rng.uniform(0.012, 0.02)
    low = f.seat + rng.uniform(0.12, 0.3) * (f.top - f.seat)
    tall = min(rng.uniform(0.035, 0.075), 0.72 * (f.top - low) / count)
    edges = np.linspace(low, f.top - tall - rng.uniform(0.0, 0.03), count)
    out: list[Primitive] = [slat(f, z, z + tall, thick) for z in edges.tolist()]
    return [*out, *posts(f)]


def _between(rng: np.random.Generator, f: Frame) -> tuple[list[Primitive], float, float]:
    """Crest, perhaps a lower rail, and the heights that uprights between them span."""
    tall = rng.uniform(0.045, 0.1)
    parts = [crest(rng, f, tall), *posts(f, end=f.top - 0.25 * tall)]
    if rng.random() < 0.5:
        z = f.seat + rng.uniform(0.06, 0.16)
        rail = rng.uniform(0.03, 0.05)
        parts.append(slat(f, z, z + rail, max(0.5 * f.post, 0.016)))
        return parts, z + 0.6 * rail, f.top - 0.7 * tall
    return parts, f.under + 0.004, f.top - 0.7 * tall


def slats(rng: np.random.Generator, f: Frame) -> list[Primitive]:
    """Flat uprights between the seat, or a lower rail, and the crest."""
    parts, low, high = _between(rng, f)
    count = int(rng.integers(3, 8))
    gap = 2 * f.xs[1] / (count + 1)
    wide = min(rng.uniform(0.018, 0.05), 0.75 * gap)
    for i in range(count):
        x = -f.xs[1] + gap * (i + 1)
        outline = ribbon(_upright(f, x, low, high), rng.uniform(0.009, 0.012))
        parts.append(along_x((x - wide / 2, x + wide / 2), outline, 0, 0.002))
    return parts


def spindles(rng: np.random.Generator, f: Frame) -> list[Primitive]:
    """Turned uprights."""
    parts, low, high = _between(rng, f)
    count, r = int(rng.integers(4, 9)), rng.uniform(0.006, 0.011)
    turning = _SPINDLES[rng.integers(len(_SPINDLES))]
    for x in np.linspace(-f.xs[1], f.xs[1], count + 2)[1:-1].tolist():
        start = (x, f.y_at(low) + f.bow_at(x, low), low)
        end = (x, f.y_at(high) + f.bow_at(x, high), high)
        parts.append(turned(start, end, r, turning))
    return parts


def splat(rng: np.random.Generator, f: Frame) -> list[Primitive]:
    """One wide upright with a shape."""
    parts, low, high = _between(rng, f)
    shape = np.array(_SPLATS[rng.integers(len(_SPLATS))])
    wide = rng.uniform(0.05, min(0.1, 0.55 * f.xs[1]))
    line = smooth(shape * [wide, 1.0], 3)
    length = high - low
    right = np.stack([line[:, 0], (line[:, 1] - 0.5) * length], axis=1)
    outline = pairs(np.concatenate([right, right[::-1] * [-1, 1]]))
    board = along_y((-0.006, 0.006), outline, 0, 0.0015)
    z = (low + high) / 2
    y = (f.y_at(low) + f.y_at(high) + f.bow_at(0, low) + f.bow_at(0, high)) / 2
    rise = f.y_at(high) + f.bow_at(0, high) - f.y_at(low) - f.bow_at(0, low)
    lean = np.degrees(np.arctan2(rise, length))
    return [*parts, moved(board, (0.0, y, z), about_x(-float(lean)))]


def cross(rng: np.random.Generator, f: Frame) -> list[Primitive]:
    """Two diagonals, straight or bent, between the posts."""
    parts, low, high = _between(rng, f)
    low = max(low, f.seat + 0.03)
    w = rng.uniform(0.018, 0.03)
    a = (-f.xs[1], f.y_at(low), low + w / 2)
    b = (f.xs[1], f.y_at(high), high)
    if rng.random() < 0.5:
        mirror = ((-a[0], a[1], a[2]), (-b[0], b[1], b[2]))
        return [*parts, beam(a, b, w, 0.012), beam(*mirror, w, 0.014)]
    return [*parts, rod(a, b, w / 2, w / 2), rod((-a[0], *a[1:]), (-b[0], *b[1:]), w / 2, w / 2)]


def panel(rng: np.random.Generator, f: Frame, soft: bool) -> list[Primitive]:
    """A board or a pad that fills the back, low or not."""
    low = f.seat + rng.uniform(0.02, 0.5) * (f.top - f.seat)
    thick = rng.uniform(0.03, 0.055) if soft else rng.uniform(0.012, 0.02)
    high = f.top - (rng.uniform(0.0, 0.02) if rng.random() < 0.5 else -0.01)
    board = slat(f, low, high, thick, 1 if soft else 0, 0.45 * thick if soft else 0.004)
    if not soft:
        return [board, *posts(f)]
    rails = [slat(f, z, z + 0.03, 0.016) for z in (low - 0.005, high - 0.035)]
    return [board, *rails, *posts(f)]


def single(rng: np.random.Generator, f: Frame) -> list[Primitive]:
    """One wide bent board at the top and nothing else."""
    tall = rng.uniform(0.1, 0.2)
    over = rng.uniform(0.0, 0.03)
    board = slat(f, f.top - tall, f.top, rng.uniform(0.014, 0.022), 0, 0.006, over)
    return [board, *posts(f, end=f.top - rng.uniform(0.02, 0.4) * tall)]


def draw_back(rng: np.random.Generator, f: Frame, soft: bool) -> list[Primitive]:
    """Draw a back with its posts."""
    if soft and rng.random() < 0.5:
        return panel(rng, f, True)
    kinds = (ladder, slats, spindles, splat, cross, single)
    shares = (0.22, 0.22, 0.16, 0.12, 0.1, 0.18)
    kind = int(rng.choice(len(kinds) + 1, p=[*(0.88 * s for s in shares), 0.12]))
    return panel(rng, f, False) if kind == len(kinds) else kinds[kind](rng, f)
