"""Whether the solids of a piece hold together."""

from __future__ import annotations

import numpy as np

from maquette.core.furniture.fields import primitive_distance
from maquette.core.furniture.primitives import Piece, Primitive, primitive_bounds


def groups(piece: Piece, gap: float = 1e-3) -> list[list[int]]:
    """Return the indices of solids that touch, or all but touch, group by group.

    Args:
        gap: metres by which two solids may be apart and still count as touching.
    """
    boxes = [primitive_bounds(p) for p in piece.primitives]
    leader = list(range(len(boxes)))

    def root(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    for i, (low, high) in enumerate(boxes):
        for j in range(i):
            if root(i) == root(j):
                continue
            a, b = np.maximum(low, boxes[j][0]) - gap, np.minimum(high, boxes[j][1]) + gap
            if (a < b).all() and _touch(piece.primitives[i], piece.primitives[j], a, b, gap):
                leader[root(i)] = root(j)
    found: dict[int, list[int]] = {}
    for i in range(len(boxes)):
        found.setdefault(root(i), []).append(i)
    return list(found.values())


def _touch(
    first: Primitive, second: Primitive, low: np.ndarray, high: np.ndarray, gap: float
) -> bool:
    """Look in a box for a point that is in both, or at most half the gap from either."""
    rng = np.random.default_rng(0)
    points = rng.uniform(low, high, (400, 3))
    reach = (high - low) / 2
    for _ in range(14):
        away = np.maximum(primitive_distance(first, points), primitive_distance(second, points))
        order = np.argsort(away)
        if away[order[0]] <= gap / 2:
            return True
        # Search on around the best ones, ever closer.
        reach = reach * 0.6
        best = points[order[:12]]
        spread = rng.uniform(-1, 1, (240, 3)) * reach
        points = np.concatenate([best, np.clip(np.repeat(best, 20, axis=0) + spread, low, high)])
    return False
