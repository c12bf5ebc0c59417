"""The whole way: picture, click, service, mesh in the scene."""

from __future__ import annotations

import hashlib

import bpy
import numpy as np
import pytest
from mathutils import Vector


def test_a_click_stands_a_mesh_on_the_cursor(service, pump, click, picture):
    bpy.context.scene.cursor.location = (1.0, -2.0, 0.5)
    job = click(use_height=True, height=0.8)
    pump(lambda: service.jobs.get(job).phase == "imported")

    (obj,) = bpy.data.objects
    assert obj.name == "red box"
    assert [c.name for c in obj.users_collection] == ["Maquette"]
    assert bpy.context.view_layer.objects.active == obj and obj.select_get()
    corners = np.array([obj.matrix_world @ Vector(corner) for corner in obj.bound_box])
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert low[2] == pytest.approx(0.5, abs=1e-3)
    assert high[2] - low[2] == pytest.approx(0.8, abs=1e-3)
    assert (low + high)[:2] / 2 == pytest.approx((1.0, -2.0), abs=1e-3)
    assert np.allclose(obj.rotation_euler, 0) and np.allclose(obj.scale, 1)


def test_the_mesh_is_coloured_smooth_and_says_where_it_comes_from(service, pump, click, picture):
    job = click()
    pump(lambda: service.jobs.get(job).phase == "imported")

    (obj,) = bpy.data.objects
    mesh = obj.data
    assert not mesh.validate()
    colours = mesh.color_attributes.active_color
    assert (colours.domain, colours.data_type) == ("POINT", "FLOAT_COLOR")
    flat = np.empty(len(mesh.vertices) * 4, dtype=np.float32)
    colours.data.foreach_get("color", flat)
    red, green, blue, _ = flat.reshape(-1, 4).mean(axis=0)
    assert red > 5 * green and red > 5 * blue
    assert tuple(mesh.materials[0].diffuse_color)[:3] == pytest.approx((red, green, blue), abs=1e-3)
    tree = mesh.materials[0].node_tree
    (link,) = [link for link in tree.links if link.to_socket.name == "Base Color"]
    assert link.from_node.layer_name == colours.name

    told = obj["maquette"].to_dict()
    assert told["image_sha256"] == hashlib.sha256(picture.read_bytes()).hexdigest()
    assert told["engine"] == "silhouette-box"
    assert told["settings"]["detail"] == "normal"
    assert told["backend_version"] == told["extension_version"] == "0.1.0"
    assert told["faces"] == len(mesh.polygons)


def test_nothing_of_the_run_is_stored_in_the_file(service, pump, click, tmp_path):
    job = click()
    pump(lambda: service.jobs.get(job).phase == "imported")
    path = tmp_path / "kept.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    stored = {p.identifier for p in bpy.context.scene.maquette.bl_rna.properties}
    stored -= {"rna_type", "name"}
    assert stored == {
        "image",
        "image_right",
        "image_back",
        "image_left",
        "pictures_from",
        "engine",
        "detail",
        "background",
        "category",
        "use_height",
        "height",
        "training",
        "upscale",
        "cutout",
        "use_faces",
        "faces",
        "texture",
    }
    assert bpy.context.scene.maquette.engine == "silhouette-box"
    assert "maquette" in bpy.data.objects["red box"]


def test_a_drop_stands_the_mesh_where_it_was_dropped(service, pump, picture):
    bpy.context.scene.maquette.engine = "silhouette-box"
    bpy.ops.maquette.drop_image(filepath=str(picture), location=(0.0, 3.0, 1.0))
    (row,) = service.jobs.rows()
    pump(lambda: service.jobs.get(row.id).phase == "imported")
    assert bpy.data.objects["red box"].location == Vector((0.0, 3.0, 1.0))


def test_several_pictures_dropped_at_once_stand_side_by_side(service, pump, picture):
    bpy.context.scene.maquette.engine = "silhouette-box"
    bpy.ops.maquette.drop_image(
        directory=str(picture.parent), files=[{"name": picture.name}, {"name": picture.name}]
    )
    pump(lambda: {row.phase for row in service.jobs.rows()} == {"imported"})
    xs = sorted(obj.location.x for obj in bpy.data.objects)
    assert xs == pytest.approx([0.0, 1.5])


def test_a_picture_that_exists_only_in_blender_is_sent_too(service, pump):
    image = bpy.data.images.new("painted", 64, 64)
    pixels = np.ones((64, 64, 4), dtype=np.float32)
    pixels[16:56, 20:40, :3] = (0.0, 0.0, 1.0)
    image.pixels.foreach_set(pixels.ravel())
    scene = bpy.context.scene
    scene.maquette.image, scene.maquette.engine = image, "silhouette-box"
    bpy.ops.maquette.reconstruct()
    (row,) = service.jobs.rows()
    pump(lambda: service.jobs.get(row.id).phase == "imported")
    assert bpy.data.objects["painted"].dimensions.z > 0.1


def test_one_undo_takes_the_import_back_and_redo_brings_it_again(service, pump, click):
    bpy.ops.ed.undo_push(message="Before")
    job = click()
    pump(lambda: service.jobs.get(job).phase == "imported")
    if not bpy.ops.ed.undo.poll():
        pytest.skip("this Blender has no undo without a window")
    bpy.ops.ed.undo()
    assert "red box" not in bpy.data.objects
    bpy.ops.ed.redo()
    assert "red box" in bpy.data.objects


def test_a_second_click_is_a_second_object(service, pump, click):
    first, second = click(), click()
    pump(lambda: {row.phase for row in service.jobs.rows()} == {"imported"})
    assert first != second
    assert sorted(bpy.data.objects.keys()) == ["red box", "red box.001"]
    assert len(bpy.data.collections) == 1


def test_a_texture_is_shown(service, pump, click):
    job = click(texture="512", use_faces=True, faces=600)
    pump(lambda: service.jobs.get(job).phase == "imported")

    (obj,) = bpy.data.objects
    mesh = obj.data
    assert not mesh.validate() and 0 < len(mesh.polygons) <= 600
    tree = mesh.materials[0].node_tree
    (link,) = [link for link in tree.links if link.to_socket.name == "Base Color"]
    image = link.from_node.image
    assert tuple(image.size) == (512, 512) and image.packed_file is not None
    assert image.colorspace_settings.name == "sRGB"
    assert tree.nodes.active == link.from_node
    # What the corners show is the picture's red.
    uv = np.empty(len(mesh.loops) * 2, dtype=np.float32)
    mesh.uv_layers.active.data.foreach_get("uv", uv)
    uv = uv.reshape(-1, 2)
    assert uv.min() >= 0 and uv.max() <= 1 and np.ptp(uv, axis=0).min() > 0.3
    pixels = np.empty(512 * 512 * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    column, row = np.clip((uv * 512).astype(int), 0, 511).T
    red, green, blue, _ = pixels.reshape(512, 512, 4)[row, column].mean(axis=0)
    assert red > 2 * green and red > 2 * blue
    assert mesh.materials[0].diffuse_color[0] > 5 * mesh.materials[0].diffuse_color[1]
    # Cut for the texture at the corners only: the mesh itself is closed.
    edges = np.bincount(np.array([loop.edge_index for loop in mesh.loops]))
    assert (edges == 2).all()
    assert mesh.color_attributes.active_color is None
