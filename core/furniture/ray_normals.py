"""Normals on outlines: soft where neighbours make a curve, as the meshes shade them."""

from __future__ import annotations

import math

import numpy as np

from .primitives import Extrusion, Frustum, Lathe, Primitive

#: Corners that turn by more than this many degrees stay corners.
_SOFT_BELOW = 30.0


def extruded_normals(e: Extrusion, q: np.ndarray) -> np.ndarray:
    """Outward normals (N, 3) at surface points (N, 3) of an extrusion in its own frame."""
    corners = np.array(e.outline, np.float32)
    following = np.roll(corners, -1, axis=0)
    out = outwards(corners, following)
    before = np.roll(out, 1, axis=0)
    starts, ends = softened(before, out, out), softened(out, np.roll(out, -1, axis=0), out)
    flat, away, gap = _nearest(q[:, :2], corners, following, starts, ends)
    above = np.abs(q[:, 2]) - np.float32(e.half_height)
    n = np.empty_like(q)
    # On a rounding the way from the core tells; on a wall the wall's own, softened.
    wall = np.maximum(gap, 0)
    cap = np.maximum(above, 0)
    total = np.maximum(np.sqrt(wall * wall + cap * cap), 1e-9)
    outside = total > 1e-6
    side = np.where(outside, wall / total, (gap > above).astype(np.float32))
    lift = np.where(outside, cap / total, (gap <= above).astype(np.float32))
    # Around a convex corner of a rounded core the way from the corner is exact.
    use = (e.radius > 0) & (gap > 0.5 * e.radius * np.maximum(side, 1e-6))
    corner = use & (np.einsum("ij,ij->i", away, flat) < 0.97 * np.maximum(gap, 1e-9))
    direction = np.where(corner[:, None], away / np.maximum(gap, 1e-9)[:, None], flat)
    n[:, :2] = direction * side[:, None]
    n[:, 2] = np.sign(q[:, 2]) * lift
    return n / np.maximum(np.sqrt(np.einsum("ij,ij->i", n, n)), 1e-9)[:, None]


def turned_normals(solid: Primitive, q: np.ndarray) -> np.ndarray:
    """Outward normals (N, 3) at surface points (N, 3) of a lathe or frustum in its own frame."""
    if isinstance(solid, Frustum):
        h = solid.half_height
        profile: tuple[tuple[float, float], ...] = (
            (solid.radius_bottom, -h),
            (solid.radius_top, h),
        )
    else:
        assert isinstance(solid, Lathe)
        profile = solid.profile
    line = np.array([(0.0, profile[0][1]), *profile, (0.0, profile[-1][1])], np.float32)
    keep = np.append(np.abs(np.diff(line, axis=0)).max(axis=1) > 1e-7, True)
    line = line[keep]
    start, end = line[:-1], line[1:]
    out = outwards(start, end)
    starts = softened(np.concatenate([out[:1], out[:-1]]), out, out)
    ends = softened(out, np.concatenate([out[1:], out[-1:]]), out)
    r = np.sqrt(q[:, 0] ** 2 + q[:, 1] ** 2)
    flat, _, _ = _nearest(np.stack([r, q[:, 2]], axis=1), start, end, starts, ends)
    share = flat[:, 0] / np.maximum(r, 1e-9)
    return np.stack([q[:, 0] * share, q[:, 1] * share, flat[:, 1]], axis=1)


def outwards(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the unit normals (S, 2) on the right of segments between points (S, 2)."""
    way = end - start
    way = way / np.maximum(np.sqrt(np.einsum("ij,ij->i", way, way)), 1e-9)[:, None]
    return np.stack([way[:, 1], -way[:, 0]], axis=1)


def softened(a: np.ndarray, b: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return the mean of two neighbouring normals where they make a curve, else the ``own``."""
    soft = np.einsum("ij,ij->i", a, b) > math.cos(math.radians(_SOFT_BELOW))
    mean = a + b
    mean /= np.maximum(np.sqrt(np.einsum("ij,ij->i", mean, mean)), 1e-9)[:, None]
    return np.where(soft[:, None], mean, own)


def _nearest(
    p: np.ndarray, start: np.ndarray, end: np.ndarray, at_start: np.ndarray, at_end: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the softened normal (N, 2) of the nearest segment, the way (N, 2) from the nearest
    point on it, and the distance along the segment's outward side (N,), negative inside."""
    edge = end - start
    length = np.maximum(np.einsum("ij,ij->i", edge, edge), 1e-12)
    w_x, w_y = p[:, 0] - start[:, :1], p[:, 1] - start[:, 1:]
    t = np.clip((w_x * edge[:, :1] + w_y * edge[:, 1:]) / length[:, None], 0, 1)
    squared = (w_x - edge[:, :1] * t) ** 2 + (w_y - edge[:, 1:] * t) ** 2
    which = squared.argmin(axis=0)
    rows = np.arange(len(p))
    share = t[which, rows][:, None]
    normal = at_start[which] * (1 - share) + at_end[which] * share
    normal /= np.maximum(np.sqrt(np.einsum("ij,ij->i", normal, normal)), 1e-9)[:, None]
    away = p - (start[which] + edge[which] * share)
    sign = np.where(np.einsum("ij,ij->i", away, normal) < 0, -1, 1)
    gap = np.sqrt(squared[which, rows]) * sign
    return normal, away, gap.astype(p.dtype)
