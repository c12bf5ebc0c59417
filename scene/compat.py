"""The one place for differences between Blender versions."""

from __future__ import annotations

import bpy


def node_tree(owner: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree:
    """Return the shader nodes of a new material or world.

    Before 5.0 they must be switched on; from 5.0 on they always are, and the switch warns that
    it will go.
    """
    if bpy.app.version < (5, 0, 0):
        owner.use_nodes = True
    return owner.node_tree


#: Names of Cycles' passes in multilayer files, where they have changed.
PASS_LAYERS = (
    {"object_index": "Object Index", "material_index": "Material Index"}
    if bpy.app.version >= (5, 0, 0)
    else {"object_index": "IndexOB", "material_index": "IndexMA"}
)

#: Name of the engine EEVEE.
EEVEE = "BLENDER_EEVEE" if bpy.app.version >= (5, 0, 0) else "BLENDER_EEVEE_NEXT"


def import_fbx(path: str) -> None:
    """Import an FBX file with the importer that is part of Blender from 4.5 on, or the add-on.

    Raises:
        RuntimeError: Blender cannot read it.
    """
    if bpy.app.version >= (4, 5, 0):
        bpy.ops.wm.fbx_import(filepath=path)
    else:
        bpy.ops.import_scene.fbx(filepath=path)


#: Options of a path property whose value may be relative to the .blend file.
RELATIVE_PATH: set[str] = (
    {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
)


def set_alpha_brush(context: bpy.types.Context, blend: str) -> bool:
    """Have the image editor's brush erase or restore alpha.

    From 4.3 on brushes are assets, and a file in which nobody has painted yet has none.

    Args:
        blend: ``"ERASE_ALPHA"`` or ``"ADD_ALPHA"``.

    Returns:
        Whether there is a brush now.
    """
    paint = context.scene.tool_settings.image_paint
    if paint.brush is None and bpy.app.version >= (4, 3, 0):
        library = "brushes/essentials_brushes-mesh_texture.blend"
        try:
            bpy.ops.brush.asset_activate(
                asset_library_type="ESSENTIALS",
                relative_asset_identifier=f"{library}/Brush/Erase Hard",
            )
        except RuntimeError:
            return False
    if paint.brush is None:
        return False
    paint.brush.blend = blend
    return True
