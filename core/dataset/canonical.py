"""JSON and files as a dataset keeps them: equal contents are equal bytes, and whole or absent."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any


def canonical_json(data: Any) -> bytes:
    """Encode as UTF-8 JSON with sorted keys and a final newline; floats keep every bit.

    Raises:
        ValueError: a number is not finite; TypeError: something is not JSON.
    """
    text = json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there with all its bytes or, after any crash, not at all.

    Raises:
        OSError: it cannot be written; nothing is left behind then.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
