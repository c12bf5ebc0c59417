"""Where a mesh belongs: the 3D cursor, or the point under the mouse."""

from __future__ import annotations

import bpy
from bpy_extras import view3d_utils
from mathutils import Vector

_PARALLEL = 1e-4
_FARTHEST = 1000.0


def cursor_location(scene: bpy.types.Scene) -> tuple[float, float, float]:
    """The 3D cursor's place in the world, metres."""
    x, y, z = scene.cursor.location
    return (x, y, z)


def point_under_mouse(
    context: bpy.types.Context, mouse: tuple[float, float]
) -> tuple[float, float, float]:
    """The point that a picture dropped there should stand on.

    The first surface under the mouse, else the floor z = 0, else (looking at the sky) the
    3D cursor.

    Args:
        context: with ``region`` and ``region_data`` of a 3D viewport.
        mouse: position in the region, pixels.
    """
    region, view = context.region, context.region_data
    if region is None or view is None:
        return cursor_location(context.scene)
    origin = view3d_utils.region_2d_to_origin_3d(region, view, mouse)
    direction = view3d_utils.region_2d_to_vector_3d(region, view, mouse)
    depsgraph = context.evaluated_depsgraph_get()
    hit, point, *_ = context.scene.ray_cast(depsgraph, origin, direction)
    if not hit:
        point = _on_floor(origin, direction)
    if point is None:
        return cursor_location(context.scene)
    return (point.x, point.y, point.z)


def _on_floor(origin: Vector, direction: Vector) -> Vector | None:
    if abs(direction.z) < _PARALLEL:
        return None
    distance = -origin.z / direction.z
    point = origin + direction * distance
    return point if distance > 0.0 and point.xy.length < _FARTHEST else None
