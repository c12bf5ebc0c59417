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
