"""Enlarging a dataset: poses, intrinsics, pairs, what is left out, and that it is sound."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_datasets import make_dataset
from tiny_upscaler import loaded

from maquette.backend.commands import dataset as command
from maquette.backend.enlarged_dataset import enlarge_dataset
from maquette.backend.imaging.upscaler_loading import load_upscaler
from maquette.core.cameras import project
from maquette.core.dataset.manifest import read_plan
from maquette.core.dataset.pictures import decode_pass
from maquette.core.dataset.reading import open_dataset
from maquette.core.dataset.verify import verify_dataset
from maquette.core.errors import MaquetteError


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """A dataset of two chairs with every pass."""
    return make_dataset(tmp_path / "rendered", assets=2, views=3, size=32)


def test_an_enlarged_dataset_is_sound_and_says_what_it_is(rendered: Path, tmp_path: Path) -> None:
    out = tmp_path / "large"
    made = enlarge_dataset(rendered, out, loaded("plain"), 4)
    assert (made.assets, made.views, made.kept) == (2, 6, 0)
    assert {"depth", "albedo", "object_index"} <= set(made.left_out)
    report = verify_dataset(out)
    assert report.sound, report.lines()
    assert (report.complete, report.views) == (2, 6)
    plan = read_plan(out)
    assert plan.recipe.passes == ("rgba", "mask")
    assert (plan.recipe.width, plan.recipe.enlarged) == (128, 4)
    assert plan.recipe.enlarged_by == f"plain, SHA-256 {'0' * 64}"
    assert plan.splits() == read_plan(rendered).splits()
    assert "enlarged 4 times by plain" in (out / "README.md").read_text()
    told = json.loads((out / "assets" / "chair-0" / "asset.json").read_text())
    assert told["report"]["enlarged"]["rendered"] == read_plan(rendered).recipe.digest()
    assert told["report"]["enlarged"]["left_out"] == list(made.left_out)


def test_poses_stay_and_points_move_with_the_pixels(rendered: Path, tmp_path: Path) -> None:
    out = tmp_path / "large"
    enlarge_dataset(rendered, out, loaded("plain"), 3)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (20, 3))
    for low, high in zip(open_dataset(rendered).assets, open_dataset(out).assets, strict=True):
        for a, b in zip(low.cameras(), high.cameras(), strict=True):
            assert np.array_equal(a.camera_to_world, b.camera_to_world)
            assert np.allclose(project(a, points)[0] * 3, project(b, points)[0])
            assert (b.width, b.height) == (a.width * 3, a.height * 3)
        for view in range(low.views):
            pair = (high.folder / "low" / f"rgba/{view:03d}.png").read_bytes()
            assert pair == low.encoded("rgba", view)
            small, large = decode_pass("rgba", pair), high.read("rgba", view)
            assert np.array_equal(high.read("mask", view), large[..., 3])
            assert not large[large[..., 3] == 0].any()
            # Pixels are repeated by this network: the middle of each new square is the old pixel.
            seen = small[..., 3] == 255
            assert np.array_equal(large[1::3, 1::3][seen][:, 3], small[seen][:, 3])


def test_a_second_run_keeps_what_is_there_and_another_factor_is_refused(
    rendered: Path, tmp_path: Path
) -> None:
    out = tmp_path / "large"
    enlarge_dataset(rendered, out, loaded("plain"), 2)
    before = {p: p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert enlarge_dataset(rendered, out, loaded("plain"), 2).kept == 2
    assert {p: p.read_bytes() for p in out.rglob("*") if p.is_file()} == before
    with pytest.raises(MaquetteError, match="dataset-other-recipe"):
        enlarge_dataset(rendered, out, loaded("plain"), 4)
    with pytest.raises(MaquetteError, match="dataset-enlarged"):
        enlarge_dataset(out, tmp_path / "twice", loaded("plain"), 2)


def test_data_alone_cannot_be_enlarged(tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "data", views=1, size=8, passes=("depth", "mask"))
    with pytest.raises(MaquetteError, match="dataset-needs-colour"):
        enlarge_dataset(data, tmp_path / "out", loaded("plain"), 2)
    assert not (tmp_path / "out").exists()


def test_the_released_network_makes_a_sound_dataset(
    rendered: Path, tmp_path: Path, test_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = test_data / "weights" / "realesr-general-x4v3.pth"
    if not weights.is_file():
        pytest.skip(f"no {weights}")
    assert load_upscaler([weights], "x", "cpu").model.scale == 4
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    out = tmp_path / "large"
    arguments = ["upscale", rendered, "--out", out, "--weights", weights, "--scale", 4]
    assert command.run(parser.parse_args([*map(str, arguments), "--device", "cpu"])) == 0
    assert "left out, to be rendered at this size: depth" in capsys.readouterr().out
    report = verify_dataset(out)
    assert report.sound, report.lines()
