"""Finds the running service through the file that it leaves in its home."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from ..core.protocol import PORT_FILE_NAME, PRODUCT, PortFile


def read_port_file(home: Path) -> PortFile | None:
    """What the last service in ``home`` says of itself; None when there was none.

    It may have ended without removing the file: see :func:`process_alive`. Asking the port is
    the better test, because a service may live in another process namespace (Flatpak, Snap).
    """
    try:
        data = json.loads((home / PORT_FILE_NAME).read_text(encoding="utf-8"))
        port_file = PortFile.from_json(data)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return port_file if port_file.product == PRODUCT else None


def drop_port_file(home: Path) -> None:
    """Remove the file, so that a program that is not ours is not asked again."""
    (home / PORT_FILE_NAME).unlink(missing_ok=True)


def process_alive(pid: int) -> bool:
    """Whether a process with that id exists; it may be another one that got the same id."""
    if pid <= 0:
        return False
    if sys.platform == "win32":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _alive_on_windows(pid: int) -> bool:
    # os.kill would end the process on Windows, whatever the signal.
    import ctypes

    still_active, query = 259, 0x1000
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(query, False, pid)
    if not handle:
        return False
    try:
        code = ctypes.c_ulong()
        return bool(kernel.GetExitCodeProcess(handle, ctypes.byref(code))) and (
            code.value == still_active
        )
    finally:
        kernel.CloseHandle(handle)
