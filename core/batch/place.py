"""The folder that a batch writes into: who has it, and why it cannot be written."""

from __future__ import annotations

import contextlib
import errno
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from .. import lock
from ..dataset.layout import LOGS
from ..errors import MaquetteError, Problem
from .estimate import size

#: Below this the disk counts as full: what a worker wrote last may be cut off.
LEAST_FREE_BYTES = 1_000_000


def full_disk(out: Path) -> Problem | None:
    """Return the problem when the disk of the dataset or of temporary files is full."""
    for folder in (out, Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(folder).free
            if free < LEAST_FREE_BYTES:
                return disk_full(folder, free)
    return None


def disk_full(folder: Path, free: int) -> Problem:
    """The problem of a disk without room."""
    return Problem(
        "disk-full",
        f"The disk of “{folder}” is full ({size(free)} free). Make room and run the same again: "
        "it goes on where it stopped, and nothing is half-written.",
    )


def take(out: Path, name: str) -> BinaryIO:
    """Make the dataset's folder and lock this shard of it."""
    try:
        (out / LOGS).mkdir(parents=True, exist_ok=True)
        held = lock.acquire(out / LOGS / f"{name}.lock")
    except OSError as error:
        raise MaquetteError(**vars(unwritable(out, error))) from error
    if held is None:
        raise MaquetteError(
            "dataset-busy", f"Another process is rendering into “{out}”. Wait for it or end it."
        )
    return held


def unwritable(out: Path, error: OSError) -> Problem:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(out, 0)
    return Problem(
        "folder-unwritable",
        f"“{error.filename or out}” could not be written. Choose another folder.",
        detail=str(error),
    )


def unreadable(error: OSError) -> Problem:
    return Problem(
        "source-unreadable",
        f"The file of this asset could not be read: {error.strerror}.",
        detail=str(error),
    )
