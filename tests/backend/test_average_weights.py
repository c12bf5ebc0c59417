"""Weights that come from one beginning are averaged, and others are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_network import SMALL

from maquette.backend.cli import run
from maquette.backend.networks.reconstructor import Config, Reconstructor
from maquette.backend.networks.weights_file import restore, store


def stored(path: Path, config: Config, seed: int) -> Reconstructor:
    torch.manual_seed(seed)
    model = Reconstructor(config).eval()
    model.encoder.down1[0][1].running_mean.fill_(seed)
    store(model, path)
    return model


def test_the_mean_lies_between(tmp_path: Path) -> None:
    files = [tmp_path / f"{seed}.safetensors" for seed in (1, 2, 6)]
    # What was fitted to one of them is no part of the mean, whatever it looks like.
    models = [
        stored(file, replace(SMALL, level=0.004, confident=seed == 2), seed)
        for file, seed in zip(files, (1, 2, 6), strict=True)
    ]
    assert run(["average", *map(str, files), "--out", str(tmp_path / "mean.safetensors")]) == 0
    mean = restore(tmp_path / "mean.safetensors")
    assert mean.config.level == 0 and mean.confidence is None
    expected = sum(m.surface.weight for m in models) / 3
    torch.testing.assert_close(mean.surface.weight, expected.detach(), atol=1e-3, rtol=1e-2)
    assert (mean.encoder.down1[0][1].running_mean == 3).all()


def test_other_sizes_and_missing_files_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stored(tmp_path / "a.safetensors", SMALL, 1)
    stored(tmp_path / "b.safetensors", replace(SMALL, features=SMALL.features + 8), 2)
    out = str(tmp_path / "mean.safetensors")
    for other, code in (("b", "checkpoint-other-model"), ("c", "checkpoint-missing")):
        pair = [str(tmp_path / f"{name}.safetensors") for name in ("a", other)]
        assert run(["average", *pair, "--out", out]) == 1
        assert code in capsys.readouterr().err
    assert not Path(out).exists()
