"""Measuring upscalers: a perfect picture is perfect, and the command tells what it measured."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_datasets import make_dataset
from PIL import Image
from tiny_upscaler import stored

from maquette.backend.cli import run
from maquette.backend.training.upscaler_evaluate import method, score, shown
from maquette.backend.training.upscaler_pairs import Pair


def disc(edge: int) -> np.ndarray:
    """An opaque red disc over nothing, (edge, edge, 4) uint8."""
    y, x = (np.mgrid[:edge, :edge] + 0.5) / edge
    rgba = np.zeros((edge, edge, 4), np.uint8)
    rgba[np.hypot(x - 0.5, y - 0.45) < 0.3] = (220, 40, 30, 255)
    return rgba


def test_scores_are_of_what_is_shown() -> None:
    truth = disc(64)
    made = truth.copy()
    made[:10, :10, :3] = 255  # nobody sees colour under no cover
    pair = Pair("disc/000", disc(16), truth)
    with np.errstate(divide="ignore"):
        same = score(pair, made)
    assert (same.psnr, same.object_psnr, same.ssim) == (np.inf, np.inf, 1.0)
    assert np.allclose(shown(truth)[0, 0], 0.5)
    made = truth.copy()
    made[..., :3][truth[..., 3] > 0] += 10
    worse = score(pair, made)
    mean = (10 / 255) ** 2
    assert worse.object_psnr == pytest.approx(-10 * np.log10(mean))
    share = (truth[..., 3] > 0).mean()
    assert worse.psnr == pytest.approx(-10 * np.log10(mean * share))
    assert worse.alpha_psnr == np.inf


def test_resampling_mixes_no_hidden_colour() -> None:
    small = disc(16)
    small[small[..., 3] == 0, :3] = (0, 255, 0)
    for name in ("bicubic", "lanczos"):
        made = method(name)(small)
        assert made.shape == (64, 64, 4)
        assert made[made[..., 3] > 40][:, 1].max() < 60


def test_the_command_measures_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    low = make_dataset(tmp_path / "low", assets=2, views=1, size=32, passes=("rgba",))
    high = make_dataset(tmp_path / "high", assets=2, views=1, size=128, passes=("rgba",))
    weights = stored(tmp_path)
    call = ["evaluate-upscaler", "--low", str(low), "--high", str(high), "--weights", str(weights)]
    files = ["--json", str(tmp_path / "s.json"), "--sheet", str(tmp_path / "s.jpg")]
    assert run([*call, "--models", "bicubic", "lanczos", "render-x4", *files]) == 0
    text = capsys.readouterr().out
    assert "2 pictures of 2 assets, 32 px to 128 px" in text
    assert text.count("\n| ") == 4
    scores = json.loads((tmp_path / "s.json").read_text())
    assert [len(s) for s in scores.values()] == [2, 2, 2]
    assert all(s["psnr"] > 10 for s in scores["bicubic"])
    with Image.open(tmp_path / "s.jpg") as sheet:
        assert sheet.width > 4 * 200
    assert run([*call, "--models", "bicubic", "bicubic"]) == 1
    assert run([*call, "--models", "x9"]) == 1
