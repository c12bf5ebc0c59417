"""The version of Maquette, read from the extension's manifest, its only source."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

MANIFEST = Path(__file__).resolve().parent.parent / "blender_manifest.toml"


@cache
def version() -> str:
    """Return the version, e.g. ``"0.1.0"``.

    Raises:
        OSError: the manifest is missing, that is, the installation is damaged.
    """
    return str(tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["version"])
