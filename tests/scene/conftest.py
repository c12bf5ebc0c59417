"""Runs in Blender's Python: builds and installs the zip once, and tests what was installed."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
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

sys.path.insert(0, str(ROOT / "tests" / "support"))
from batches import command, quiet  # noqa: E402

__all__ = ["command", "quiet"]


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


def installed_part(name: str) -> Any:
    """A module of the installed extension, e.g. ``installed_part("core.session")``."""
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


_ended: list[int] = []


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Leave no service behind."""
    for home in Path(_scratch.name).glob("home*"):
        _stop_service(home)
    _ended.append(int(exitstatus))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """End here, with everything reported: 4.2 and 4.5 as modules crash or hang in the
    interpreter's own clean-up once they have imported and rendered other people's files."""
    if _ended:
        _scratch.cleanup()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_ended[-1])


def _stop_service(home: Path) -> None:
    import json
    import signal

    try:
        pid = json.loads((home / "service.json").read_text())["pid"]
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError, KeyError):
        return


@pytest.fixture
def part(maquette_package: ModuleType) -> Any:
    """Gives modules of the installed extension by name."""
    return installed_part


@pytest.fixture
def empty_file(maquette_package: ModuleType) -> Iterator[None]:
    """An empty file and an empty job list, with the extension enabled."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    session = installed_part("core.session").SESSION
    session.jobs.clear()
    session.trouble = None
    yield
    session.jobs.clear()
    session.trouble = None


@pytest.fixture
def pump(maquette_package: ModuleType) -> Any:
    """Call the timer as Blender's window would, until something is true.

    Timers do not fire in Blender's Python module.
    """
    tick = installed_part("operators.pump").tick

    def until(condition: Any, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                session = installed_part("core.session").SESSION
                pytest.fail(f"not within {seconds} s: {session.service} {session.jobs.rows()}")
            tick()
            time.sleep(0.03)

    return until


@pytest.fixture
def service(empty_file: None, pump: Any) -> Any:
    """The real service, running and warm; returns the session."""
    session = installed_part("core.session").SESSION
    if session.service.state != "running":
        bpy.ops.maquette.start_service()
    pump(lambda: session.service.health is not None and not session.service.health.warming, 120)
    pump(lambda: bool(session.engines))
    return session


@pytest.fixture(scope="session")
def picture() -> Path:
    """A red box on white, as a PNG file."""
    pixels = np.full((96, 128, 3), 255, dtype=np.uint8)
    pixels[24:80, 40:92] = (200, 30, 20)
    path = Path(_scratch.name, "red box.png")
    path.write_bytes(installed_part("core.png").encode_png(pixels))
    return path


@pytest.fixture
def click(picture: Path) -> Any:
    """Put the picture into the slot and click the button; returns the job's id."""

    def clicked(path: Path = picture, **settings: Any) -> str:
        session = installed_part("core.session").SESSION
        before = {row.id for row in session.jobs.rows()}
        slot = bpy.context.scene.maquette
        assert bpy.ops.maquette.open_image(filepath=str(path)) == {"FINISHED"}
        slot.engine = "silhouette-box"
        for name, value in settings.items():
            setattr(slot, name, value)
        assert bpy.ops.maquette.reconstruct() == {"FINISHED"}
        (new,) = {row.id for row in session.jobs.rows()} - before
        return new

    return clicked
