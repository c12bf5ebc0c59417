"""Puts a reconstructed mesh into a scene: one object, upright, feet on the given point."""

from __future__ import annotations

from dataclasses import asdict
from math import radians
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core.errors import Fix, MaquetteError
from ..core.glb import GlbMesh, read_glb, to_blender_axes
from ..core.jobs import JobRow
from ..core.version import version
from .materials import mean_colour, packed_image, texture_material, vertex_colour_material

COLLECTION = "Maquette"
COLOUR_ATTRIBUTE = "Color"
UV_MAP = "UVMap"
PROVENANCE = "maquette"
SHARP_ANGLE = radians(40.0)


def import_row(row: JobRow, scene: bpy.types.Scene) -> bpy.types.Object:
    """Import the mesh of a finished job into ``scene``; select it and make it active.

    On any failure everything that was added is removed again.

    Raises:
        MaquetteError: ``mesh-missing`` or ``mesh-unreadable``.
    """
    try:
        data = Path(row.mesh).read_bytes()
    except OSError as error:
        raise MaquetteError(
            "mesh-missing", "The mesh's file is gone. Try again.", Fix.RETRY, str(error)
        ) from error
    parsed = read_glb(data)
    added: list[bpy.types.ID] = []
    try:
        mesh = bpy.data.meshes.new(row.name)
        added.append(mesh)
        if parsed.texture is not None:
            fill_mesh(mesh, *parsed.welded())
            image = _image(row.name, parsed.texture)
            added.append(image)
            material = texture_material(row.name, image, mean_colour(image))
            added.append(material)
            mesh.materials.append(material)
        else:
            fill_mesh(mesh, parsed)
        if parsed.colours is not None and parsed.texture is None:
            mean = parsed.colours[:, :3].mean(axis=0)
            material = vertex_colour_material(row.name, COLOUR_ATTRIBUTE, tuple(mean.tolist()))
            added.append(material)
            mesh.materials.append(material)
        obj = bpy.data.objects.new(row.name, mesh)
        added.append(obj)
        if row.result is None or not row.result.in_world:
            obj.location = row.placement.location
        obj[PROVENANCE] = provenance(row)
        _collection(scene, added).objects.link(obj)
        _make_active(obj, scene)
    except Exception:
        bpy.data.batch_remove(added)
        raise
    return obj


def _image(name: str, data: bytes) -> bpy.types.Image:
    try:
        return packed_image(name, data)
    except (ValueError, RuntimeError) as error:
        raise MaquetteError(
            "mesh-unreadable",
            "The texture of the mesh that came back could not be read. Try again.",
            Fix.RETRY,
            str(error),
        ) from error


def fill_mesh(mesh: bpy.types.Mesh, parsed: GlbMesh, uv: np.ndarray | None = None) -> None:
    """Write vertices, triangles, colours and shading into an empty mesh.

    Args:
        uv: (3 f, 2) float32 places in the texture, triangle by triangle.

    The reader has checked the triangles, so that Blender's slow validation is not needed.
    """
    count = len(parsed.triangles)
    mesh.vertices.add(len(parsed.positions))
    mesh.loops.add(count * 3)
    mesh.polygons.add(count)
    # Whole attributes are copied at once; the properties co and vertex_index go one by one,
    # which holds Blender up for twenty times as long.
    positions = to_blender_axes(parsed.positions).ravel()
    mesh.attributes["position"].data.foreach_set("vector", positions)
    mesh.attributes[".corner_vert"].data.foreach_set("value", parsed.triangles.ravel())
    mesh.polygons.foreach_set("loop_start", np.arange(0, count * 3, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    if parsed.colours is not None:
        colours = mesh.color_attributes.new(COLOUR_ATTRIBUTE, "FLOAT_COLOR", "POINT")
        colours.data.foreach_set("color", parsed.colours.ravel())
        mesh.color_attributes.active_color = colours
        mesh.color_attributes.render_color_index = 0
    if uv is not None:
        layer = mesh.attributes.new(UV_MAP, "FLOAT2", "CORNER")
        layer.data.foreach_set("vector", np.ascontiguousarray(uv).ravel())
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=SHARP_ANGLE)


def provenance(row: JobRow) -> dict[str, Any]:
    """Where a mesh comes from, as a custom property that survives .blend and GLB."""
    told: dict[str, Any] = {
        "job": row.id,
        "name": row.name,
        "settings": row.settings.to_json(),
        "extension_version": version(),
    }
    if row.result is not None:
        result = asdict(row.result)
        result["size_m"] = list(row.result.size_m)
        result["notes"] = "\n".join(row.result.notes)
        told.update(result)
    return told


def _collection(scene: bpy.types.Scene, added: list[bpy.types.ID]) -> bpy.types.Collection:
    for collection in scene.collection.children_recursive:
        if collection.name.split(".")[0] == COLLECTION and collection.library is None:
            return collection
    collection = bpy.data.collections.new(COLLECTION)
    added.append(collection)
    scene.collection.children.link(collection)
    return collection


def _make_active(obj: bpy.types.Object, scene: bpy.types.Scene) -> None:
    for view_layer in scene.view_layers:
        view_layer.update()  # a new collection is not in it before
        if obj.name not in view_layer.objects:
            continue  # the collection is switched off there
        for other in view_layer.objects.selected:
            other.select_set(False, view_layer=view_layer)
        obj.select_set(True, view_layer=view_layer)
        view_layer.objects.active = obj
