"""Every pass of a rendered asset against geometry that is known, and the life of a renderer."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

ALL = (
    *("rgba", "mask", "albedo", "roughness", "metallic"),
    *("depth", "normal_world", "normal_camera", "position", "object_index", "material_index"),
)
# Low and high corner, base colour, roughness, metalness.
BOXES = [
    ((-1.0, -0.5, -0.5), (1.0, 0.5, 0.5), (0.8, 0.2, 0.1), 0.3, 0.0),
    ((-0.3, -1.1, -0.2), (0.3, -0.5, 0.3), (0.1, 0.3, 0.9), 0.7, 1.0),
]
ENGINES = [
    "cycles",
    pytest.param(
        "eevee",
        marks=pytest.mark.skipif(
            not os.environ.get("MAQUETTE_EEVEE"),
            reason="minutes without a graphics card; set MAQUETTE_EEVEE",
        ),
    ),
]


@pytest.fixture
def module(maquette_package):
    """Give access to the installed package's modules, in an empty file."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)

    def find(name):
        return importlib.import_module(f"{maquette_package.__name__}.{name}")

    yield find
    find("scene.asset_render").close_renderer()


@pytest.fixture
def recipe(module):
    """Make recipes of small pictures."""

    def make(**changes):
        values = {"cameras": "turntable", "lights": "studio", "quality": "draft", "samples": 2}
        values |= {"width": 48, "height": 40, "views": 2, **changes}
        return module("core.dataset.recipe").Recipe(**values)

    return make


@pytest.fixture
def boxes(module, tmp_path):
    """A .blend with two boxes; the second is a child, sheared and mirrored into its place."""
    for number, (low, high, colour, rough, metal) in enumerate(BOXES):
        mesh = bpy.data.meshes.new("box")
        x, y, z = (np.array(high) - low).tolist()
        corners = [(i * x, j * y, k * z) for i in (0, 1) for j in (0, 1) for k in (0, 1)]
        faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
        mesh.from_pydata(corners, [], faces)
        mesh.materials.append(_principled(colour, rough, metal))
        obj = bpy.data.objects.new(f"box {number}", mesh)
        obj.location = low
        if number:
            obj.location = (high[0], low[1], low[2])
            obj.scale = (-1, 1, 1)
        bpy.context.scene.collection.objects.link(obj)
    path = tmp_path / "boxes.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    return path


def _principled(colour, rough, metal):
    material = bpy.data.materials.new("paint")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = rough
    shader.inputs["Metallic"].default_value = metal
    return material


def _hit(camera, record):
    """What a ray through the middle of each pixel meets first: depth, place, normal, box."""
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    pixels = np.stack([columns, rows, np.ones_like(rows)], axis=-1)
    local = np.linalg.solve(camera.intrinsics, pixels.reshape(-1, 3).T).T
    turn, place = camera.camera_to_world[:3, :3], camera.camera_to_world[:3, 3]
    if camera.orthographic:
        origins = place + (local * [1, 1, 0]) @ turn.T
        rays = np.broadcast_to(turn[:, 2], origins.shape)
    else:
        origins = np.broadcast_to(place, local.shape)
        rays = local @ turn.T
    best = np.full(len(rays), np.inf)
    normals, boxes = np.zeros((len(rays), 3)), np.zeros(len(rays), int)
    for number, (low, high, *_) in enumerate(BOXES, start=1):
        ends = (np.array([low, high]) - record.centre) * record.scale
        with np.errstate(divide="ignore"):
            times = (ends[:, None] - origins) / rays
        enter, leave = times.min(axis=0), times.max(axis=0)
        first = enter.max(axis=1)
        hit = (first < leave.min(axis=1)) & (first > 0) & (first < best)
        axis = enter.argmax(axis=1)
        best[hit], boxes[hit] = first[hit], number
        normals[hit] = -np.sign(rays[hit]) * np.eye(3)[axis[hit]]
    shape = (camera.height, camera.width)
    seen = boxes > 0
    depth = np.where(seen, best, 0)  # rays have length 1 along the viewing direction
    points = np.where(seen[:, None], origins + rays * depth[:, None], 0)
    return (
        depth.reshape(shape),
        points.reshape(*shape, 3),
        normals.reshape(*shape, 3),
        boxes.reshape(shape),
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("cameras", ["turntable", "orthographic-six"])
def test_passes_show_the_known_boxes(module, boxes, recipe, tmp_path, cameras, engine):
    views = 2 if engine == "cycles" else 1
    made = recipe(cameras=cameras, passes=ALL, engine=engine, views=views)
    (source,) = module("core.dataset.sources").resolve_sources([str(boxes)])
    told = []
    module("scene.asset_render").render_asset(source, made, tmp_path, told.append)
    assert told == list(range(views))
    folder = tmp_path / "assets" / "boxes"
    record, _ = module("core.dataset.layout").read_manifest(folder)
    read = module("core.dataset.pictures").read_pass
    assert record.scale == pytest.approx(0.5)
    assert record.centre == pytest.approx((0.0, -0.3, 0.0), abs=1e-6)
    for view, seen in enumerate(record.views):
        got = {name: read(folder, name, view) for name in ALL}
        depth, points, normals, numbers = _hit(seen.camera, record)
        # Rays within a hair of an edge may go either way.
        same = got["object_index"] == numbers
        assert (~same).mean() < 0.02
        assert set(np.unique(numbers)) >= ({0, 1} if view else {0, 1, 2})
        # EEVEE reads depth back from a buffer that spans near to far.
        limit = 2e-4 if engine == "cycles" else 1e-3
        assert np.abs(got["depth"] - depth)[same].max() < limit
        assert np.abs(got["position"] - points)[same].max() < limit
        sharp = same & (np.abs(got["normal_world"] - normals).max(axis=2) < 2e-3)
        assert (same & ~sharp).mean() < 0.01
        in_camera = normals @ seen.camera.camera_to_world[:3, :3]
        assert np.abs(got["normal_camera"] - in_camera)[sharp].max() < 2e-3
        assert np.array_equal(got["material_index"][same], numbers[same])
        inside = _shrunk(numbers) & same
        for name, column in (("albedo", 2), ("roughness", 3), ("metallic", 4)):
            values = [np.zeros_like(BOXES[0][column]), *(box[column] for box in BOXES)]
            assert np.abs(got[name] - np.array(values)[numbers])[inside].max() < 2e-3
        assert np.array_equal(got["mask"], got["rgba"][..., 3])
        assert (got["mask"][inside] == np.where(numbers > 0, 255, 0)[inside]).all()
        assert got["rgba"][..., :3][numbers > 0].mean() > 40
        assert not seen.report["cropped"]


def _shrunk(numbers):
    """Pixels around which the filter meets nothing but the same box."""
    steps = [(down, right) for down in range(-2, 3) for right in range(-2, 3)]
    return np.all([np.roll(numbers, step, (0, 1)) == numbers for step in steps], axis=0)


@pytest.mark.parametrize("lights", ["random", "hdri"])
def test_a_fresh_blender_makes_the_same_bytes(module, recipe, tmp_path, lights):
    """What was rendered before must not show: the same from any worker, in any order."""
    asset_render = module("scene.asset_render")
    made = recipe(lights=lights, passes=("rgba", "depth", "albedo"))
    pieces = module("core.dataset.sources").resolve_sources(["furniture:all:0"])
    for piece in pieces[:2]:
        asset_render.render_asset(piece, made, tmp_path / "here")
    package = Path(module("scene.asset_render").__file__).parents[1]
    job = {
        "asset": pieces[1].to_json(),
        "recipe": made.to_json(),
        "out": str(tmp_path / "fresh"),
    }
    script = Path(__file__).with_name("fresh_render.py")
    subprocess.run([sys.executable, script, package, json.dumps(job)], check=True)
    name = f"assets/{pieces[1].id}"
    here, fresh = (_contents(tmp_path / where / name) for where in ("here", "fresh"))
    assert len(here) == 2 * 3 + 2
    assert here == fresh


def _contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_nothing_stays_behind(module, boxes, recipe, tmp_path):
    asset_render, resolve = (
        module("scene.asset_render"),
        module("core.dataset.sources").resolve_sources,
    )
    made = recipe(width=8, height=8, views=1, samples=1, passes=("rgba", "albedo"))

    def counts():
        found = {}
        for prop in bpy.data.bl_rna.properties:
            if prop.type == "COLLECTION" and prop.identifier != "all_ids":
                found[prop.identifier] = len(getattr(bpy.data, prop.identifier))
        return found

    empty = counts()
    pieces = resolve(["furniture:all:0", str(boxes), str(boxes) + "#objects=box 0"])
    asset_render.render_asset(pieces[0], made, tmp_path)
    once = counts()
    for piece in pieces[1:]:
        asset_render.render_asset(piece, made, tmp_path)
    assert counts() == once
    asset_render.close_renderer()
    assert counts() | {"images": 0} == empty | {"images": 0}  # the render result stays


def test_a_new_file_does_not_harm_the_next_asset(module, recipe, tmp_path):
    asset_render = module("scene.asset_render")
    (piece,) = module("core.dataset.sources").resolve_sources(["furniture:table:1"])
    made = recipe(width=8, height=8, views=1, samples=1)
    asset_render.render_asset(piece, made, tmp_path / "a")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    asset_render.render_asset(piece, made, tmp_path / "b")
    assert _contents(tmp_path / "a") == _contents(tmp_path / "b")


def test_light_is_gained_where_it_lacks(module, recipe, tmp_path):
    asset_render = module("scene.asset_render")
    (piece,) = module("core.dataset.sources").resolve_sources(["furniture:sofa:1"])
    rig = tmp_path / "dim.toml"
    rig.write_text('title = "Dim"\nworld = 0.02\n')
    views = []
    for gained in (False, True):
        made = recipe(lights=str(rig), views=1, exposure_gain=gained)
        asset_render.render_asset(piece, made, tmp_path / str(gained))
        folder = tmp_path / str(gained) / "assets" / piece.id
        views.append(module("core.dataset.layout").read_manifest(folder)[0].views[0])
    dim, bright = views
    gain = bright.light["gain"]
    assert dim.light["gain"] == 1.0 < gain
    assert bright.report["luminance"] == pytest.approx(dim.report["luminance"] * gain, rel=1e-4)


def test_denoising_works_or_says_that_it_is_missing(module, recipe, tmp_path):
    asset_render, errors = module("scene.asset_render"), module("core.errors")
    (piece,) = module("core.dataset.sources").resolve_sources(["furniture:sofa:1"])
    made = recipe(views=1, denoise=True)
    try:
        bpy.context.scene.cycles.denoiser = "OPENIMAGEDENOISE"
        there = True
    except TypeError:
        there = False
    if there:
        asset_render.render_asset(piece, made, tmp_path)
        assert (tmp_path / "assets" / piece.id / "rgba/000.png").exists()
    else:
        with pytest.raises(errors.MaquetteError, match="denoiser-missing"):
            asset_render.render_asset(piece, made, tmp_path)


def test_pictures_of_one_asset_do_not_appear_on_the_next(module, recipe, tmp_path):
    """Blender puts a new picture where a removed one was, which Cycles takes for the old one."""
    colours = [(0.8, 0, 0), (0, 0.8, 0), (0, 0, 0.8), (0.8, 0.8, 0), (0, 0.8, 0.8), (0.8, 0, 0.8)]
    for number, colour in enumerate(colours):
        _textured_wall(colour)
        bpy.ops.export_scene.gltf(filepath=str(tmp_path / f"{number}.glb"))
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    sources = module("core.dataset.sources").resolve_sources([str(tmp_path / "*.glb")])
    made = recipe(passes=("albedo", "mask"), views=1)
    read = module("core.dataset.pictures").read_pass
    wrong = []
    for number, (source, colour) in enumerate(3 * list(zip(sources, colours, strict=True))):
        module("scene.asset_render").render_asset(source, made, tmp_path)
        folder = tmp_path / "assets" / source.id
        shown = read(folder, "albedo", 0)[read(folder, "mask", 0) == 255].mean(axis=0)
        if np.abs(shown - colour).max() > 0.02:
            wrong.append((number, shown))
    assert wrong == []


def _textured_wall(colour):
    mesh = bpy.data.meshes.new("wall")
    mesh.from_pydata([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)], [], [(0, 1, 2, 3)])
    mesh.uv_layers.new()
    image = bpy.data.images.new("paint", 8, 8)
    encoded = [1.055 * value ** (1 / 2.4) - 0.055 if value else 0.0 for value in colour]
    image.pixels.foreach_set(np.tile(np.float32([*encoded, 1.0]), 64))
    image.pack()
    material = _principled((1, 1, 1), 0.5, 0.0)
    tree = material.node_tree
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = image
    shader = tree.nodes["Principled BSDF"]
    tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
    mesh.materials.append(material)
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("wall", mesh))
