"""The part of Training Views that renders: pictures, output, the run and what came of it."""

from __future__ import annotations

import bpy

from ..core.batch.status import Phase, Status
from ..core.session import SESSION, TrainingRun
from .problems import draw_problem
from .reconstruct import CATEGORY
from .text import duration, wrapped
from .training_views import PARENT

_MOST_LOST = 4


class MAQUETTE_PT_training_pictures(bpy.types.Panel):
    """What each picture is like"""

    bl_idname = "MAQUETTE_PT_training_pictures"
    bl_label = "Pictures"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_parent_id = PARENT
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Size, quality, passes, formats."""
        training = context.scene.maquette.training
        column = _column(self.layout)
        column.prop(training, "resolution")
        column.prop(training, "views")
        split = column.split(factor=0.4)
        label = split.row()
        label.alignment = "RIGHT"
        label.label(text="Quality")
        split.menu("MAQUETTE_MT_quality", text=SESSION.preset("quality", training.quality).title)
        column.prop(training, "engine")
        column.prop(training, "seed")
        column.prop(training, "upscale")
        self.layout.label(text="Passes beside the Picture")
        self.layout.grid_flow(columns=2, align=True).prop(training, "passes")
        self.layout.label(text="Formats beside Maquette's Own")
        self.layout.grid_flow(columns=2, align=True).prop(training, "formats")


class MAQUETTE_PT_training_run(bpy.types.Panel):
    """Renders, and shows how far it is"""

    bl_idname = "MAQUETTE_PT_training_run"
    bl_label = "Render"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = CATEGORY
    bl_parent_id = PARENT

    def draw(self, context: bpy.types.Context) -> None:
        """Folder, device, buttons, the run."""
        layout = self.layout
        training = context.scene.maquette.training
        column = _column(layout)
        column.prop(training, "output")
        column.prop(training, "device")
        column.prop(training, "workers")
        button = layout.row()
        button.scale_y = 1.6
        button.operator("maquette.render_training_views", icon="RENDER_ANIMATION")
        row = layout.row(align=True)
        row.operator("maquette.estimate_training_views", icon="TIME")
        row.operator("maquette.resume_training_views", icon="PLAY")
        if SESSION.training is not None:
            draw_run(layout.box().column(), context, SESSION.training)


def draw_run(layout: bpy.types.UILayout, context: bpy.types.Context, run: TrainingRun) -> None:
    """Draw the batch that runs, or the last one."""
    status = run.status
    name = run.name
    if status.phase.active:
        layout.label(text=name, icon="RENDER_ANIMATION")
        line = layout.row(align=True)
        line.progress(factor=status.share, text=progress_text(status), type="BAR")
        line.operator("maquette.cancel_training_views", text="", icon="X")
    else:
        line = layout.row(align=True)
        line.label(text=_title(name, run), icon=_ICONS[status.phase])
        line.operator("maquette.dismiss_training_views", text="", icon="X", emboss=False)
    if status.phase is Phase.RENDERING:
        _facts(layout, status)
    if run.estimate_only and status.estimate is not None:
        wrapped(layout, context, f"About {status.estimate.sentence()}", icon="TIME")
    if status.problem is not None:
        draw_problem(layout, context, status.problem)
    _draw_lost(layout, context, run)
    if not status.phase.active and not run.estimate_only:
        row = layout.row(align=True)
        row.operator("maquette.open_training_views", icon="FILE_FOLDER").folder = run.folder
        if status.phase is not Phase.FINISHED:
            row.operator("maquette.resume_training_views", icon="PLAY").folder = run.folder
        if status.lost:
            again = layout.operator(
                "maquette.resume_training_views", text="Try Quarantine Again", icon="FILE_REFRESH"
            )
            again.folder, again.again = run.folder, True


_ICONS = {Phase.FINISHED: "CHECKMARK", Phase.CANCELLED: "X", Phase.FAILED: "CANCEL"}
_DOING = {
    Phase.STARTING: "Starting Blender",
    Phase.MEASURING: "Measuring",
    Phase.FINISHING: "Describing the Dataset",
    Phase.ENLARGING: "Enlarging the Pictures",
}


def progress_text(status: Status) -> str:
    """What stands in the bar."""
    if status.phase is Phase.CHECKING:
        return f"Checking {status.checked} of {status.assets}"
    if status.phase is not Phase.RENDERING:
        return _DOING[status.phase]
    left = duration(status.seconds_left)
    return f"{status.pictures_done} of {status.pictures}" + (f"   {left} left" if left else "")


def _facts(layout: bpy.types.UILayout, status: Status) -> None:
    """Assets, pace and workers on one line."""
    parts = [f"{status.kept + status.done} of {status.assets} assets"]
    if status.pictures_per_s:
        parts.append(f"{status.pictures_per_s:.2f} views/s")
    if status.workers > 1:
        parts.append(f"{status.workers} workers")
    layout.label(text=", ".join(parts))


def _draw_lost(layout: bpy.types.UILayout, context: bpy.types.Context, run: TrainingRun) -> None:
    """Draw the assets in quarantine with their reasons."""
    lost = run.status.lost
    for item in lost[:_MOST_LOST]:
        row = layout.row(align=True)
        row.label(text=f"In Quarantine: {item.id}", icon="ERROR")
        button = row.operator("maquette.open_log", text="", icon="TEXT")
        button.filepath = run.log_of(item.id)
        wrapped(layout, context, item.problem.message)
    if len(lost) > _MOST_LOST:
        layout.label(text=f"and {len(lost) - _MOST_LOST} more")


def _title(name: str, run: TrainingRun) -> str:
    status = run.status
    if run.estimate_only:
        done = status.phase is Phase.FINISHED
        return f"{name}: {'Estimate' if done else status.phase.value.title()}"
    if status.phase is Phase.FINISHED:
        return f"{name}: {status.kept + status.done} of {status.assets} assets"
    return f"{name}: {status.phase.value.title()}"


def _column(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    return column


CLASSES = (MAQUETTE_PT_training_pictures, MAQUETTE_PT_training_run)
