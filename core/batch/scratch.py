"""Folders for a picture at a time, in memory where the system has such a place.

A process that is killed cannot remove its folder. The folder's name says whose it is, and whoever
comes next removes those of the dead.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_NAME = re.compile(r"maquette-picture-(\d+)-.+")


def picture_folder(needed_bytes: int) -> tempfile.TemporaryDirectory[str]:
    """Make a folder for ``needed_bytes``; in memory when that much is free there.

    Raises:
        OSError: it cannot be made anywhere.
    """
    prefix = f"maquette-picture-{os.getpid()}-"
    with contextlib.suppress(OSError):
        if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > needed_bytes:
            return tempfile.TemporaryDirectory(prefix=prefix, dir=_MEMORY)
    return tempfile.TemporaryDirectory(prefix=prefix)


def remove_those_of_the_dead() -> None:
    """Remove the folders of processes of this user that have ended."""
    if sys.platform == "win32":
        return  # asking whether a process lives would end it there
    for place in {_MEMORY, Path(tempfile.gettempdir())}:
        for folder in place.glob("maquette-picture-*"):
            named = _NAME.fullmatch(folder.name)
            with contextlib.suppress(OSError):
                if named and folder.stat().st_uid == os.getuid() and not _lives(int(named[1])):
                    shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
