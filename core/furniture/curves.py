"""Lines and outlines that furniture is drawn with; metres, counter-clockwise."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

Point = tuple[float, float]
Place = tuple[float, float, float]

#: Points in a row: tuples, arrays, or one array of them.
Line = Sequence[Sequence[float] | np.ndarray] | np.ndarray


def smooth(points: Line, per_step: int = 4) -> np.ndarray:
    """Return a soft line through the points, (M, D); ``per_step`` pieces between neighbours.

    A Catmull-Rom spline that ends where the points end.
    """
    p = np.array(points, dtype=float)
    whole = np.concatenate([[2 * p[0] - p[1]], p, [2 * p[-1] - p[-2]]])
    t = np.linspace(0.0, 1.0, per_step, endpoint=False)[:, None]
    parts = []
    for a, b, c, d in zip(whole, whole[1:], whole[2:], whole[3:], strict=False):
        bend = (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
        parts.append(b + 0.5 * ((c - a) * t + bend))
    line: np.ndarray = np.concatenate([*parts, p[-1:]])
    return line


def bent(points: Line, radius: float, steps: int = 4) -> list[Place]:
    """Return the line through 3-D points with its corners rounded, as a bent pipe has them."""
    p = np.array(points, dtype=float)
    out = [p[0]]
    for before, corner, after in zip(p, p[1:], p[2:], strict=False):
        back, on = before - corner, after - corner
        reach = min(radius, 0.45 * float(np.linalg.norm(back)), 0.45 * float(np.linalg.norm(on)))
        start = corner + back / np.linalg.norm(back) * reach
        end = corner + on / np.linalg.norm(on) * reach
        # A parabola: it leaves both straights along them.
        for t in np.linspace(0, 1, steps + 1).tolist():
            out.append((1 - t) ** 2 * start + 2 * t * (1 - t) * corner + t * t * end)
    out.append(p[-1])
    return [place(v) for v in out]


def place(values: np.ndarray) -> Place:
    """Return a 3-D point as a tuple."""
    x, y, z = values.tolist()
    return (x, y, z)


def ribbon(line: np.ndarray, widths: float | Sequence[float]) -> list[Point]:
    """Return the outline of a strip of the given width along a line (N, 2).

    Several widths are spread over the line at even steps and interpolated.
    """
    given = np.atleast_1d(np.array(widths, dtype=float))
    spread = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(given)), given)
    ways = np.diff(line, axis=0)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    tangents = np.concatenate([ways[:1], ways[:-1] + ways[1:], ways[-1:]])
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    left = np.stack([-tangents[:, 1], tangents[:, 0]], axis=1) * spread[:, None] / 2
    return pairs(np.concatenate([line - left, (line + left)[::-1]]))


def pairs(values: np.ndarray) -> list[Point]:
    """Return rows of two numbers as tuples."""
    return [(x, y) for x, y in values.tolist()]


def rounded_rectangle(width: float, depth: float, corner: float, steps: int = 4) -> list[Point]:
    """Return a rectangle around the origin with arcs for corners."""
    return rounded(
        [
            (-width / 2, -depth / 2),
            (width / 2, -depth / 2),
            (width / 2, depth / 2),
            (-width / 2, depth / 2),
        ],
        corner,
        steps,
    )


def rounded(outline: Sequence[Point], corner: float, steps: int = 4) -> list[Point]:
    """Return a convex outline with its corners rounded by about ``corner`` metres."""
    p = np.array(outline, dtype=float)
    out: list[Point] = []
    for before, at, after in zip(np.roll(p, 1, 0), p, np.roll(p, -1, 0), strict=True):
        back, on = before - at, after - at
        near, far = float(np.linalg.norm(back)), float(np.linalg.norm(on))
        reach = min(corner, 0.46 * near, 0.46 * far)
        if reach < 2e-3:
            out += pairs(at[None])
            continue
        start, end = at + back / near * reach, at + on / far * reach
        t = np.linspace(0, 1, steps + 1)[:, None]
        # Between a parabola and a circle: the weight of a conic's middle point.
        weight = math.sqrt(0.5)
        total = (1 - t) ** 2 + 2 * weight * t * (1 - t) + t * t
        out += pairs(((1 - t) ** 2 * start + 2 * weight * t * (1 - t) * at + t * t * end) / total)
    return out


def oval(width: float, depth: float, power: float = 2.0, count: int = 36) -> list[Point]:
    """Return an ellipse, or with a power above 2 a superellipse, around the origin."""
    angle = np.linspace(0, 2 * math.pi, count, endpoint=False)
    c, s = np.cos(angle), np.sin(angle)
    x = np.sign(c) * np.abs(c) ** (2 / power) * width / 2
    y = np.sign(s) * np.abs(s) ** (2 / power) * depth / 2
    return pairs(np.stack([x, y], axis=1))


def trapezoid(front: float, back: float, depth: float, bow: float = 0.0) -> list[Point]:
    """Return a seat's outline: wide at -Y, narrow at +Y; the front bulges by ``bow``."""
    y = depth / 2
    corners = [(front / 2, -y), (back / 2, y), (-back / 2, y), (-front / 2, -y)]
    if bow < 1e-3:
        return corners
    t = np.linspace(-1, 1, 9)[1:-1]
    belly = [(front / 2 * u, -y - bow * (1 - u * u)) for u in t.tolist()]
    return [*corners, *belly]


def bowed(width: float, bow: float, thick: float, count: int = 9) -> list[Point]:
    """Return a strip along X in plan whose middle lies ``bow`` metres further to +Y."""
    x = np.linspace(-width / 2, width / 2, count)
    line = np.stack([x, bow * (1 - (2 * x / width) ** 2)], axis=1)
    return ribbon(line, thick)


def kidney(width: float, depth: float, dent: float, count: int = 40) -> list[Point]:
    """Return a kidney: an oval with a dent of a share of its depth in its -Y side."""
    angle = np.linspace(0, 2 * math.pi, count, endpoint=False)
    x, y = np.cos(angle) * width / 2, np.sin(angle) * depth / 2
    fall = np.exp(-((x / (0.28 * width)) ** 2))
    return pairs(np.stack([x, y + np.where(y < 0, dent * depth * fall, 0.0)], axis=1))
