"""Runs in Blender's Python: builds and installs the zip once, and tests what was installed."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "bl_ext.user_default.maquette"

_scratch = tempfile.TemporaryDirectory(prefix="maquette-tests-", ignore_cleanup_errors=True)
# Before bpy is imported: nothing of the person's Blender is read or changed.
os.environ["BLENDER_USER_RESOURCES"] = str(Path(_scratch.name, "blender"))
os.environ["MAQUETTE_HOME"] = str(Path(_scratch.name, "home"))
os.environ.setdefault("MAQUETTE_BACKEND_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
Path(_scratch.name, "blender").mkdir()

import bpy  # noqa: E402


def _build_zip() -> Path:
    """Build the zip with Blender's own builder when none was given."""
    given = os.environ.get("MAQUETTE_ZIP")
    if given:
        return Path(given)
    tool = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core/bl_pkg/cli/blender_ext.py"
    target = Path(_scratch.name, "maquette.zip")
    subprocess.run(
        [sys.executable, tool, "build", "--source-dir", ROOT, "--output-filepath", target],
        cwd=_scratch.name,
        check=True,
        capture_output=True,
    )
    return target


def part(name: str) -> Any:
    """A module of the installed extension, e.g. ``part("core.session")``."""
    module = importlib.import_module(f"{PACKAGE}.{name}")
    assert str(ROOT) not in str(module.__file__), f"{name} comes from the checkout"
    return module


@pytest.fixture(scope="session")
def maquette_package() -> Iterator[ModuleType]:
    """The installed and enabled extension; the checkout must not be what is tested."""
    bpy.ops.extensions.package_install_files(
        repo="user_default", filepath=str(_build_zip()), enable_on_install=True
    )
    module = importlib.import_module(PACKAGE)
    assert Path(module.__file__ or "").is_relative_to(_scratch.name)
    yield module
    if PACKAGE in bpy.context.preferences.addons:
        # Classes left behind hang some versions of the module at exit.
        bpy.ops.preferences.addon_disable(module=PACKAGE)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave no service behind."""
    for home in Path(_scratch.name).glob("home*"):
        _stop_service(home)


def _stop_service(home: Path) -> None:
    import json
    import signal

    try:
        pid = json.loads((home / "service.json").read_text())["pid"]
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError, KeyError):
        return
