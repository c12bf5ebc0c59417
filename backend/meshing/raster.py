"""Triangles to pixels, in numpy: for baking textures and for telling what hides what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

#: Pixels tried at a time.
_CHUNK = 1 << 21


@dataclass(frozen=True)
class Fragments:
    """Pixels whose centres lie in triangles; a pixel may come several times.

    Attributes:
        row, column: (K,) int64.
        face: (K,) int64.
        weights: (K, 3) float64 barycentric coordinates.
    """

    row: np.ndarray
    column: np.ndarray
    face: np.ndarray
    weights: np.ndarray

    def mix(self, values: np.ndarray, faces: np.ndarray) -> np.ndarray:
        """Interpolate per-vertex ``values`` (V, C) to (K, C)."""
        mixed: np.ndarray = np.einsum("kc,kcd->kd", self.weights, values[faces[self.face]])
        return mixed


def fragments(points: np.ndarray, faces: np.ndarray, size: int) -> Iterator[Fragments]:
    """Rasterise triangles, in parts that fit into memory.

    Args:
        points: (V, 2) pixels: (column, row), a pixel's centre at +0.5.
        faces: (F, 3) of either orientation.
        size: edge of the square picture in pixels.
    """
    corners = points[faces].astype(np.float64)
    finite = np.isfinite(corners).all(axis=(1, 2))
    corners = np.where(finite[:, None, None], corners, 0.0)
    low = np.clip(np.ceil(corners.min(axis=1) - 0.5), 0, size).astype(np.int64)
    high = np.clip(np.floor(corners.max(axis=1) - 0.5) + 1, 0, size).astype(np.int64)
    spans = np.maximum(high - low, 0)
    counts = spans[:, 0] * spans[:, 1]
    todo = np.flatnonzero((counts > 0) & finite)
    ends = np.cumsum(counts[todo])
    begin = 0
    while begin < len(todo):
        done = ends[begin - 1] if begin else 0
        end = max(int(np.searchsorted(ends, done + _CHUNK, side="right")), begin + 1)
        yield _inside(corners, low, spans, counts, todo[begin:end])
        begin = end


def _inside(
    corners: np.ndarray, low: np.ndarray, spans: np.ndarray, counts: np.ndarray, some: np.ndarray
) -> Fragments:
    count = counts[some]
    face = np.repeat(some, count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    column = low[face, 0] + place % spans[face, 0]
    row = low[face, 1] + place // spans[face, 0]
    a, b, c = (corners[some, i] for i in range(3))
    area = _cross(b - a, c - a)
    each = np.repeat(np.arange(len(some)), count)
    at = np.stack([column, row], axis=1) + 0.5
    with np.errstate(divide="ignore", invalid="ignore"):
        second = _cross(at - a[each], (c - a)[each]) / area[each]
        third = _cross((b - a)[each], at - a[each]) / area[each]
        first = 1 - second - third
    # A hair beyond the edge counts, so that no pixel is lost between two triangles.
    least = np.minimum(np.minimum(first, second), third)
    kept = np.isfinite(least) & (least >= -1e-9)
    weights = np.stack([first, second, third], axis=1)[kept]
    return Fragments(row[kept], column[kept], face[kept], weights)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    out: np.ndarray = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return out


def depth_buffer(points: np.ndarray, depth: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray:
    """The nearest surface behind each pixel.

    Args:
        points: (V, 2) pixels, as in :func:`fragments`.
        depth: (V,) whose inverse is linear in the picture, as a pinhole's depth is.

    Returns:
        (size, size) float64 depth, infinite where there is nothing.
    """
    nearest = np.zeros(size * size)
    inverse = 1 / np.maximum(depth, 1e-9)
    for part in fragments(points, faces, size):
        value = part.mix(inverse[:, None], faces)[:, 0]
        np.maximum.at(nearest, part.row * size + part.column, value)
    with np.errstate(divide="ignore"):
        return (1 / nearest).reshape(size, size)
