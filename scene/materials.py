"""Materials for reconstructed meshes."""

from __future__ import annotations

import bpy
import numpy as np

from ..core.colour import srgb_to_linear
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


def texture_material(
    name: str, image: bpy.types.Image, solid: tuple[float, float, float]
) -> bpy.types.Material:
    """Make a Principled material whose base colour is an image over the mesh's UV map.

    Args:
        solid: linear colour that stands for it in Solid shading.
    """
    material = bpy.data.materials.new(name)
    material.diffuse_color = (*solid, 1.0)
    tree = node_tree(material)
    principled = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
    principled.inputs["Roughness"].default_value = 0.6
    picture = tree.nodes.new("ShaderNodeTexImage")
    picture.image = image
    picture.location = (principled.location.x - 320, principled.location.y)
    tree.links.new(picture.outputs["Color"], principled.inputs["Base Color"])
    tree.nodes.active = picture  # what Solid shading shows with its colour set to Texture
    return material


def packed_image(name: str, data: bytes) -> bpy.types.Image:
    """Make an image of a PNG's or JPEG's bytes, stored inside the .blend.

    Raises:
        ValueError: Blender cannot read them.
    """
    image = bpy.data.images.new(name, 8, 8)
    image.pack(data=data, data_len=len(data))
    image.source = "FILE"
    if min(image.size) < 1:
        bpy.data.images.remove(image)
        raise ValueError("the texture cannot be read")
    return image


def mean_colour(image: bpy.types.Image) -> tuple[float, float, float]:
    """The image's mean as a linear colour; 8-bit pixels are sRGB."""
    pixels = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(pixels)
    red, green, blue = srgb_to_linear(pixels.reshape(-1, 4)[::97, :3]).mean(axis=0).tolist()
    return red, green, blue
