"""What the panels of rigs share: menus of presets, rows of numbers."""

from __future__ import annotations

from typing import Any

import bpy

from ..core import presets
from ..core.session import SESSION
from .reconstruct import CATEGORY
from .training_views import PARENT


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


class TrainingPart:
    """A panel within Training Views."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_parent_id = PARENT
    layout: Any


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
    save_button(row, kind, "NUMBERS", "")
    if entry.own:
        delete = row.operator("maquette.delete_preset", text="", icon="TRASH")
        delete.kind, delete.name = kind, name


def save_button(layout: bpy.types.UILayout, kind: str, source: str, text: str) -> None:
    """Draw the button that saves the numbers, or what stands in the viewport, as a preset."""
    icon = "FILE_TICK" if source == "VIEWPORT" else "ADD"
    button = layout.operator("maquette.save_preset", text=text, icon=icon)
    button.kind, button.source = kind, source


def column_of(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    """Return a column of properties with their names on the left."""
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


def draw_range(layout: bpy.types.UILayout, name: str, spread: Any) -> None:
    """One row with both ends, aligned with the properties above and below it."""
    split = layout.split(factor=0.4)
    split.use_property_split = False
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text=name)
    row = split.row(align=True)
    row.prop(spread, "low", text="")
    row.prop(spread, "high", text="")


CLASSES = (MAQUETTE_MT_cameras, MAQUETTE_MT_lights, MAQUETTE_MT_quality)
