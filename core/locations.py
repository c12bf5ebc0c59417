"""Where Maquette keeps its files on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def service_home() -> Path:
    """Folder of the service: port file, jobs, log, fetched weights.

    ``MAQUETTE_HOME`` overrides the platform's usual place for user data. One
    folder per machine and user, so that every Blender finds the same service.
    """
    override = os.environ.get("MAQUETTE_HOME")
    if override:
        return Path(override)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "maquette"
