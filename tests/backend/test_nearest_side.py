"""Pieces without a front are taught with their nearest side as the front."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from maquette.backend.training.batches import Folder, ShardSource
from maquette.backend.training.nearest_side import has_front, quarter_turns, rotation
from maquette.backend.training.store import columns_of, open_shards, save_shard
from maquette.backend.training.views import projection, rotation_from_angles
from maquette.core.errors import MaquetteError
from maquette.core.furniture.distance import signed_distance
from maquette.core.furniture.primitives import normalisation
from maquette.core.furniture.shapes import draw_piece

_INTRINSICS = np.array([[1.9, 0, 0.5], [0, 1.9, 0.5], [0, 0, 1]])


def matrix(azimuth: float) -> np.ndarray:
    return projection(_INTRINSICS, rotation_from_angles(azimuth, 20), np.array([0, 0, 3.0]))


def azimuth_of(seen: np.ndarray) -> float:
    """Degrees from the front, -Y, towards +X, of the camera."""
    return float(np.degrees(np.arctan2(-seen[2, 0], seen[2, 1])))


@pytest.mark.parametrize("azimuth", [-170, -100, -50, -44, 0, 30, 46, 75, 130])
def test_the_side_nearest_to_the_camera_becomes_the_front(azimuth: float) -> None:
    seen = matrix(azimuth)
    turned = np.hstack([seen[:, :3] @ rotation(quarter_turns(seen)).T, seen[:, 3:]])
    assert abs(azimuth_of(turned)) <= 45
    moved = (azimuth_of(turned) - azimuth_of(seen)) / 90
    assert moved == pytest.approx(round(moved), abs=1e-5)


@pytest.fixture(scope="module")
def square() -> int:
    """Seed of a table without a front."""
    return next(seed for seed in range(100) if not has_front(draw_piece("table", seed)))


def test_drawn_labels_agree_with_the_picture_and_the_piece(tmp_path: Path, square: int) -> None:
    save_shard(tmp_path / "all", columns_of([("table", square)], views=12, edge=64))
    (shard,) = open_shards(tmp_path)
    assert set(shard["turns"]) > {0}
    batch = ShardSource([Folder(tmp_path)], points=500).draw_pictures(30, np.random.default_rng(0))
    piece = draw_piece("table", square)
    centre, scale = normalisation(piece)
    for i in range(30):
        seen = batch.matrix[i].numpy()
        assert abs(azimuth_of(seen)) <= 45.1
        # What a pixel sees is where the camera has it, and on the piece, turned as it may be.
        surface = batch.surface[i][batch.hit[i]].numpy().astype(np.float64)
        ends = surface @ seen[:, :3].T + seen[:, 3]
        rows, columns = np.nonzero(batch.hit[i].numpy())
        pixels = (np.stack([columns, rows], axis=1) + 0.5) / batch.hit.shape[1]
        assert np.abs(ends[:, :2] / ends[:, 2:] - pixels).max() < 0.01
        off = signed_distance(piece, surface / scale + centre) * scale
        assert np.abs(off).mean() < 0.01
        # The field is that of the piece as well: of so much alike nobody tells a turn.
        points = batch.points[i].numpy().astype(np.float64)
        inside = signed_distance(piece, points / scale + centre) < 0
        told = batch.distance[i].numpy() < 0
        assert (inside & told).sum() / max(1, (inside | told).sum()) > 0.6


def test_a_piece_with_a_front_keeps_it(tmp_path: Path) -> None:
    save_shard(tmp_path / "all", columns_of([("bookshelf", 0), ("sofa", 0)], views=8, edge=64))
    (shard,) = open_shards(tmp_path)
    assert any(quarter_turns(seen) for seen in shard["matrix"])
    assert not shard["turns"].any()


def test_shards_of_an_older_version_are_told(tmp_path: Path) -> None:
    save_shard(tmp_path / "all", columns_of([("sofa", 0)], views=1, edge=64))
    (tmp_path / "all" / "turns.npy").unlink()
    with pytest.raises(MaquetteError, match="another version") as caught:
        ShardSource([Folder(tmp_path)], points=10)
    assert caught.value.problem.code == "training-data-outdated"
