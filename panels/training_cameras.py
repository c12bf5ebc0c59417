"""The cameras in the panel Training Views: preset, numbers, showing them."""

from __future__ import annotations

from typing import Any

import bpy

from ..core import presets
from .rig_parts import TrainingPart, column_of, draw_preset, draw_range, save_button

# Which ranges mean something to a spacing.
_RANGES = {
    "random": ("azimuth", "elevation"),
    "shell": ("azimuth", "elevation"),
    "even": ("azimuth", "elevation"),
    "rings": ("azimuth",),
    "fibonacci": ("azimuth", "elevation"),
    "hammersley": ("azimuth", "elevation"),
    "listed": (),
}
_DRAWN = ("random", "shell")
_MOST_LISTED = 12


class MAQUETTE_PT_training_cameras(TrainingPart, bpy.types.Panel):
    """Where the cameras stand"""

    bl_idname = "MAQUETTE_PT_training_cameras"
    bl_label = "Cameras"

    def draw(self, context: bpy.types.Context) -> None:
        """The preset and the rig in the viewport."""
        training = context.scene.maquette.training
        draw_preset(self.layout, training.cameras, presets.CAMERAS, training.rig)
        shown = training.rig_collection is not None or training.rig_world is not None
        row = self.layout.row(align=True)
        text = "Show Around Selection" if shown else "Show in Viewport"
        row.operator("maquette.show_rig", text=text, icon="OUTLINER_OB_CAMERA")
        if shown:
            row.operator("maquette.hide_rig", text="", icon="X")
            save_button(self.layout, presets.CAMERAS, "VIEWPORT", "Save Cameras as They Stand")


class MAQUETTE_PT_training_cameras_numbers(TrainingPart, bpy.types.Panel):
    """The numbers of the cameras"""

    bl_idname = "MAQUETTE_PT_training_cameras_numbers"
    bl_label = "Numbers"
    bl_parent_id = "MAQUETTE_PT_training_cameras"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """What can be changed about the rig."""
        rig = context.scene.maquette.training.cameras
        column = column_of(self.layout)
        column.prop(rig, "placement")
        column.prop(rig, "projection")
        column.prop(rig, "views")
        for name in _RANGES[rig.placement]:
            draw_range(column, name.title(), getattr(rig, name))
        if rig.placement == "rings":
            column.prop(rig, "ring_count")
            rings = column.column(align=True)
            for index in range(rig.ring_count):
                rings.prop(rig, "rings", index=index, text=f"Elevation {index + 1}")
        if rig.projection == "perspective":
            draw_range(column, "Field of View", rig.fov)
        draw_range(column, "Fill", rig.fill)
        draw_range(column, "Offset", rig.offset)
        flags = column.column(heading="Views", align=True)
        if rig.placement not in _DRAWN:
            flags.prop(rig, "shared_distance")
            flags.prop(rig, "turned")
        flags.prop(rig, "front_first")
        if rig.placement == "listed":
            _listed(self.layout, rig)


def _listed(layout: bpy.types.UILayout, rig: Any) -> None:
    column = layout.column(align=True)
    for number, view in enumerate(rig.listed[:_MOST_LISTED]):
        row = column.row(align=True)
        row.label(text=f"View {number}")
        row.prop(view, "azimuth", text="")
        row.prop(view, "elevation", text="")
    if len(rig.listed) > _MOST_LISTED:
        column.label(text=f"and {len(rig.listed) - _MOST_LISTED} more")


CLASSES = (MAQUETTE_PT_training_cameras, MAQUETTE_PT_training_cameras_numbers)
