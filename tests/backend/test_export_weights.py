"""Weights taken out of a checkpoint are those that a run averaged, ready for use."""

from __future__ import annotations

from pathlib import Path

import torch
from small_network import SMALL

from maquette.backend.cli import run
from maquette.backend.networks.reconstructor import Reconstructor
from maquette.backend.networks.weights_file import restore
from maquette.backend.training.store import write_shards


def test_every_norm_is_measured_anew(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("maquette.backend.commands.export._BATCHES", 2)
    monkeypatch.setattr("maquette.backend.commands.export._BATCH", 4)
    write_shards(tmp_path / "shards", range(1), views=1, shard=1)
    torch.manual_seed(0)
    model = Reconstructor(SMALL)
    averaged = model.state_dict()
    checkpoint = {"sizes": SMALL.to_json(), "averaged": averaged, "samples": 7}
    monkeypatch.setattr("maquette.backend.training.saving.read_checkpoint", lambda _: checkpoint)
    out = tmp_path / "weights.safetensors"
    assert run(["export", "last.pt", str(out), "--data", str(tmp_path / "shards")]) == 0
    back = restore(out).state_dict()
    norms = [name for name in averaged if name.endswith("running_mean")]
    assert any(name.startswith("triplane.") for name in norms)
    for name in norms:
        assert float(back[name].abs().sum()) > 0, name
        assert int(back[name.replace("running_mean", "num_batches_tracked")]) == 2
    assert torch.equal(back["surface.weight"], averaged["surface.weight"].half().float())
