"""Fetch the weights of the cut-out network, once, when a person asks for it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import requests

from ...core.errors import Fix, MaquetteError
from ..transfer import transfer

_CHUNK = 1 << 18


@dataclass(frozen=True)
class Release:
    """A published weights file.

    Attributes:
        url: where it is.
        name: file name on this machine.
        size: bytes.
        md5: hex digest; the only one that rembg publishes.
    """

    url: str
    name: str
    size: int
    md5: str


_FOLDER = "https://github.com/danielgatis/rembg/releases/download/v0.0.0"
#: U²-Net (Apache-2.0), as rembg distributes it.
U2NET = Release(
    f"{_FOLDER}/u2net.onnx", "u2net.onnx", 175_997_641, "60024c5c889badc19c04ad937298a77b"
)


def release() -> Release:
    """The release to fetch; ``MAQUETTE_CUTOUT_URL`` names a mirror of the same file."""
    return Release(
        os.environ.get("MAQUETTE_CUTOUT_URL") or U2NET.url, U2NET.name, U2NET.size, U2NET.md5
    )


def fetch(source: Release, folder: Path, progress: Callable[[float], None]) -> Path:
    """Download a file, going on where an earlier attempt stopped, and check it.

    Args:
        progress: called with the fraction done, 0 to 1.

    Returns:
        The file inside ``folder``.

    Raises:
        MaquetteError: ``download-failed``, ``download-damaged`` or ``disk-full``.
    """
    target = folder / source.name
    if target.is_file():
        return target
    partial = target.with_name(target.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        transfer(source.url, partial, source.size, progress)
        digest = hashlib.md5(usedforsecurity=False)
        with partial.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except requests.RequestException as error:
        raise MaquetteError(
            "download-failed",
            "The network for photographs could not be fetched. Check the internet connection.",
            Fix.RETRY,
            f"{source.url}: {error}",
        ) from error
    except OSError as error:
        raise MaquetteError(
            "download-failed",
            "The network for photographs could not be stored. Make room on the disk.",
            Fix.RETRY,
            str(error),
        ) from error
    if digest.hexdigest() != source.md5:
        partial.unlink()
        raise MaquetteError(
            "download-damaged",
            "The fetched network is damaged or not the expected one; it was thrown away.",
            Fix.RETRY,
            f"{source.url}: md5 {digest.hexdigest()}, expected {source.md5}",
        )
    partial.replace(target)
    return target
