"""The shapes that are learned by heart are drawn as small as their configuration looks at them."""

from __future__ import annotations

from pathlib import Path

from maquette.backend.training import smoke
from maquette.backend.training.config_file import find_config, read_table
from maquette.backend.training.store import open_shards
from maquette.core.protocol import CATEGORIES


def test_shards_fit_the_configuration(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(smoke, "PIECES", 1)
    monkeypatch.setattr(smoke, "_CHOSEN_FROM", 2)
    smoke.make_shards(tmp_path)
    (shard,) = open_shards(tmp_path / "small")
    edge = read_table(find_config("smoke"))["model"]["picture"]
    assert shard["rgba"].shape == (len(CATEGORIES) * smoke.VIEWS, edge, edge, 4)
    assert shard["surface"].shape[1:] == (edge // 2, edge // 2, 3)
    covered = shard["rgba"][..., 3] > 127
    assert (covered[:, ::2, ::2] == shard["hit"]).mean() > 0.9
