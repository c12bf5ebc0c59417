"""Bring a file from a web server, going on where an earlier attempt stopped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import requests

_CHUNK = 1 << 18


def transfer(
    url: str,
    partial: Path,
    size: int,
    progress: Callable[[float], None],
    headers: Mapping[str, str] | None = None,
) -> None:
    """Bring the partial file to its full size.

    Args:
        partial: what is there is kept, and only the rest is asked for.
        size: bytes of the whole file.
        progress: called with the share done, 0 to 1; may raise to stop.

    Raises:
        requests.RequestException: the server, or the way to it; what came is kept.
        OSError: the disk.
    """
    have = partial.stat().st_size if partial.exists() else 0
    if have >= size:
        partial.unlink(missing_ok=True)
        have = 0
    asked = {**(headers or {}), **({"Range": f"bytes={have}-"} if have else {})}
    with requests.get(url, headers=asked, stream=True, timeout=(10, 30)) as answer:
        answer.raise_for_status()
        if answer.status_code != requests.codes.partial_content:
            have = 0  # the server sends the whole file
        with partial.open("ab" if have else "wb") as file:
            for chunk in answer.iter_content(_CHUNK):
                file.write(chunk)
                have += len(chunk)
                progress(min(have / size, 1.0))
