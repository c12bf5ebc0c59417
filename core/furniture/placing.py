"""Moving solids about and drawing extrusions by the plane that their outline lies in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from .primitives import Extrusion, Primitive, Tube

Point = tuple[float, float]
Rows = tuple[tuple[float, float, float], ...]
Interval = tuple[float, float]

_ALONG_X: Rows = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
_ALONG_Y: Rows = ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0))
_ALONG_Z: Rows = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def along_x(
    x: Interval, outline: Sequence[Point], material: int = 0, radius: float = 0.0
) -> Extrusion:
    """Return the solid with this (y, z) outline over the interval of x, rounding included."""
    return _extruded(outline, x, 0, _ALONG_X, material, radius)


def along_y(
    y: Interval, outline: Sequence[Point], material: int = 0, radius: float = 0.0
) -> Extrusion:
    """Return the solid with this (x, z) outline over the interval of y, rounding included."""
    return _extruded(outline, y, 1, _ALONG_Y, material, radius)


def along_z(
    z: Interval, outline: Sequence[Point], material: int = 0, radius: float = 0.0
) -> Extrusion:
    """Return the solid with this (x, y) outline over the interval of z, rounding included."""
    return _extruded(outline, z, 2, _ALONG_Z, material, radius)


def arc(centre: Point, radius: float, start: float, end: float, count: int) -> list[Point]:
    """Return ``count`` points of a circle's arc from one angle to another, degrees."""
    angles = np.radians(np.linspace(start, end, count))
    return [
        (centre[0] + radius * c, centre[1] + radius * s)
        for c, s in zip(np.cos(angles).tolist(), np.sin(angles).tolist(), strict=True)
    ]


def sector(centre: Point, radii: Interval, start: float, end: float, count: int = 9) -> list[Point]:
    """Return the outline of a ring's sector between two radii and two angles, degrees."""
    inner, outer = radii
    return [
        *arc(centre, outer, start, end, count),
        *arc(centre, inner, end, start, count),
    ]


def mounded(x: Interval, z: Interval, rise: float, count: int = 7) -> list[Point]:
    """Return a rectangle whose upper edge bulges by ``rise`` up to the interval's top."""
    (a, b), (low, high) = x, z
    t = np.linspace(1.0, -1.0, count)
    middle, half = (a + b) / 2, (b - a) / 2
    tops = [(middle + half * u, high - rise * u * u) for u in t.tolist()]
    return [(a, low), (b, low), *tops]


def moved(
    primitive: Primitive,
    shift: Iterable[float] = (0.0, 0.0, 0.0),
    turn: np.ndarray | None = None,
    pivot: Iterable[float] = (0.0, 0.0, 0.0),
) -> Primitive:
    """Return the solid turned by a (3, 3) rotation about ``pivot`` and then shifted."""
    rotation = np.eye(3) if turn is None else turn
    about = np.array(tuple(pivot))
    rest = about + np.array(tuple(shift)) - rotation @ about
    if isinstance(primitive, Tube):
        points = np.array(primitive.points) @ rotation.T + rest
        return replace(primitive, points=tuple(_vec(p) for p in points))
    centre = rotation @ np.array(primitive.centre) + rest
    if turn is None:
        return replace(primitive, centre=_vec(centre))
    rows = rotation @ np.array(primitive.rotation)
    return replace(
        primitive, centre=_vec(centre), rotation=(_vec(rows[0]), _vec(rows[1]), _vec(rows[2]))
    )


def about_x(degrees: float) -> np.ndarray:
    """Return the rotation that leans what stands to -Y; negative leans it to +Y."""
    c, s = _cos_sin(degrees)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])


def about_y(degrees: float) -> np.ndarray:
    """Return the rotation that leans what stands to +X."""
    c, s = _cos_sin(degrees)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def about_z(degrees: float) -> np.ndarray:
    """Return the rotation that turns +X towards +Y."""
    c, s = _cos_sin(degrees)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _cos_sin(degrees: float) -> tuple[float, float]:
    angle = np.radians(degrees)
    return float(np.cos(angle)), float(np.sin(angle))


def _extruded(
    outline: Sequence[Point],
    extent: Interval,
    axis: int,
    rotation: Rows,
    material: int,
    radius: float,
) -> Extrusion:
    points = np.array(outline, dtype=float)
    x, y = points[:, 0], points[:, 1]
    if (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() < 0:
        points = points[::-1]
    half = max((extent[1] - extent[0]) / 2, 1e-3)
    radius = min(radius, 0.9 * half)
    if radius:
        points = _inset(points, radius)
    # Extruding along Y turns the own Z axis to -Y; the middle is the same.
    centre = [0.0, 0.0, 0.0]
    centre[axis] = (extent[0] + extent[1]) / 2
    return Extrusion(
        _vec(centre),
        tuple((float(u), float(v)) for u, v in points),
        half - radius,
        radius,
        material,
        rotation,
    )


def _inset(points: np.ndarray, distance: float) -> np.ndarray:
    """Move every edge of a counter-clockwise polygon inwards.

    Edges that are used up on the way, those of an arc tighter than the distance, vanish.
    """
    points = points[np.abs(np.roll(points, 1, axis=0) - points).max(axis=1) > 1e-7]
    while True:
        ways = np.roll(points, -1, axis=0) - points
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        inward = np.stack([-ways[:, 1], ways[:, 0]], axis=1)
        before = np.roll(inward, 1, axis=0)
        # |bisector|^2 / 2 = 1 + cos of the turn; held off zero so that a spike moves by a few
        # radii.
        turn = np.maximum(1 + (inward * before).sum(axis=1), 0.25)
        moved_in = points + distance * (inward + before) / turn[:, None]
        left = ((np.roll(moved_in, -1, axis=0) - moved_in) * ways).sum(axis=1)
        worst = int(np.argmin(left))
        if left[worst] >= 0 or len(points) <= 4:
            return moved_in
        # Its neighbours meet without it.
        points = _without_edge(points, ways, worst)


def _without_edge(points: np.ndarray, ways: np.ndarray, edge: int) -> np.ndarray:
    """Replace both ends of an edge by the point where the lines of its neighbours cross."""
    count = len(points)
    following = (edge + 1) % count
    a, b = ways[edge - 1], ways[following]
    cross = a[0] * b[1] - a[1] * b[0]
    middle = (points[edge] + points[following]) / 2
    if abs(cross) > 1e-6:
        gap = points[following] - points[edge]
        middle = points[edge] + a * (gap[0] * b[1] - gap[1] * b[0]) / cross
    kept = points.copy()
    kept[edge] = middle
    return np.delete(kept, following, axis=0)


def _vec(values: Iterable[float]) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return (x, y, z)
