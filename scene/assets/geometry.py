"""Reading numbers of meshes in bulk."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix


def positions(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return a mesh's vertices, (N, 3) float64, in its own axes."""
    found = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.attributes["position"].data.foreach_get("vector", found)
    return found.reshape(-1, 3).astype(np.float64)


def moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return points (N, 3) after a transformation (4, 4)."""
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def as_array(matrix: Matrix) -> np.ndarray:
    """Return a Blender matrix as (4, 4) float64."""
    return np.array(matrix, dtype=np.float64)


def rigid_part(matrix: np.ndarray) -> np.ndarray:
    """Return the rotation and place of a transformation, (4, 4) float64, without scale.

    The rotation is the nearest one to the matrix (polar decomposition).
    """
    left, _, right = np.linalg.svd(matrix[:3, :3])
    rotation = left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, matrix[:3, 3]
    return pose


def triangle_count(mesh: bpy.types.Mesh) -> int:
    """Return the number of triangles that a mesh's faces make."""
    return len(mesh.loops) - 2 * len(mesh.polygons)


def used(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return which vertices belong to a face, (N,) bool."""
    corners = np.empty(len(mesh.loops), dtype=np.int32)
    mesh.attributes[".corner_vert"].data.foreach_get("value", corners)
    return np.bincount(corners, minlength=len(mesh.vertices)) > 0
