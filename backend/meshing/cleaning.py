"""Triangles to a tidy mesh: what hangs loose goes, what is unused goes."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from .surface import FLOATER_SHARE


def without_loose_parts(
    vertices: np.ndarray, faces: np.ndarray, share: float = FLOATER_SHARE
) -> tuple[np.ndarray, np.ndarray]:
    """Remove parts whose area is less than ``share`` of the largest part's.

    Args:
        vertices: (V, 3) floats.
        faces: (F, 3) ints; parts are connected through vertices.

    Returns:
        vertices and faces (int32) without them and without unused vertices, in the same order.
    """
    if not len(faces):
        return vertices[:0], faces.astype(np.int32)
    count = len(vertices)
    ends = np.concatenate([faces[:, :2], faces[:, 1:]])
    links = coo_matrix((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), (count, count))
    _, part = connected_components(links, directed=False)
    area = np.bincount(part[faces[:, 0]], face_areas(vertices, faces))
    kept = faces[(area >= share * area.max())[part[faces[:, 0]]]]
    return compact(vertices, kept)


def compact(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out the vertices that no face uses; the rest keep their order."""
    used = np.zeros(len(vertices), bool)
    used[faces.ravel()] = True
    number = np.cumsum(used, dtype=np.int32) - 1
    return vertices[used], number[faces].astype(np.int32)


def face_areas(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(F,) float64 areas."""
    a, b, c = (vertices[faces[:, i]].astype(np.float64) for i in range(3))
    areas: np.ndarray = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    return areas
