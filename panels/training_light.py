"""The light in the panel Training Views: preset and numbers."""

from __future__ import annotations

from typing import Any

import bpy

from ..core import presets
from .rig_parts import TrainingPart, column_of, draw_preset, draw_range, save_button


class MAQUETTE_PT_training_light(TrainingPart, bpy.types.Panel):
    """What lights the object"""

    bl_idname = "MAQUETTE_PT_training_light"
    bl_label = "Light"

    def draw(self, context: bpy.types.Context) -> None:
        """The preset."""
        training = context.scene.maquette.training
        draw_preset(self.layout, training.lights, presets.LIGHTS, training.light)
        if training.rig_collection is not None:
            save_button(self.layout, presets.LIGHTS, "VIEWPORT", "Save Lights as They Stand")


class MAQUETTE_UL_lights(bpy.types.UIList):
    """The lights of a rig"""

    bl_idname = "MAQUETTE_UL_lights"

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: Any,
        item: Any,
        _icon: int,
        _active_data: Any,
        _active_property: str,
    ) -> None:
        """Name and strength."""
        row = layout.row()
        row.prop(item, "name", text="", emboss=False, icon="LIGHT_SUN")
        row.label(text=f"{item.strength.low:.2g} to {item.strength.high:.2g}")


class MAQUETTE_PT_training_light_numbers(TrainingPart, bpy.types.Panel):
    """The numbers of the lights"""

    bl_idname = "MAQUETTE_PT_training_light_numbers"
    bl_label = "Numbers"
    bl_parent_id = "MAQUETTE_PT_training_light"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Surroundings, exposure and each light."""
        rig = context.scene.maquette.training.lights
        column = column_of(self.layout)
        column.prop(rig, "card")
        column.prop(rig, "per_asset")
        draw_range(column, "World", rig.world)
        column.prop(rig, "environment")
        if rig.environment == "file":
            column.prop(rig, "path")
        if rig.environment != "none":
            draw_range(column, "Rotation", rig.rotation)
            draw_range(column, "Brightness", rig.brightness)
        row = self.layout.row()
        row.template_list("MAQUETTE_UL_lights", "", rig, "lights", rig, "active", rows=3)
        buttons = row.column(align=True)
        buttons.operator("maquette.add_light", text="", icon="ADD")
        remove = buttons.row(align=True)
        remove.enabled = len(rig.lights) > 0
        remove.operator("maquette.remove_light", text="", icon="REMOVE").index = rig.active
        if rig.active < len(rig.lights):
            _light(column_of(self.layout), rig.lights[rig.active])


def _light(column: bpy.types.UILayout, light: Any) -> None:
    column.prop(light, "frame")
    draw_range(column, "Azimuth", light.azimuth)
    draw_range(column, "Elevation", light.elevation)
    draw_range(column, "Strength", light.strength)
    draw_range(column, "Softness", light.softness)
    draw_range(column, "Warmth", light.warmth)
    column.prop(light, "probability")


CLASSES = (
    MAQUETTE_UL_lights,
    MAQUETTE_PT_training_light,
    MAQUETTE_PT_training_light_numbers,
)
