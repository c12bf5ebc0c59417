"""Draws the job list."""

from __future__ import annotations

import bpy

from ..core.jobs import JobRow, Phase
from ..core.protocol import ResultInfo, Stage
from ..core.session import SESSION
from .problems import draw_problem
from .text import duration, wrapped

_STAGES = {
    Stage.QUEUED: "Queued",
    Stage.CUTOUT: "Cutting Out",
    Stage.INFER: "Reconstructing",
    Stage.MESH: "Meshing",
    Stage.TEXTURE: "Colouring",
    Stage.PACK: "Packing",
    Stage.FETCH: "Fetching Network",
    Stage.UPSCALE: "Upscaling",
}
_PHASES = {
    Phase.STARTING: "Starting Service",
    Phase.SENDING: "Sending",
    Phase.QUEUED: "Queued",
    Phase.FETCHING: "Receiving",
}
_ICONS = {
    Phase.READY: "CHECKMARK",
    Phase.IMPORTED: "CHECKMARK",
    Phase.FAILED: "CANCEL",
    Phase.CANCELLED: "X",
}


def draw_jobs(
    layout: bpy.types.UILayout, context: bpy.types.Context, rows: tuple[JobRow, ...]
) -> None:
    """Draw one box for each row."""
    for row in rows:
        box = layout.box().column()
        if row.phase.active:
            _draw_active(box, row)
        else:
            _draw_settled(box, context, row)


def progress_text(row: JobRow) -> str:
    """What stands in the bar of an active row."""
    if row.cancelling:
        return "Cancelling"
    health = SESSION.service.health
    if row.phase is Phase.QUEUED and health is not None and health.warming:
        return "Loading Libraries"
    stage = _PHASES.get(row.phase) or _STAGES[row.stage]
    left = duration(row.eta_s) if row.phase is Phase.RUNNING else ""
    return f"{stage}   {left} left" if left else stage


def _draw_active(box: bpy.types.UILayout, row: JobRow) -> None:
    box.label(text=row.name, icon="IMAGE_DATA")
    line = box.row(align=True)
    line.progress(factor=row.progress, text=progress_text(row), type="BAR")
    cancel = line.row(align=True)
    cancel.enabled = not row.cancelling
    cancel.operator("maquette.cancel_job", text="", icon="X").job_id = row.id


def _draw_settled(box: bpy.types.UILayout, context: bpy.types.Context, row: JobRow) -> None:
    line = box.row(align=True)
    line.label(text=_title(row), icon=_ICONS[row.phase])
    if row.phase is Phase.CANCELLED and row.picture:
        line.operator("maquette.retry_job", text="", icon="FILE_REFRESH").job_id = row.id
    line.operator("maquette.remove_job", text="", icon="X", emboss=False).job_id = row.id
    if row.phase is Phase.FAILED and row.problem is not None:
        draw_problem(box, context, row.problem, row.id)
    if row.phase is Phase.READY:
        _draw_ready(box, context, row)
    if row.result is not None and row.phase in (Phase.READY, Phase.IMPORTED):
        if row.result.confidence >= 0:
            box.label(text=f"Confidence {row.result.confidence:.0%}", icon=_trust(row.result))
        for note in row.result.notes:
            wrapped(box, context, note, icon="INFO")


def _trust(result: ResultInfo) -> str:
    """Icon of a confidence; what is below a third rarely serves as it is."""
    return "CHECKMARK" if result.confidence >= 1 / 3 else "ERROR"


def _draw_ready(box: bpy.types.UILayout, context: bpy.types.Context, row: JobRow) -> None:
    if row.note:
        wrapped(box, context, row.note, icon="INFO")
    if row.settings.makes_picture:
        enlarged = row.settings.upscale is not None
        operator = "maquette.import_picture" if enlarged else "maquette.import_mask"
        box.operator(operator, text="Import", icon="IMPORT").job_id = row.id
        return
    button = box.operator("maquette.import_result", text="Import Here", icon="IMPORT")
    button.job_id = row.id
    button.here = True


def _title(row: JobRow) -> str:
    if row.phase is Phase.READY:
        return f"{row.name}: Ready to Import"
    if row.phase is Phase.IMPORTED and row.settings.upscale is not None:
        size = row.result.pixels if row.result is not None else (0, 0)
        return f"{row.name}, {size[0]} x {size[1]}"
    if row.phase is Phase.IMPORTED and row.settings.makes_picture:
        return f"{row.name}: Mask"
    if row.phase is Phase.IMPORTED:
        faces = f", {row.result.faces:,} faces" if row.result is not None else ""
        return f"{row.name}{faces}"
    return f"{row.name}: {'Cancelled' if row.phase is Phase.CANCELLED else 'Failed'}"
