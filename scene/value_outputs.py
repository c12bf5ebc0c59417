"""What a material's surface is made of, as outputs beside its light (AOVs).

Base colour, roughness and metalness of the shader that makes a material's surface go into
outputs of their own, weighted by its opacity, so that they come out of the same samples as the
colour. A cover output of 1 lets us divide by how much of a pixel the surface fills.
"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from .compat import node_tree

ALBEDO, ROUGHNESS, METALLIC, COVER = (
    "maquette_albedo",
    "maquette_roughness",
    "maquette_metallic",
    "maquette_cover",
)
OBJECT_INDEX, MATERIAL_INDEX = "maquette_object", "maquette_material"
_COLOURS = ("Base Color", "Color")
_OWN = "maquette values"

#: Values of shaders that have no such input, and of what is not named here.
_ROUGH = {"BSDF_DIFFUSE": 1.0, "EMISSION": 1.0, "BSDF_TRANSLUCENT": 1.0}
_METAL = {"BSDF_GLOSSY": 1.0, "BSDF_METALLIC": 1.0}


def add_value_outputs(material: bpy.types.Material) -> bool:
    """Add the outputs to a material; returns False when its surface is of an unknown kind.

    Of several mixed shaders the first Principled one counts, or else the first that has a colour.
    """
    tree = node_tree(material)
    found = _surface(tree)
    if found is None:
        values: dict[str, float | tuple[float, ...] | bpy.types.NodeSocket] = {
            ALBEDO: (0.0, 0.0, 0.0, 1.0),
            ROUGHNESS: 1.0,
            METALLIC: 0.0,
        }
        opacity: float | bpy.types.NodeSocket = 1.0
    else:
        tree, shader = found
        values = {
            ALBEDO: _input(shader, *_COLOURS) or (0.0, 0.0, 0.0, 1.0),
            ROUGHNESS: _value(shader, "Roughness", _ROUGH.get(shader.type, 0.5)),
            METALLIC: _value(shader, "Metallic", _METAL.get(shader.type, 0.0)),
        }
        opacity = _value(shader, "Alpha", 1.0)
    if any(node.label == _OWN for node in tree.nodes):
        return found is not None  # a node group that several materials share
    for name, value in values.items():
        _output(tree, name, value, opacity)
    _output(tree, COVER, 1.0, opacity)
    for name, number in ((OBJECT_INDEX, "Object Index"), (MATERIAL_INDEX, "Material Index")):
        info = tree.nodes.new("ShaderNodeObjectInfo")
        info.label = _OWN
        _output(tree, name, info.outputs[number], 1.0)
    return found is not None


def declare_outputs(layer: bpy.types.ViewLayer) -> None:
    """Make the view layer keep the outputs of :func:`add_value_outputs`."""
    there = {aov.name for aov in layer.aovs}
    for name in (ALBEDO, ROUGHNESS, METALLIC, COVER, OBJECT_INDEX, MATERIAL_INDEX):
        if name not in there:
            aov = layer.aovs.add()
            aov.name = name
            aov.type = "COLOR" if name == ALBEDO else "VALUE"


def undeclare_outputs(layer: bpy.types.ViewLayer) -> None:
    """Take back what :func:`declare_outputs` did."""
    for aov in [a for a in layer.aovs if a.name.startswith("maquette_")]:
        layer.aovs.remove(aov)


def _surface(
    tree: bpy.types.NodeTree,
) -> tuple[bpy.types.NodeTree, bpy.types.ShaderNode] | None:
    """The shader that makes the surface, with the tree that it is in."""
    outputs = [n for n in tree.nodes if n.type == "OUTPUT_MATERIAL" and n.is_active_output]
    found = [pair for output in outputs for pair in _behind(tree, output.inputs["Surface"])]
    for owner, shader in found:
        if shader.type == "BSDF_PRINCIPLED":
            return owner, shader
    return next(iter(found), None)


def _behind(
    tree: bpy.types.NodeTree, socket: bpy.types.NodeSocket
) -> Iterator[tuple[bpy.types.NodeTree, bpy.types.ShaderNode]]:
    """Every shader with a colour that leads into a socket, in order of the inputs."""
    for link in socket.links:
        node = link.from_node
        if node.type == "GROUP" and node.node_tree is not None:
            inner = [n for n in node.node_tree.nodes if n.type == "GROUP_OUTPUT"]
            for end in inner:
                for inlet in end.inputs:
                    if inlet.identifier == link.from_socket.identifier:
                        yield from _behind(node.node_tree, inlet)
        elif any(name in node.inputs for name in _COLOURS) and _is_surface(node):
            yield tree, node
        else:
            for inlet in node.inputs:
                if inlet.type == "SHADER":
                    yield from _behind(tree, inlet)


def _is_surface(node: bpy.types.Node) -> bool:
    return node.type != "BSDF_TRANSPARENT" and any(o.type == "SHADER" for o in node.outputs)


def _input(shader: bpy.types.ShaderNode, *names: str) -> bpy.types.NodeSocket | None:
    return next((shader.inputs[name] for name in names if name in shader.inputs), None)


def _value(
    shader: bpy.types.ShaderNode, name: str, otherwise: float
) -> float | bpy.types.NodeSocket:
    socket = _input(shader, name)
    return otherwise if socket is None else socket


def _output(
    tree: bpy.types.NodeTree,
    name: str,
    value: float | tuple[float, ...] | bpy.types.NodeSocket,
    opacity: float | bpy.types.NodeSocket,
) -> None:
    node = tree.nodes.new("ShaderNodeOutputAOV")
    node.label = _OWN
    node.aov_name = name
    socket = node.inputs["Color" if name == ALBEDO else "Value"]
    if _constant(opacity) == 1.0:
        _feed(tree, value, socket)
        return
    times = tree.nodes.new("ShaderNodeVectorMath")
    times.label = _OWN
    times.operation = "SCALE"
    _feed(tree, value, times.inputs[0])
    _feed(tree, opacity, times.inputs["Scale"])
    tree.links.new(times.outputs[0], socket)


def _constant(value: float | bpy.types.NodeSocket) -> float | None:
    if isinstance(value, bpy.types.NodeSocket):
        return None if value.is_linked else float(value.default_value)
    return value


def _feed(
    tree: bpy.types.NodeTree,
    value: float | tuple[float, ...] | bpy.types.NodeSocket,
    target: bpy.types.NodeSocket,
) -> None:
    """Give a socket a value, or what feeds another socket; sizes are fitted."""
    if isinstance(value, bpy.types.NodeSocket):
        if value.is_output:
            tree.links.new(value, target)
            return
        if value.is_linked:
            tree.links.new(value.links[0].from_socket, target)
            return
        value = value.default_value
    numbers: list[float] = [value] if isinstance(value, float | int) else list(value)
    if not hasattr(target.default_value, "__len__"):
        target.default_value = numbers[0]
        return
    wanted = len(target.default_value)
    numbers = numbers * wanted if len(numbers) == 1 else numbers
    target.default_value = [*numbers, 1.0][:wanted]
