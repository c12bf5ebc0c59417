"""What can be done with a row of the job list."""

# Operator properties are annotations that Blender reads as values: no postponed evaluation.

import uuid
from dataclasses import replace

import bpy
from bpy.props import StringProperty

from ..client.messages import Cancel, Forget
from ..core.errors import Problem
from ..core.jobs import JobRow, Phase
from ..core.protocol import Detail
from ..core.session import SESSION
from .pump import redraw
from .runtime import RUNTIME
from .submit import send_row


class _JobOperator:
    """Shared by the operators of one row."""

    bl_options = {"INTERNAL"}

    job_id: StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def row(self) -> JobRow | None:
        """The row, which may have gone since the button was drawn."""
        return SESSION.jobs.get(self.job_id)


class MAQUETTE_OT_cancel_job(_JobOperator, bpy.types.Operator):
    """Stop this job"""

    bl_idname = "maquette.cancel_job"
    bl_label = "Cancel"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the service to stop; the row tells when it has."""
        row = self.row()
        if row is None or not row.phase.active:
            return {"CANCELLED"}
        SESSION.jobs.change(row.id, cancelling=True)
        RUNTIME.send(Cancel(row.id))
        redraw()
        return {"FINISHED"}


class MAQUETTE_OT_retry_job(_JobOperator, bpy.types.Operator):
    """Do the same with the same picture once more"""

    bl_idname = "maquette.retry_job"
    bl_label = "Try Again"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send the picture again under a new id."""
        return _again(self, self.row())


class MAQUETTE_OT_lower_detail(_JobOperator, bpy.types.Operator):
    """Reconstruct the same picture with less detail"""

    bl_idname = "maquette.lower_detail"
    bl_label = "Try with Less Detail"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Send the picture again, one step coarser."""
        row = self.row()
        if row is not None:
            fine = row.settings.detail is Detail.FINE
            detail = Detail.NORMAL if fine else Detail.DRAFT
            row = replace(row, settings=replace(row.settings, detail=detail))
        return _again(self, row)


class MAQUETTE_OT_remove_job(_JobOperator, bpy.types.Operator):
    """Take this row out of the list; a result that was not imported is lost"""

    bl_idname = "maquette.remove_job"
    bl_label = "Remove"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Drop the row here and on the service."""
        row = SESSION.jobs.remove(self.job_id)
        if row is None:
            return {"CANCELLED"}
        RUNTIME.send(Forget(row.id))
        redraw()
        return {"FINISHED"}


class MAQUETTE_OT_copy_error(_JobOperator, bpy.types.Operator):
    """Copy the error with its details to the clipboard"""

    bl_idname = "maquette.copy_error"
    bl_label = "Copy Details"

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Copy code, sentence and details; without a job, those of the last trouble."""
        row = self.row()
        problem = row.problem if row is not None else SESSION.trouble or SESSION.service.problem
        problem = problem or SESSION.install.problem or _of_weights()
        if problem is None:
            return {"CANCELLED"}
        text = f"{problem.message}\n[{problem.code}]\n{problem.detail}".strip()
        context.window_manager.clipboard = text
        self.report({"INFO"}, "Copied")
        return {"FINISHED"}


class MAQUETTE_OT_dismiss_trouble(bpy.types.Operator):
    """Hide this message"""

    bl_idname = "maquette.dismiss_trouble"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Forget the message."""
        SESSION.trouble = None
        redraw()
        return {"FINISHED"}


def _of_weights() -> Problem | None:
    """Why the weights that were asked for did not come."""
    return next((info.problem for info in SESSION.weights if info.problem), None)


def _again(operator: bpy.types.Operator, row: JobRow | None) -> set[str]:
    if row is None or row.phase.active:
        return {"CANCELLED"}
    if not row.picture:
        operator.report({"ERROR"}, "The picture was sent by another Blender. Choose it again.")
        return {"CANCELLED"}
    SESSION.jobs.remove(row.id)
    settings = row.settings
    if settings.upscale is not None:
        # What the person allows may have changed since.
        upscale = replace(settings.upscale, may_fetch=bpy.app.online_access)
        settings = replace(settings, upscale=upscale)
    again = JobRow(
        str(uuid.uuid4()),
        row.name,
        settings,
        row.placement,
        row.picture,
        Phase.SENDING,
        more=row.more,
        views=row.views,
        image=row.image,
    )
    send_row(again, replaces=row.id)
    redraw()
    return {"FINISHED"}


CLASSES = (
    MAQUETTE_OT_cancel_job,
    MAQUETTE_OT_retry_job,
    MAQUETTE_OT_lower_detail,
    MAQUETTE_OT_remove_job,
    MAQUETTE_OT_copy_error,
    MAQUETTE_OT_dismiss_trouble,
)
