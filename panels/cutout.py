"""Draws what becomes of the picture before it is sent: its check, its mask, the cut-out."""

from __future__ import annotations

import bpy

from ..core.protocol import Background
from ..core.session import SESSION
from .text import wrapped


def draw_mask(
    layout: bpy.types.UILayout, context: bpy.types.Context, settings: bpy.types.PropertyGroup
) -> None:
    """Draw what was noticed about the picture in the slot, and the buttons of its mask."""
    if settings.image is None:
        return
    checked = SESSION.picture_check
    if checked is not None and checked.check and checked.image == settings.image.name:
        for warning in checked.check.warnings:
            wrapped(layout, context, warning, icon="INFO")
    mask = settings.cutout.mask_for(settings.image)
    if mask is None:
        layout.operator("maquette.edit_mask", icon="MOD_MASK")
        return
    row = layout.row(align=True)
    erase = row.operator("maquette.paint_mask", text="Erase", icon="REMOVE")
    erase.brush = "ERASE_ALPHA"
    restore = row.operator("maquette.paint_mask", text="Restore", icon="ADD")
    restore.brush = "ADD_ALPHA"
    row.operator("maquette.edit_mask", text="", icon="FILE_REFRESH")
    row.operator("maquette.clear_mask", text="", icon="X")
    wrapped(layout, context, f"Uses “{mask.name}”", icon="MOD_MASK")


def draw_cutout(column: bpy.types.UILayout, settings: bpy.types.PropertyGroup) -> None:
    """Draw how the background goes away, unless a mask has decided it already."""
    if settings.cutout.mask_for(settings.image) is not None:
        return
    column.prop(settings, "background")
    if settings.background == Background.KEEP.value:
        return
    column.prop(settings.cutout, "model")
    column.prop(settings.cutout, "soft_edges")
