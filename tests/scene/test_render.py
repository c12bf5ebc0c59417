"""Cameras, colours and settings of rendered pictures."""

from __future__ import annotations

import importlib

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mathutils import Vector


@pytest.fixture
def module(maquette_package):
    """Give access to the installed package's modules, in an empty file."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)

    def find(name):
        return importlib.import_module(f"{maquette_package.__name__}.{name}")

    return find


def _camera(module, azimuth, elevation, fov, size, shift=(0.0, 0.0)):
    cameras = module("core.cameras")
    intrinsics = cameras.intrinsics_from_fov(fov, *size)
    intrinsics[0, 2] += shift[0]
    intrinsics[1, 2] += shift[1]
    pose = cameras.orbit(azimuth, elevation, 2.5, np.array([0.05, 0.1, -0.02]))
    return cameras.Camera(pose, intrinsics, *size)


def _add_box(low, high, colour=None):
    """Add a box; with a colour it radiates exactly that linear colour."""
    corners = [
        (x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])
    ]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = bpy.data.meshes.new("box")
    mesh.from_pydata(corners, [], faces)
    if colour is not None:
        material = bpy.data.materials.new("glow")
        if bpy.app.version < (5, 0, 0):
            material.use_nodes = True
        tree = material.node_tree
        tree.nodes.clear()
        emission = tree.nodes.new("ShaderNodeEmission")
        emission.inputs["Color"].default_value = (*colour, 1.0)
        output = tree.nodes.new("ShaderNodeOutputMaterial")
        tree.links.new(emission.outputs["Emission"], output.inputs["Surface"])
        mesh.materials.append(material)
    obj = bpy.data.objects.new("box", mesh)
    bpy.context.scene.collection.objects.link(obj)
    return np.array(corners)


VIEWS = [
    (0, 0, 40, (200, 200), (0, 0)),
    (60, 35, 25, (320, 180), (11.5, -7.25)),
    (-130, -20, 70, (180, 320), (-4.0, 9.0)),
]


@pytest.mark.parametrize("view", VIEWS)
def test_placed_camera_projects_like_the_neutral_one(module, view):
    rigs, cameras = module("scene.rigs"), module("core.cameras")
    *angles, size, shift = view
    camera = _camera(module, *angles, size, shift)
    scene = bpy.context.scene
    obj = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(obj)
    rigs.place_camera(obj, camera)
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    bpy.context.view_layer.update()
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3))
    pixels, depth = cameras.project(camera, points)
    for point, pixel, z in zip(points, pixels, depth, strict=True):
        seen = world_to_camera_view(scene, obj, Vector(point))
        assert seen.x * size[0] == pytest.approx(pixel[0], abs=1e-3)
        assert (1 - seen.y) * size[1] == pytest.approx(pixel[1], abs=1e-3)
        assert seen.z == pytest.approx(z, abs=1e-5)
    again = rigs.read_camera(obj, *size)
    assert np.abs(cameras.project(again, points)[0] - pixels).max() < 1e-3


@pytest.mark.parametrize("view", VIEWS)
def test_placed_orthographic_camera_projects_like_the_neutral_one(module, view):
    rigs, cameras = module("scene.rigs"), module("core.cameras")
    azimuth, elevation, _, size, shift = view
    intrinsics = cameras.intrinsics_from_scale(61.5, *size)
    intrinsics[:2, 2] += shift
    pose = cameras.orbit(azimuth, elevation, 2.5, np.array([0.05, 0.1, -0.02]))
    camera = cameras.Camera(pose, intrinsics, *size, "orthographic")
    scene = bpy.context.scene
    obj = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(obj)
    rigs.place_camera(obj, camera)
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    bpy.context.view_layer.update()
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3))
    pixels, depth = cameras.project(camera, points)
    for point, pixel, z in zip(points, pixels, depth, strict=True):
        seen = world_to_camera_view(scene, obj, Vector(point))
        assert seen.x * size[0] == pytest.approx(pixel[0], abs=1e-3)
        assert (1 - seen.y) * size[1] == pytest.approx(pixel[1], abs=1e-3)
        assert seen.z == pytest.approx(z, abs=1e-5)
    again = rigs.read_camera(obj, *size)
    assert again.orthographic
    assert np.abs(cameras.project(again, points)[0] - pixels).max() < 1e-3


@settings(max_examples=40)
@example(0.0, 0.0, 89.75, 5.0, False, (32, 32), (0.0, 0.0))
@example(0.0, 0.0, 87.75, 5.0, False, (32, 32), (0.0, 0.0))
@given(
    st.floats(-360, 360),
    st.floats(-89, 89),
    st.floats(-180, 180),
    st.floats(5, 100),
    st.booleans(),
    st.tuples(st.integers(32, 400), st.integers(32, 400)),
    st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)),
)
def test_any_placed_camera_projects_like_the_neutral_one(
    maquette_package, azimuth, elevation, roll, optics, parallel, size, shift
):
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    rigs = importlib.import_module(f"{maquette_package.__name__}.scene.rigs")
    cameras = importlib.import_module(f"{maquette_package.__name__}.core.cameras")
    make = cameras.intrinsics_from_scale if parallel else cameras.intrinsics_from_fov
    intrinsics = make(optics, *size)
    intrinsics[:2, 2] += np.array(shift) * size
    pose = cameras.rolled(cameras.orbit(azimuth, elevation, 3.0, np.array([0.1, 0, 0.2])), roll)
    kind = "orthographic" if parallel else "perspective"
    camera = cameras.Camera(pose, intrinsics, *size, kind)
    scene = bpy.context.scene
    obj = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(obj)
    rigs.place_camera(obj, camera)
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    bpy.context.view_layer.update()
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (5, 3))
    pixels, depth = cameras.project(camera, points)
    seen = np.array([world_to_camera_view(scene, obj, Vector(point)) for point in points])
    ours = np.column_stack([pixels[:, 0] / size[0], 1 - pixels[:, 1] / size[1], depth])
    # Blender holds poses and optics in single precision.
    assert np.abs(seen - ours).max() < 2e-5 * max(1.0, np.abs(ours).max())
    again = cameras.project(rigs.read_camera(obj, *size), points)[0]
    assert np.abs(again - pixels).max() < 1e-5 * max(size) * max(1.0, np.abs(ours).max())


def test_other_cameras_are_refused(module):
    rigs = module("scene.rigs")
    camera = _camera(module, 0, 0, 40, (64, 64))
    camera.intrinsics[0, 0] *= 1.5
    obj = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    with pytest.raises(ValueError, match="square"):
        rigs.place_camera(obj, camera)
    obj.data.type = "PANO"
    with pytest.raises(ValueError, match="orthographic"):
        rigs.read_camera(obj, 64, 64)


@pytest.mark.parametrize("view", VIEWS)
def test_rendered_silhouette_is_where_the_camera_says(module, view, tmp_path):
    render, cameras = module("scene.render"), module("core.cameras")
    *angles, size, shift = view
    camera = _camera(module, *angles, size, shift)
    corners = _add_box((-0.3, -0.2, -0.25), (0.35, 0.1, 0.3))
    path = tmp_path / "box.png"
    settings = render.RenderSettings(samples=4, bounces=0, threads=1)
    render.render_pictures(bpy.context.scene, [camera], [path], settings)
    alpha = render.read_png(path)[..., 3]
    assert alpha.shape == (size[1], size[0])
    rows, columns = np.nonzero(alpha > 127)
    seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    pixels, _ = cameras.project(camera, corners)
    expected = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
    assert np.abs(np.array(seen) - expected).max() < 1.5


def test_colours_are_standard_whatever_the_scene_says(module, tmp_path):
    render = module("scene.render")
    scene = bpy.context.scene
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.exposure = 2.0
    scene.display_settings.display_device = "Display P3"
    _add_box((-3, -0.1, -3), (3, 0.1, 3), colour=(0.2158605, 0.0, 1.0))
    camera = _camera(module, 0, 0, 40, (16, 16))
    path = tmp_path / "colour.png"
    render.render_pictures(
        scene, [camera], [path], render.RenderSettings(samples=1, bounces=0, threads=1)
    )
    picture = render.read_png(path)
    # 0.2158605 linear is 128 of 255 in sRGB.
    assert np.abs(picture.astype(int) - [128, 0, 255, 255]).max() <= 1


def test_a_limited_picture_is_the_same_picture(module, tmp_path):
    render = module("scene.render")
    corners = _add_box((-0.3, -0.2, -0.25), (0.35, 0.1, 0.3))
    camera = _camera(module, 30, 20, 40, (60, 80))
    scene = bpy.context.scene
    scene.world = bpy.data.worlds.new("grey")
    settings = render.RenderSettings(samples=4, bounces=1, threads=1)
    with render.rendering(scene, settings) as obj:
        window = render.window_around(camera, corners)
        render.render_picture(scene, obj, camera, tmp_path / "limited.png", window=window)
        render.render_picture(scene, obj, camera, tmp_path / "whole.png")
    limited, whole = (render.read_png(tmp_path / f"{n}.png") for n in ("limited", "whole"))
    assert limited.shape == whole.shape == (80, 60, 4)
    assert np.array_equal(limited, whole)
    assert whole[..., 3].max() == 255


def test_edges_have_straight_alpha(module, tmp_path):
    render = module("scene.render")
    _add_box((-0.3, -0.1, -0.3), (0.3, 0.1, 0.3), colour=(1.0, 1.0, 1.0))
    camera = _camera(module, 20, 20, 40, (48, 48))
    path = tmp_path / "edge.png"
    settings = render.RenderSettings(samples=16, bounces=0, threads=1)
    render.render_pictures(bpy.context.scene, [camera], [path], settings)
    picture = render.read_png(path)
    edge = (picture[..., 3] > 40) & (picture[..., 3] < 215)
    assert edge.sum() > 10
    assert picture[edge][:, :3].min() >= 250  # premultiplied, they would be grey


def _settings_of(scene):
    """Every plain setting of the parts of a scene that rendering touches."""
    owners = {
        "scene": scene,
        "render": scene.render,
        "image": scene.render.image_settings,
        "cycles": scene.cycles,
        "view": scene.view_settings,
        "display": scene.display_settings,
    }
    kinds = {"BOOLEAN", "INT", "FLOAT", "STRING", "ENUM", "POINTER"}
    found = {}
    for label, owner in owners.items():
        for prop in owner.bl_rna.properties:
            if prop.type in kinds and not prop.is_readonly and prop.identifier != "use_nodes":
                found[label, prop.identifier] = repr(getattr(owner, prop.identifier))
    return found


def test_settings_are_as_before(module, tmp_path):
    render, rigs, presets = module("scene.render"), module("scene.rigs"), module("core.presets")
    scene = bpy.context.scene
    own = bpy.data.objects.new("own", bpy.data.cameras.new("own"))
    scene.collection.objects.link(own)
    scene.camera = own
    scene.world = bpy.data.worlds.new("own")
    scene.render.filepath = "//pictures/"
    scene.render.resolution_x = 777
    scene.render.dither_intensity = 0.7
    scene.view_settings.look = "AgX - Punchy"
    if hasattr(scene.render.image_settings, "media_type"):
        scene.render.image_settings.media_type = "VIDEO"
    scene.render.image_settings.file_format = "FFMPEG"
    before = _settings_of(scene)
    counts = [len(getattr(bpy.data, k)) for k in ("objects", "cameras", "lights", "worlds")]

    lighting = rigs.LightingObjects(scene)
    rig = presets.load_light_rig("studio-three-point")
    lighting.apply(module("core.rigs").draw_lighting(rig, 10.0, np.random.default_rng(0)))
    camera = _camera(module, 0, 0, 40, (16, 16))
    settings = render.RenderSettings(samples=1, bounces=0, threads=1)
    render.render_pictures(scene, [camera], [tmp_path / "a.png"], settings)
    with pytest.raises(RuntimeError, match="meant"), render.rendering(scene, settings):
        raise RuntimeError("meant")
    lighting.remove()

    assert _settings_of(scene) == before
    names = ("objects", "cameras", "lights", "worlds")
    assert [len(getattr(bpy.data, k)) for k in names] == counts


def test_a_white_wall_shows_the_strength_of_its_light(module, tmp_path):
    render, rigs = module("scene.render"), module("scene.rigs")
    light_types = module("core.rigs")
    _add_box((-3, -0.1, -3), (3, 0.1, 3))
    material = bpy.data.materials.new("white")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    bsdf = material.node_tree.nodes["Principled BSDF"]
    bsdf.inputs["Base Color"].default_value = (1, 1, 1, 1)
    bsdf.inputs["Specular IOR Level"].default_value = 0.0
    bpy.context.scene.objects["box"].data.materials.append(material)
    lighting = rigs.LightingObjects(bpy.context.scene)
    light = light_types.Light("key", (0.0, -1.0, 0.0), 0.4, 5.0, (1.0, 1.0, 1.0))
    lighting.apply(light_types.Lighting(0.2, (light,)))
    camera = _camera(module, 0, 0, 40, (16, 16))
    path = tmp_path / "white.png"
    settings = render.RenderSettings(samples=64, bounces=0, threads=1)
    render.render_pictures(bpy.context.scene, [camera], [path], settings)
    lighting.remove()
    value = render.read_png(path)[..., :3].mean() / 255
    linear = ((value + 0.055) / 1.055) ** 2.4
    assert linear == pytest.approx(0.4 + 0.2, rel=0.05)
