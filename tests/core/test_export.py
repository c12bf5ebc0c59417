"""Exports as a whole: any camera comes through, and what cannot is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from known_points import (
    BUILT_IN,
    CORNERS,
    SIZE,
    VIEWS,
    code,
    in_blender_axes,
    known,
    lens,
    tree,
)
from made_datasets import camera, make_dataset, mesh, record, trace

from maquette.core.cameras import Camera, intrinsics_from_fov, intrinsics_from_scale, orbit
from maquette.core.dataset.export import LIMIT_PX, export_dataset, moved_px
from maquette.core.dataset.finish import finish_dataset
from maquette.core.dataset.layout import read_manifest, write_asset
from maquette.core.dataset.manifest import Plan, PlannedAsset, write_plan
from maquette.core.dataset.pictures import encode_pass
from maquette.core.dataset.reading import open_dataset
from maquette.core.dataset.recipe import Recipe
from maquette.core.dataset.writers.base import Writer
from maquette.core.dataset.writers.bop import millimetres
from maquette.core.dataset.writers.registry import load_writer, writer_names
from maquette.core.png import decode_png


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    return make_dataset(out, assets=3, views=VIEWS, size=SIZE, parts=True)


def one_camera(out: Path, seen: Camera) -> Path:
    """A dataset of 32 times the same view by any camera."""
    recipe = Recipe("any", "any", "any", seen.width, seen.height, 32, ("rgba", "depth"))
    write_plan(out, Plan("Any", recipe, (PlannedAsset("a", "chair"),)))
    passes = trace(seen)
    data = {name: encode_pass(name, passes[name]) for name in recipe.passes}
    pictures = [(name, view, data[name]) for name in data for view in range(32)]
    write_asset(out, record("a", recipe, [seen] * 32, False), pictures, {"mesh.ply": mesh()})
    finish_dataset(out)
    return out


@pytest.mark.parametrize("name", BUILT_IN)
@settings(max_examples=4)
@given(
    st.floats(-360, 360),
    st.floats(-90, 90),
    st.floats(5, 100),
    st.floats(1.5, 50),
    st.floats(0, 360),
)
def test_any_camera_comes_through(name, tmp_path_factory, azimuth, elevation, fov, distance, roll):
    pose = orbit(azimuth, elevation, distance, np.array([0.01, 0.02, -0.01]))
    c, s = math.cos(math.radians(roll)), math.sin(math.radians(roll))
    pose = pose @ np.array([[c, -s, 0, 0], [s, c, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    seen = Camera(pose, intrinsics_from_fov(fov, 8, 8), 8, 8)
    folder = tmp_path_factory.mktemp("any")
    done = export_dataset(one_camera(folder / "in", seen), name, folder / "out")
    assert done.round_trip_px <= LIMIT_PX


@pytest.mark.parametrize("name", ["ngp", "colmap", "bop", "coco", "webdataset"])
def test_shifted_wide_and_changing_lenses_come_through_where_they_can(name, tmp_path):
    k = np.array([[20.0, 0, 3.25], [0, 21.0, 7.5], [0, 0, 1]])
    seen = Camera(orbit(20, 10, 2.5, np.zeros(3)), k, 12, 9)
    data = one_camera(tmp_path / "in", seen)
    assert export_dataset(data, name, tmp_path / "out").round_trip_px <= LIMIT_PX


def test_formats_refuse_what_they_cannot_hold(tmp_path):
    shifted = np.array([[20.0, 0, 3.25], [0, 20.0, 4.5], [0, 0, 1]])
    pose = orbit(20, 10, 2.5, np.zeros(3))
    wide = one_camera(tmp_path / "wide", Camera(pose, shifted, 12, 9))
    assert code(export_dataset, wide, "openlrm", tmp_path / "x") == "format-needs-square"
    assert code(export_dataset, wide, "zero123", tmp_path / "x") == "format-needs-square"
    assert code(export_dataset, wide, "nerf", tmp_path / "x") == "nerf-lens"
    flat = Camera(pose, intrinsics_from_scale(8, 8, 8), 8, 8, "orthographic")
    ortho = one_camera(tmp_path / "ortho", flat)
    for name in ("openlrm", "zero123", "nerf", "ngp", "colmap", "bop"):
        assert code(export_dataset, ortho, name, tmp_path / "x") == "format-needs-perspective"
    for name in ("coco", "webdataset"):
        assert export_dataset(ortho, name, tmp_path / name).round_trip_px == 0
    few = make_dataset(tmp_path / "few", views=4, passes=("rgba",), parts=True)
    assert code(export_dataset, few, "openlrm", tmp_path / "x") == "openlrm-views"
    assert code(export_dataset, few, "colmap", tmp_path / "x") == "export-needs-pass"
    assert code(export_dataset, few, "coco", tmp_path / "x") == "export-needs-pass"
    assert code(export_dataset, few, "smell", tmp_path / "x") == "format-unknown"
    # Nothing is left of what was refused.
    assert not list(tmp_path.glob("*x*"))


def test_an_asset_whose_lens_changes_is_refused_by_formats_with_one(tmp_path):
    out = make_dataset(tmp_path / "made", views=32, size=8, passes=("rgba",))
    views = [camera(view, 32, 8, fov_deg=30 + view) for view in range(32)]
    recipe = open_dataset(out).plan.recipe
    pictures = [
        ("rgba", v, encode_pass("rgba", trace(seen)["rgba"])) for v, seen in enumerate(views)
    ]
    write_asset(out, record("chair-0", recipe, views, False), pictures)
    finish_dataset(out)
    assert code(export_dataset, out, "openlrm", tmp_path / "x") == "format-needs-one-lens"
    assert code(export_dataset, out, "nerf", tmp_path / "x") == "format-needs-one-lens"
    for name in ("ngp", "zero123"):
        assert export_dataset(out, name, tmp_path / name).round_trip_px <= LIMIT_PX


def test_what_is_there_is_not_overwritten(dataset, tmp_path):
    (tmp_path / "out").mkdir()
    export_dataset(dataset, "ngp", tmp_path / "out")  # an empty folder is taken
    before = tree(tmp_path)
    assert code(export_dataset, dataset, "ngp", tmp_path / "out") == "export-exists"
    assert tree(tmp_path) == before


def test_a_writer_that_turns_cameras_is_found_out(dataset, tmp_path, monkeypatch):
    flip = np.diag([1.0, 1.0, -1.0, 1.0])
    monkeypatch.setattr(
        "maquette.core.dataset.writers.nerf.to_blender", lambda c, s=1: c.camera_to_world @ flip
    )
    assert code(export_dataset, dataset, "ngp", tmp_path / "out") == "export-round-trip"
    assert not (tmp_path / "out").exists()


def test_smaller_pictures_have_scaled_lenses(dataset, tmp_path):
    export_dataset(dataset, "ngp", tmp_path / "out", (8, 8))
    data = json.loads((tmp_path / "out/chair-0/transforms.json").read_text())
    k = lens(data["fl_x"], data["fl_y"], data["cx"], data["cy"])
    inverse = np.linalg.inv(np.array(data["frames"][3]["transform_matrix"]))
    # Edges of the picture stay edges: pixels scale about its corner, not about pixel centres.
    assert np.abs(in_blender_axes(inverse, CORNERS, k) - known(3) / 2).max() < LIMIT_PX
    small = decode_png((tmp_path / "out/chair-0/images/003.png").read_bytes())
    large = trace(camera(3, VIEWS, SIZE))["rgba"]
    cover = large[..., 3].reshape(8, 2, 8, 2).mean(axis=(1, 3))
    assert np.abs(small[..., 3] - cover).max() <= 0.5
    asset = open_dataset(dataset, (8, 8)).asset("chair-0")
    assert asset.read("depth", 0).shape == (8, 8)
    assert set(np.unique(asset.read("object_index", 0))) <= {0, 1, 2}
    assert code(open_dataset, dataset, (32, 32)) == "dataset-size"
    assert code(open_dataset, dataset, (8, 6)) == "dataset-size"
    assert open_dataset(dataset, (SIZE, SIZE)).size is None


def test_known_points_notice_the_smallest_turn():
    seen = camera(1, 4, 512)
    turn = np.eye(4)
    turn[0, 1], turn[1, 0] = 1e-6, -1e-6
    moved = replace(seen, camera_to_world=seen.camera_to_world @ turn)
    assert 1e-6 < moved_px(seen, moved) < 1e-2
    assert moved_px(seen, seen) == 0
    assert moved_px(seen, camera(1, 4, 256)) == float("inf")
    away = seen.camera_to_world @ np.diag([-1.0, 1.0, -1.0, 1.0])
    assert moved_px(seen, replace(seen, camera_to_world=away)) == float("inf")


def test_an_export_says_what_its_numbers_mean(tmp_path):
    export_dataset(make_dataset(tmp_path / "made", views=1), "ngp", tmp_path / "out")
    text = (tmp_path / "out/README.md").read_text()
    assert text.startswith("# Chairs: instant-ngp transforms\n")
    assert "camera axes x right, y up, z backward" in text
    assert "1 assets, 24 x 24 pixels" in text


def test_writers_say_what_they_are():
    assert writer_names()[: len(BUILT_IN)] == BUILT_IN
    for name in BUILT_IN:
        writer: Writer = load_writer(name)
        assert writer.title
        assert "pixel" in writer.conventions or "radians" in writer.conventions
        assert set(writer.needs) <= {"rgba", "depth"}


def test_parts_without_a_label_are_one_thing_unless_asked(tmp_path):
    out = make_dataset(tmp_path / "made", views=1, parts=True)
    made, files = read_manifest(out / "assets/chair-0")
    plain = replace(made, objects=tuple(replace(item, category="") for item in made.objects))
    kept = {name: (out / "assets/chair-0" / name).read_bytes() for name in files}
    write_asset(out, plain, [], kept)
    (whole,) = open_dataset(out).asset("chair-0").objects
    assert whole.category == "chair"
    assert np.allclose([whole.low, whole.high], [[-0.4, -0.4, -0.5], [0.4, 0.4, 0.5]])
    apart = open_dataset(out, parts=True).asset("chair-0").objects
    assert [item.name for item in apart] == ["seat", "back"]
    for parts, count in [(False, 1), (True, 2)]:
        export_dataset(out, "coco", tmp_path / f"coco{count}", parts=parts)
        files = sorted((tmp_path / f"coco{count}/annotations").glob("*.json"))
        data = [json.loads(path.read_text()) for path in files]
        assert sum(len(d["annotations"]) for d in data) == count
        assert data[0]["categories"] == [{"id": 1, "name": "chair"}]


@pytest.mark.parametrize(
    ("unit", "millimetres_each"), [("m", 1000), ("cm", 10), ("0.0254 m", 25.4), ("2 cm", 20)]
)
def test_bop_knows_the_source_s_unit(tmp_path, unit, millimetres_each):
    asset = open_dataset(make_dataset(tmp_path / "made", views=1)).asset("chair-0")
    asset = replace(asset, record=replace(asset.record, unit=unit, scale=0.5))
    assert millimetres(asset) == pytest.approx(2 * millimetres_each)
