"""The shell command ``maquette upscale``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from service_rig import environment
from tiny_upscaler import encoded, scene, stored

from maquette.core.exr import encode_exr, read_exr


def maquette(tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "maquette.backend", "upscale", *map(str, arguments)],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with pictures of both kinds and a bad one."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(encoded(scene(9, 11)))
    (folder / "light.exr").write_bytes(encode_exr({"Y": np.full((5, 6), 7.5, np.float32)}))
    (folder / "bad.png").write_bytes(b"no picture")
    return folder


def test_pictures_are_enlarged_and_the_failed_ones_named(tmp_path: Path, pictures: Path) -> None:
    weights = stored(tmp_path, "plain")
    done = maquette(
        tmp_path,
        *(pictures / "a.png", pictures / "bad.png", pictures / "light.exr", pictures / "none.png"),
        *("--out", tmp_path / "out", "--weights", weights, "--scale", 3, "--device", "cpu"),
    )
    assert done.returncode == 1
    assert "2 of 4 pictures failed" in done.stderr
    assert "image-unreadable" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["a.png", "light.exr"]
    with Image.open(tmp_path / "out" / "a.png") as image:
        assert image.size == (33, 27)
    light = read_exr(tmp_path / "out" / "light.exr")["Y"]
    assert light.shape == (15, 18)
    assert np.allclose(light, 7.5, rtol=1e-3)


def test_without_a_name_the_network_that_comes_with_maquette_is_taken(
    tmp_path: Path, pictures: Path
) -> None:
    done = maquette(tmp_path, pictures / "a.png", "--out", tmp_path / "large.png")
    assert done.returncode == 0, done.stderr
    assert "Fetching" not in done.stderr
    with Image.open(tmp_path / "large.png") as image:
        assert image.size == (44, 36)


def test_one_picture_goes_to_a_file(tmp_path: Path, pictures: Path) -> None:
    done = maquette(
        tmp_path,
        *(pictures / "a.png", "--out", tmp_path / "large.png"),
        *("--weights", stored(tmp_path), "--scale", 2),
    )
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "large.png") as image:
        assert image.size == (22, 18)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["in/a.png", "--out", "out", "--model", "x9"], "upscaler-unknown"),
        (["in/a.png", "--out", "out", "--weights", "none.pth"], "weights-missing"),
        (["in/a.png", "--out", "out", "--weights", "in/bad.png"], "checkpoint-unreadable"),
        (["in/a.png", "--out", "out", "--model", "x4plus", "--denoise", "0.5"], "settings-invalid"),
        (["in/a.png", "--out", "in"], "names-clash"),
        (["in/a.png", "--out", "out.jpg"], "format-wrong"),
        (["in/a.png", "in/light.exr", "--out", "out.png"], "names-clash"),
        (["in/a.png", "in/a.png", "--out", "out"], "names-clash"),
    ],
)
def test_wrong_arguments_are_told_in_a_sentence(
    tmp_path: Path, pictures: Path, arguments: list[str], says: str
) -> None:
    done = maquette(tmp_path, *arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
