"""A rig as cameras and lights in the scene: shown, changed, saved, read back, removed."""

from __future__ import annotations

import math
import os
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Matrix, Vector

COUNTED = ("objects", "cameras", "lights", "worlds", "collections", "images")


@pytest.fixture
def crate(part, empty_file):
    """A box that stands somewhere, selected; the panel's numbers are filled in."""
    scene = bpy.context.scene
    if scene.world is None:
        scene.world = bpy.data.worlds.new("world")
    mesh = bpy.data.meshes.new("crate")
    corners = [(x, y, z) for x in (-1, 1) for y in (-0.5, 0.5) for z in (0, 1.5)]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh.from_pydata(corners, [], faces)
    obj = bpy.data.objects.new("crate", mesh)
    scene.collection.objects.link(obj)
    obj.location = (3.0, -2.0, 0.5)
    obj.select_set(True)
    bpy.context.view_layer.objects.active = obj
    part("scene.rig_choice").fill_in(scene.maquette.training)
    yield obj
    own = part("operators.presets").own_folder()
    for path in own.glob("*/*.toml"):
        path.unlink()
    part("operators.presets").list_presets()


def _cameras(part):
    return part("scene.rig_objects").cameras_of(bpy.context.scene)


def _places(part):
    bpy.context.view_layer.update()
    return np.array([obj.matrix_world for obj in _cameras(part)])


def _reaches(part, crate):
    """How much of the frame the crate's corners reach in each shown camera."""
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 100
    bpy.context.view_layer.update()
    found = []
    for camera in _cameras(part):
        seen = [
            world_to_camera_view(scene, camera, crate.matrix_world @ v.co)
            for v in crate.data.vertices
        ]
        found.append(max(abs(2 * value - 1) for point in seen for value in point[:2]))
    return found


def _counts():
    return [len(getattr(bpy.data, name)) for name in COUNTED]


@pytest.mark.parametrize("name", ["turntable", "openlrm", "zero123plus", "orthographic-six"])
def test_shown_cameras_see_the_object_as_the_rig_says(part, crate, name):
    assert bpy.ops.maquette.choose_preset(kind="cameras", name=name) == {"FINISHED"}
    assert bpy.ops.maquette.show_rig() == {"FINISHED"}
    rig = part("core.presets").load_camera_rig(name)
    reaches = _reaches(part, crate)
    assert len(reaches) == rig.views
    assert max(reaches) <= rig.fill.high + 1e-3
    low = rig.fill.low if not rig.shared_distance else 0.2
    assert min(reaches) >= low - 1e-3
    assert max(reaches) >= rig.fill.low - 1e-3


def test_a_shown_rig_follows_its_numbers_and_presets(part, crate):
    training = bpy.context.scene.maquette.training
    bpy.ops.maquette.show_rig()
    before = _places(part)
    training.cameras.elevation.low = training.cameras.elevation.high = math.radians(50)
    after = _places(part)
    assert len(after) == len(before) == 24
    assert (after[:, 2, 3] > before[:, 2, 3] + 0.5).all()
    training.cameras.views = 5
    assert len(_places(part)) == 5
    bpy.ops.maquette.choose_preset(kind="cameras", name="zero123plus")
    assert len(_places(part)) == 6
    assert not training.cameras.edited


def test_removing_a_rig_leaves_the_scene_as_it_was(part, crate):
    scene, before = bpy.context.scene, _counts()
    world = scene.world
    bpy.ops.maquette.choose_preset(kind="lights", name="hdri")
    bpy.ops.maquette.show_rig()
    assert scene.world != world
    assert any(n.type == "TEX_ENVIRONMENT" for n in scene.world.node_tree.nodes)
    bpy.ops.maquette.choose_preset(kind="lights", name="studio")
    assert not any(n.type == "TEX_ENVIRONMENT" for n in scene.world.node_tree.nodes)
    assert len(part("scene.rig_objects").lights_of(scene)) == 3
    assert bpy.ops.maquette.hide_rig() == {"FINISHED"}
    assert scene.world == world
    assert _counts() == before
    assert not bpy.ops.maquette.hide_rig.poll()


def test_a_rig_deleted_by_hand_gives_the_world_back(part, crate):
    scene = bpy.context.scene
    world, training = scene.world, scene.maquette.training
    bpy.ops.maquette.show_rig()
    collection = training.rig_collection
    outer = bpy.data.collections.new("outer")
    scene.collection.children.link(outer)
    scene.collection.children.unlink(collection)
    outer.children.link(collection)
    training.cameras.views = 4  # it is still the same rig, wherever it was moved
    assert len(_cameras(part)) == 4
    for obj in list(collection.objects):
        bpy.data.objects.remove(obj)
    bpy.data.collections.remove(collection)
    assert scene.world != world
    assert bpy.ops.maquette.hide_rig() == {"FINISHED"}
    assert scene.world == world
    assert not bpy.ops.maquette.hide_rig.poll()


def test_shown_lights_shine_as_drawn(part, crate):
    bpy.ops.maquette.choose_preset(kind="lights", name="studio")
    bpy.ops.maquette.show_rig()
    lights, presets = part("core.light_rigs"), part("core.presets")
    rig = presets.load_light_rig("studio")
    drawn = lights.draw_lighting(rig, 0.0, np.random.default_rng(0))
    bpy.context.view_layer.update()
    for obj, light in zip(
        part("scene.rig_objects").lights_of(bpy.context.scene), drawn.lights, strict=True
    ):
        assert obj.data.energy == pytest.approx(light.strength * math.pi, rel=1e-5)
        shine = obj.matrix_world.to_3x3() @ Vector((0, 0, -1))
        assert np.allclose(shine, -np.array(light.direction), atol=1e-5)


def test_edited_numbers_become_a_preset_of_ones_own(part, crate):
    training = bpy.context.scene.maquette.training
    training.cameras.views = 7
    training.cameras.fill.low = training.cameras.fill.high = 0.5
    title = "Küche №1"
    saved = bpy.ops.maquette.save_preset(kind="cameras", source="NUMBERS", title=title)
    assert saved == {"FINISHED"}
    presets, session = part("core.presets"), part("core.session").SESSION
    assert training.rig == "kuche-no1"
    assert not training.cameras.edited
    rig = presets.load_camera_rig("kuche-no1")
    assert (rig.title, rig.views, rig.fill.low) == (title, 7, 0.5)
    assert session.preset("cameras", "kuche-no1").own
    # Blenders started from this one find it too.
    assert str(part("operators.presets").own_folder()) in os.environ[presets.VARIABLE]
    with pytest.raises(RuntimeError, match="not yours"):
        bpy.ops.maquette.save_preset(kind="cameras", source="NUMBERS", title="OpenLRM")
    assert bpy.ops.maquette.delete_preset(kind="cameras", name="kuche-no1") == {"FINISHED"}
    assert "kuche-no1" not in presets.preset_names("cameras")
    assert training.cameras.edited  # its numbers are still there
    assert part("scene.rig_choice").chosen_cameras(training).views == 7


def test_cameras_moved_by_hand_are_saved_and_stand_there_again(part, crate):
    scene = bpy.context.scene
    bpy.ops.maquette.choose_preset(kind="cameras", name="zero123plus")
    bpy.ops.maquette.show_rig()
    first, second, *_ = _cameras(part)
    first.location += Vector((0.4, -0.3, 0.2))
    second.matrix_world = second.matrix_world @ Matrix.Rotation(0.3, 4, "Z")
    second.data.lens = 70.0
    moved = _places(part)
    saved = bpy.ops.maquette.save_preset(kind="cameras", source="VIEWPORT", title="Moved")
    assert saved == {"FINISHED"}
    assert scene.maquette.training.rig == "moved"
    bpy.ops.maquette.hide_rig()
    crate.select_set(True)
    bpy.ops.maquette.show_rig()
    assert np.abs(_places(part) - moved).max() < 2e-4
    assert _cameras(part)[1].data.lens / _cameras(part)[1].data.sensor_width == pytest.approx(
        70.0 / 36.0, rel=1e-4
    )


def test_a_camera_that_looks_away_is_named(part, crate):
    bpy.ops.maquette.show_rig()
    camera = _cameras(part)[3]
    camera.matrix_world = camera.matrix_world @ Matrix.Rotation(math.pi, 4, "Y")
    with pytest.raises(RuntimeError, match=f"{camera.name}.*looks away"):
        bpy.ops.maquette.save_preset(kind="cameras", source="VIEWPORT", title="Away")


def test_lights_moved_by_hand_are_saved(part, crate):
    bpy.ops.maquette.show_rig()
    light = part("scene.rig_objects").lights_of(bpy.context.scene)[0]
    light.rotation_quaternion = Vector((1, 0, 0)).to_track_quat("Z", "Y")
    light.data.energy = 2.0
    bpy.ops.maquette.save_preset(kind="lights", source="VIEWPORT", title="Lit")
    rig = part("core.presets").load_light_rig("lit")
    assert rig.lights[0].azimuth_deg.low == pytest.approx(90, abs=1e-3)
    assert rig.lights[0].elevation_deg.low == pytest.approx(0, abs=1e-3)
    assert rig.lights[0].strength.low == pytest.approx(2 / math.pi, rel=1e-5)
    assert rig.lights[0].name == "key"
    assert rig.card == part("core.rigs").Card.FRONT


def test_lights_are_added_and_removed(part, crate):
    training = bpy.context.scene.maquette.training
    bpy.ops.maquette.show_rig()
    bpy.ops.maquette.add_light()
    assert len(part("scene.rig_objects").lights_of(bpy.context.scene)) == 4
    bpy.ops.maquette.remove_light(index=3)
    assert len(part("scene.rig_objects").lights_of(bpy.context.scene)) == 3
    assert training.lights.edited


def test_numbers_that_make_no_rig_are_told(part, crate):
    training = bpy.context.scene.maquette.training
    training.cameras.fill.high = 1.7
    with pytest.raises(RuntimeError, match="fill"):
        bpy.ops.maquette.show_rig()


def test_unsaved_numbers_are_rendered_from_a_file(part, crate, tmp_path):
    training = bpy.context.scene.maquette.training
    choice = part("scene.rig_choice")
    assert choice.preset_for_rendering(training, "cameras", tmp_path) == "turntable"
    training.cameras.views = 3
    path = choice.preset_for_rendering(training, "cameras", tmp_path)
    assert Path(path).parent == tmp_path
    assert part("core.presets").load_camera_rig(path).views == 3


def test_objects_without_surface_are_refused(part, crate):
    crate.select_set(False)
    empty = bpy.data.objects.new("empty", None)
    bpy.context.scene.collection.objects.link(empty)
    empty.select_set(True)
    bpy.context.view_layer.objects.active = empty
    with pytest.raises(RuntimeError, match="no surface"):
        bpy.ops.maquette.show_rig()


def test_instances_and_modifiers_count(part, crate):
    modifier = crate.modifiers.new("array", "ARRAY")
    modifier.count = 3
    points = part("scene.rig_objects").subject_points([crate])
    assert np.ptp(points[:, 0]) == pytest.approx(6.0)
    collection = bpy.data.collections.new("boxes")
    collection.objects.link(crate)
    empty = bpy.data.objects.new("instance", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", collection
    empty.location = (0, 0, 10)
    bpy.context.scene.collection.objects.link(empty)
    points = part("scene.rig_objects").subject_points([empty])
    assert points[:, 2].min() == pytest.approx(10.5)


def test_what_is_drawn_by_chance_is_shown_as_it_will_be_rendered(part, crate, tmp_path):
    """The same directions that a worker draws for the asset that these objects become."""
    scene = bpy.context.scene
    crate.name = "My crate №1"
    scene.maquette.training.seed = 5
    bpy.ops.maquette.choose_preset(kind="cameras", name="zero123")
    bpy.ops.maquette.choose_preset(kind="lights", name="random")
    bpy.ops.maquette.show_rig()
    (source,) = part("operators.training_views").find_assets(bpy.context, tmp_path)
    recipe = part("core.dataset.recipe").Recipe(
        "zero123", "random", "draft", width=64, height=64, seed=5
    )
    loaded = part("scene.assets.load").load_asset(source)
    renderer = part("scene.asset_render").AssetRenderer(recipe)
    try:
        drawn = renderer._draw(source, loaded)
    finally:
        renderer.close()
        loaded.remove()
    bpy.context.view_layer.update()
    cameras = _cameras(part)
    assert len(drawn) == len(cameras) == 12
    for view, camera in zip(drawn, cameras, strict=True):
        forward = camera.matrix_world.to_3x3() @ Vector((0, 0, -1))
        assert np.allclose(forward, view.shot.camera.camera_to_world[:3, 2], atol=1e-5)
    lights = part("scene.rig_objects").lights_of(scene)
    for shown, light in zip(lights, drawn[0].lighting.lights, strict=True):
        assert shown.data.energy == pytest.approx(light.strength * math.pi, rel=1e-5)
