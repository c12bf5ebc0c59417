"""Where things are in this repository, and which versions it is tested with."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "out"
LOGS = OUT / "logs"
VENV = ROOT / ".venv"
BPY = ROOT / ".bpy"

#: Versions of the bpy module that the tests run in, with the one Python each exists for.
BPY_VERSIONS: dict[str, tuple[int, int]] = {
    "4.2.23": (3, 11),
    "4.5.15": (3, 11),
    "5.0.1": (3, 11),
    "5.2.3": (3, 13),
}
#: Order in which the demo and the zip builder look for one that is there.
BPY_PREFERRED = ("5.0.1", "5.2.3", "4.5.15", "4.2.23")


class SetupError(Exception):
    """A sentence that says what is missing on this machine and how to get it."""


class PythonMissing(SetupError):
    """The machine has no interpreter of the version that a bpy wheel needs."""


def manifest() -> dict[str, Any]:
    """Read ``blender_manifest.toml``."""
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))


def pyproject() -> dict[str, Any]:
    """Read ``pyproject.toml``."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
