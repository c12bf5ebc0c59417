"""A lock file that the system releases when its holder dies, however it dies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO


def acquire(path: Path) -> BinaryIO | None:
    """Lock the file for this process; None when another process holds it.

    The lock lasts until the returned file is closed or the process ends. Child processes do
    not inherit it.
    """
    file = path.open("a+b")
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file
