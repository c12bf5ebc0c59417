"""Quads that fill a flat polygon."""

from __future__ import annotations

import numpy as np


def fill(ring: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fill a simple counter-clockwise polygon with quads.

    Args:
        ring: (N, 2), metres.

    Returns:
        rim (M, 2): the ring itself, or the ring with the middle of each edge after its start, for
        polygons that quads between their own corners do not fill; inner points (K, 2); quads
        (F, 4) of indices into rim and inner points together.
    """
    count = len(ring)
    if count == 4 and (_cross(ring, np.roll(ring, -1, 0), np.roll(ring, -2, 0)) > 0).all():
        return ring, np.empty((0, 2)), np.array([[0, 1, 2, 3]])
    middle = _centroid(ring)
    spread = np.ptp(ring, axis=0).prod()
    seen = _cross(np.broadcast_to(middle, ring.shape), ring, np.roll(ring, -1, axis=0))
    if (seen > 1e-6 * spread / count).all():
        rim = ring if count % 2 == 0 and count > 4 else _halved(ring)
        total = len(rim)
        even = np.arange(0, total, 2)
        hub = np.full(len(even), total)
        fan = np.stack([hub, even, even + 1, (even + 2) % total], axis=1)
        return rim, middle[None], fan
    return _from_triangles(ring, triangulate(ring))


def triangulate(ring: np.ndarray) -> list[tuple[int, int, int]]:
    """Cut a simple counter-clockwise polygon (N, 2) into N - 2 triangles by clipping ears."""
    left = list(range(len(ring)))
    out: list[tuple[int, int, int]] = []
    while len(left) > 3:
        index = np.array(left)
        a, b, c = ring[np.roll(index, 1)], ring[index], ring[np.roll(index, -1)]
        area = _cross(a, b, c)
        edges = ((a - b) ** 2).sum(1) + ((b - c) ** 2).sum(1) + ((c - a) ** 2).sum(1)
        order = np.argsort(np.where(area > 1e-12, edges / np.maximum(area, 1e-12), np.inf))
        ear = next((int(i) for i in order if _is_ear(ring[index], int(i), area)), int(order[0]))
        size = len(left)
        out.append((left[ear - 1], left[ear], left[(ear + 1) % size]))
        del left[ear]
    out.append((left[0], left[1], left[2]))
    return out


def _is_ear(points: np.ndarray, i: int, area: np.ndarray) -> bool:
    if area[i] <= 1e-12:
        return False
    a, b, c = points[i - 1], points[i], points[(i + 1) % len(points)]
    others = np.ones(len(points), bool)
    others[[i - 1, i, (i + 1) % len(points)]] = False
    p = points[others]
    inside = (
        (_cross(a[None], b[None], p) >= -1e-12)
        & (_cross(b[None], c[None], p) >= -1e-12)
        & (_cross(c[None], a[None], p) >= -1e-12)
    )
    return not bool(inside.any())


def _from_triangles(
    ring: np.ndarray, triangles: list[tuple[int, int, int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut every triangle into three quads at its middle and the middles of its edges."""
    count = len(ring)
    rim = _halved(ring)
    middles = {frozenset((i, (i + 1) % count)): 2 * i + 1 for i in range(count)}
    inner: list[np.ndarray] = []
    quads: list[list[int]] = []
    for triangle in triangles:
        between = []
        for i, j in zip(triangle, (*triangle[1:], triangle[0]), strict=True):
            key = frozenset((i, j))
            if key not in middles:
                middles[key] = 2 * count + len(inner)
                inner.append((ring[i] + ring[j]) / 2)
            between.append(middles[key])
        centre = 2 * count + len(inner)
        inner.append(ring[list(triangle)].mean(axis=0))
        for k in range(3):
            quads.append([2 * triangle[k], between[k], centre, between[k - 1]])
    return rim, np.array(inner).reshape(-1, 2), np.array(quads)


def _halved(ring: np.ndarray) -> np.ndarray:
    middles = (ring + np.roll(ring, -1, axis=0)) / 2
    return np.stack([ring, middles], axis=1).reshape(-1, 2)


def _centroid(ring: np.ndarray) -> np.ndarray:
    following = np.roll(ring, -1, axis=0)
    cross = ring[:, 0] * following[:, 1] - ring[:, 1] * following[:, 0]
    centre: np.ndarray = ((ring + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum())
    return centre


def _cross(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Twice the signed area of the triangles a, b, c, (N, 2) each."""
    area: np.ndarray = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (
        c[:, 0] - a[:, 0]
    )
    return area
