"""Assets of every kind of file, upright and in the unit cube, and what is said about them."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("MAQUETTE_TEST_DATA", ROOT.parent / "shared" / "data"))
EXPORTERS = {
    "glb": lambda path: bpy.ops.export_scene.gltf(filepath=path, export_format="GLB"),
    "gltf": lambda path: bpy.ops.export_scene.gltf(filepath=path, export_format="GLTF_SEPARATE"),
    "obj": lambda path: bpy.ops.wm.obj_export(filepath=path),
    "ply": lambda path: bpy.ops.wm.ply_export(filepath=path),
    "stl": lambda path: bpy.ops.wm.stl_export(filepath=path),
    "fbx": lambda path: bpy.ops.export_scene.fbx(filepath=path),
    "usdc": lambda path: bpy.ops.wm.usd_export(filepath=path),
    "blend": lambda path: bpy.ops.wm.save_as_mainfile(filepath=path, copy=True),
}


@pytest.fixture
def module(maquette_package):
    """Give access to the installed package's modules, in an empty file."""

    def find(name):
        return importlib.import_module(f"{maquette_package.__name__}.{name}")

    _empty()
    yield find
    _empty()


def _empty():
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)


def _wedge(name="wedge"):
    """Three unlike edges and a nose at -Y, so that every turn and mirror shows."""
    mesh = bpy.data.meshes.new(name)
    points = [(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0), (0, 0, 0.5), (2, 0, 0.5), (0.5, -3, 0)]
    mesh.from_pydata(points, [], [(0, 1, 2, 3), (4, 5, 2, 3), (0, 1, 5, 4), (0, 6, 1), (4, 5, 6)])
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj, np.array(points)


def _load(module, argument, **extra):
    (source,) = module("core.dataset.sources").resolve_sources([str(argument)])
    source.extra.update(extra)
    return module("scene.assets.load").load_asset(source)


def _code(module, argument):
    with pytest.raises(module("core.errors").MaquetteError) as caught:
        _load(module, argument)
    assert len(bpy.data.objects) == len(bpy.data.meshes) == 0
    return caught.value.problem.code


def _expected(points):
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, 1 / (high - low).max()


@pytest.mark.parametrize("suffix", EXPORTERS)
def test_every_format_stands_upright_in_the_unit_cube(module, tmp_path, suffix):
    _, points = _wedge()
    light = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    bpy.context.scene.collection.objects.link(light)
    path = tmp_path / f"wedge.{suffix}"
    EXPORTERS[suffix](str(path))
    _empty()
    extra = {"up": "Z"} if suffix in {"ply", "stl"} else {}
    asset = _load(module, path, **extra)
    centre, scale = _expected(points)
    assert asset.scale == pytest.approx(scale, rel=1e-4)
    assert np.array(asset.centre) == pytest.approx(centre, abs=1e-4)
    wanted = (points - centre) * scale
    for point in wanted:
        assert np.abs(asset.points - point).max(axis=1).min() < 1e-4
    assert len(asset.objects) == 1 and len(asset.materials) == 1
    bpy.context.view_layer.update()
    shown = {obj.type for obj in bpy.context.scene.objects}
    assert shown == {"MESH", "EMPTY"}
    (obj,) = asset.objects
    world = np.array([obj.matrix_world @ v.co for v in obj.data.vertices])
    assert np.abs(world).max() == pytest.approx(0.5, abs=1e-4)
    asset.remove()
    assert len(bpy.data.objects) == len(bpy.data.meshes) == len(bpy.data.materials) == 0


def test_what_is_not_said_is_assumed_and_told(module, tmp_path):
    _, points = _wedge()
    path = tmp_path / "wedge.stl"
    bpy.ops.wm.stl_export(filepath=str(path))
    _empty()
    asset = _load(module, path)
    notes = " ".join(asset.report["notes"])
    assert "Z was assumed" in notes and "metres were assumed" in notes
    asset.remove()
    asset = _load(module, path, up="Y", unit=0.001)
    assert asset.unit == "0.001 m"
    assert max(asset.report["size_m"]) == pytest.approx(0.004, rel=1e-5)
    assert any("unit may be another" in note for note in asset.report["notes"])
    # What the file calls Y is up now.
    size = np.ptp(asset.points, axis=0) / asset.scale
    assert size == pytest.approx(np.ptp(points, axis=0)[[0, 2, 1]], rel=1e-5)


def test_modifiers_children_and_instances_are_what_a_render_shows(module, tmp_path):
    obj, points = _wedge()
    array = obj.modifiers.new("array", "ARRAY")
    array.count, array.relative_offset_displace = 2, (2.0, 0.0, 0.0)
    holder = bpy.data.collections.new("held")
    twin = bpy.data.objects.new("twin", obj.data)
    holder.objects.link(twin)
    twin.rotation_euler = (0, 0, 0.5)
    instance = bpy.data.objects.new("instance", None)
    instance.instance_type, instance.instance_collection = "COLLECTION", holder
    instance.location, instance.scale = (0, 9, 0), (1, 3, 1)  # sheared by the twin's turn
    bpy.context.scene.collection.objects.link(instance)
    hidden = bpy.data.objects.new("hidden", obj.data)
    hidden.location, hidden.hide_render = (0, 0, 90), True
    bpy.context.scene.collection.objects.link(hidden)
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    _empty()
    asset = _load(module, path)
    turn = np.array([[np.cos(0.5), -np.sin(0.5), 0], [np.sin(0.5), np.cos(0.5), 0], [0, 0, 1]])
    shown = [points, points + np.array([4, 0, 0]), points @ turn.T * [1, 3, 1] + [0, 9, 0]]
    centre, scale = _expected(np.concatenate(shown))
    assert asset.scale == pytest.approx(scale, rel=1e-4)
    bpy.context.view_layer.update()
    world = [o.matrix_world @ v.co for o in asset.objects for v in o.data.vertices]
    wanted = (np.concatenate(shown) - centre) * scale
    assert len(world) == len(wanted)
    assert np.abs(np.sort(np.array(world), 0) - np.sort(wanted, 0)).max() < 1e-4
    for record, obj in zip(asset.records, asset.objects, strict=True):
        assert record.pose[:3, :3] @ record.pose[:3, :3].T == pytest.approx(np.eye(3), abs=1e-6)
        own = np.array([obj.matrix_world @ v.co for v in obj.data.vertices])
        local = (own - record.pose[:3, 3]) @ record.pose[:3, :3]
        assert local.min(axis=0) == pytest.approx(record.low, abs=1e-4)
        assert local.max(axis=0) == pytest.approx(record.high, abs=1e-4)


@pytest.mark.parametrize("thick", [1.0, 0.0])
def test_the_outermost_points_reach_as_far_as_all(module, thick):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(20000, 3)) * [1.0, 0.5, thick]
    points /= np.abs(points).max() * 2
    found = module("scene.assets.hull").outermost(points)
    assert len(found) < 1000
    directions = rng.normal(size=(500, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    missing = (points @ directions.T).max(axis=0) - (found @ directions.T).max(axis=0)
    # The two products may round differently; none is further out than the other by more.
    assert missing.min() > -1e-12 and missing.max() < 1e-4
    assert len(bpy.data.meshes) == 0


def test_parts_of_a_blend(module, tmp_path):
    for name in ("a", "b"):
        obj, _ = _wedge(name)
        collection = bpy.data.collections.new(f"set {name}")
        bpy.context.scene.collection.children.link(collection)
        collection.objects.link(obj)
        bpy.context.scene.collection.objects.unlink(obj)
    path = tmp_path / "parts.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    _empty()
    for fragment, names in [("collection=set a", ["a"]), ("objects=b,a", ["a", "b"])]:
        asset = _load(module, f"{path}#{fragment}")
        assert sorted(obj.name.split(".")[0] for obj in asset.objects) == names
        asset.remove()
    assert _code(module, f"{path}#collection=set c") == "asset-part-missing"


def test_missing_textures_are_noticed(module, tmp_path):
    (tmp_path / "wedge.mtl").write_text("newmtl paint\nKd 1 1 1\nmap_Kd lost.png\n")
    (tmp_path / "wedge.obj").write_text(
        "mtllib wedge.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl paint\nf 1/1 2/1 3/1\n"
    )
    asset = _load(module, tmp_path / "wedge.obj")
    assert asset.report["missing_textures"] == ["lost.png"]


def test_animation_stands_at_its_first_frame(module, tmp_path):
    obj, _ = _wedge()
    for frame, size in ((5, 1.0), (20, 7.0)):
        obj.scale = (size, 1, 1)
        obj.keyframe_insert("scale", frame=frame)
    path = tmp_path / "moving.blend"
    bpy.context.scene.frame_set(20)
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    _empty()
    asset = _load(module, path)
    assert asset.report["animated"]
    assert asset.scale == pytest.approx(0.25)  # 4 long at frame 5; 14 at frame 20


def test_what_cannot_be_an_asset_says_why(module, tmp_path):
    (tmp_path / "broken.glb").write_bytes(b"glTF and then nothing")
    assert _code(module, tmp_path / "broken.glb") == "asset-unreadable"
    (tmp_path / "points.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n")
    assert _code(module, tmp_path / "points.obj") == "asset-empty"
    (tmp_path / "dot.obj").write_text("v 1 1 1\nv 1 1 1\nv 1 1 1\nf 1 2 3\n")
    assert _code(module, tmp_path / "dot.obj") == "asset-without-size"
    (tmp_path / "broken.blend").write_bytes(b"no")
    assert _code(module, tmp_path / "broken.blend") == "asset-unreadable"
    mesh = _wedge()[0].data
    mesh.vertices[0].co.x = float("nan")
    path = tmp_path / "nan.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    _empty()
    assert _code(module, path) == "asset-not-finite"


@pytest.mark.skipif(not (DATA / "meshes").is_dir(), reason=f"no third-party meshes in {DATA}")
def test_every_real_mesh_becomes_an_asset_that_can_be_seen(module, tmp_path):
    recipe = module("core.dataset.recipe").Recipe(
        "openlrm", "studio", "draft", 32, 32, views=1, samples=2, exposure_gain=True
    )
    folders = [str(DATA / "meshes"), str(DATA / "props")]
    sources = module("core.dataset.sources").resolve_sources(folders)
    assert len(sources) == 25
    asset_render = module("scene.asset_render")
    for source in sources:
        asset_render.render_asset(source, recipe, tmp_path)
        told = json.loads((tmp_path / "assets" / source.id / "asset.json").read_text())
        assert told["report"]["missing_textures"] == []
        seen = told["views"][0]["report"]
        assert not seen["cropped"] and seen["cover"] > 0.005 and seen["luminance"] > 0.01, source.id
    asset_render.close_renderer()
