"""Brings a finished mesh into the scene, as one undo step."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

from dataclasses import replace

import bpy
from bpy.props import BoolProperty, StringProperty

from ..client.messages import Forget
from ..core.errors import MaquetteError
from ..core.jobs import JobRow, Phase, Placement
from ..core.session import SESSION
from ..scene.import_mesh import import_row
from ..scene.placing import cursor_location
from .runtime import RUNTIME


class MAQUETTE_OT_import_result(bpy.types.Operator):
    """Put this mesh into the scene"""

    bl_idname = "maquette.import_result"
    bl_label = "Import"
    bl_options = {"UNDO", "INTERNAL"}

    job_id: StringProperty(options={"HIDDEN", "SKIP_SAVE"})
    here: BoolProperty(
        name="Here",
        description="Use the open scene and its 3D cursor, not the place chosen at the start",
        options={"HIDDEN", "SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """An undo step made inside a mode would not hold the new object."""
        if context.mode != "OBJECT":
            cls.poll_message_set("Switch to Object Mode first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Import, or tell the row why not and leave the scene as it was."""
        row = SESSION.jobs.get(self.job_id)
        if row is None or not row.mesh:
            return {"CANCELLED"}
        scene = context.scene if self.here else bpy.data.scenes.get(row.placement.scene)
        if scene is None:
            return {"CANCELLED"}
        if self.here:
            row = _placed_here(row, scene)
        try:
            obj = import_row(row, scene)
        except MaquetteError as error:
            SESSION.jobs.change(row.id, phase=Phase.FAILED, problem=error.problem, note="")
            self.report({"ERROR"}, error.problem.message)
            return {"CANCELLED"}
        SESSION.jobs.change(row.id, phase=Phase.IMPORTED, placement=row.placement, note="")
        RUNTIME.send(Forget(row.id))
        self.report({"INFO"}, f"Reconstructed {obj.name}")
        return {"FINISHED"}


def _placed_here(row: JobRow, scene: bpy.types.Scene) -> JobRow:
    return replace(row, placement=Placement(cursor_location(scene), scene.name, SESSION.blend))


CLASSES = (MAQUETTE_OT_import_result,)
