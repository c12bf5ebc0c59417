"""Verifying finds what is wrong, and nothing where nothing is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_datasets import camera, make_dataset, mesh, record, trace

from maquette.core.cameras import Camera, intrinsics_from_scale
from maquette.core.dataset.finish import finish_dataset
from maquette.core.dataset.layout import quarantine, read_manifest, write_asset
from maquette.core.dataset.manifest import read_plan
from maquette.core.dataset.pictures import encode_pass
from maquette.core.dataset.verify import verify_dataset
from maquette.core.errors import MaquetteError
from maquette.core.png import decode_png

VIEWS, SIZE = 3, 24


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "made", views=VIEWS, size=SIZE, parts=True)


def told(out: Path) -> str:
    report = verify_dataset(out)
    assert report.sound == (not report.faults)
    return "\n".join(text for _, text in report.faults)


def rewrite(out: Path, change=lambda view, passes: None, move=lambda camera: camera) -> None:
    """Store the chair again, with other pictures or with cameras that are not theirs."""
    recipe = read_plan(out).recipe
    cameras = [camera(view, VIEWS, SIZE) for view in range(VIEWS)]
    pictures = []
    for view, seen in enumerate(map(trace, cameras)):
        change(view, seen)
        pictures += [(name, view, encode_pass(name, seen[name])) for name in recipe.passes]
    moved = [move(seen) for seen in cameras]
    write_asset(out, record("chair-0", recipe, moved, True), pictures, {"mesh.ply": mesh()})
    finish_dataset(out)


def test_a_sound_dataset_is_sound(dataset):
    calls = []
    report = verify_dataset(dataset, lambda done, of: calls.append((done, of)))
    assert report.sound, report.faults
    assert (report.planned, report.complete, report.views) == (1, 1, VIEWS)
    assert report.position_px < 1e-3
    assert report.depth_share < 1e-6
    assert report.outline_px < 1
    assert calls == [(0, 1)]
    assert report.lines()[-1] == "sound"


def test_one_changed_byte_is_found(dataset):
    for path in sorted(dataset.glob("assets/chair-0/*/001.*")):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert f"{path.parent.name}/{path.name}: its contents have changed" in told(dataset)
        path.write_bytes(whole[:-1])
        assert f"{len(whole) - 1} bytes instead of {len(whole)}" in told(dataset)
        path.unlink()
        assert "No such file" in told(dataset)
        path.write_bytes(whole)
    assert told(dataset) == ""


def test_a_camera_that_is_not_the_picture_s_is_found(dataset):
    def shift(seen):
        pose = seen.camera_to_world.copy()
        pose[:3, 3] += 0.3 * pose[:3, 0]
        return replace(seen, camera_to_world=pose)

    rewrite(dataset, move=shift)
    assert "surface points lie" in told(dataset)
    assert "the outline is" in told(dataset)


def test_blender_axes_instead_of_opencv_s_are_found(dataset):
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    rewrite(dataset, move=lambda c: replace(c, camera_to_world=c.camera_to_world @ flip))
    assert told(dataset)


def test_a_mirrored_camera_is_found(dataset):
    mirror = np.diag([-1.0, 1.0, 1.0, 1.0])
    rewrite(dataset, move=lambda c: replace(c, camera_to_world=c.camera_to_world @ mirror))
    assert "not a rotation" in told(dataset)


def test_pixel_centres_on_whole_numbers_are_within_reach_but_two_pixels_are_not(dataset):
    def principal(pixels):
        def move(seen):
            intrinsics = seen.intrinsics.copy()
            intrinsics[0, 2] += pixels
            return replace(seen, intrinsics=intrinsics)

        return move

    rewrite(dataset, move=principal(2))
    assert "2.0 px beside" in told(dataset)
    rewrite(dataset, move=principal(0.5))
    assert verify_dataset(dataset).position_px == pytest.approx(0.5, abs=1e-3)


def test_distance_along_the_ray_is_not_taken_for_planar_depth(dataset):
    def to_ray(view, passes):
        seen = passes["depth"] > 0
        middle = camera(view, VIEWS, SIZE).camera_to_world[:3, 3]
        distance = np.linalg.norm(passes["position"] - middle, axis=2)
        passes["depth"] = np.where(seen, distance, 0)

    rewrite(dataset, to_ray)
    assert "depth differs" in told(dataset)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda p: p.update(depth=p["depth"] * 2), "beyond the asset's bounding box"),
        (lambda p: p.update(depth=-p["depth"]), "depth is negative"),
        (lambda p: p.update(mask=p["mask"] // 2), "mask and alpha differ by 50%"),
        (lambda p: p.update(rgba=p["rgba"] * 0, mask=p["mask"] * 0), "nothing is visible"),
        (lambda p: p.update(normal_world=p["normal_world"] / 2), "not of unit length"),
        (lambda p: p.update(object_index=np.ones_like(p["object_index"])), "and no cover"),
    ],
)
def test_passes_that_contradict_each_other_are_found(dataset, change, text):
    rewrite(dataset, lambda view, passes: change(passes) if view == 1 else None)
    faults = told(dataset)
    assert text in faults
    assert "view 001" in faults
    assert "view 000" not in faults


def test_objects_that_are_mixed_up_are_found(dataset):
    def swap(view, passes):
        index = passes["object_index"]
        passes["object_index"] = np.where(index > 0, 3 - index, 0).astype(np.uint16)

    rewrite(dataset, swap)
    assert "object 1 shows 0." in told(dataset)

    def unknown(view, passes):
        passes["object_index"] = passes["object_index"] * 4

    rewrite(dataset, unknown)
    assert "there is no object 4" in told(dataset)


def test_pictures_of_another_size_are_found(dataset):
    def crop(view, passes):
        passes["rgba"] = passes["rgba"][:-1]

    rewrite(dataset, crop)
    assert "rgba/000.png: not of the size of its camera" in told(dataset)


def test_files_that_nobody_listed_are_found(dataset):
    (dataset / "assets/chair-0/rgba/000.png~").write_bytes(b"")
    assert "rgba/000.png~: not listed" in told(dataset)


def test_what_is_missing_is_found_unless_in_quarantine(tmp_path):
    out = make_dataset(tmp_path / "made", assets=2, views=1, size=12)
    (out / "assets/chair-1").rename(tmp_path / "elsewhere")
    assert "was not rendered" in told(out)
    quarantine(out, "chair-1", {"code": "asset-crash", "message": "Blender crashed."}, "")
    finish_dataset(out)
    report = verify_dataset(out)
    assert report.sound
    assert "quarantined: chair-1: Blender crashed." in report.lines()
    assert "chair-1: Blender crashed." in (out / "README.md").read_text()
    (tmp_path / "elsewhere").rename(out / "assets/chair-7")
    assert "asset.json belongs to chair-1" not in told(out)
    assert ("chair-7", "is not in the plan") in verify_dataset(out).faults


def test_an_unfinished_run_is_found(tmp_path):
    out = make_dataset(tmp_path / "made", views=1, size=12, finish=False)
    (out / "assets/.chair-9.part").mkdir()
    assert "contents.json is missing" in told(out)
    assert "a killed run left .chair-9.part" in told(out)
    finish_dataset(out)
    assert told(out) == ""
    (out / "contents.json").write_text("{}")
    assert "contents.json does not fit chair-0" in told(out)
    (out / "splits/train.json").write_text('["chair-3"]')
    assert "splits/train.json is not the plan's" in told(out)
    (out / "splits/test.json").write_text("[")
    assert "damaged" in told(out)


def test_other_settings_in_one_dataset_are_found(dataset):
    path = dataset / "assets/chair-0/asset.json"
    data = json.loads(path.read_text())
    data["recipe"]["blender"] = "9.9"
    path.write_text(json.dumps(data))
    assert "made with other settings" in told(dataset)
    path.write_text("[]")
    assert "damaged" in told(dataset)


def test_no_dataset_is_an_error(tmp_path):
    with pytest.raises(MaquetteError, match="no dataset") as caught:
        verify_dataset(tmp_path)
    assert caught.value.problem.code == "dataset-missing"


def test_orthographic_views_are_checked_alike(tmp_path):
    out = make_dataset(tmp_path / "made", views=VIEWS, size=SIZE, parts=True)
    recipe = read_plan(out).recipe
    pose = camera(0, 1, SIZE).camera_to_world
    flat = Camera(pose, intrinsics_from_scale(SIZE / 1.4, SIZE, SIZE), SIZE, SIZE, "orthographic")
    seen = trace(flat)
    pictures = [(name, 0, encode_pass(name, seen[name])) for name in recipe.passes]
    write_asset(out, record("chair-0", recipe, [flat], True), pictures, {"mesh.ply": mesh()})
    finish_dataset(out)
    report = verify_dataset(out)
    assert report.sound, report.faults
    assert report.position_px < 1e-3


def test_the_card_counts_and_shows(dataset):
    text = (dataset / "README.md").read_text()
    assert f"1 assets, {VIEWS} views, {VIEWS * 11} pictures" in text
    assert "CC0-1.0: 1" in text
    assert "contact.png" in text
    sheet = decode_png((dataset / "contact.png").read_bytes())
    assert sheet.shape == (128, 128, 3)
    assert np.ptp(sheet) > 50
    assert read_manifest(dataset / "assets/chair-0")[0].category == "chair"
