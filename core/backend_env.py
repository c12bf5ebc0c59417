"""How the service's Python environment is made: the plain logic of Install Backend.

Nothing is run here. The steps are computed, the output of pip is read, and the disk is
judged, so that all of it can be tested in milliseconds.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from .errors import Fix, MaquetteError

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
TORCH_CUDA_INDEX = "https://download.pytorch.org/whl/cu128"
MARKER_NAME = "maquette-env.json"
GIGABYTE = 1024**3


class Compute(StrEnum):
    """For which processor the environment is made."""

    CPU = "cpu"
    CUDA = "cuda"

    @property
    def needed_bytes(self) -> int:
        """Disk space that the environment and pip's temporary files take."""
        return {Compute.CPU: 3 * GIGABYTE, Compute.CUDA: 12 * GIGABYTE}[self]


@dataclass(frozen=True)
class Step:
    """One command of the installation.

    Attributes:
        title: what it does, for a person.
        command: program and arguments.
        start, end: its part of the whole progress, 0 to 1.
    """

    title: str
    command: tuple[str, ...]
    start: float
    end: float


@dataclass(frozen=True)
class PipProgress:
    """How far one pip command is; :func:`read_line` moves it on.

    Attributes:
        step: the last thing pip said, shortened for a person.
        share: 0 to 1 within the command, a guess that only grows.
    """

    step: str = ""
    share: float = 0.0


def env_python(folder: Path, platform: str = sys.platform) -> Path:
    """The interpreter of a virtual environment."""
    return folder / "Scripts" / "python.exe" if platform == "win32" else folder / "bin" / "python"


def torch_index(compute: Compute, platform: str = sys.platform) -> str:
    """The index from which torch comes, or "" for the usual one.

    PyPI's wheels are for CUDA on Linux and for the CPU elsewhere.
    """
    if compute is Compute.CPU:
        return TORCH_CPU_INDEX if platform.startswith("linux") else ""
    if platform == "darwin":
        return ""
    return TORCH_CUDA_INDEX if platform == "win32" else ""


def torch_requirement(pyproject: str) -> str:
    """The line that pins torch in the text of pyproject.toml, e.g. ``"torch==2.13.0"``.

    Raises:
        MaquetteError: ``package-incomplete`` when there is none.
    """
    found = re.search(r'"(torch==[0-9][^"]*)"', pyproject)
    if not found:
        raise MaquetteError(
            "package-incomplete",
            "The extension's files are incomplete. Install the extension again.",
            detail="pyproject.toml pins no torch",
        )
    return found.group(1)


def plan(
    base_python: str,
    folder: Path,
    package: Path,
    *,
    torch: str,
    compute: Compute,
    index: str = "",
    platform: str = sys.platform,
) -> tuple[Step, ...]:
    """The commands that make the environment, in order.

    Args:
        base_python: the Python that makes the virtual environment.
        folder: where it is made.
        package: a folder with the extension's files, from which ``maquette`` is built.
        torch: requirement for torch.
        index: a package index that is used for everything in place of the public ones.
    """
    python = str(env_python(folder, platform))
    pip = (python, "-m", "pip", "--no-input", "--disable-pip-version-check")
    chosen = ("--index-url", index) if index else ()
    special = torch_index(compute, platform)
    for_torch = chosen or (("--index-url", special) if special else ())
    raw = ("--progress-bar", "raw")
    return (
        Step("Making the Environment", (base_python, "-m", "venv", str(folder)), 0.0, 0.05),
        Step("Updating pip", (*pip, "install", "--upgrade", "pip", *chosen), 0.05, 0.08),
        Step("Installing PyTorch", (*pip, "install", *raw, torch, *for_torch), 0.08, 0.6),
        Step(
            "Installing Maquette",
            (*pip, "install", *raw, f"{package}[backend,cutout]", *chosen),
            0.6,
            0.96,
        ),
        Step("Checking", (python, "-m", "maquette.backend", "--help"), 0.96, 1.0),
    )


_RAW = re.compile(r"^Progress (\d+) of (\d+)")


def read_line(progress: PipProgress, line: str) -> PipProgress:
    """Move on by one line of pip's output.

    How many packages will come is not known before the end, so the share creeps towards
    what is left: by a twelfth for every package, and to nine tenths when pip starts to unpack.
    """
    line = line.strip()
    found = _RAW.match(line)
    if found:
        done, total = int(found.group(1)), int(found.group(2))
        name = progress.step.split(" ", 1)[0] or "Package"
        return replace(progress, step=f"{name} {done / 1e6:.0f} of {total / 1e6:.0f} MB")
    if line.startswith("Collecting "):
        name = re.split(r"[ ;=<>!~\[(]", line.removeprefix("Collecting "), maxsplit=1)[0]
        return PipProgress(name, progress.share + (0.9 - progress.share) / 12)
    if line.startswith(("Downloading ", "Using cached ")):
        words = line.split()
        file = words[2 if words[0] == "Using" else 1]
        return replace(progress, step=re.split(r"-\d", file.rsplit("/", 1)[-1], maxsplit=1)[0])
    if line.startswith("Installing collected packages"):
        return PipProgress("Unpacking", max(progress.share, 0.9))
    return progress


def check_space(free_bytes: int, compute: Compute) -> None:
    """Refuse when the disk is too full.

    Raises:
        MaquetteError: ``disk-full``, with both figures.
    """
    if free_bytes < compute.needed_bytes:
        raise MaquetteError(
            "disk-full",
            f"The backend needs {compute.needed_bytes / GIGABYTE:.0f} GB of disk space and "
            f"{free_bytes / GIGABYTE:.1f} GB are free. Make room and try again.",
            Fix.INSTALL_BACKEND,
        )


_CAUSES = (
    ("ensurepip is not", "venv-missing", "This Python cannot make environments. Install the "
     "system package python3-venv and try again."),
    ("No space left on device", "disk-full", "The disk is full. Make room and try again."),
    ("No matching distribution found for torch", "torch-missing", "There is no PyTorch for this "
     "Python or platform. Choose another Backend Python in the preferences."),
    ("Could not find a version", "package-missing", "A package was not found. Check the network "
     "and the package index in the preferences."),
    ("Temporary failure in name resolution", "network-unreachable", "The package index cannot "
     "be reached. Check the network and try again."),
    ("NewConnectionError", "network-unreachable", "The package index cannot be reached. Check "
     "the network and try again."),
    ("Permission denied", "permission-denied", "A file could not be written. Look at the log."),
)  # fmt: skip


def explain(step: Step, returncode: int, tail: str) -> MaquetteError:
    """Turn a failed command into an error with a sentence; ``tail`` is the end of its output."""
    for needle, code, sentence in _CAUSES:
        if needle in tail:
            return MaquetteError(code, sentence, Fix.INSTALL_BACKEND, tail)
    return MaquetteError(
        "install-failed",
        f"The step “{step.title}” failed. The log tells more.",
        Fix.OPEN_LOG,
        f"exit status {returncode}\n{tail}",
    )
