"""The outermost of many points."""

from __future__ import annotations

import bmesh
import bpy
import numpy as np

#: Fewer points are looked at faster than sorted out.
_FEW = 4000


def outermost(points: np.ndarray) -> np.ndarray:
    """Return the points (M, 3) of (N, 3) that span the convex hull of all.

    Whatever is largest, leftmost or nearest among all points is so among these, which are often
    a hundredth of them. Points within 1e-4 of the hull, of a unit cube, may be missing.
    """
    if len(points) < _FEW:
        return points
    mesh = bpy.data.meshes.new("Maquette hull")
    solid = bmesh.new()
    try:
        mesh.vertices.add(len(points))
        mesh.vertices.foreach_set("co", points.astype(np.float32).ravel())
        solid.from_mesh(mesh)
        found = bmesh.ops.convex_hull(solid, input=solid.verts, use_existing_faces=False)
        inner = {v.index for v in found["geom_interior"] if isinstance(v, bmesh.types.BMVert)}
    finally:
        solid.free()
        bpy.data.meshes.remove(mesh)
    kept = np.setdiff1d(np.arange(len(points)), np.fromiter(inner, int, len(inner)))
    return points[kept] if len(kept) >= 4 else points
