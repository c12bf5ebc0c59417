"""Datasets of the furniture source to training shards; the pictures are cast, not rendered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from maquette.backend.cli import run
from maquette.backend.networks.alignment import project
from maquette.backend.networks.camera_fit import map_grid
from maquette.backend.training.renders import pack_renders, read_views
from maquette.backend.training.samples import MAP, PICTURE
from maquette.backend.training.store import open_shards
from maquette.core.colour import linear_to_srgb
from maquette.core.dataset.layout import asset_folder, quarantine, write_asset
from maquette.core.dataset.manifest import Plan, PlannedAsset, write_plan
from maquette.core.dataset.pictures import encode_pass
from maquette.core.dataset.recipe import Recipe
from maquette.core.dataset.records import AssetRecord, ViewRecord
from maquette.core.dataset.sources import AssetSource, resolve_sources
from maquette.core.errors import MaquetteError
from maquette.core.furniture.distance import signed_distance
from maquette.core.furniture.primitives import normalisation
from maquette.core.furniture.raycast import Light, cast
from maquette.core.furniture.shapes import draw_piece
from maquette.core.furniture.tessellate import tessellate
from maquette.core.presets import load_camera_rig
from maquette.core.protocol import CATEGORIES
from maquette.core.rigs import draw_shot

_SIZE, _VIEWS = 224, 2
_RECIPE = Recipe("reference-front", "reference", "draft", _SIZE, _SIZE, _VIEWS)
_SOURCES = resolve_sources(["furniture:all:val:0-1"])
_LIGHT = Light((0.3, -0.6, 0.74), 0.8, 0.2, 0.5)


def _write(out: Path, source: AssetSource) -> None:
    """What ``maquette render`` leaves of a piece, with the ray caster as renderer."""
    seed = int(source.extra["seed"])
    piece = draw_piece(source.category, seed)
    centre, scale = normalisation(piece)
    points = (tessellate(piece).vertices - centre) * scale
    rng = np.random.default_rng(seed)
    rig = load_camera_rig("reference-front")
    views, pictures = [], []
    for view in range(_VIEWS):
        camera = draw_shot(rig, points, (_SIZE, _SIZE), rng).camera
        pose = camera.camera_to_world
        position = pose[:3, 3] / scale + centre
        shot = cast(piece, position, pose[:3, :3], camera.intrinsics, (_SIZE, _SIZE), _LIGHT)
        rgba = np.dstack([linear_to_srgb(np.clip(shot.rgb, 0, 1)), shot.hit])
        pictures.append(("rgba", view, encode_pass("rgba", np.rint(rgba * 255).astype(np.uint8))))
        views.append(ViewRecord(camera, {}))
    record = AssetRecord(source.id, _RECIPE, source.record(), source.category, tuple(views))
    write_asset(out, record, pictures)


def _planned(sources: list[AssetSource]) -> Plan:
    assets = (PlannedAsset(s.id, s.category, {"kind": s.kind, "uri": s.uri}) for s in sources)
    return Plan("pieces", _RECIPE, tuple(assets))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dataset")
    write_plan(out, _planned(_SOURCES))
    for source in _SOURCES:
        _write(out, source)
    return out


def test_pictures_surfaces_points_and_cameras_of_a_shard_agree(
    dataset: Path, tmp_path: Path
) -> None:
    assert run(["pack", str(dataset), "--shard", "2", "--out", str(tmp_path)]) == 0
    (shard,) = open_shards(tmp_path)
    assert shard["rgba"].shape == (10 * _VIEWS, PICTURE, PICTURE, 4)
    assert shard["piece"].tolist() == [n for n in range(10) for _ in range(_VIEWS)]
    assert shard["category"].tolist() == [0, 1, 2, 3, 4] * 2
    hit = torch.from_numpy(np.array(shard["hit"]))
    surface = torch.from_numpy(np.array(shard["surface"])).float()
    uv, _ = project(torch.from_numpy(np.array(shard["matrix"])), surface.flatten(1, 2))
    off = (uv - map_grid(MAP)).norm(dim=-1)[hit.flatten(1)]
    assert off.max() < 2e-3
    alpha = torch.from_numpy(np.array(shard["rgba"][..., 3])).float() / 255
    covered = torch.nn.functional.avg_pool2d(alpha[:, None], PICTURE // MAP)[:, 0] > 0.5
    overlap = (covered & hit).flatten(1).sum(1) / (covered | hit).flatten(1).sum(1)
    assert overlap.mean() > 0.95 and overlap.min() > 0.85  # thin parts are mostly edge
    for view, number in enumerate(shard["piece"]):
        seed = _SOURCES[number].extra["seed"]
        piece = draw_piece(CATEGORIES[shard["category"][number]], seed)
        centre, scale = normalisation(piece)
        seen = surface[view][hit[view]].double().numpy() / scale + centre
        assert np.abs(signed_distance(piece, seen) * scale).max() < 3e-3
        points = shard["points"][number].astype(float) / scale + centre
        true = signed_distance(piece, points) * scale
        assert np.abs(true - shard["distance"][number]).max() < 1e-3


def test_a_growing_dataset_is_packed_piece_by_piece(tmp_path: Path) -> None:
    data, shards = tmp_path / "data", tmp_path / "shards"
    sources = resolve_sources(["furniture:chair:0-2"])
    write_plan(data, _planned(sources))
    _write(data, sources[0])
    assert pack_renders(data, shards, seeds=2) == ([], 2)
    # The second piece could not be rendered; nobody waits for it.
    quarantine(data, sources[1].id, {"code": "asset-failed", "message": ""}, "")
    made, waiting = pack_renders(data, shards, seeds=2)
    assert (len(made), waiting) == (1, 1)
    before = (made[0] / "rgba.npy").stat().st_mtime_ns
    _write(data, sources[2])
    made, waiting = pack_renders(data, shards, seeds=2)
    assert ([len(s["category"]) for s in open_shards(shards)], waiting) == ([1, 1], 0)
    assert (made[0] / "rgba.npy").stat().st_mtime_ns == before


def test_what_does_not_fit_is_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(MaquetteError, match="render-missing"):
        read_views(dataset, "chair", 17)
    sources = resolve_sources(["furniture:chair:5"])
    _write(tmp_path, sources[0])
    record = asset_folder(tmp_path, "chair-5") / "asset.json"
    record.write_text(record.read_text().replace(sources[0].sha256(), "0" * 64))
    with pytest.raises(MaquetteError, match="render-outdated"):
        read_views(tmp_path, "chair", 5)
    plan = Plan("files", _RECIPE, (PlannedAsset("lamp", "", {"uri": "lamp.glb"}),))
    write_plan(tmp_path / "other", plan)
    with pytest.raises(MaquetteError, match="dataset-not-furniture"):
        pack_renders(tmp_path / "other", tmp_path / "shards")
