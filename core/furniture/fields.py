"""Signed distances of single solids.

Closed forms after Quilez, "Distance functions" and "Distance functions in 2D" (rounded box,
capped cone, polygon, extrusion, round cone).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

from .primitives import Box, Extrusion, Frustum, Lathe, Primitive, Tube

#: Pairs of points and segments that are looked at in one go: what stays in a processor's cache.
_PAIRS = 1 << 16


def to_local(primitive: Primitive, points: np.ndarray) -> np.ndarray:
    """Return (N, 3) points of the piece in the primitive's own frame."""
    if isinstance(primitive, Tube):
        return points
    local = points - np.asarray(primitive.centre, dtype=points.dtype)
    rotation = np.asarray(primitive.rotation, dtype=points.dtype)
    return local @ rotation  # rows times R equals R^T applied to each point


def primitive_distance(primitive: Primitive, points: np.ndarray) -> np.ndarray:
    """Signed distance of one solid, negative inside; (N, 3) -> (N,), same dtype and unit."""
    return local_distance(primitive, to_local(primitive, points))


def local_distance(primitive: Primitive, q: np.ndarray) -> np.ndarray:
    """The same for points (N, 3) in the primitive's own frame."""
    if isinstance(primitive, Box):
        return _box(primitive, q)
    if isinstance(primitive, Frustum):
        return _frustum(primitive, q)
    if isinstance(primitive, Lathe):
        return _lathe(primitive, q)
    if isinstance(primitive, Extrusion):
        return _extrusion(primitive, q)
    return _tube(primitive, q)


def _box(box: Box, q: np.ndarray) -> np.ndarray:
    d = np.abs(q) - (np.asarray(box.half, dtype=q.dtype) - q.dtype.type(box.radius))
    most = np.maximum(np.maximum(d[:, 0], d[:, 1]), d[:, 2])
    over = np.maximum(d, 0)
    outside = np.sqrt(np.einsum("ij,ij->i", over, over))
    return outside + np.minimum(most, 0) - q.dtype.type(box.radius)


def _frustum(f: Frustum, q: np.ndarray) -> np.ndarray:
    """Capped cone: nearest of the two caps and of the slanted side in the (radius, z) plane."""
    r = np.sqrt(q[:, 0] ** 2 + q[:, 1] ** 2)
    z = q[:, 2]
    h, r1, r2 = f.half_height, f.radius_bottom, f.radius_top
    cap_r = np.where(z < 0, r1, r2)
    ca_r, ca_z = r - np.minimum(r, cap_r), np.abs(z) - h
    k_r, k_z = r2 - r1, 2 * h
    t = np.clip(((r2 - r) * k_r + (h - z) * k_z) / (k_r**2 + k_z**2), 0.0, 1.0)
    cb_r, cb_z = r - r2 + k_r * t, z - h + k_z * t
    inside = (cb_r < 0) & (ca_z < 0)
    squared = np.minimum(ca_r**2 + ca_z**2, cb_r**2 + cb_z**2)
    return (np.where(inside, -1.0, 1.0) * np.sqrt(squared)).astype(q.dtype)


def _lathe(lathe: Lathe, q: np.ndarray) -> np.ndarray:
    """The profile with its two discs, as a polygon that the axis closes, in the half plane."""
    flat = np.stack([np.sqrt(q[:, 0] ** 2 + q[:, 1] ** 2), q[:, 2]], axis=1)
    line = np.array(lathe.profile, dtype=q.dtype)
    line = np.concatenate([[[0, line[0, 1]]], line, [[0, line[-1, 1]]]]).astype(q.dtype)
    return _chunked(lambda p: _signed_to_segments(p, line[:-1], line[1:]), flat, len(line))


def _extrusion(e: Extrusion, q: np.ndarray) -> np.ndarray:
    corners = np.array(e.outline, dtype=q.dtype)
    following = np.roll(corners, -1, axis=0)
    flat = _chunked(lambda p: _signed_to_segments(p, corners, following), q[:, :2], len(corners))
    above = np.abs(q[:, 2]) - q.dtype.type(e.half_height)
    outside = np.sqrt(np.maximum(flat, 0) ** 2 + np.maximum(above, 0) ** 2)
    return outside + np.minimum(np.maximum(flat, above), 0) - q.dtype.type(e.radius)


def _tube(tube: Tube, q: np.ndarray) -> np.ndarray:
    best = np.full(len(q), np.inf, dtype=q.dtype)
    ends = zip(
        itertools.pairwise(np.array(tube.points, dtype=q.dtype)),
        itertools.pairwise(tube.radii),
        strict=True,
    )
    for (start, end), (first, last) in ends:
        np.minimum(best, round_cone(q, start, end, first, last), out=best)
    return best


def round_cone(
    points: np.ndarray, start: np.ndarray, end: np.ndarray, first: float, last: float
) -> np.ndarray:
    """Signed distance (N,) of the hull of two balls at ``start`` and ``end`` (3,)."""
    axis = end - start
    squared = float(axis @ axis)
    slope = first - last
    if squared <= slope * slope:  # one ball holds the other
        centre, radius = (start, first) if first >= last else (end, last)
        return np.sqrt(((points - centre) ** 2).sum(axis=1)) - points.dtype.type(radius)
    length = squared**0.5
    real = points.dtype.type
    away = points - start
    along = away @ (axis / real(length))
    aside = np.sqrt(np.maximum(np.einsum("ij,ij->i", away, away) - along * along, 0))
    # The ball that touches the cone where a point is nearest to it sits at this place.
    lean = slope / length
    place = along - aside * real(lean / (1 - lean * lean) ** 0.5)
    place = np.clip(place, 0, real(length))
    gap = np.sqrt((along - place) ** 2 + aside * aside)
    return gap - real(first) + place * real(lean)


def _signed_to_segments(p: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Signed distance in the plane of the polygon made of (S, 2) segments; (N, 2) -> (N,).

    Segments that never cross a line along +x, such as those along the x axis and those on the
    far left, may be missing from a closed polygon: they do not change the sign.
    """
    x, y = p[:, 0], p[:, 1]
    e_x, e_y = (end - start).T[:, :, None]
    w_x, w_y = x - start[:, :1], y - start[:, 1:]
    length = np.maximum(e_x * e_x + e_y * e_y, np.finfo(p.dtype).tiny)
    t = np.clip((w_x * e_x + w_y * e_y) / length, 0, 1)
    squared = (w_x - e_x * t) ** 2 + (w_y - e_y * t) ** 2
    # A line along +x crosses the segments whose ends lie on both sides and that are to the right.
    upwards = e_y > 0
    spans = (w_y >= 0) != (y >= end[:, 1:])
    crosses = spans & ((w_x * e_y < w_y * e_x) == upwards)
    inside = np.logical_xor.reduce(crosses, axis=0)
    distance = np.sqrt(squared.min(axis=0))
    return np.where(inside, -distance, distance)


def _chunked(
    function: Callable[[np.ndarray], np.ndarray], points: np.ndarray, segments: int
) -> np.ndarray:
    size = max(_PAIRS // segments, 256)
    if len(points) <= size:
        return function(points)
    parts = [function(points[i : i + size]) for i in range(0, len(points), size)]
    return np.concatenate(parts)
