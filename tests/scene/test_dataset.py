"""A dataset that Blender rendered: verified, written in every format, read by Blender itself."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

PASSES = (
    *("rgba", "mask", "albedo", "roughness", "metallic", "depth"),
    *("normal_world", "normal_camera", "position", "object_index", "material_index"),
)
VIEWS = 32
ROOT = Path(__file__).resolve().parents[2]
RIGS = sorted(path.stem for path in (ROOT / "render_presets/cameras").glob("*.toml"))
DATA = Path(os.environ.get("MAQUETTE_TEST_DATA", ROOT.parent / "shared/data"))


@pytest.fixture(scope="module")
def part(maquette_package):
    """Give access to the installed package's modules, those of ``core`` unless said otherwise."""

    def find(name, folder="core"):
        return importlib.import_module(f"{maquette_package.__name__}.{folder}.{name}")

    return find


@pytest.fixture(scope="module")
def dataset(maquette_package, tmp_path_factory) -> Path:
    """A chair and a sofa, rendered by the command line in a child process."""
    out = tmp_path_factory.mktemp("rendered") / "set"
    launch = Path(maquette_package.__file__).parent / "core/batch/launch.py"
    look = ("--rig", "openlrm", "--resolution", "40", "--samples", "2", "--seed", "3")
    done = subprocess.run(
        [
            *(sys.executable, launch, "backend.__main__", "render"),
            *("furniture:chair:5", "furniture:sofa:2", "--out", out, *look),
            *("--passes", ",".join(PASSES), "--workers", "1", "--device", "cpu", "--yes"),
        ],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


def test_pictures_cameras_and_meshes_of_a_render_agree(part, dataset):
    """Also finds anything else in the scene, such as the cube that a fresh Blender shows."""
    report = part("dataset.verify").verify_dataset(dataset)
    assert report.sound, report.faults
    assert (report.complete, report.views) == (2, 2 * VIEWS)
    assert report.position_px < 0.1
    assert report.depth_share < 1e-5
    assert report.outline_px < 3


def test_objects_carry_the_category_that_they_were_given(part, tmp_path):
    """As a custom property, which glTF files carry as extras."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    for x, category in [(0, "lamp"), (3, None)]:
        bpy.ops.mesh.primitive_cube_add(location=(x, 0, 0))
        if category:
            bpy.context.object["category"] = category
    bpy.ops.export_scene.gltf(filepath=str(tmp_path / "two.glb"), export_extras=True)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    (source,) = part("dataset.sources").resolve_sources([str(tmp_path / "two.glb")])
    asset = part("assets.load", "scene").load_asset(source)
    try:
        assert sorted(record.category for record in asset.records) == ["", "lamp"]
    finally:
        asset.remove()


def test_furniture_carries_its_category(part, dataset):
    records = [
        part("dataset.layout").read_manifest(dataset / f"assets/{name}")[0]
        for name in ("chair-5", "sofa-2")
    ]
    assert [record.category for record in records] == ["chair", "sofa"]


@pytest.mark.parametrize(
    "name", ["openlrm", "zero123", "nerf", "ngp", "colmap", "bop", "coco", "webdataset"]
)
def test_every_format_is_written_and_its_cameras_come_back(part, dataset, tmp_path, name):
    export = part("dataset.export")
    done = export.export_dataset(dataset, name, tmp_path / name)
    assert done.assets == 2
    assert done.round_trip_px <= export.LIMIT_PX


def test_blender_reads_what_we_write(part, dataset):
    """Its own OpenEXR and PNG readers find the numbers that ours find."""
    folder = dataset / "assets/chair-5"
    read_pass = part("dataset.pictures").read_pass
    for name in ("position", "albedo", "object_index", "rgba"):
        values = read_pass(folder, name, 0).astype(np.float64)
        (path,) = (folder / name).glob("000.*")
        image = bpy.data.images.load(str(path))
        try:
            image.colorspace_settings.name = "Non-Color"
            image.alpha_mode = "CHANNEL_PACKED"
            width, height = image.size
            pixels = np.empty(width * height * image.channels, np.float32)
            image.pixels.foreach_get(pixels)
        finally:
            bpy.data.images.remove(image)
        seen = pixels.reshape(height, width, -1)[::-1]
        if name in ("position", "albedo"):  # float and half; X, Y, Z count as R, G, B
            assert np.abs(seen[..., :3] - values).max() < 1e-6
        elif name == "object_index":
            assert np.array_equal(np.rint(seen[..., 0] * 65535), values)
        else:
            assert np.array_equal(np.rint(seen * 255), values)


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no test data at {DATA}; set MAQUETTE_TEST_DATA")
@pytest.mark.parametrize("number", range(len(RIGS)), ids=RIGS)
def test_every_rig_is_true_to_other_people_s_meshes(part, tmp_path, number):
    """Each rig takes two of the meshes, so that all are rendered by one rig or another."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    meshes = sorted([*(DATA / "meshes").glob("*.glb"), *(DATA / "props").glob("*.glb")])
    names = [str(mesh) for mesh in meshes[2 * number : 2 * number + 2]]
    sources = part("dataset.sources").resolve_sources(names or [str(meshes[0])])
    recipe = part("dataset.recipe").Recipe(
        RIGS[number], "studio", "draft", 48, 48, 3, ("rgba", "depth", "position"), samples=2
    )
    manifest = part("dataset.manifest")
    planned = tuple(manifest.PlannedAsset(source.id, source.category) for source in sources)
    manifest.write_plan(tmp_path, manifest.Plan("Meshes", recipe, planned))
    renderer = part("asset_render", "scene")
    try:
        for source in sources:
            renderer.render_asset(source, recipe, tmp_path)
    finally:
        renderer.close_renderer()
    part("dataset.finish").finish_dataset(tmp_path)
    report = part("dataset.verify").verify_dataset(tmp_path)
    assert report.sound, report.faults
    assert report.position_px < 0.2
