"""The rig in the panel Training Views: cameras, lights, and showing them."""

from __future__ import annotations

from typing import Any

import bpy

from ..core import presets
from ..core.session import SESSION
from .reconstruct import CATEGORY
from .training_views import PARENT

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


class _Menu:
    """A menu of presets; ``kind`` is one of ``core.presets.KINDS``."""

    kind = ""
    layout: Any

    def draw(self, context: bpy.types.Context) -> None:
        """Ours, then the person's own."""
        own_begun = False
        for entry in SESSION.presets.get(self.kind, ()):
            if entry.own and not own_begun:
                self.layout.separator()
                own_begun = True
            icon = "USER" if entry.own else "NONE"
            button = self.layout.operator("maquette.choose_preset", text=entry.title, icon=icon)
            button.kind, button.name = self.kind, entry.name


class MAQUETTE_MT_cameras(_Menu, bpy.types.Menu):
    """Presets that place cameras"""

    bl_idname = "MAQUETTE_MT_cameras"
    bl_label = "Cameras"
    kind = presets.CAMERAS


class MAQUETTE_MT_lights(_Menu, bpy.types.Menu):
    """Presets that light the object"""

    bl_idname = "MAQUETTE_MT_lights"
    bl_label = "Light"
    kind = presets.LIGHTS


class MAQUETTE_MT_quality(_Menu, bpy.types.Menu):
    """Presets of how much work a picture is worth"""

    bl_idname = "MAQUETTE_MT_quality"
    bl_label = "Quality"
    kind = presets.QUALITY


class _Part:
    """A panel within Training Views."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_parent_id = PARENT
    layout: Any


class MAQUETTE_PT_training_cameras(_Part, bpy.types.Panel):
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
            _save(self.layout, presets.CAMERAS, "VIEWPORT", "Save Cameras as They Stand")


class MAQUETTE_PT_training_cameras_numbers(_Part, bpy.types.Panel):
    """The numbers of the cameras"""

    bl_idname = "MAQUETTE_PT_training_cameras_numbers"
    bl_label = "Numbers"
    bl_parent_id = "MAQUETTE_PT_training_cameras"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """What can be changed about the rig."""
        rig = context.scene.maquette.training.cameras
        column = _column(self.layout)
        column.prop(rig, "placement")
        column.prop(rig, "projection")
        column.prop(rig, "views")
        for name in _RANGES[rig.placement]:
            _range(column, name.title(), getattr(rig, name))
        if rig.placement == "rings":
            column.prop(rig, "ring_count")
            rings = column.column(align=True)
            for index in range(rig.ring_count):
                rings.prop(rig, "rings", index=index, text=f"Elevation {index + 1}")
        if rig.projection == "perspective":
            _range(column, "Field of View", rig.fov)
        _range(column, "Fill", rig.fill)
        _range(column, "Offset", rig.offset)
        flags = column.column(heading="Views", align=True)
        if rig.placement not in _DRAWN:
            flags.prop(rig, "shared_distance")
            flags.prop(rig, "turned")
        flags.prop(rig, "front_first")
        if rig.placement == "listed":
            _listed(self.layout, rig)


class MAQUETTE_PT_training_light(_Part, bpy.types.Panel):
    """What lights the object"""

    bl_idname = "MAQUETTE_PT_training_light"
    bl_label = "Light"

    def draw(self, context: bpy.types.Context) -> None:
        """The preset."""
        training = context.scene.maquette.training
        draw_preset(self.layout, training.lights, presets.LIGHTS, training.light)
        if training.rig_collection is not None:
            _save(self.layout, presets.LIGHTS, "VIEWPORT", "Save Lights as They Stand")


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


class MAQUETTE_PT_training_light_numbers(_Part, bpy.types.Panel):
    """The numbers of the lights"""

    bl_idname = "MAQUETTE_PT_training_light_numbers"
    bl_label = "Numbers"
    bl_parent_id = "MAQUETTE_PT_training_light"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Surroundings, exposure and each light."""
        rig = context.scene.maquette.training.lights
        column = _column(self.layout)
        column.prop(rig, "card")
        column.prop(rig, "per_asset")
        _range(column, "World", rig.world)
        column.prop(rig, "environment")
        if rig.environment == "file":
            column.prop(rig, "path")
        if rig.environment != "none":
            _range(column, "Rotation", rig.rotation)
            _range(column, "Brightness", rig.brightness)
        row = self.layout.row()
        row.template_list("MAQUETTE_UL_lights", "", rig, "lights", rig, "active", rows=3)
        buttons = row.column(align=True)
        buttons.operator("maquette.add_light", text="", icon="ADD")
        remove = buttons.row(align=True)
        remove.enabled = len(rig.lights) > 0
        remove.operator("maquette.remove_light", text="", icon="REMOVE").index = rig.active
        if rig.active < len(rig.lights):
            _light(_column(self.layout), rig.lights[rig.active])


def draw_preset(layout: bpy.types.UILayout, rig: Any, kind: str, name: str) -> None:
    """Draw the menu of a kind of presets with its buttons.

    Args:
        rig: the property group of that kind.
        name: of the chosen preset.
    """
    entry = SESSION.preset(kind, name)
    row = layout.row(align=True)
    title = f"{entry.title} (edited)" if rig.edited else entry.title
    row.menu(f"MAQUETTE_MT_{kind}", text=title)
    if rig.edited:
        back = row.operator("maquette.choose_preset", text="", icon="LOOP_BACK")
        back.kind, back.name = kind, name
    _save(row, kind, "NUMBERS", "")
    if entry.own:
        delete = row.operator("maquette.delete_preset", text="", icon="TRASH")
        delete.kind, delete.name = kind, name


def _save(layout: bpy.types.UILayout, kind: str, source: str, text: str) -> None:
    icon = "FILE_TICK" if source == "VIEWPORT" else "ADD"
    button = layout.operator("maquette.save_preset", text=text, icon=icon)
    button.kind, button.source = kind, source


def _column(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def _range(layout: bpy.types.UILayout, name: str, spread: Any) -> None:
    """One row with both ends, aligned with the properties above and below it."""
    split = layout.split(factor=0.4)
    split.use_property_split = False
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text=name)
    row = split.row(align=True)
    row.prop(spread, "low", text="")
    row.prop(spread, "high", text="")


def _light(column: bpy.types.UILayout, light: Any) -> None:
    column.prop(light, "frame")
    _range(column, "Azimuth", light.azimuth)
    _range(column, "Elevation", light.elevation)
    _range(column, "Strength", light.strength)
    _range(column, "Softness", light.softness)
    _range(column, "Warmth", light.warmth)
    column.prop(light, "probability")


def _listed(layout: bpy.types.UILayout, rig: Any) -> None:
    column = layout.column(align=True)
    for number, view in enumerate(rig.listed[:_MOST_LISTED]):
        row = column.row(align=True)
        row.label(text=f"View {number}")
        row.prop(view, "azimuth", text="")
        row.prop(view, "elevation", text="")
    if len(rig.listed) > _MOST_LISTED:
        column.label(text=f"and {len(rig.listed) - _MOST_LISTED} more")


CLASSES = (
    MAQUETTE_MT_cameras,
    MAQUETTE_MT_lights,
    MAQUETTE_MT_quality,
    MAQUETTE_UL_lights,
    MAQUETTE_PT_training_cameras,
    MAQUETTE_PT_training_cameras_numbers,
    MAQUETTE_PT_training_light,
    MAQUETTE_PT_training_light_numbers,
)
