"""Pieces of the furniture source as Blender objects."""

from __future__ import annotations

import bpy
import numpy as np

from ..core.furniture.primitives import Piece, normalisation
from ..core.furniture.tessellate import tessellate
from .furniture_materials import GRAIN_ATTRIBUTE, build_material


def build_piece(
    piece: Piece, collection: bpy.types.Collection, *, normalised: bool = False
) -> bpy.types.Object:
    """Make one mesh object with bevelled edges and a material slot per surface.

    Args:
        collection: where the object is linked.
        normalised: unit cube, centred (see ``primitives.normalisation``), instead of metres.

    The object keeps its place at the world's origin; the mesh carries the shape.
    """
    shape = tessellate(piece)
    vertices = shape.vertices
    if normalised:
        centre, scale = normalisation(piece)
        vertices = (vertices - centre) * scale
    name = f"{piece.category}-{piece.seed}"
    mesh = bpy.data.meshes.new(name)
    _fill(mesh, vertices, shape.quads, shape.material)
    mesh.normals_split_custom_set_from_vertices(shape.normals.astype(np.float32))
    grain = mesh.attributes.new(GRAIN_ATTRIBUTE, "FLOAT_VECTOR", "POINT")
    grain.data.foreach_set("vector", shape.local.astype(np.float32).ravel())
    for number, material in enumerate(piece.materials):
        mesh.materials.append(build_material(f"{name}-{number}", material))
    obj = bpy.data.objects.new(name, mesh)
    collection.objects.link(obj)
    return obj


def remove_piece(obj: bpy.types.Object) -> None:
    """Remove an object of :func:`build_piece` with its mesh and those materials that only it
    uses, so that a process can build any number of pieces."""
    mesh = obj.data
    materials = [m for m in mesh.materials if m is not None]
    bpy.data.objects.remove(obj)
    if mesh.users == 0:
        bpy.data.meshes.remove(mesh)
    for material in materials:
        if material.users == 0:
            bpy.data.materials.remove(material)


def _fill(
    mesh: bpy.types.Mesh, vertices: np.ndarray, quads: np.ndarray, material: np.ndarray
) -> None:
    """Set geometry in bulk, smooth shaded; ``from_pydata`` is many times slower."""
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", quads.astype(np.int32).ravel())
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(0, quads.size, 4, dtype=np.int32))
    mesh.polygons.foreach_set("material_index", material.astype(np.int32))
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
