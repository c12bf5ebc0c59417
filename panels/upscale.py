"""The panel Upscale, beside the 3D viewport and beside a picture."""

from __future__ import annotations

import bpy

from ..core.session import SESSION
from ..core.upscalers import UPSCALERS
from .jobs import draw_jobs
from .problems import draw_trouble
from .reconstruct import CATEGORY
from .text import wrapped


def draw_upscale(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw picture, settings, button and jobs, beside a picture or elsewhere."""
    settings = context.scene.maquette.upscale
    space = context.space_data
    beside_picture = space is not None and space.type == "IMAGE_EDITOR"
    if not beside_picture:
        layout.template_ID(settings, "image", open="image.open")
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(settings, "model")
    column.row().prop(settings, "scale", expand=True)
    if settings.takes_denoise:
        column.prop(settings, "denoise")
    image = space.image if beside_picture else settings.image
    if image is not None and image.has_data:  # asking for the size of another would read its file
        wrapped(layout, context, _sizes(image, int(settings.scale)), icon="INFO")
    button = layout.row()
    button.scale_y = 1.6
    button.enabled = image is not None
    button.operator("maquette.upscale", icon="FULLSCREEN_ENTER")
    if beside_picture:
        draw_trouble(layout, context)
    rows = SESSION.jobs.rows()
    draw_jobs(layout, context, tuple(r for r in rows if r.settings.upscale is not None))


class MAQUETTE_PT_upscale(bpy.types.Panel):
    """Enlarges a picture"""

    bl_idname = "MAQUETTE_PT_upscale"
    bl_label = "Upscale"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """The picture is chosen here."""
        draw_upscale(self.layout, context)


class MAQUETTE_PT_upscale_picture(bpy.types.Panel):
    """Enlarges the picture that is shown"""

    bl_idname = "MAQUETTE_PT_upscale_picture"
    bl_label = "Upscale"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = CATEGORY

    def draw(self, context: bpy.types.Context) -> None:
        """The picture is the one that is shown."""
        draw_upscale(self.layout, context)


class MAQUETTE_PT_upscale_network(bpy.types.Panel):
    """What the chosen network is"""

    bl_idname = "MAQUETTE_PT_upscale_network"
    bl_label = "Network"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_parent_id = "MAQUETTE_PT_upscale_picture"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Purpose, size and licence."""
        info = UPSCALERS[context.scene.maquette.upscale.model]
        wrapped(self.layout, context, f"{info.description}.")
        where = (
            "Comes with Maquette" if info.embedded else f"{info.size / 1e6:.0f} MB, fetched once"
        )
        wrapped(self.layout, context, f"{where}. {info.licence}.")


def _sizes(image: bpy.types.Image, scale: int) -> str:
    width, height = image.size
    return f"{width} x {height} becomes {width * scale} x {height * scale}"


CLASSES = (MAQUETTE_PT_upscale, MAQUETTE_PT_upscale_picture, MAQUETTE_PT_upscale_network)
