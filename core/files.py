"""Small helpers around files."""

from __future__ import annotations

from pathlib import Path


def tail(path: Path, size: int = 4000) -> str:
    """Return the last ``size`` bytes of a file as text; "" when it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
