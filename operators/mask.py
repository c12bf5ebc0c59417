"""Cuts the picture in the slot out and lets a person correct what was cut."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

import uuid
from dataclasses import replace

import bpy
from bpy.props import EnumProperty, StringProperty

from ..client.messages import Forget
from ..core.errors import MaquetteError
from ..core.jobs import JobRow, Phase, Placement
from ..core.session import SESSION
from ..scene.compat import set_alpha_brush
from ..scene.mask_picture import import_mask
from ..scene.pictures import display_name, picture_file
from .runtime import RUNTIME
from .submit import send_row


class MAQUETTE_OT_edit_mask(bpy.types.Operator):
    """Cut the picture out, so that you can correct what belongs to the object by painting"""

    bl_idname = "maquette.edit_mask"
    bl_label = "Edit Mask"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A picture is needed."""
        if context.scene.maquette.image is None:
            cls.poll_message_set("Choose a picture first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Queue the cut-out; the timer brings it into the file."""
        scene = context.scene
        image, job_id = scene.maquette.image, str(uuid.uuid4())
        settings = replace(scene.maquette.job_settings(), output="cut-out")
        try:
            picture = picture_file(image, RUNTIME.scratch, job_id)
        except MaquetteError as error:
            SESSION.trouble = error.problem
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        placement = Placement((0.0, 0.0, 0.0), scene.name, SESSION.blend)
        name = display_name(image)
        send_row(JobRow(job_id, name, settings, placement, str(picture), image=image.name))
        SESSION.trouble = None
        return {"FINISHED"}


class MAQUETTE_OT_import_mask(bpy.types.Operator):
    """Bring this mask into the file"""

    bl_idname = "maquette.import_mask"
    bl_label = "Import Mask"
    bl_options = {"UNDO", "INTERNAL"}

    job_id: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """An undo step made inside a mode would not hold the new image."""
        if context.mode != "OBJECT":
            cls.poll_message_set("Switch to Object Mode first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Import, show it where a picture is shown, or tell the row why not."""
        row = SESSION.jobs.get(self.job_id)
        if row is None or not row.mesh:
            return {"CANCELLED"}
        scene = bpy.data.scenes.get(row.placement.scene) or context.scene
        try:
            mask = import_mask(row, scene)
        except MaquetteError as error:
            SESSION.jobs.change(row.id, phase=Phase.FAILED, problem=error.problem, note="")
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        for area in _image_editors(context):
            _show(area, mask)
        SESSION.jobs.change(row.id, phase=Phase.IMPORTED, note="")
        RUNTIME.send(Forget(row.id))
        self.report({"INFO"}, f"Made {mask.name}")
        return {"FINISHED"}


class MAQUETTE_OT_paint_mask(bpy.types.Operator):
    """Paint on the mask; opens an image editor for it where none shows it"""

    bl_idname = "maquette.paint_mask"
    bl_label = "Paint Mask"
    bl_options = {"REGISTER", "INTERNAL"}

    brush: EnumProperty(
        name="Brush",
        items=(
            ("ERASE_ALPHA", "Erase", "What you paint over does not belong to the object"),
            ("ADD_ALPHA", "Restore", "What you paint over belongs to the object"),
        ),
        options={"SKIP_SAVE"},
    )

    @classmethod
    def description(
        cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties
    ) -> str:
        """What the chosen brush does."""
        if properties.brush == "ADD_ALPHA":
            return "Paint back what belongs to the object"
        return "Paint away what does not belong to the object"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be a mask."""
        if _mask(context) is None:
            cls.poll_message_set("Edit Mask makes one")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Show the mask for painting and choose the brush."""
        mask = _mask(context)
        areas = _image_editors(context)
        if not areas:
            before = set(context.window_manager.windows)
            bpy.ops.wm.window_new()
            for window in set(context.window_manager.windows) - before:
                area = max(window.screen.areas, key=lambda a: a.width * a.height)
                area.type = "IMAGE_EDITOR"
                areas.append(area)
        for area in areas:
            _show(area, mask)
        if not set_alpha_brush(context, self.brush):
            self.report({"WARNING"}, "Choose a brush in the image editor first")
        return {"FINISHED"}


class MAQUETTE_OT_clear_mask(bpy.types.Operator):
    """Forget the mask; the picture is cut out anew when it is reconstructed"""

    bl_idname = "maquette.clear_mask"
    bl_label = "Clear Mask"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be a mask."""
        return _mask(context) is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take it out of the settings; the image stays in the file while something shows it."""
        cutout = context.scene.maquette.cutout
        cutout.mask = cutout.mask_of = None
        return {"FINISHED"}


def _mask(context: bpy.types.Context) -> bpy.types.Image | None:
    settings = context.scene.maquette
    mask: bpy.types.Image | None = settings.cutout.mask_for(settings.image)
    return mask


def _image_editors(context: bpy.types.Context) -> list[bpy.types.Area]:
    windows = context.window_manager.windows
    return [a for window in windows for a in window.screen.areas if a.ui_type == "IMAGE_EDITOR"]


def _show(area: bpy.types.Area, mask: bpy.types.Image) -> None:
    space = area.spaces.active
    space.image = mask
    space.ui_mode = "PAINT"


CLASSES = (
    MAQUETTE_OT_edit_mask,
    MAQUETTE_OT_import_mask,
    MAQUETTE_OT_paint_mask,
    MAQUETTE_OT_clear_mask,
)
