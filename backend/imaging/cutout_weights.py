"""Fetch the weights of the cut-out network, once, when a person asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..fetched_file import fetch_file


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
        MaquetteError: ``download-failed`` or ``download-damaged``.
    """
    return fetch_file(
        source.url,
        folder / source.name,
        source.size,
        ("md5", source.md5),
        "The network for photographs",
        progress,
    )
