"""Everything that a scene shows, as plain mesh objects without parents, modifiers or motion."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
from mathutils import Matrix

#: Kinds of object that have a surface Blender can make a mesh of.
_SURFACES = {"MESH", "CURVE", "SURFACE", "FONT", "META"}
_IGNORED = {"CAMERA", "LIGHT", "EMPTY", "ARMATURE", "LATTICE", "SPEAKER", "LIGHT_PROBE"}


@dataclass(frozen=True)
class Flat:
    """One mesh object that stands by itself.

    Attributes:
        obj: in no scene yet; its matrix is not set.
        matrix: object to world, with any scale and shear.
        name: of the object that it was; ``obj`` may have a number added.
        category: its custom property of this name, or "".
    """

    obj: bpy.types.Object
    matrix: Matrix
    name: str
    category: str


def flatten(scene: bpy.types.Scene) -> tuple[list[Flat], list[str]]:
    """Return what a render of the scene's first view layer would show, and what it leaves out.

    Modifiers, shape keys, armatures, drivers and instances are evaluated at the current frame.
    Meshes that nothing changes are shared and not copied.
    """
    layer = scene.view_layers[0]
    layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    found: list[tuple[bpy.types.Object, Matrix]] = []
    left_out = []
    for instance in graph.object_instances:
        obj = instance.object
        if not instance.show_self or obj.hide_render:
            continue
        if obj.type in _SURFACES:
            found.append((obj, instance.matrix_world.copy()))
        elif obj.type not in _IGNORED and obj.original.name not in left_out:
            left_out.append(obj.original.name)
    meshes: dict[int, bpy.types.Mesh] = {}
    flats = []
    for evaluated, matrix in found:
        key = evaluated.data.as_pointer() if evaluated.data else 0
        if key not in meshes:
            meshes[key] = _mesh(evaluated, graph)
        mesh = meshes[key]
        if len(mesh.polygons) == 0:
            continue
        original = evaluated.original
        category = str(original.get("category", ""))
        flats.append(Flat(_object(evaluated, mesh), matrix, original.name, category))
    return flats, [f"“{name}” is of a kind that is not rendered" for name in left_out]


def _mesh(evaluated: bpy.types.Object, graph: bpy.types.Depsgraph) -> bpy.types.Mesh:
    original = evaluated.original
    plain = original.type == "MESH" and not original.modifiers and original.data is not None
    if plain and original.data.shape_keys is None and original.data == evaluated.data.original:
        return original.data
    return bpy.data.meshes.new_from_object(
        evaluated, preserve_all_data_layers=True, depsgraph=graph
    )


def _object(evaluated: bpy.types.Object, mesh: bpy.types.Mesh) -> bpy.types.Object:
    name = evaluated.original.name
    obj = bpy.data.objects.new(name, mesh)
    for number, slot in enumerate(evaluated.material_slots):
        if number < len(obj.material_slots) and slot.link == "OBJECT" and slot.material:
            obj.material_slots[number].link = "OBJECT"
            obj.material_slots[number].material = slot.material.original
    return obj
