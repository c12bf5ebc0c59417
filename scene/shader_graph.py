"""Building shader nodes in a few words: textures over one attribute, into a Principled shader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

Vector = tuple[float, float, float]

# sin(20 x) is what the wave texture makes of a coordinate x.
_WAVE = 20.0
_TWO_PI = 6.283185307179586


class Graph:
    """The nodes of a new material: one Principled shader, and what is wired into it.

    Factors are sockets with values of about 0 to 1. Frequencies are cycles per unit of the
    attribute that textures lie in.
    """

    def __init__(self, tree: bpy.types.NodeTree, attribute: str) -> None:
        """``attribute`` names the vector attribute of the mesh that textures lie in."""
        self._tree = tree
        self._attribute = attribute
        self._source: bpy.types.NodeSocket | None = None
        self._column = 0
        self.shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
        self._output = next(node for node in tree.nodes if node.type == "OUTPUT_MATERIAL")

    def set(self, name: str, value: Any) -> None:
        """Set an input of the shader."""
        self.shader.inputs[name].default_value = value

    def noise(self, frequency: Vector, detail: float = 0.0) -> bpy.types.NodeSocket:
        """Smooth noise; mostly within 0.25 to 0.75."""
        node = self._node("ShaderNodeTexNoise", Scale=1.0, Detail=detail)
        self._link(self._coordinates(frequency), node.inputs["Vector"])
        return _number(node)

    def rings(
        self, frequency: Vector, *, distortion: float, detail: float = 1.0
    ) -> bpy.types.NodeSocket:
        """Rings around the first axis, crooked; evenly within 0 to 1."""
        node = self._node("ShaderNodeTexWave", Scale=1.0, Distortion=distortion, Detail=detail)
        node.wave_type, node.rings_direction = "RINGS", "X"
        stretch = tuple(f * _TWO_PI / _WAVE for f in frequency)
        self._link(self._coordinates((stretch[0], stretch[1], stretch[2])), node.inputs["Vector"])
        return _number(node)

    def bands(self, axis: int, spacing: float) -> bpy.types.NodeSocket:
        """Stripes across an axis, each about half of ``spacing`` wide."""
        frequency = [0.0, 0.0, 0.0]
        frequency[axis] = _TWO_PI / _WAVE / spacing
        node = self._node("ShaderNodeTexWave", Scale=1.0, Distortion=0.0, Detail=0.0)
        node.wave_type, node.bands_direction = "BANDS", "XYZ"[axis]
        self._link(self._coordinates((frequency[0], frequency[1], frequency[2])), node.inputs[0])
        steep = self._node("ShaderNodeMapRange", **{"From Min": 0.35, "From Max": 0.65})
        self._link(_number(node), steep.inputs["Value"])
        return _number(steep)

    def cells(self, frequency: float) -> bpy.types.NodeSocket:
        """Distance to the nearest of scattered points, 0 to about 1."""
        node = self._node("ShaderNodeTexVoronoi", Scale=frequency)
        self._link(self._coordinates((1.0, 1.0, 1.0)), node.inputs["Vector"])
        return _number(node)

    def power(self, factor: bpy.types.NodeSocket, exponent: float) -> bpy.types.NodeSocket:
        """A power of a factor."""
        node = self._node("ShaderNodeMath")
        node.operation = "POWER"
        node.inputs[1].default_value = exponent
        self._link(factor, node.inputs[0])
        return _number(node)

    def weighted(self, *parts: tuple[float, bpy.types.NodeSocket]) -> bpy.types.NodeSocket:
        """The weighted sum of factors."""
        total: bpy.types.NodeSocket | None = None
        for weight, factor in parts:
            node = self._node("ShaderNodeMath")
            node.operation = "MULTIPLY_ADD"
            node.inputs[1].default_value, node.inputs[2].default_value = weight, 0.0
            self._link(factor, node.inputs[0])
            if total is not None:
                self._link(total, node.inputs[2])
            total = _number(node)
        assert total is not None, "no parts"
        return total

    def drive(self, name: str, factor: bpy.types.NodeSocket, low: float, high: float) -> None:
        """Let an input of the shader follow noise between two values."""
        names = {"From Min": 0.25, "From Max": 0.75, "To Min": low, "To Max": high}
        node = self._node("ShaderNodeMapRange", **names)
        self._link(factor, node.inputs["Value"])
        self._link(_number(node), self.shader.inputs[name])

    def colour_between(
        self,
        name: str,
        factor: bpy.types.NodeSocket,
        span: tuple[float, float],
        dark: Sequence[float],
        light: Sequence[float],
    ) -> None:
        """Let a colour of the shader go from ``dark`` to ``light`` (linear) within a span."""
        share = self._node("ShaderNodeMapRange", **{"From Min": span[0], "From Max": span[1]})
        self._link(factor, share.inputs["Value"])
        mix = self._node("ShaderNodeVectorMath")
        mix.operation = "MULTIPLY_ADD"
        mix.inputs[1].default_value = [b - a for a, b in zip(dark, light, strict=True)]
        mix.inputs[2].default_value = dark
        self._link(_number(share), mix.inputs[0])
        self._link(mix.outputs["Vector"], self.shader.inputs[name])

    def bump(self, height: bpy.types.NodeSocket, *, strength: float, distance: float) -> None:
        """Turn the shader's normal as if the surface went up and down with a factor.

        Args:
            distance: between lowest and highest, in units of the scene.
        """
        node = self._node("ShaderNodeBump", Strength=strength, Distance=distance)
        self._link(height, node.inputs["Height"])
        self._link(node.outputs["Normal"], self.shader.inputs["Normal"])

    def plain_unless_camera(
        self, colour: Sequence[float], roughness: float, metallic: float
    ) -> None:
        """Show the shader to camera rays only, and a plain one to all others."""
        metal = metallic > 0.5
        plain = self._node("ShaderNodeBsdfGlossy" if metal else "ShaderNodeBsdfDiffuse")
        plain.inputs["Color"].default_value = (*colour, 1.0)
        if metal:
            plain.inputs["Roughness"].default_value = roughness
        path = self._node("ShaderNodeLightPath")
        mix = self._node("ShaderNodeMixShader")
        self._link(path.outputs["Is Camera Ray"], mix.inputs[0])
        self._link(plain.outputs[0], mix.inputs[1])
        self._link(self.shader.outputs[0], mix.inputs[2])
        self._link(mix.outputs[0], self._output.inputs["Surface"])

    def clear_behind_and_in_shadow(self, colour: Sequence[float]) -> None:
        """Let light that is in the object already, and shadows' rays, pass tinted."""
        clear = self._node("ShaderNodeBsdfTransparent")
        clear.inputs["Color"].default_value = (*colour, 1.0)
        path = self._node("ShaderNodeLightPath")
        either = self._node("ShaderNodeMath")
        either.operation = "MAXIMUM"
        mix = self._node("ShaderNodeMixShader")
        self._link(path.outputs["Is Transmission Ray"], either.inputs[0])
        self._link(path.outputs["Is Shadow Ray"], either.inputs[1])
        self._link(_number(either), mix.inputs[0])
        self._link(self.shader.outputs[0], mix.inputs[1])
        self._link(clear.outputs[0], mix.inputs[2])
        self._link(mix.outputs[0], self._output.inputs["Surface"])

    def _coordinates(self, frequency: Vector) -> bpy.types.NodeSocket:
        if self._source is None:
            source = self._node("ShaderNodeAttribute")
            source.attribute_name = self._attribute
            self._source = source.outputs["Vector"]
        if frequency == (1.0, 1.0, 1.0):
            return self._source
        stretch = self._node("ShaderNodeVectorMath")
        stretch.operation = "MULTIPLY"
        stretch.inputs[1].default_value = frequency
        self._link(self._source, stretch.inputs[0])
        return stretch.outputs["Vector"]

    def _node(self, kind: str, **values: float) -> bpy.types.Node:
        node = self._tree.nodes.new(kind)
        for name, value in values.items():
            node.inputs[name].default_value = value
        node.location = (-300 - 180 * (self._column // 4), 300 - 180 * (self._column % 4))
        self._column += 1
        return node

    def _link(self, start: bpy.types.NodeSocket, end: bpy.types.NodeSocket) -> None:
        self._tree.links.new(start, end)


def _number(node: bpy.types.Node) -> bpy.types.NodeSocket:
    """The first output that is a number; its name differs between versions."""
    return next(o for o in node.outputs if o.type == "VALUE" and o.enabled)
