"""Which assets of a .blend file are in a catalog of an asset library.

``catalogs FILE.blend CATALOG`` as a worker's module prints their names as one line of JSON.
"""

from __future__ import annotations

import json
from pathlib import Path

import bpy

#: File that names the catalogs of the folder it is in and of those below.
DEFINITIONS = "blender_assets.cats.txt"


def main(arguments: list[str]) -> int:
    """Print the names; returns the exit status."""
    print(json.dumps({"names": list_catalog(Path(arguments[0]), arguments[1])}), flush=True)
    return 0


def list_catalog(path: Path, catalog: str) -> list[str]:
    """Return the sorted names of the assets, objects and collections, that are in a catalog.

    Args:
        path: of a .blend file. It is read as a library and removed again.
        catalog: its path (``Furniture/Chairs``), which includes what is below it, or the last part
            of it.

    Raises:
        OSError: the file cannot be read.
    """
    wanted = _catalog_ids(path, catalog)
    with bpy.data.libraries.load(str(path), link=True, assets_only=True) as (there, loaded):
        loaded.objects = list(there.objects)
        loaded.collections = list(there.collections)
    found = []
    for item in [*loaded.objects, *loaded.collections]:
        data = item.asset_data if item is not None else None
        if data is not None and (data.catalog_id in wanted or data.catalog_simple_name == catalog):
            found.append(item.name)
    for library in [b for b in bpy.data.libraries if Path(bpy.path.abspath(b.filepath)) == path]:
        bpy.data.libraries.remove(library)
    return sorted(found)


def _catalog_ids(path: Path, catalog: str) -> set[str]:
    """Ids of the catalogs that are meant, from the nearest definitions above the file."""
    for folder in path.resolve().parents:
        definitions = folder / DEFINITIONS
        if definitions.is_file():
            break
    else:
        return set()
    ids = set()
    for line in definitions.read_text("utf-8").splitlines():
        parts = line.split(":")
        if line.startswith("#") or len(parts) < 2:
            continue
        name = parts[1]
        if name == catalog or name.startswith(f"{catalog}/") or name.endswith(f"/{catalog}"):
            ids.add(parts[0])
    return ids
