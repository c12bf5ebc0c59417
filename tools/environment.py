"""Make the virtual environments: ``.venv`` for the service and tools, ``.bpy/VERSION`` for Blender.

``python -m tools.environment [backend] [bpy] [VERSION ...]``

Each environment carries a stamp with a digest of what it was made from, so that a second
call costs nothing and a changed requirement is noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import pythons, system_libraries
from .project import (
    BPY,
    BPY_PREFERRED,
    BPY_VERSIONS,
    LOGS,
    ROOT,
    VENV,
    PythonMissing,
    SetupError,
    manifest,
    pyproject,
)

EXTRAS = ("backend", "cutout", "train", "dev")
BACKEND_PYTHONS = ((3, 11), (3, 12), (3, 13), (3, 14))
STAMP = "maquette-stamp"


def backend() -> Path:
    """Make ``.venv`` with Maquette installed in editable mode and return its interpreter.

    ``TORCH_INDEX`` in the environment names an extra package index for torch alone.
    """
    project = pyproject()["project"]
    extras = project["optional-dependencies"]
    torch = next(r for r in extras["backend"] if r.startswith("torch=="))
    index = os.environ.get("TORCH_INDEX", "")
    # torch has a step of its own: the other packages must never choose its build, and the
    # extra index must not serve anything else.
    steps = [
        ["install", torch, *(["--extra-index-url", index] if index else [])],
        ["install", "--editable", f".[{','.join(EXTRAS)}]"],
    ]
    ingredients = [
        steps,
        project["dependencies"],
        extras,
        project["scripts"],
        manifest()["version"],
    ]
    stamp = _digest([*ingredients, (ROOT / "setup.py").read_text(encoding="utf-8")])
    if not _current(VENV, stamp):
        if sys.platform == "linux" and not index and not shutil.which("nvidia-smi"):
            print(
                "No NVIDIA driver here. If pip now fetches gigabytes of CUDA libraries, stop it and"
                "\nsay: make TORCH_INDEX=https://download.pytorch.org/whl/cpu ..."
            )
        _make(VENV, ".venv", _any_python(), steps, stamp)
    return _interpreter(VENV)


def bpy(version: str) -> Path:
    """Make ``.bpy/VERSION`` with Blender as a Python module and return its interpreter.

    Raises:
        PythonMissing: the machine lacks the Python that this Blender is built for.
        SetupError: pip failed, or system libraries are missing.
    """
    folder, wanted = BPY / version, BPY_VERSIONS[version]
    steps = [["install", f"bpy=={version}", "hypothesis", "pytest", "requests"]]
    stamp = _digest([steps, wanted])
    if not _current(folder, stamp):
        _make(folder, f"bpy {version}", pythons.require(wanted), steps, stamp)
    for module in folder.glob("lib*/python*/site-packages/bpy/__init__.so"):
        names = system_libraries.missing(module)
        if names:
            raise SetupError(f"bpy {version} cannot be loaded. {system_libraries.advice(names)}")
    return _interpreter(folder)


def any_bpy() -> tuple[str, Path]:
    """Return version and interpreter of the first bpy environment that can be made.

    Raises:
        SetupError: none can.
    """
    reasons = []
    for version in BPY_PREFERRED:
        try:
            return version, bpy(version)
        except PythonMissing as error:
            reasons.append(str(error))
    raise SetupError("\n".join(dict.fromkeys(reasons)))


def _make(folder: Path, title: str, python: str, steps: list[list[str]], stamp: str) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"setup-{folder.name.lstrip('.')}.log"
    print(f"Setting up {title} with {python} ...", flush=True)
    began = time.monotonic()
    (folder / STAMP).unlink(missing_ok=True)
    with log.open("w", encoding="utf-8") as stream:
        if not _usable(folder, python):
            _run([python, "-m", "venv", "--clear", str(folder)], title, stream.name)
        pip = [str(_interpreter(folder)), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        for step in steps:
            _run([*pip, *step], title, stream.name)
    (folder / STAMP).write_text(stamp + "\n", encoding="utf-8")
    print(f"  {title} ready after {time.monotonic() - began:.0f} s", flush=True)


def _run(command: list[str], title: str, log: str) -> None:
    with Path(log).open("a", encoding="utf-8") as stream:
        stream.write(f"$ {' '.join(command)}\n")
        stream.flush()
        done = subprocess.run(command, cwd=ROOT, stdout=stream, stderr=stream, check=False)
    if done.returncode:
        tail = "\n".join(Path(log).read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise SetupError(f"{title} could not be set up; the end of {log}:\n{tail}")


def _any_python() -> str:
    found = next((path for v in BACKEND_PYTHONS if (path := pythons.find(v))), None)
    return found or pythons.require(BACKEND_PYTHONS[0])


def _usable(folder: Path, python: str) -> bool:
    """Whether the folder holds a working environment of the same minor Python version."""
    probe = "import sys, pip; print(sys.version_info[:2])"
    answers = []
    for path in (str(_interpreter(folder)), python):
        try:
            done = subprocess.run([path, "-c", probe], capture_output=True, text=True, check=False)
        except OSError:
            return False
        answers.append((done.returncode, done.stdout))
    return answers[0] == answers[1]


def _current(folder: Path, stamp: str) -> bool:
    path = folder / STAMP
    if not path.is_file() or not _interpreter(folder).exists():
        return False
    return path.read_text(encoding="utf-8").strip() == stamp


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _digest(ingredients: list[object]) -> str:
    # The folder is part of it: an environment does not survive being moved.
    text = json.dumps([str(ROOT), ingredients], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def main(names: list[str]) -> int:
    """Make the named environments; exit status 1 when one could not be made."""
    status = 0
    for name in names:
        for version in BPY_VERSIONS if name == "bpy" else [name]:
            try:
                print(backend() if version == "backend" else bpy(version))
            except SetupError as error:
                print(error, file=sys.stderr)
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["backend", "bpy"]))
