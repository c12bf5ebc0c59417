"""Taking back everything that was added to the open file."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

# What Blender itself makes and keeps.
_KEPT = {"window_managers", "workspaces", "screens", "brushes", "palettes"}


def everything() -> dict[int, bpy.types.ID]:
    """Return all data of the open file by its number in this session."""
    return {item.session_uid: item for item in _all()}


def added_since(before: set[int]) -> list[bpy.types.ID]:
    """Return what is there and was not when ``before`` was taken from :func:`everything`."""
    return [item for uid, item in everything().items() if uid not in before]


def remove(items: list[bpy.types.ID]) -> None:
    """Remove data, used or not; references to it become invalid."""
    bpy.data.batch_remove([item for item in items if not isinstance(item, bpy.types.Library)])
    # Libraries last: their data goes with them.
    for library in [item for item in items if isinstance(item, bpy.types.Library)]:
        bpy.data.libraries.remove(library)


def _all() -> Iterator[bpy.types.ID]:
    for prop in bpy.data.bl_rna.properties:
        if prop.type == "COLLECTION" and prop.identifier not in _KEPT:
            yield from getattr(bpy.data, prop.identifier)
