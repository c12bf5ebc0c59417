"""Reading files of meshes with Blender's own importers, one function per kind of file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import MaquetteError
from ..compat import import_fbx

# Formats that do not say which axis is up, and what is usual in them.
_UP = {".obj": "Y", ".ply": "Z", ".stl": "Z"}


def import_file(path: Path, extra: Mapping[str, Any]) -> list[str]:
    """Import a file into the current scene, upright and in metres.

    Args:
        extra: ``up`` and ``unit`` of ``core.dataset.sources.AssetSource``, for formats that say
            neither.

    Returns:
        What was assumed, in a person's words.

    Raises:
        MaquetteError: ``asset-unreadable``.
    """
    suffix = path.suffix.lower()
    notes = []
    up = str(extra.get("up", _UP.get(suffix, "")))
    if suffix in _UP and "up" not in extra:
        notes.append(f"the file does not say which axis is up; {up} was assumed")
    if suffix in _UP and "unit" not in extra:
        notes.append("the file does not say its unit; metres were assumed")
    try:
        _IMPORTERS[suffix](path, up)
    except (RuntimeError, KeyError, ValueError, OSError) as error:
        raise MaquetteError(
            "asset-unreadable", f"“{path.name}” cannot be read.", detail=str(error)
        ) from error
    return notes


def _gltf(path: Path, _: str) -> None:
    known = bpy.ops.import_scene.gltf.get_rna_type().properties
    # Shapes of bones would be taken for parts of the asset.
    options = {"disable_bone_shape": True, "import_scene_extras": False}
    bpy.ops.import_scene.gltf(
        filepath=str(path), **{name: value for name, value in options.items() if name in known}
    )


def _obj(path: Path, up: str) -> None:
    bpy.ops.wm.obj_import(filepath=str(path), up_axis=up, forward_axis=_forward(up))


def _ply(path: Path, up: str) -> None:
    bpy.ops.wm.ply_import(filepath=str(path), up_axis=up, forward_axis=_forward(up))


def _stl(path: Path, up: str) -> None:
    bpy.ops.wm.stl_import(filepath=str(path), up_axis=up, forward_axis=_forward(up))


def _forward(up: str) -> str:
    """The axis that becomes Blender's forward, +Y, so that an object's front ends at -Y."""
    return "Y" if up == "Z" else "NEGATIVE_Z"


def _fbx(path: Path, _: str) -> None:
    import_fbx(str(path))


def _usd(path: Path, _: str) -> None:
    known = bpy.ops.wm.usd_import.get_rna_type().properties
    options = {"import_cameras": False, "import_lights": False, "create_world_material": False}
    options["apply_unit_conversion_scale"] = True
    bpy.ops.wm.usd_import(
        filepath=str(path), **{name: value for name, value in options.items() if name in known}
    )


def _blend(path: Path, _: str) -> None:
    append_from_blend(path, {})


def append_from_blend(path: Path, extra: Mapping[str, Any]) -> None:
    """Append from a .blend file into the current scene.

    Args:
        extra: ``collection``, ``objects`` or ``catalog_asset`` of ``AssetSource``; without any,
            the file's first scene.

    Raises:
        MaquetteError: ``asset-unreadable``, ``asset-part-missing``.
    """
    try:
        with bpy.data.libraries.load(str(path), link=False) as (there, wanted):
            if "collection" in extra:
                wanted.collections = _named(path, there.collections, [extra["collection"]])
            elif "objects" in extra:
                wanted.objects = _named(path, there.objects, extra["objects"])
            elif "catalog_asset" in extra:
                name = extra["catalog_asset"]
                if name in there.collections:
                    wanted.collections = [name]
                else:
                    wanted.objects = _named(path, there.objects, [name])
            else:
                wanted.scenes = there.scenes[:1]
    except OSError as error:
        raise MaquetteError(
            "asset-unreadable", f"“{path.name}” cannot be read.", detail=str(error)
        ) from error
    target = bpy.context.scene.collection
    for scene in wanted.scenes:
        target.children.link(_as_collection(scene))
    for collection in wanted.collections:
        target.children.link(collection)
    for obj in wanted.objects:
        target.objects.link(obj)


def _as_collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    """A collection with everything of a scene; the scene's own cannot be linked."""
    collection = bpy.data.collections.new(scene.name)
    for child in scene.collection.children:
        collection.children.link(child)
    for obj in scene.collection.objects:
        collection.objects.link(obj)
    return collection


def _named(path: Path, there: list[str], wanted: list[str]) -> list[str]:
    missing = [name for name in wanted if name not in there]
    if missing:
        raise MaquetteError(
            "asset-part-missing",
            f"“{path.name}” has nothing called “{missing[0]}”.",
            detail=f"it has {', '.join(list(there)[:40])}",
        )
    return list(wanted)


def referred_files(path: Path) -> list[Path]:
    """Return the files that a .gltf or .obj names beside itself, there or not; [] for others.

    What is missing of them is left out by the importers without a trace in the scene.
    """
    try:
        if path.suffix.lower() == ".gltf":
            data = json.loads(path.read_text("utf-8"))
            uris = [item.get("uri", "") for item in data.get("images", [])]
            return [path.parent / uri for uri in uris if uri and not uri.startswith("data:")]
        if path.suffix.lower() == ".obj":
            return _of_obj(path)
    except (OSError, ValueError, AttributeError):
        return []
    return []


def _of_obj(path: Path) -> list[Path]:
    found = []
    for library in _words(path, {"mtllib"}):
        found.append(path.parent / library)
        if found[-1].is_file():
            maps = {"map_kd", "map_ks", "map_ke", "map_bump", "bump", "map_d", "norm", "map_pr"}
            found += [found[-1].parent / name for name in _words(found[-1], maps | {"map_pm"})]
    return found


def _words(path: Path, keys: set[str]) -> list[str]:
    """The last word of each line that begins with one of the keys; a path without options."""
    found = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            key, _, rest = line.strip().partition(" ")
            if key.lower() in keys and rest.strip():
                text = rest.strip()
                found.append(text.rsplit(" ", 1)[-1] if text.startswith("-") else text)
    return found


_IMPORTERS: dict[str, Callable[[Path, str], None]] = {
    **dict.fromkeys((".glb", ".gltf"), _gltf),
    ".obj": _obj,
    ".ply": _ply,
    ".stl": _stl,
    ".fbx": _fbx,
    **dict.fromkeys((".usd", ".usda", ".usdc", ".usdz"), _usd),
    ".blend": _blend,
}
