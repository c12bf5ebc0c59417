"""A picture dropped on the 3D viewport becomes a mesh where it was dropped."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

from pathlib import Path

import bpy
from bpy.props import CollectionProperty, FloatVectorProperty, StringProperty

from ..core.errors import MaquetteError
from ..core.session import SESSION
from ..scene.pictures import load_picture
from ..scene.placing import point_under_mouse
from .submit import submit_picture

# Several pictures dropped at once stand side by side, this far apart.
SPACING_M = 1.5


class MAQUETTE_OT_drop_image(bpy.types.Operator):
    """Make a mesh of the dropped picture and stand it where it was dropped"""

    bl_idname = "maquette.drop_image"
    bl_label = "Reconstruct Mesh from Image"
    bl_options = {"REGISTER", "INTERNAL"}

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", "HIDDEN"})
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: CollectionProperty(
        type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"}
    )
    location: FloatVectorProperty(
        name="Location", description="Where the mesh stands", subtype="TRANSLATION", unit="LENGTH"
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Find the point under the mouse."""
        mouse = (float(event.mouse_region_x), float(event.mouse_region_y))
        self.location = point_under_mouse(context, mouse)
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Queue a job for each picture."""
        scene = context.scene
        paths = self._paths()
        if not paths:
            self.report({"ERROR"}, "No picture was dropped")
            return {"CANCELLED"}
        x, y, z = self.location
        for index, path in enumerate(paths):
            try:
                image = load_picture(path)
                scene.maquette.image = image
                submit_picture(
                    image, scene, (x + index * SPACING_M, y, z), scene.maquette.job_settings()
                )
            except MaquetteError as error:
                SESSION.trouble = error.problem
                self.report({"ERROR"}, error.problem.message)
                return {"CANCELLED"}
        SESSION.trouble = None
        return {"FINISHED"}

    def _paths(self) -> list[str]:
        if self.directory and len(self.files):
            return [str(Path(self.directory) / file.name) for file in self.files]
        return [self.filepath] if self.filepath else []


class MAQUETTE_FH_picture(bpy.types.FileHandler):
    """Offers the reconstruction when a picture is dropped on a 3D viewport."""

    bl_idname = "MAQUETTE_FH_picture"
    bl_label = "Reconstruct Mesh from Image"
    bl_import_operator = "maquette.drop_image"
    bl_file_extensions = ".png;.jpg;.jpeg;.webp;.bmp;.tif;.tiff;.tga"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Only 3D viewports in Object Mode take pictures."""
        area = context.area
        return area is not None and area.type == "VIEW_3D" and context.mode == "OBJECT"


CLASSES = (MAQUETTE_OT_drop_image, MAQUETTE_FH_picture)
