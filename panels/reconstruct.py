"""The panel Reconstruct."""

from __future__ import annotations

import bpy

from ..core.protocol import SIDES
from ..core.session import SESSION
from .cutout import draw_cutout, draw_mask
from .jobs import draw_jobs
from .problems import draw_trouble
from .text import wrapped
from .weights import draw_weights

CATEGORY = "Maquette"


class MAQUETTE_MT_engine(bpy.types.Menu):
    """The engines that the service offers"""

    bl_idname = "MAQUETTE_MT_engine"
    bl_label = "Engine"

    def draw(self, context: bpy.types.Context) -> None:
        """One entry for each engine."""
        family = ""
        for engine in SESSION.engines:
            if engine.family != family:
                family = engine.family
                self.layout.separator()
            entry = self.layout.row()
            # One that lacks only its weights can be chosen; the panel then offers them.
            entry.enabled = engine.available or bool(engine.weights)
            icon = "IMPORT" if engine.weights and not engine.available else "BLANK1"
            button = entry.operator("maquette.choose_engine", text=engine.title, icon=icon)
            button.engine = engine.name
        if not SESSION.engines:
            self.layout.label(text="Start the service to see its engines")


class MAQUETTE_PT_reconstruct(bpy.types.Panel):
    """Makes a mesh of a picture"""

    bl_idname = "MAQUETTE_PT_reconstruct"
    bl_label = "Reconstruct"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY

    def draw(self, context: bpy.types.Context) -> None:
        """Picture, settings, button, jobs."""
        layout = self.layout
        settings = context.scene.maquette
        engine = SESSION.engine(settings.engine)
        if engine is not None and engine.most > 1:
            _draw_pictures(layout, context, settings)
        else:
            _draw_picture(layout, settings)
            draw_mask(layout, context, settings)
        _draw_settings(layout, context, settings)
        button = layout.row()
        button.scale_y = 1.6
        button.operator("maquette.reconstruct", icon="MESH_MONKEY")
        draw_trouble(layout, context)
        rows = SESSION.jobs.rows()
        draw_jobs(layout, context, tuple(r for r in rows if r.settings.upscale is None))


def _draw_picture(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup) -> None:
    column = layout.column(align=True)
    column.template_ID_preview(settings, "image", hide_buttons=True, rows=3, cols=6)
    row = column.row(align=True)
    row.operator("maquette.open_image", text="Open", icon="FILEBROWSER")
    row.operator("maquette.paste_image", text="Paste", icon="PASTEDOWN")
    row.operator("maquette.image_from_camera", text="Camera", icon="CAMERA_DATA")
    if settings.image is not None:
        row.operator("maquette.clear_image", text="", icon="X")


def _draw_pictures(
    layout: bpy.types.UILayout, context: bpy.types.Context, settings: bpy.types.PropertyGroup
) -> None:
    """Slots for several pictures of one object."""
    column = layout.column()
    column.row(align=True).prop(settings, "pictures_from", expand=True)
    if settings.pictures_from == "cameras":
        wrapped(
            column,
            context,
            "The selected cameras, or all: their background pictures, else what they see.",
            icon="CAMERA_DATA",
        )
        return
    slots = column.column(align=True)
    for side in SIDES:
        split = slots.split(factor=0.2, align=True)
        split.label(text=side.title())
        slot = split.row(align=True)
        slot.prop(settings, "image" if side == "front" else f"image_{side}", text="")
        slot.operator("maquette.open_image", text="", icon="FILEBROWSER").side = side


def _draw_settings(
    layout: bpy.types.UILayout, context: bpy.types.Context, settings: bpy.types.PropertyGroup
) -> None:
    engine = SESSION.engine(settings.engine)
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    split = column.split(factor=0.4)
    label = split.row()
    label.alignment = "RIGHT"
    label.label(text="Engine")
    split.menu("MAQUETTE_MT_engine", text=engine.title if engine else _guess(settings.engine))
    if engine is not None and not engine.commercial and engine.available:
        wrapped(column, context, f"Not for commercial use ({engine.licence})", icon="INFO")
    weights = SESSION.weights_of(engine.weights) if engine is not None else None
    if weights is not None:
        draw_weights(layout, context, weights)
    elif engine is not None and not engine.available:
        wrapped(column, context, engine.reason, icon="ERROR")
    column.prop(settings, "detail")
    column.prop(settings, "category")
    draw_cutout(column, settings)
    row = column.row(heading="Height")
    row.prop(settings, "use_height", text="")
    value = row.row()
    value.active = settings.use_height
    value.prop(settings, "height", text="")
    row = column.row(heading="Triangles")
    row.prop(settings, "use_faces", text="")
    value = row.row()
    value.active = settings.use_faces
    value.prop(settings, "faces", text="")
    column.prop(settings, "texture")


def _guess(name: str) -> str:
    return name.replace("-", " ").title()


CLASSES = (MAQUETTE_MT_engine, MAQUETTE_PT_reconstruct)
