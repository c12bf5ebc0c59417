"""Pieces of the furniture source as Blender objects."""

from __future__ import annotations

import bpy
import numpy as np

from ..core.furniture.primitives import Material, Piece, normalisation
from ..core.furniture.tessellate import tessellate
from .compat import node_tree

#: Mesh attribute with coordinates along the grain; see ``core.furniture.tessellate``.
GRAIN_ATTRIBUTE = "maquette_grain"

# Noise cycles per metre along and across the grain, detail octaves.
_PATTERNS = {"wood": ((2.5, 40.0, 40.0), 2.0), "fabric": ((260.0, 260.0, 260.0), 1.0)}


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


def build_material(name: str, surface: Material) -> bpy.types.Material:
    """Make a Principled material; patterns follow :data:`GRAIN_ATTRIBUTE` of the mesh."""
    material = bpy.data.materials.new(name)
    tree = node_tree(material)
    bsdf = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    bsdf.inputs["Base Color"].default_value = (*surface.colour, 1.0)
    bsdf.inputs["Roughness"].default_value = surface.roughness
    bsdf.inputs["Metallic"].default_value = surface.metallic
    material.diffuse_color = (*surface.colour, 1.0)
    if surface.pattern in _PATTERNS and surface.contrast > 0:
        _wire_pattern(tree, bsdf, surface)
    return material


def _wire_pattern(tree: bpy.types.NodeTree, bsdf: bpy.types.ShaderNode, surface: Material) -> None:
    """Let noise, stretched along the grain, lighten and darken the base colour."""
    frequencies, detail = _PATTERNS[surface.pattern]
    attribute = tree.nodes.new("ShaderNodeAttribute")
    attribute.attribute_name = GRAIN_ATTRIBUTE
    stretch = tree.nodes.new("ShaderNodeVectorMath")
    stretch.operation = "MULTIPLY"
    stretch.inputs[1].default_value = frequencies
    noise = tree.nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = 1.0
    noise.inputs["Detail"].default_value = detail
    # Noise lies mostly in 0.25 to 0.75; this spreads it to the wanted contrast around 1.
    remap = tree.nodes.new("ShaderNodeMapRange")
    remap.inputs["From Min"].default_value = 0.25
    remap.inputs["From Max"].default_value = 0.75
    remap.inputs["To Min"].default_value = 1.0 - surface.contrast
    remap.inputs["To Max"].default_value = 1.0 + 0.5 * surface.contrast
    tint = tree.nodes.new("ShaderNodeVectorMath")
    tint.operation = "SCALE"
    tint.inputs[0].default_value = surface.colour
    for number, node in enumerate((attribute, stretch, noise, remap, tint)):
        node.location = (-1100 + 200 * number, 200)
    tree.links.new(attribute.outputs["Vector"], stretch.inputs[0])
    tree.links.new(stretch.outputs["Vector"], noise.inputs["Vector"])
    tree.links.new(noise.outputs[0], remap.inputs["Value"])
    tree.links.new(remap.outputs["Result"], tint.inputs["Scale"])
    tree.links.new(tint.outputs["Vector"], bsdf.inputs["Base Color"])


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
