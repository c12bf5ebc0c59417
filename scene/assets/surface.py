"""An asset's surface as one mesh file."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from ...core.ply import encode_ply
from .geometry import as_array, moved, positions


def surface_ply(objects: Sequence[bpy.types.Object]) -> bytes:
    """Return all triangles of some objects as binary PLY, world, in single precision.

    The view layer must be up to date.
    """
    vertices, triangles, first = [], [], 0
    for obj in objects:
        mesh = obj.data
        mesh.calc_loop_triangles()
        corners = np.empty(len(mesh.loop_triangles) * 3, dtype=np.int32)
        mesh.loop_triangles.foreach_get("vertices", corners)
        matrix = as_array(obj.matrix_world)
        vertices.append(moved(positions(mesh), matrix).astype(np.float32))
        # A mirrored object's triangles would face inwards.
        order = [0, 2, 1] if np.linalg.det(matrix[:3, :3]) < 0 else [0, 1, 2]
        triangles.append(corners.reshape(-1, 3)[:, order] + first)
        first += len(vertices[-1])
    return encode_ply(np.concatenate(vertices), np.concatenate(triangles))
