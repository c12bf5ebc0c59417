"""The panel Training Views: what is rendered. Its parts are panels within it."""

from __future__ import annotations

import bpy

from .reconstruct import CATEGORY

PARENT = "MAQUETTE_PT_training_views"


class MAQUETTE_PT_training_views(bpy.types.Panel):
    """Renders objects from many sides, for training"""

    bl_idname = PARENT
    bl_label = "Training Views"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Where the assets come from."""
        training = context.scene.maquette.training
        column = self.layout.column()
        column.row().prop(training, "source", expand=True)
        if training.source == "COLLECTION":
            column.prop(training, "collection", text="")
        elif training.source == "FOLDER":
            column.prop(training, "folder", text="")


CLASSES = (MAQUETTE_PT_training_views,)
