"""The plan of Install Backend and the reading of pip."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from maquette.core.backend_env import (
    GIGABYTE,
    TORCH_CPU_INDEX,
    Compute,
    PipProgress,
    check_space,
    env_python,
    explain,
    plan,
    read_line,
    torch_index,
    torch_requirement,
)
from maquette.core.errors import Fix, MaquetteError

ROOT = Path(__file__).resolve().parents[2]


def _plan(**changes):
    given = {"torch": "torch==2.13.0", "compute": Compute.CPU, "platform": "linux", **changes}
    return plan("/usr/bin/python3", Path("/env"), Path("/copy"), **given)


def test_steps_cover_the_whole_bar_in_order():
    steps = _plan()
    assert steps[0].start == 0.0 and steps[-1].end == 1.0
    assert all(a.end == b.start for a, b in pairwise(steps))


def test_everything_after_the_first_step_runs_in_the_new_environment():
    first, *others = _plan()
    assert first.command[0] == "/usr/bin/python3"
    assert {step.command[0] for step in others} == {str(env_python(Path("/env"), "linux"))}


def test_torch_comes_first_and_from_the_cpu_index_on_linux():
    torch, package = (step.command for step in _plan()[2:4])
    assert "torch==2.13.0" in torch and TORCH_CPU_INDEX in torch
    assert "/copy[backend,cutout]" in package and TORCH_CPU_INDEX not in package


def test_a_chosen_index_is_the_only_one():
    for step in _plan(index="https://packages.example/simple")[1:4]:
        index = step.command.index("--index-url")
        assert step.command[index + 1] == "https://packages.example/simple"
        assert TORCH_CPU_INDEX not in step.command


@pytest.mark.parametrize(
    ("compute", "platform", "special"),
    [
        (Compute.CPU, "linux", True),
        (Compute.CPU, "win32", False),
        (Compute.CPU, "darwin", False),
        (Compute.CUDA, "linux", False),
        (Compute.CUDA, "win32", True),
        (Compute.CUDA, "darwin", False),
    ],
)
def test_a_special_index_only_where_pypi_has_the_other_build(compute, platform, special):
    assert bool(torch_index(compute, platform)) is special


def test_the_pin_of_torch_is_the_projects_own():
    assert torch_requirement((ROOT / "pyproject.toml").read_text()).startswith("torch==")
    with pytest.raises(MaquetteError, match="package-incomplete"):
        torch_requirement("[project]")


PIP = """\
Looking in indexes: https://download.pytorch.org/whl/cpu
Collecting torch==2.13.0
  Downloading torch-2.13.0%2Bcpu-cp311-cp311-manylinux_2_28_x86_64.whl (184.5 MB)
Progress 46000000 of 184500000
Progress 184500000 of 184500000
Collecting filelock (from torch==2.13.0)
  Using cached filelock-3.20.0-py3-none-any.whl (16 kB)
Installing collected packages: mpmath, filelock, torch
Successfully installed filelock-3.20.0 mpmath-1.3.0 torch-2.13.0+cpu
"""


def test_progress_grows_and_names_the_package():
    progress, steps, shares = PipProgress(), [], []
    for line in PIP.splitlines():
        progress = read_line(progress, line)
        steps.append(progress.step)
        shares.append(progress.share)
    assert shares == sorted(shares) and 0.9 <= shares[-1] <= 1.0
    assert "torch 46 of 184 MB" in steps and "Unpacking" in steps


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        ("The virtual environment was not created ... ensurepip is not available", "venv-missing"),
        ("OSError: [Errno 28] No space left on device", "disk-full"),
        ("ERROR: No matching distribution found for torch==2.13.0", "torch-missing"),
        ("socket.gaierror: Temporary failure in name resolution", "network-unreachable"),
        ("something that nobody foresaw", "install-failed"),
    ],
)
def test_failures_are_told_in_sentences(tail, code):
    problem = explain(_plan()[2], 1, tail).problem
    assert problem.code == code
    assert problem.message.endswith(".") and problem.fix is not Fix.NONE
    assert tail in problem.detail


def test_a_full_disk_is_told_with_both_figures():
    check_space(4 * GIGABYTE, Compute.CPU)
    with pytest.raises(MaquetteError, match=r"12 GB.*4\.0 GB"):
        check_space(4 * GIGABYTE, Compute.CUDA)
