"""The parts of a batch that are numbers: shards, devices, estimates, arguments, which Blender."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pytest

from maquette.core.batch import own_presets
from maquette.core.batch.arguments import add_arguments
from maquette.core.batch.blender import find_blender
from maquette.core.batch.estimate import estimate, measured, size, span
from maquette.core.batch.plan import Device, Shard, share_out
from maquette.core.batch.request import read
from maquette.core.dataset.recipe import Recipe
from maquette.core.dataset.sources import Helpers
from maquette.core.errors import MaquetteError
from maquette.core.presets import FOLDER


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(list(words))


def test_shards_are_everything_and_each_asset_once() -> None:
    items = list(range(11))
    parts = [Shard.parse(f"{n}/4").of(items) for n in range(1, 5)]
    assert sorted(item for part in parts for item in part) == items
    assert len({Shard.parse(f"{n}/4").name for n in range(1, 5)}) == 4
    for text in ("0/4", "5/4", "4", "a/b"):
        with pytest.raises(ValueError):
            Shard.parse(text)


def test_the_machine_is_shared_out() -> None:
    assert share_out("auto", None, {}, 16) == (Device("CPU", 0, 4),) * 4
    assert share_out("auto", None, {}, 2) == (Device("CPU", 0, 2),)
    two = {"OPTIX": 2, "CUDA": 2}
    assert share_out("auto", None, two, 16) == (Device("OPTIX", 0, 8), Device("OPTIX", 1, 8))
    assert [device.index for device in share_out("cuda", 3, two, 6)] == [0, 1, 0]
    assert share_out("cpu", 3, two, 6) == (Device("CPU", 0, 2),) * 3
    with pytest.raises(MaquetteError, match="it has cpu, optix, cuda"):
        share_out("hip", None, two, 16)


def test_an_estimate_scales_one_asset_up() -> None:
    files = {"rgba/000.png": 90, "rgba/001.png": 110, "asset.json": 20, "mesh.ply": 1000}
    one = measured(10.0, [5.0, 2.0], files)
    assert (one.asset_s, one.picture_s) == (3.0, 3.5)
    assert (one.asset_bytes, one.picture_bytes) == (1000, 110)
    made = estimate(one, assets=8, views=10, workers=4, free_bytes=10**4)
    assert made.seconds == pytest.approx(8 * (3.0 + 35.0) / 4)
    assert made.bytes == 8 * (1000 + 1100) and not made.fits
    assert estimate(one, assets=1, views=10, workers=4, free_bytes=1).workers == 1
    assert measured(4.0, [3.0], {}).picture_s == 4.0


def test_figures_are_said_for_people() -> None:
    assert [span(s) for s in (12, 300, 7260, 10**6)] == ["12 s", "5 min", "2 h 1 min", "11.6 days"]
    assert [size(n) for n in (12, 1500, 2_500_000, 5e12)] == [
        "12 bytes",
        "1.5 kB",
        "2.5 MB",
        "5.0 TB",
    ]


def test_arguments_become_a_request(tmp_path: Path) -> None:
    words = "--rig turntable --resolution 64x32 --views 3 --passes rgba,depth,rgba --seed 4"
    args = parsed(
        "furniture:chair:0-4", *words.split(), "--shard", "2/3", "--out", str(tmp_path / "set")
    )
    request = read(args, Helpers())
    recipe = request.recipe
    assert (recipe.width, recipe.height, recipe.passes) == (64, 32, ("rgba", "depth"))
    assert (request.views, len(request.assets), request.shard) == (3, 5, Shard(2, 3))
    assert len(recipe.presets_sha256) == 64 and recipe.blender == ""
    assert not (tmp_path / "set").exists(), "reading writes nothing"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--rig", "nothing"], "preset-unknown"),
        (["--rig", "nothing.toml"], "preset-unknown"),
        (["--passes", "rgba,smell"], "recipe-invalid"),
        (["--format", "bop"], "export-needs-pass"),
        (["--format", "smell"], "format-unknown"),
    ],
)
def test_what_cannot_be_rendered_is_refused_at_once(
    tmp_path: Path, words: list[str], code: str
) -> None:
    with pytest.raises(MaquetteError) as raised:
        read(parsed("furniture:chair:0", "--out", str(tmp_path / "set"), *words), Helpers())
    assert raised.value.problem.code == code


def test_a_preset_file_is_kept_with_the_dataset(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    text = (FOLDER / "cameras" / "turntable.toml").read_text("utf-8")
    mine.write_text(text, "utf-8")
    recipe = own_presets.keep(Recipe(str(mine), "studio", "draft"), tmp_path / "set")
    assert recipe.cameras.startswith("mine-") and str(tmp_path) not in recipe.cameras
    (kept,) = (tmp_path / "set").rglob("*.toml")
    assert kept.name == f"{recipe.cameras}.toml" and kept.read_text("utf-8") == text
    known, views = own_presets.look_up(recipe, tmp_path / "set")
    plain, _ = own_presets.look_up(Recipe("turntable", "studio", "draft"), tmp_path / "set")
    assert (known.presets_sha256, views) == (plain.presets_sha256, 24)
    mine.write_text(text.replace("views = 24", "views = 25"), "utf-8")
    again = own_presets.keep(Recipe(str(mine), "studio", "draft"), tmp_path / "set")
    assert again.cameras != recipe.cameras


def test_a_blender_is_named_or_found(tmp_path: Path) -> None:
    with pytest.raises(MaquetteError, match="not a program"):
        find_blender({"MAQUETTE_BLENDER": str(tmp_path / "nothing")})
    python = find_blender({"MAQUETTE_BLENDER": sys.executable})
    assert python.is_python and python.command("scene.batch_worker")[0] == sys.executable
    program = tmp_path / "blender"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    found = find_blender({"PATH": str(tmp_path)})
    assert found.program == str(program) and "--factory-startup" in found.command("x.y", "z")
    assert found.command("x.y", "z")[-2:] == ("x.y", "z")
    with pytest.raises(MaquetteError, match="none was found"):
        find_blender({"PATH": ""})
