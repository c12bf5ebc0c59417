"""Large models taught with views: what is drawn fits together, they learn, and files go round."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from made_datasets import BOXES, make_dataset
from parity import fixture
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tiny_models import OPENLRM_1_1

from maquette.backend.checkpoints.folder import WeightsFolder
from maquette.backend.engines.base import View
from maquette.backend.engines.openlrm import OpenLRM
from maquette.backend.networks.perceptual import Lpips, read_lpips
from maquette.backend.networks.published import MODELS
from maquette.backend.networks.volume_rendering import camera_rays
from maquette.backend.training.batches import Folder
from maquette.backend.training.config_file import read_table
from maquette.backend.training.configured import configured
from maquette.backend.training.journal import read_log
from maquette.backend.training.loop import start, train
from maquette.backend.training.openlrm_dataset import Sampling
from maquette.backend.training.processes import Group
from maquette.backend.training.stepping import Run
from maquette.backend.training.view_batches import ViewBatch, ViewSource
from maquette.backend.training.view_losses import Seen, surface_terms
from maquette.core.dataset.export import export_dataset
from maquette.core.errors import MaquetteError

#: The sizes of the tiny OpenLRM 1.1 that the fixtures hold.
TINY = """
task = "views"
[schedule]
steps = 12
batch = 2
rate = 3e-3
warmup = 1
[machine]
workers = 0
[record]
log = 1
tensorboard = false
[data]
folders = [{ path = "FOLDER" }]
side_views = 2
low = 16
high = 24
region = 12
[model]
width = 64
layers = 2
heads = 4
channels = 8
side = 8
condition = 32
picture = 56
samples = 24
encoder_width = 48
encoder_layers = 2
encoder_heads = 4
encoder_grid = 7
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("views") / "made"
    passes = ("rgba", "depth", "normal_world")
    return make_dataset(folder, assets=3, views=32, size=48, passes=passes)


@pytest.fixture(scope="module")
def openlrm_folder(dataset: Path) -> Path:
    export_dataset(dataset, "openlrm", dataset.parent / "openlrm")
    return dataset.parent / "openlrm"


def _run(folder: Path, out: Path, *changes: str) -> Run:
    path = out.parent / f"{out.name}.toml"
    path.write_text(TINY.replace("FOLDER", folder.as_posix()))
    plan, task = configured(read_table(path, changes))
    return Run(plan, task, Group(0, 1, torch.device("cpu")), out)


def _entries(run: Run) -> list[dict[str, Any]]:
    return [e for e in read_log(run.folder) if "loss" in e]


@pytest.fixture(scope="module")
def batch(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> ViewBatch:
    sampling = Sampling(side_views=2, source_size=56, low=40, high=48, region=36)
    cache = tmp_path_factory.mktemp("cache")
    source = ViewSource([Folder(dataset)], "train", sampling, points=512, cache=cache)
    drawn = source.draw_objects(2, np.random.default_rng(1))
    again = source.draw_objects(2, np.random.default_rng(1))
    assert torch.equal(drawn.images, again.images)
    assert torch.equal(drawn.points, again.points)
    return drawn


def _rays(batch: ViewBatch, index: int, view: int) -> tuple[torch.Tensor, torch.Tensor]:
    camera, anchor = batch.cameras[index, view], batch.anchors[index, view]
    corner = int(anchor[0]), int(anchor[1])
    pose, lens = camera[:16].view(4, 4), camera[16:].view(3, 3)
    return camera_rays(pose, lens, int(batch.sizes[index]), batch.images.shape[-1], corner)


def _world(batch: ViewBatch, index: int, points: torch.Tensor) -> np.ndarray:
    """Points of the turned world back in the dataset's: found from the view of least height."""
    from made_datasets import camera as made_camera

    pose = batch.cameras[index, 0, :16].view(4, 4).double().numpy()
    best = None
    for view in range(32):
        stored = made_camera(view, 32, 48).camera_to_world @ np.diag([1.0, -1, -1, 1])
        stored[:3, 3] *= 2
        back = stored @ np.linalg.inv(pose)
        moved = (np.c_[points.double().numpy(), np.ones(len(points))] @ back.T)[:, :3] / 2
        off = _off_surface(moved)
        if best is None or off.mean() < best[0]:
            best = (off.mean(), moved)
    assert best is not None
    return best[1]


def _off_surface(points: np.ndarray) -> np.ndarray:
    """Distance of points from the nearer of the boxes' surfaces, outside and inside."""
    off = []
    for low, high in BOXES:
        q = np.abs(points - (low + high) / 2) - (high - low) / 2
        off.append(np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(axis=1), 0))
    return np.abs(np.min(off, axis=0))


def test_distances_along_the_rays_end_on_the_boxes(batch: ViewBatch) -> None:
    for index in range(2):
        ends = []
        for view in range(3):
            origins, directions = _rays(batch, index, view)
            distance = batch.distance[index, view].flatten()[:, None]
            seen = (distance > 0)[:, 0]
            ends.append((origins + distance * directions)[seen])
        points = torch.cat(ends)
        assert len(points) > 200
        off = _off_surface(_world(batch, index, points))
        # A depth is the nearest pixel's, at most half a pixel beside the ray.
        assert np.quantile(off, 0.9) < 0.015


def test_surface_terms_are_small_where_the_model_is_right_and_only_there(batch: ViewBatch) -> None:
    ends = []
    for view in range(3):
        origins, directions = _rays(batch, 0, view)
        ends.append(origins + batch.distance[0, view].flatten()[:, None] * directions)
    edge = batch.images.shape[-1]
    points = torch.stack(ends).view(3, edge, edge, 3)
    full = torch.ones(3, edge, edge)
    right = surface_terms(Seen(batch.images[0], full, batch.distance[0], points), batch, 0)
    assert float(right["depth"]) == 0
    # Normals across edges of the boxes are of neither side.
    assert float(right["normal"]) < 0.25
    turned = dataclasses.replace(batch, normals=-batch.normals)
    wrong = surface_terms(Seen(batch.images[0], full, batch.distance[0] + 0.5, points), turned, 0)
    assert float(wrong["depth"]) == pytest.approx(0.5, abs=1e-5)
    assert float(wrong["normal"]) > 1.75


def test_points_of_meshes_are_inside_where_the_pictures_say_so(batch: ViewBatch) -> None:
    assert set(batch.inside.unique().tolist()) == {0.0, 1.0}
    inside = batch.points[0][batch.inside[0] > 0]
    pose, lens = batch.cameras[0, 0, :16].view(4, 4), batch.cameras[0, 0, 16:].view(3, 3)
    local = (torch.cat([inside, torch.ones(len(inside), 1)], 1) @ torch.inverse(pose).T)[:, :3]
    size = int(batch.sizes[0])
    u = lens[0, 0] * local[:, 0] / -local[:, 2] + lens[0, 2]
    v = lens[1, 1] * -local[:, 1] / -local[:, 2] + lens[1, 2]
    at = torch.stack([v, u], 1) * size - batch.anchors[0, 0]
    edge = batch.masks.shape[-1]
    there = ((at > 1) & (at < edge - 1)).all(dim=1)
    rows, columns = at[there].long().unbind(1)
    assert there.sum() > 20
    assert batch.masks[0, 0][rows, columns].mean() > 0.95


def test_a_tiny_model_learns_from_openlrms_layout(openlrm_folder: Path, tmp_path: Path) -> None:
    run = _run(openlrm_folder, tmp_path / "run", "schedule.steps=30")
    assert train(run, start(run, False)).reason == "finished"
    entries = _entries(run)
    assert "depth" not in run.task.weights() or all(e["depth"] == 0 for e in entries)
    first, last = entries[:5], entries[-5:]
    assert sum(e["image"] for e in last) < 0.6 * sum(e["image"] for e in first)
    assert sum(e["mask"] for e in last) < 0.85 * sum(e["mask"] for e in first)


def test_geometry_and_pictures_teach_together(dataset: Path, tmp_path: Path) -> None:
    changes = ("schedule.steps=16", "data.points=256", f"data.cache={tmp_path / 'cache'}")
    run = _run(dataset, tmp_path / "run", *changes, "record.preview=16")
    train(run, start(run, False))
    entries = _entries(run)
    for term in ("image", "mask", "depth", "normal", "planes", "occupancy"):
        assert all(np.isfinite(e[term]) for e in entries)
        assert any(e[term] > 0 for e in entries), term
    first, last = entries[:4], entries[-4:]
    assert sum(e["occupancy"] for e in last) < 0.8 * sum(e["occupancy"] for e in first)
    assert (run.folder / "previews" / "00000016.jpg").stat().st_size > 1000


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model's parameters, stored under the names of the released files."""
    path = tmp_path_factory.mktemp("published") / "model.safetensors"
    state = fixture("openlrm_1_1").model(OPENLRM_1_1).state_dict()
    save_file({k: t.clone().contiguous() for k, t in state.items()}, path)
    return path


def test_fine_tuning_begins_with_a_published_file_and_gives_one_back(
    openlrm_folder: Path, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (f"model.start={published}", 'model.frozen=["encoder"]', "optimiser.average=0.0")
    run = _run(openlrm_folder, tmp_path / "run", *settings, "schedule.steps=6")
    state = start(run, False)
    before = load_file(published)
    for key, value in state.model.state_dict().items():
        assert torch.equal(value, before[key]), key
    train(run, state)
    after = load_file(run.folder / "model.safetensors")
    assert after.keys() == before.keys()
    moved = {k for k in before if not torch.equal(before[k], after[k])}
    assert any(k.startswith("transformer.") for k in moved)
    assert not any(k.startswith("encoder.") for k in moved)
    with safe_open(run.folder / "model.safetensors", "pt") as file:
        about = json.loads(file.metadata()["arguments"])
    assert about == {"transformer_heads": 4, "source_size": 56}
    # The engine takes the file as it takes a released one.
    name = "openlrm-mix-base-1.1"
    monkeypatch.setitem(MODELS, name, OPENLRM_1_1)
    monkeypatch.setenv("MAQUETTE_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("MAQUETTE_CHECKPOINTS", str(tmp_path / "others"))
    (tmp_path / "others").mkdir()
    (run.folder / "model.safetensors").rename(tmp_path / "others" / f"{name}.safetensors")
    engine = OpenLRM.variant(name)()
    WeightsFolder.usual().accept(engine.release)
    engine.load("cpu")
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[16:48, 16:48] = (200, 80, 40, 255)
    planes = engine._planes(engine.prepare([View(picture)]))
    assert planes.shape == (1, 3, 8, 16, 16)
    assert torch.isfinite(planes).all()


def test_a_file_of_another_model_is_refused(
    openlrm_folder: Path, published: Path, tmp_path: Path
) -> None:
    changes = (f"model.start={published}", "model.channels=12")
    with pytest.raises(MaquetteError) as caught:
        start(_run(openlrm_folder, tmp_path / "run", *changes), False)
    assert caught.value.problem.code == "checkpoint-wrong"
    with pytest.raises(MaquetteError) as caught:
        start(_run(openlrm_folder, tmp_path / "run", "model.start=nowhere.ckpt"), False)
    assert caught.value.problem.code == "checkpoint-missing"


def test_perceptual_distance_is_read_from_the_published_names(tmp_path: Path) -> None:
    torch.manual_seed(0)
    made = Lpips()
    features = {f"features.{k}": torch.randn_like(t) * 0.1 for k, t in
                made.features.state_dict().items()}  # fmt: skip
    lines = {f"lin{i}.model.1.weight": torch.rand_like(w) for i, w in enumerate(made.weights)}
    torch.save(features | {"classifier.0.bias": torch.zeros(3)}, tmp_path / "vgg16.pth")
    with pytest.raises(MaquetteError, match="lin0"):
        read_lpips(tmp_path)
    save_file(lines, tmp_path / "lpips.safetensors")
    lpips = read_lpips(tmp_path)
    a, b = torch.rand(2, 3, 32, 32), torch.rand(2, 3, 32, 32)
    assert lpips(a, a).abs().max() == 0
    found = lpips(a, b)
    assert found.shape == (2,)
    assert (found > 0).all()
    # The first of its five parts, written out.
    with torch.no_grad():
        parts = []
        for weight in lpips.weights:
            kept = weight.clone()
            weight.zero_()
            parts.append(lpips(a, b))
            weight.copy_(kept)
        first = found - parts[0]

        def feature(x: torch.Tensor) -> torch.Tensor:
            x = (2 * x - 1 - torch.tensor([-0.030, -0.088, -0.188])[:, None, None]) / torch.tensor(
                [0.458, 0.448, 0.450]
            )[:, None, None]
            for i in (0, 2):
                x = torch.nn.functional.conv2d(
                    x, features[f"features.{i}.weight"], features[f"features.{i}.bias"], padding=1
                ).relu()
            return x / x.norm(dim=1, keepdim=True)

        off = (feature(a) - feature(b)).square() * lines["lin0.model.1.weight"]
    assert torch.allclose(first, off.sum(dim=1).mean(dim=(1, 2)), rtol=1e-3)
