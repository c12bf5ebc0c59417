"""Materials for reconstructed meshes."""

from __future__ import annotations

import bpy

from .compat import node_tree


def vertex_colour_material(
    name: str, attribute: str, solid: tuple[float, float, float]
) -> bpy.types.Material:
    """Make a Principled material whose base colour is the mesh's colour attribute.

    Args:
        solid: linear colour that stands for it in Solid shading, which shows no attributes.
    """
    material = bpy.data.materials.new(name)
    material.diffuse_color = (*solid, 1.0)
    tree = node_tree(material)
    principled = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    principled.inputs["Roughness"].default_value = 0.6
    colours = tree.nodes.new("ShaderNodeVertexColor")
    colours.layer_name = attribute
    colours.location = (principled.location.x - 220, principled.location.y)
    tree.links.new(colours.outputs["Color"], principled.inputs["Base Color"])
    return material
