"""Enlarges an image, and brings the enlarged one into the file."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

import uuid

import bpy
from bpy.props import StringProperty

from ..client.messages import Forget
from ..core.errors import MaquetteError
from ..core.jobs import JobRow, Phase, Placement
from ..core.session import SESSION
from ..scene.enlarged_picture import import_picture
from ..scene.pictures import display_name, whole_picture_file
from .runtime import RUNTIME
from .submit import send_row


class MAQUETTE_OT_upscale(bpy.types.Operator):
    """Enlarge the picture into an image of its own"""

    bl_idname = "maquette.upscale"
    bl_label = "Upscale"
    bl_options = {"REGISTER"}

    image: StringProperty(
        name="Image",
        description="Name of the image; empty takes the one that is shown or chosen",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A picture is needed, unless the operator is given a name."""
        if _shown(context) is None and not bpy.data.images:
            cls.poll_message_set("Open a picture first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Queue the job; the timer does the rest."""
        image = bpy.data.images.get(self.image) if self.image else _shown(context)
        if image is None:
            self.report({"ERROR"}, "Choose a picture to enlarge first")
            return {"CANCELLED"}
        scene, job_id = context.scene, str(uuid.uuid4())
        settings = scene.maquette.upscale.job_settings(bpy.app.online_access, image)
        try:
            picture = whole_picture_file(image, RUNTIME.scratch, job_id)
        except MaquetteError as error:
            SESSION.trouble = error.problem
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        placement = Placement((0.0, 0.0, 0.0), scene.name, SESSION.blend)
        name = display_name(image)
        row = JobRow(job_id, name, settings, placement, str(picture), image=image.name)
        send_row(row)
        SESSION.trouble = None
        return {"FINISHED"}


class MAQUETTE_OT_import_picture(bpy.types.Operator):
    """Bring this enlarged picture into the file"""

    bl_idname = "maquette.import_picture"
    bl_label = "Import"
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
        """Import, or tell the row why not."""
        row = SESSION.jobs.get(self.job_id)
        if row is None or not row.mesh:
            return {"CANCELLED"}
        try:
            image = import_picture(row)
        except MaquetteError as error:
            SESSION.jobs.change(row.id, phase=Phase.FAILED, problem=error.problem, note="")
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        _show_instead(context, row.image, image)
        SESSION.jobs.change(row.id, phase=Phase.IMPORTED, note="")
        RUNTIME.send(Forget(row.id))
        self.report({"INFO"}, f"Enlarged into {image.name}")
        return {"FINISHED"}


def _shown(context: bpy.types.Context) -> bpy.types.Image | None:
    """The picture of the image editor that was clicked in, else the panel's."""
    space = context.space_data
    if space is not None and space.type == "IMAGE_EDITOR":
        return space.image
    return context.scene.maquette.upscale.image


def _show_instead(context: bpy.types.Context, name: str, image: bpy.types.Image) -> None:
    """Show the larger picture in image editors that still show the one it was made of."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "IMAGE_EDITOR":
                space = area.spaces.active
                if space.image is not None and space.image.name == name:
                    space.image = image


CLASSES = (MAQUETTE_OT_upscale, MAQUETTE_OT_import_picture)
