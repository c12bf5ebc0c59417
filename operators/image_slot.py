"""Ways to fill and empty the picture slot."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from ..core.errors import MaquetteError
from ..core.protocol import SIDES
from ..core.session import SESSION
from ..scene.camera_picture import camera_picture
from ..scene.clipboard import paste_picture
from ..scene.pictures import load_picture
from .runtime import RUNTIME

PICTURES = "*.png;*.jpg;*.jpeg;*.webp;*.bmp;*.tif;*.tiff;*.tga"


class MAQUETTE_OT_open_image(bpy.types.Operator):
    """Choose a picture from a file"""

    bl_idname = "maquette.open_image"
    bl_label = "Open Picture"
    bl_options = {"REGISTER", "UNDO"}

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default=PICTURES, options={"HIDDEN"})
    side: EnumProperty(
        name="Side",
        items=tuple((side, side.title(), "") for side in SIDES),
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Show the file browser, unless a file was given."""
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Put the file's picture into the slot."""
        try:
            image = load_picture(bpy.path.abspath(self.filepath))
        except MaquetteError as error:
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        slot = "image" if self.side == SIDES[0] else f"image_{self.side}"
        setattr(context.scene.maquette, slot, image)
        SESSION.trouble = None
        return {"FINISHED"}


class MAQUETTE_OT_paste_image(bpy.types.Operator):
    """Take the picture, or the picture's path, from the clipboard"""

    bl_idname = "maquette.paste_image"
    bl_label = "Paste Picture"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Put the pasted picture into the slot."""
        try:
            context.scene.maquette.image = paste_picture(context)
        except MaquetteError as error:
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        return {"FINISHED"}


class MAQUETTE_OT_image_from_camera(bpy.types.Operator):
    """Take what the scene's camera sees, drawn as in the viewport"""

    bl_idname = "maquette.image_from_camera"
    bl_label = "Use Camera View"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A camera is needed."""
        if context.scene.camera is None:
            cls.poll_message_set("The scene has no active camera")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Put the picture into the slot."""
        try:
            image = camera_picture(context, Path(RUNTIME.scratch))
        except MaquetteError as error:
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        context.scene.maquette.image = image
        return {"FINISHED"}


class MAQUETTE_OT_clear_image(bpy.types.Operator):
    """Take the picture out of the slot"""

    bl_idname = "maquette.clear_image"
    bl_label = "Clear Picture"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be a picture."""
        return context.scene.maquette.image is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Empty the slot; the picture stays in the file."""
        context.scene.maquette.image = None
        return {"FINISHED"}


CLASSES = (
    MAQUETTE_OT_open_image,
    MAQUETTE_OT_paste_image,
    MAQUETTE_OT_image_from_camera,
    MAQUETTE_OT_clear_image,
)
