"""``maquette dataset`` as a person runs it, and a writer that another package brings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_datasets import make_dataset

PLUGIN = Path(__file__).parent / "support" / "writer_plugin"


def maquette(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "maquette.backend", "dataset", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(PLUGIN)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_dataset(tmp_path_factory.mktemp("made"), assets=2, views=3, size=16)


def test_verify_tells_and_fails_on_a_fault(tmp_path):
    out = make_dataset(tmp_path / "made", assets=2, views=2, size=16)
    done = maquette("verify", out)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 of 2 assets, 4 views, 46 files")
    assert done.stdout.endswith("sound\n")
    picture = out / "assets/chair-1/depth/001.exr"
    picture.write_bytes(picture.read_bytes()[:-1])
    done = maquette("verify", out)
    assert done.returncode == 1
    assert "fault: chair-1: depth/001.exr:" in done.stdout
    assert done.stderr == ""


def test_info_counts(dataset):
    done = maquette("info", dataset)
    assert done.returncode == 0, done.stderr
    assert "assets:     2 of 2 planned, 0 in quarantine" in done.stdout
    assert "views:      6" in done.stdout
    assert "categories: chair 2" in done.stdout


def test_export_writes_and_reports_the_round_trip(dataset, tmp_path):
    done = maquette("export", dataset, "--format", "ngp", "--out", tmp_path / "a/ngp")
    assert done.returncode == 0, done.stderr
    assert "2 assets, 9 files" in done.stdout
    assert "known points within 0.0e+00 px" in done.stdout
    small = tmp_path / "small"
    done = maquette("export", dataset, "--format", "ngp", "--out", small, "--resolution", "8x8")
    assert done.returncode == 0, done.stderr
    assert '"w": 8' in (small / "chair-0/transforms.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--format", "smell"], "format-unknown"),
        (["--format", "openlrm"], "openlrm-views"),
        (["--format", "ngp", "--resolution", "0"], "resolution-invalid"),
        (["--format", "ngp", "--resolution", "a"], "resolution-invalid"),
        (["--format", "ngp", "--resolution", "999"], "dataset-size"),
    ],
)
def test_what_cannot_be_exported_is_told_in_one_sentence(dataset, tmp_path, arguments, code):
    done = maquette("export", dataset, "--out", tmp_path / "out", *arguments)
    assert done.returncode == 1
    assert f"[{code}]" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_without_a_dataset_is_told(tmp_path):
    for verb in ("verify", "info"):
        done = maquette(verb, tmp_path)
        assert done.returncode == 1
        assert "[dataset-missing]" in done.stderr


def test_another_package_s_writer_is_listed_and_writes(dataset, tmp_path):
    listed = maquette("formats").stdout.splitlines()
    assert any(line.split()[0] == "plain-views" and "for tests" in line for line in listed)
    assert any(line.startswith("broken-views") and "cannot be used" in line for line in listed)
    # A built-in name cannot be taken over.
    assert [line for line in listed if line.startswith("openlrm")] == [
        "openlrm      OpenLRM training folder"
    ]
    done = maquette("export", dataset, "--format", "plain-views", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "known points within 0.0e+00 px" in done.stdout
    assert len(list((tmp_path / "out").glob("chair-*-*.png"))) == 6
    done = maquette("export", dataset, "--format", "broken-views", "--out", tmp_path / "other")
    assert "[format-unavailable]" in done.stderr
