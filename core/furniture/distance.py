"""Exact signed distance and inside tests of pieces.

The union takes the smallest distance of its solids: exact outside and on the surface; inside,
where solids overlap, its magnitude is a lower bound of the distance.
"""

from __future__ import annotations

import numpy as np

from .fields import primitive_distance
from .primitives import Box, Frustum, Piece, Primitive, primitive_bounds


def signed_distance(piece: Piece, points: np.ndarray) -> np.ndarray:
    """Signed distance of the piece, negative inside.

    Args:
        points: (N, 3) floats, metres, in the piece's frame.

    Returns:
        (N,) metres, of the same dtype.
    """
    return nearest(piece, points)[0]


def nearest(
    piece: Piece, points: np.ndarray, limit: float = float("inf")
) -> tuple[np.ndarray, np.ndarray]:
    """Return (signed distance (N,), material index (N,) int16) of the nearest solid.

    Args:
        points: (N, 3) floats, metres, in the piece's frame.
        limit: distances beyond are not looked for and come back as this, with material 0;
            a small one saves time.
    """
    best = np.full(len(points), limit, dtype=points.dtype)
    material = np.zeros(len(points), dtype=np.int16)
    columns = np.ascontiguousarray(points.T)
    # The cheap ones first: what lies farther off than they do need not be looked at closely.
    for primitive in sorted(piece.primitives, key=lambda p: not isinstance(p, Box | Frustum)):
        rows = np.flatnonzero(_may_be_nearer(primitive, columns, best))
        if len(rows) == 0:
            continue
        d = primitive_distance(primitive, points[rows])
        closer = d < best[rows]
        rows = rows[closer]
        best[rows] = d[closer]
        material[rows] = primitive.material
    return best, material


def _may_be_nearer(primitive: Primitive, columns: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Bool (N,): whether the bounding box of a solid is nearer to points (3, N) than ``best``."""
    low, high = (corner.astype(columns.dtype) for corner in primitive_bounds(primitive))
    squared = np.zeros_like(best)
    for axis, values in enumerate(columns):
        gap = np.maximum(np.maximum(low[axis] - values, values - high[axis]), 0)
        squared += gap * gap
    # Inside of another solid already: only where this one's box holds the point, too.
    return (squared < best * best) & (best > 0) | (squared == 0)


def is_inside(piece: Piece, points: np.ndarray) -> np.ndarray:
    """Return (N,) bool for (N, 3) points; the surface counts as inside."""
    return signed_distance(piece, points) <= 0
