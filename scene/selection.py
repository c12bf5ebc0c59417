"""Objects of the open file, written into a .blend file of their own for a worker."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import bpy

from ..core.dataset.sources import BLEND_OBJECTS, AssetSource
from ..core.errors import MaquetteError

#: Name of the collection in the written file.
COLLECTION = "Maquette Asset"
_SURFACES = {"MESH", "CURVE", "SURFACE", "FONT", "META", "CURVES", "POINTCLOUD", "VOLUME", "EMPTY"}


def id_of(name: str) -> str:
    """Return the asset's id that objects of this name get; their pictures are drawn by it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:96] or "asset"


def write_objects(objects: Sequence[bpy.types.Object], name: str, folder: Path) -> AssetSource:
    """Write objects, with all that they need, as one asset.

    Pictures stay in their files and are found by their full path. What is being edited is written
    as it looks.

    Args:
        name: of the asset, for a person.
        folder: for the file; made where it is missing.

    Raises:
        MaquetteError: ``selection-empty`` or ``selection-unwritable``.
    """
    shown = [obj for obj in objects if obj.type in _SURFACES and not obj.hide_render]
    if not any(obj.type != "EMPTY" or obj.instance_type != "NONE" for obj in shown):
        raise MaquetteError(
            "selection-empty", "There is nothing to render: choose objects that have a surface."
        )
    for obj in shown:
        if obj.mode == "EDIT":
            obj.update_from_editmode()
    asset_id = id_of(name)
    path = folder / f"{asset_id}.blend"
    collection = bpy.data.collections.new(COLLECTION)
    written = collection.name  # another of that name may be there
    try:
        for obj in shown:
            collection.objects.link(obj)
        folder.mkdir(parents=True, exist_ok=True)
        bpy.data.libraries.write(str(path), {collection}, path_remap="ABSOLUTE")
    except (OSError, RuntimeError) as error:
        raise MaquetteError(
            "selection-unwritable", f"“{path}” could not be written.", detail=str(error)
        ) from error
    finally:
        bpy.data.collections.remove(collection)
    extra = {"collection": written}
    return AssetSource(asset_id, BLEND_OBJECTS, f"{asset_id}.blend", str(path), "", extra)
