"""Write, read and remove the file by which clients find the service."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from ...core.protocol import PortFile


def write(path: Path, content: PortFile) -> None:
    """Write atomically; only this user may read it, since it holds the token."""
    partial = path.with_name(path.name + ".part")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(content), file)
    partial.replace(path)


def read(path: Path) -> PortFile | None:
    """Return the content, or None when there is no readable one."""
    try:
        return PortFile.from_json(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remove(path: Path, instance: str) -> None:
    """Remove the file if it still is that instance's."""
    content = read(path)
    if content is not None and content.instance == instance:
        path.unlink(missing_ok=True)
