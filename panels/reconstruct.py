"""The panel Reconstruct."""

from __future__ import annotations

import bpy

from ..core.session import SESSION
from .jobs import draw_jobs
from .problems import draw_problem
from .text import wrapped

CATEGORY = "Maquette"


class MAQUETTE_MT_engine(bpy.types.Menu):
    """The engines that the service offers"""

    bl_idname = "MAQUETTE_MT_engine"
    bl_label = "Engine"

    def draw(self, context: bpy.types.Context) -> None:
        """One entry for each engine."""
        for engine in SESSION.engines:
            entry = self.layout.row()
            entry.enabled = engine.available
            button = entry.operator("wm.context_set_string", text=engine.title)
            button.data_path = "scene.maquette.engine"
            button.value = engine.name
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
        _draw_picture(layout, settings)
        _draw_settings(layout, context, settings)
        button = layout.row()
        button.scale_y = 1.6
        button.operator("maquette.reconstruct", icon="MESH_MONKEY")
        if SESSION.trouble is not None:
            box = layout.box()
            line = box.row()
            line.label(text="Something Went Wrong")
            line.operator("maquette.dismiss_trouble", text="", icon="X", emboss=False)
            draw_problem(box, context, SESSION.trouble)
        draw_jobs(layout, context, SESSION.jobs.rows())


def _draw_picture(layout: bpy.types.UILayout, settings: bpy.types.PropertyGroup) -> None:
    column = layout.column(align=True)
    column.template_ID_preview(settings, "image", hide_buttons=True, rows=3, cols=6)
    row = column.row(align=True)
    row.operator("maquette.open_image", text="Open", icon="FILEBROWSER")
    row.operator("maquette.paste_image", text="Paste", icon="PASTEDOWN")
    row.operator("maquette.image_from_camera", text="Camera", icon="CAMERA_DATA")
    if settings.image is not None:
        row.operator("maquette.clear_image", text="", icon="X")


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
    if engine is not None and not engine.commercial:
        wrapped(column, context, f"Not for commercial use ({engine.licence})", icon="INFO")
    if engine is not None and not engine.available:
        wrapped(column, context, engine.reason, icon="ERROR")
    column.prop(settings, "detail")
    column.prop(settings, "category")
    column.prop(settings, "background")
    row = column.row(heading="Height")
    row.prop(settings, "use_height", text="")
    value = row.row()
    value.active = settings.use_height
    value.prop(settings, "height", text="")


def _guess(name: str) -> str:
    return name.replace("-", " ").title()


CLASSES = (MAQUETTE_MT_engine, MAQUETTE_PT_reconstruct)
