"""One file from the network, whole and as published, or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import requests

from ..core.errors import Fix, MaquetteError
from .transfer import transfer

_CHUNK = 1 << 20


def fetch_file(
    url: str,
    target: Path,
    size: int,
    digest: tuple[str, str],
    what: str,
    progress: Callable[[float], None],
) -> Path:
    """Download a file, going on where an earlier attempt stopped, and check it.

    Args:
        target: where it will be; one that is there already is returned as it is.
        size: bytes.
        digest: kind, ``"sha256"`` or ``"md5"``, and hex digest.
        what: the start of sentences about it, e.g. ``"The network for photographs"``.
        progress: called with the share done, 0 to 1; may raise to stop.

    Raises:
        MaquetteError: ``download-failed`` or ``download-damaged``.
    """
    if target.is_file():
        return target
    partial = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        transfer(url, partial, size, progress)
        found = hashlib.new(digest[0], usedforsecurity=False)
        with partial.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
        if found.hexdigest() != digest[1]:
            partial.unlink()
            raise MaquetteError(
                "download-damaged",
                f"{what} came damaged or is not the expected one; it was thrown away.",
                Fix.RETRY,
                f"{url}: {digest[0]} {found.hexdigest()}, expected {digest[1]}",
            )
        partial.replace(target)
    except requests.RequestException as error:
        raise MaquetteError(
            "download-failed",
            f"{what} could not be fetched. Check the internet connection.",
            Fix.RETRY,
            f"{url}: {error}",
        ) from error
    except OSError as error:
        raise MaquetteError(
            "download-failed",
            f"{what} could not be stored. Make room on the disk.",
            Fix.RETRY,
            str(error),
        ) from error
    return target
