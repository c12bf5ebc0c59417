"""Owns the worker thread while the extension is enabled."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import bpy

from ..client.messages import Command, Config, Configure, Event
from ..client.worker import Worker
from ..core.locations import service_home

PACKAGE = __package__.rpartition(".")[0]
PYTHON_VARIABLE = "MAQUETTE_BACKEND_PYTHON"
INDEX_VARIABLE = "MAQUETTE_PACKAGE_INDEX"


class Runtime:
    """The worker, its configuration, and the folder for its files."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._config: Config | None = None
        self._scratch: Path | None = None

    @property
    def scratch(self) -> Path:
        """This session's folder for pictures and meshes; made on first use."""
        if self._scratch is None:
            self._scratch = Path(tempfile.mkdtemp(prefix="maquette-"))
        return self._scratch

    def start(self) -> None:
        """Start the worker thread."""
        self._config = read_config(self.scratch)
        self._worker = Worker(self._config)
        self._worker.start()

    def stop(self) -> None:
        """End the worker thread and remove the session's files."""
        if self._worker is not None:
            self._worker.stop()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
        self._worker = self._config = self._scratch = None

    def send(self, command: Command) -> None:
        """Give the worker a command; does nothing while the extension is off."""
        if self._worker is not None:
            # It must be carried out by the preferences of this moment.
            self.refresh_config()
            self._worker.send(command)

    def events(self) -> list[Event]:
        """Take what has happened."""
        return self._worker.events() if self._worker is not None else []

    def has_own_index(self) -> bool:
        """True when packages come from an index that the person named."""
        return self._config is not None and bool(self._config.index)

    def refresh_config(self) -> None:
        """Tell the worker when the preferences have changed."""
        config = read_config(self.scratch)
        if self._worker is not None and config != self._config:
            self._config = config
            self._worker.send(Configure(config))


RUNTIME = Runtime()


def read_config(scratch: Path) -> Config:
    """Read preferences and environment variables; the variables win."""
    entry = bpy.context.preferences.addons.get(PACKAGE)
    chosen = entry.preferences if entry is not None else None
    python = os.environ.get(PYTHON_VARIABLE) or (chosen.backend_python if chosen else "")
    index = os.environ.get(INDEX_VARIABLE) or (chosen.package_index if chosen else "")
    home = chosen.home if chosen else ""
    return Config(
        home=Path(_absolute(home)) if home else service_home(),
        env=_user_folder() / "backend-env",
        python=_absolute(python) if python else "",
        scratch=scratch,
        package=Path(__file__).resolve().parent.parent,
        base_python=sys.executable,
        index=index.strip(),
        idle_minutes=float(chosen.idle_minutes) if chosen else 30.0,
        checkpoints=_absolute(chosen.checkpoints) if chosen and chosen.checkpoints else "",
        compile=bool(chosen and chosen.compile_networks),
    )


def _absolute(path: str) -> str:
    try:
        return bpy.path.abspath(path)
    except AttributeError:
        # While Blender starts no file is open yet; the timer asks again.
        return path


def _user_folder() -> Path:
    return Path(bpy.utils.extension_path_user(PACKAGE, path="", create=False))
