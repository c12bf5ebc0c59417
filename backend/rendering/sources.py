"""What naming assets needs from outside: Parquet lists, Objaverse, catalogs of .blend files."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...core.batch.blender import find_blender
from ...core.dataset.sources import Helpers
from ...core.errors import MaquetteError

_CATALOG_LIMIT_S = 300.0


def helpers() -> Helpers:
    """Return what this Python can do; what it lacks is named when it is asked for."""
    return Helpers(
        read_parquet=read_parquet if importlib.util.find_spec("pyarrow") else None,
        fetch_objaverse=fetch_objaverse if importlib.util.find_spec("objaverse") else None,
        list_catalog=list_catalog,
    )


def read_parquet(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file.

    Raises:
        MaquetteError: ``source-invalid``.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    except (OSError, pyarrow.ArrowException) as error:
        raise MaquetteError(
            "source-invalid", f"The list “{path.name}” cannot be read.", detail=str(error)
        ) from error
    return rows


def fetch_objaverse(uids: Sequence[str]) -> dict[str, Path]:
    """Download assets of Objaverse 1.0 from the network; returns their paths by UID.

    Raises:
        MaquetteError: ``source-missing`` when they cannot be fetched.
    """
    import objaverse

    try:
        return {uid: Path(path) for uid, path in objaverse.load_objects(list(uids)).items()}
    except Exception as error:  # the package raises what its downloads raise
        raise MaquetteError(
            "source-missing",
            "The Objaverse assets could not be fetched. They come from the network.",
            detail=repr(error),
        ) from error


def list_catalog(path: Path, catalog: str) -> list[str]:
    """Ask Blender for the names of a .blend file's assets that are in a catalog.

    Raises:
        MaquetteError: ``blender-missing``, or ``source-invalid`` when the file cannot be read.
    """
    command = find_blender().command("scene.catalogs", str(path.resolve()), catalog)
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=_CATALOG_LIMIT_S, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"names"')]
    if done.returncode or not lines:
        raise MaquetteError(
            "source-invalid",
            f"The assets of “{path.name}” cannot be read.",
            detail=done.stderr[-4000:],
        )
    return [str(name) for name in json.loads(lines[-1])["names"]]
