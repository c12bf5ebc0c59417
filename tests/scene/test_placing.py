"""Where a dropped picture's mesh stands."""

from __future__ import annotations

from types import SimpleNamespace

import bpy
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

SIZE = (800, 600)


@pytest.fixture
def viewport(part, empty_file):
    """Looks at the origin from in front and above; gives the point under a pixel."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    camera = bpy.data.objects.new("eye", bpy.data.cameras.new("eye"))
    scene.collection.objects.link(camera)
    camera.location = (3.0, -9.0, 5.0)
    camera.rotation_euler = (-camera.location).to_track_quat("-Z", "Y").to_euler()
    bpy.context.view_layer.update()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    projection = camera.calc_matrix_camera(depsgraph, x=SIZE[0], y=SIZE[1])
    view_matrix = camera.matrix_world.inverted()
    region_data = SimpleNamespace(
        is_perspective=True,
        view_perspective="PERSP",
        view_matrix=view_matrix,
        perspective_matrix=projection @ view_matrix,
    )
    context = SimpleNamespace(
        scene=scene,
        region=SimpleNamespace(width=SIZE[0], height=SIZE[1]),
        region_data=region_data,
        evaluated_depsgraph_get=bpy.context.evaluated_depsgraph_get,
    )

    def pixel_of(point: tuple[float, float, float]) -> tuple[float, float]:
        x, y, _ = world_to_camera_view(scene, camera, Vector(point))
        return x * SIZE[0], y * SIZE[1]

    def under(pixel: tuple[float, float]) -> tuple[float, float, float]:
        return part("scene.placing").point_under_mouse(context, pixel)

    return SimpleNamespace(pixel_of=pixel_of, under=under, context=context)


@pytest.mark.parametrize("point", [(0.0, 0.0, 0.0), (1.5, 2.0, 0.0), (-2.0, -1.0, 0.0)])
def test_on_an_empty_floor_it_stands_under_the_mouse(viewport, point):
    assert viewport.under(viewport.pixel_of(point)) == pytest.approx(point, abs=1e-3)


def test_on_a_table_it_stands_on_the_table(viewport):
    bpy.ops.mesh.primitive_cube_add(size=1.0, location=(0.0, 0.0, 0.5))
    point = (0.2, -0.1, 1.0)
    assert viewport.under(viewport.pixel_of(point)) == pytest.approx(point, abs=1e-3)


def test_in_the_sky_it_stands_at_the_cursor(viewport):
    viewport.context.scene.cursor.location = (7.0, 8.0, 9.0)
    assert viewport.under((SIZE[0] / 2, SIZE[1] * 3.0)) == (7.0, 8.0, 9.0)


def test_without_a_viewport_it_stands_at_the_cursor(viewport):
    viewport.context.scene.cursor.location = (1.0, 2.0, 3.0)
    viewport.context.region_data = None
    assert viewport.under((0.0, 0.0)) == (1.0, 2.0, 3.0)
