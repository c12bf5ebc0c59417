"""Shards that are made while a training waits for them."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
import torch

from maquette.backend.training.growing_shards import growing
from maquette.backend.training.processes import Group
from maquette.backend.training.store import open_shards
from maquette.core.errors import MaquetteError

ALONE = Group(0, 1, torch.device("cpu"))


def test_a_first_shard_is_there_inside_and_nobody_works_afterwards(tmp_path: Path) -> None:
    with growing(tmp_path / "shards", 1, ALONE, pieces=1):
        first = open_shards(tmp_path / "shards")
        assert len(first[0]["rgba"]) == len(first[0]["piece"]) > 0
        assert multiprocessing.active_children()
    assert not multiprocessing.active_children()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "shards").glob("0*/rgba.npy")}
    with growing(tmp_path / "shards", 1, ALONE, pieces=1):
        pass
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())


def test_it_wants_a_folder_only_when_asked() -> None:
    with growing(None, 0, ALONE):
        pass
    with pytest.raises(MaquetteError), growing(None, 1, ALONE):
        pass
