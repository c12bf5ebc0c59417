"""Fetch the weights of a cut-out network, once, when a person asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ...core.cutouts import CUTOUTS, RECOMMENDED, CutoutInfo
from ...core.errors import MaquetteError
from ..fetched_file import fetch_file

MIRROR_VARIABLE = "MAQUETTE_CUTOUT_URL"


def release(name: str = RECOMMENDED) -> CutoutInfo:
    """The network of that name, which can be fetched.

    Raises:
        MaquetteError: ``cutout-unknown``.
    """
    info = CUTOUTS.get(name)
    if info is None or not info.url:
        fetched = ", ".join(i.name for i in CUTOUTS.values() if i.url)
        raise MaquetteError(
            "cutout-unknown",
            f"There is no cut-out network “{name[:64]}” to fetch; there are {fetched}.",
        )
    return info


def fetch(info: CutoutInfo, folder: Path, progress: Callable[[float], None]) -> Path:
    """Download a network, going on where an earlier attempt stopped, and check it.

    ``MAQUETTE_CUTOUT_URL`` names a mirror: a folder with files of the published names.

    Args:
        progress: called with the fraction done, 0 to 1.

    Returns:
        The file inside ``folder``.

    Raises:
        MaquetteError: ``download-failed`` or ``download-damaged``.
    """
    mirror = os.environ.get(MIRROR_VARIABLE, "").rstrip("/")
    url = f"{mirror}/{info.url.rpartition('/')[2]}" if mirror else info.url
    what, digest = f"The network {info.title}", ("sha256", info.sha256)
    return fetch_file(url, folder / info.file, info.size, digest, what, progress)
