"""Exact signed distance and inside tests of pieces.

The union takes the smallest distance of its solids: exact outside and on the surface; inside,
where solids overlap, its magnitude is a lower bound of the distance.
"""

from __future__ import annotations

import numpy as np

from .fields import local_distance, primitive_distance, to_local
from .primitives import Box, Frustum, Piece, own_box


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
    # The cheap ones first: what lies farther off than they do need not be looked at closely.
    for primitive in sorted(piece.primitives, key=lambda p: not isinstance(p, Box | Frustum)):
        if isinstance(primitive, Box | Frustum) and limit == float("inf"):
            d = primitive_distance(primitive, points)
            closer = d < best
            best[closer] = d[closer]
            material[closer] = primitive.material
            continue
        local = to_local(primitive, points)
        low, high = (corner.astype(points.dtype) for corner in own_box(primitive))
        # The bounding box is never farther off than the solid.
        gap = np.maximum(np.maximum(low - local, local - high), 0)
        near = np.einsum("ij,ij->i", gap, gap) < np.maximum(best, 0) ** 2
        # Inside of another solid already: only where this one's box holds the point, too.
        near |= (best <= 0) & (gap.max(axis=1) <= 0)
        rows = np.flatnonzero(near)
        if len(rows) == 0:
            continue
        d = local_distance(primitive, local[rows])
        closer = d < best[rows]
        rows = rows[closer]
        best[rows] = d[closer]
        material[rows] = primitive.material
    return best, material


def is_inside(piece: Piece, points: np.ndarray) -> np.ndarray:
    """Return (N,) bool for (N, 3) points; the surface counts as inside."""
    return signed_distance(piece, points) <= 0
