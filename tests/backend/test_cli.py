"""The shell command: one mesh a picture, and the failed ones named."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from service_rig import environment, picture, png

from maquette.core.version import version


def maquette(tmp_path: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return subprocess.run(
        [sys.executable, "-m", "maquette.backend", *map(str, arguments)],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with two good pictures, a bad one, and one that shares a name."""
    folder = tmp_path / "in"
    (folder / "other").mkdir(parents=True)
    for name in ("chair.png", "стол.png", "other/chair.png"):
        (folder / name).write_bytes(png(picture()))
    (folder / "bad.png").write_bytes(b"not a picture")
    return folder


def test_writes_a_mesh_for_each_picture(tmp_path: Path, pictures: Path) -> None:
    out = tmp_path / "new" / "out"
    done = maquette(
        tmp_path,
        *("reconstruct", pictures / "chair.png", pictures / "стол.png", "--out", out),
        *("--engine", "silhouette-box", "--height", "1.5", "--device", "cpu"),
    )
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in out.iterdir()) == ["chair.glb", "стол.glb"]
    assert (out / "chair.glb").read_bytes()[:4] == b"glTF"


def test_names_the_pictures_that_failed_and_makes_the_others(
    tmp_path: Path, pictures: Path
) -> None:
    done = maquette(
        tmp_path,
        *("reconstruct", pictures / "bad.png", pictures / "missing.png", pictures / "chair.png"),
        *("--out", tmp_path / "out", "--engine", "silhouette-box", "--device", "cpu"),
    )
    assert done.returncode == 1
    assert "bad.png" in done.stderr.splitlines()[-1]
    assert "missing.png" in done.stderr.splitlines()[-1]
    assert "chair.png" not in done.stderr
    assert "Traceback" not in done.stderr
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["chair.glb"]


def test_equal_names_do_not_overwrite_each_other(tmp_path: Path, pictures: Path) -> None:
    done = maquette(
        tmp_path,
        *("reconstruct", pictures / "chair.png", pictures / "other" / "chair.png"),
        *("--out", tmp_path / "out", "--engine", "silhouette-box"),
    )
    assert done.returncode == 1
    assert "names-clash" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--engine", "nothing"], "engine-unknown"),
        (["--height", "1000"], "settings-invalid"),
        (["--device", "cuda:99"], "device-unavailable"),
    ],
)
def test_wrong_arguments_are_told_in_a_sentence(
    tmp_path: Path, pictures: Path, arguments: list[str], says: str
) -> None:
    done = maquette(
        tmp_path, "reconstruct", pictures / "chair.png", "--out", tmp_path / "out", *arguments
    )
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_pictures_of_sides_make_one_mesh(tmp_path: Path, pictures: Path) -> None:
    sides = [f"front={pictures / 'chair.png'}", f"back={pictures / 'стол.png'}"]
    done = maquette(
        tmp_path,
        *("reconstruct", "--sides", *sides, "--out", tmp_path / "out"),
        *("--engine", "count-views", "--device", "cpu"),
    )
    assert done.returncode == 0, done.stderr
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["chair.glb"]
    assert "view 96 front" in done.stdout and "view 96 back" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "image-missing"),
        (["--sides", "above=a.png"], "sides-unclear"),
        (["--sides", "front"], "sides-unclear"),
    ],
)
def test_sides_that_are_unclear_are_refused(
    tmp_path: Path, arguments: list[str], says: str
) -> None:
    done = maquette(tmp_path, "reconstruct", "--out", tmp_path / "out", *arguments)
    assert done.returncode == 1 and says in done.stderr


def test_version_and_help(tmp_path: Path) -> None:
    assert maquette(tmp_path, "--version").stdout.strip() == f"maquette {version()}"
    shown = maquette(tmp_path, "--help").stdout
    assert "serve" in shown
    assert "reconstruct" in shown
    assert maquette(tmp_path).returncode == 2


def test_a_triangle_budget_and_a_texture(tmp_path: Path, pictures: Path) -> None:
    done = maquette(
        tmp_path,
        *("reconstruct", pictures / "chair.png", "--out", tmp_path / "out"),
        *("--engine", "silhouette-box", "--device", "cpu", "--faces", "300", "--texture", "512"),
    )
    assert done.returncode == 0, done.stderr
    assert b"baseColorTexture" in (tmp_path / "out" / "chair.glb").read_bytes()
    assert int(done.stdout.split(" faces")[0].rsplit(" ", 1)[1]) <= 300
    wrong = maquette(
        tmp_path, "reconstruct", pictures / "chair.png", "--out", tmp_path, "--faces", "7"
    )
    assert wrong.returncode == 1 and "settings-invalid" in wrong.stderr
