"""The OpenLRM folder: what its own loader returned, and our loader and writer beside it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from made_datasets import camera, make_dataset
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file

from maquette.backend.training.openlrm_dataset import (
    Draw,
    OpenLrmDataset,
    Sampling,
    draw_sample,
    make_sample,
    normalise_poses,
    read_views,
)
from maquette.core.cameras import project
from maquette.core.dataset.export import export_dataset
from maquette.core.errors import MaquetteError

FIXTURE = Path(__file__).parent / "parity" / "openlrm_dataset.safetensors"
#: As the parity fixtures state it for cameras and poses.
CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def parity() -> dict[str, np.ndarray]:
    return load_file(FIXTURE)


@pytest.fixture(scope="module")
def settings() -> dict[str, int]:
    with safe_open(FIXTURE, "np") as file:
        return json.loads(file.metadata()["config"])


def write_object(folder: Path, parity: dict[str, np.ndarray]) -> None:
    """The object of the fixture in the published layout."""
    (folder / "rgba").mkdir(parents=True)
    (folder / "pose").mkdir()
    np.save(folder / "intrinsics.npy", parity["in.intrinsics"])
    for view in range(32):
        Image.fromarray(parity["in.rgba"][view]).save(folder / f"rgba/{view:03d}.png")
        np.save(folder / f"pose/{view:03d}.npy", parity["in.pose"][view])


def test_our_loader_returns_what_theirs_did(parity, settings, tmp_path):
    write_object(tmp_path / "object", parity)
    sampling = Sampling(
        side_views=settings["sample_side_views"],
        source_size=settings["source_image_res"],
        low=settings["render_image_res_low"],
        high=settings["render_image_res_high"],
        region=settings["render_region_size"],
    )
    draw = Draw(
        views=parity["draw.views"],
        greys=parity["draw.bg_colors"][:, 0],
        size=int(parity["draw.render_res"][0, 0]),
        anchors=parity["draw.anchors"],
    )
    sample = make_sample(read_views(tmp_path / "object", draw.views), draw, sampling)
    for ours, name in [
        (sample.source_camera, "out.source_camera"),
        (sample.render_cameras, "out.render_camera"),
        (sample.source_image, "out.source_image"),
        (sample.render_images, "out.render_image"),
    ]:
        assert ours.dtype == torch.float32
        assert ours.shape == parity[name].shape
        np.testing.assert_allclose(ours.numpy(), parity[name], **CLOSE)
    assert np.array_equal(sample.anchors.numpy(), parity["draw.anchors"])


@pytest.mark.parametrize(("distance", "name"), [(None, "norm_auto"), (2.0, "norm_2")])
def test_poses_are_turned_as_theirs(parity, distance, name):
    turned = normalise_poses(parity["in.pose"][:4], distance)
    np.testing.assert_allclose(turned[:, :3], parity[f"out.{name}.poses"], **CLOSE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    base = tmp_path_factory.mktemp("openlrm")
    made = make_dataset(base / "made", assets=3, views=32, size=24, passes=("rgba",))
    export_dataset(made, "openlrm", base / "out")
    return base / "out"


SMALL = Sampling(source_size=28, low=12, high=20, region=12)


def test_what_our_writer_writes_is_loaded(folder):
    data = OpenLrmDataset([folder / "elsewhere", folder], folder / "train.json", SMALL)
    assert len(data) == len(json.loads((folder / "train.json").read_text())) >= 1
    sample = data[0]
    assert sample.source_image.shape == (3, 28, 28)
    assert sample.render_images.shape == (4, 3, 12, 12)
    assert sample.source_image[:, 0, 0].tolist() == [1, 1, 1]
    # The source camera stands in front of an object twice our normalised size, at its distance.
    pose = sample.source_camera[:12].reshape(3, 4)
    assert pose[:, 3].numpy() == pytest.approx([0, -4.8, 0], abs=1e-5)
    assert pose[:, :3].numpy() == pytest.approx(
        np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]), abs=1e-6
    )


def test_written_cameras_see_known_points_where_the_pictures_do(folder):
    """Turned poses relate the views as the dataset's cameras do."""
    views = read_views(folder / "chair-0", range(32))
    turned = normalise_poses(views.poses)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 3))
    first = np.vstack([views.poses[0], [0, 0, 0, 1]])
    moved = np.c_[2 * points, np.ones(20)] @ (turned[0] @ np.linalg.inv(first)).T
    (fx, fy), (cx, cy), _ = views.intrinsics
    for view in (0, 7, 31):
        x, y, z, _ = (moved @ np.linalg.inv(turned[view]).T).T
        seen = np.stack([fx * x / -z + cx, fy * -y / -z + cy], axis=1)
        assert np.abs(seen - project(camera(view, 32, 24), points)[0]).max() < 1e-4


def test_samples_depend_on_seed_epoch_and_index_only(folder):
    names = ["chair-0", "chair-1", "chair-2"]
    data = [OpenLrmDataset([folder], names, SMALL, seed=s) for s in (5, 5, 6)]
    assert torch.equal(data[0][1].render_images, data[1][1].render_images)
    assert not torch.equal(data[0][1].render_images, data[2][1].render_images)
    data[1].epoch = 1
    assert not torch.equal(data[0][1].render_images, data[1][1].render_images)


def test_draws_stay_within_the_pictures():
    rng = np.random.default_rng(0)
    drawn = [draw_sample(SMALL, rng) for _ in range(300)]
    assert {d.size for d in drawn} == set(range(12, 21))
    assert {v for d in drawn for v in d.views.tolist()} == set(range(32))
    assert all(len(set(d.views.tolist())) == 4 for d in drawn)
    assert all(d.anchors.min() >= 0 and d.anchors.max() + 12 <= d.size for d in drawn)
    assert {g for d in drawn for g in d.greys.tolist()} == {0.0, 0.5, 1.0}


def test_missing_and_wrong_files_are_named(folder, parity, tmp_path):
    with pytest.raises(MaquetteError, match="nobody"):
        OpenLrmDataset([folder], ["nobody"])
    write_object(tmp_path / "object", parity)
    (tmp_path / "object/pose/031.npy").unlink()
    with pytest.raises(FileNotFoundError):
        read_views(tmp_path / "object", range(32))
    Image.new("RGB", (24, 24)).save(tmp_path / "object/rgba/000.png")
    with pytest.raises(ValueError, match="instead of RGBA"):
        read_views(tmp_path / "object", [0])
