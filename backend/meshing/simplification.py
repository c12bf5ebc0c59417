"""Fewer triangles: to a budget, with the colours kept."""

from __future__ import annotations

import fast_simplification
import numpy as np
from scipy.spatial import cKDTree

from .cleaning import compact, face_areas

#: Points from which a colour is mixed.
_NEIGHBOURS = 3


def simplify(vertices: np.ndarray, faces: np.ndarray, budget: int) -> tuple[np.ndarray, np.ndarray]:
    """Collapse edges where it shows least (Garland and Heckbert 1997).

    Args:
        vertices: (V, 3) float32.
        faces: (F, 3) int32.
        budget: most triangles wanted; closed meshes of few parts meet it, of many parts only
            as far as each needs some to exist.

    Returns:
        vertices float32 and faces int32; those that were given when they are few enough.
    """
    if len(faces) <= budget:
        return vertices, faces
    points, kept = np.asarray(vertices, np.float32), np.asarray(faces, np.int32)
    for aggression in (5.0, 7.0, 10.0):
        points, kept = fast_simplification.simplify(
            points, kept, target_count=budget, agg=aggression
        )
        if len(kept) <= budget:
            break
    points = points.astype(np.float32)
    points, kept = compact(points, kept[face_areas(points, kept) > 0])
    return np.clip(points, vertices.min(axis=0), vertices.max(axis=0)), kept


def mixed_colours(points: np.ndarray, known: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Colours at points, from the nearest of those where they are known.

    Args:
        points: (N, 3); known: (V, 3); colours: (V, C).

    Returns:
        (N, C) float32, weighted by inverse distance.
    """
    distance, index = cKDTree(known).query(points, k=min(_NEIGHBOURS, len(known)), workers=-1)
    if distance.ndim == 1:
        return colours[index].astype(np.float32)
    weight = 1 / (distance + 1e-9)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkc->nc", weight, colours[index]).astype(np.float32)
