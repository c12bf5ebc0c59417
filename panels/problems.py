"""Draws a problem: its sentence, and under it the button that mends it."""

from __future__ import annotations

import bpy

from ..core.errors import Fix, Problem
from ..core.session import SESSION
from .text import wrapped

# Fix to operator, label and icon.
_BUTTONS = {
    Fix.INSTALL_BACKEND: ("maquette.install_backend", "Install Backend", "IMPORT"),
    Fix.START_BACKEND: ("maquette.start_service", "Start Service", "PLAY"),
    Fix.RESTART_BACKEND: ("maquette.restart_service", "Restart Service", "FILE_REFRESH"),
    Fix.OPEN_LOG: ("maquette.open_log", "Open Log", "TEXT"),
    Fix.OPEN_PREFERENCES: ("maquette.open_preferences", "Open Preferences", "PREFERENCES"),
    Fix.CHOOSE_IMAGE: ("maquette.open_image", "Choose Another Picture", "FILE_IMAGE"),
    Fix.FETCH_CUTOUT_WEIGHTS: (
        "maquette.fetch_cutout_weights",
        "Fetch Cut-Out Weights",
        "IMPORT",
    ),
    # Once that is allowed, trying again is what is left to do.
    Fix.ALLOW_ONLINE: ("maquette.retry_job", "Try Again", "FILE_REFRESH"),
    Fix.LOWER_DETAIL: ("maquette.lower_detail", "Try with Less Detail", "MOD_DECIM"),
    Fix.RETRY: ("maquette.retry_job", "Try Again", "FILE_REFRESH"),
}
_NEEDS_JOB = (Fix.ALLOW_ONLINE, Fix.LOWER_DETAIL, Fix.RETRY)


def draw_trouble(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the problem that belongs to no job, if there is one."""
    if SESSION.trouble is None:
        return
    box = layout.box()
    line = box.row()
    line.label(text="Something Went Wrong")
    line.operator("maquette.dismiss_trouble", text="", icon="X", emboss=False)
    draw_problem(box, context, SESSION.trouble)


def draw_problem(
    layout: bpy.types.UILayout,
    context: bpy.types.Context,
    problem: Problem,
    job_id: str = "",
    log: str = "",
) -> None:
    """Draw the sentence and its buttons.

    Args:
        job_id: the job whose row this is; "" outside of rows.
        log: the log that Open Log opens, where it is not the service's.
    """
    wrapped(layout, context, problem.message, icon="ERROR")
    row = layout.row(align=True)
    fix = problem.fix
    if _needs_leave(fix):
        # The button that mends it would be grey; this is the step before.
        allow = row.operator("screen.userpref_show", text="Allow Online Access", icon="PREFERENCES")
        allow.section = "SYSTEM"
    elif fix in _BUTTONS and (job_id or fix not in _NEEDS_JOB):
        operator, label, icon = _BUTTONS[fix]
        button = row.operator(operator, text=label, icon=icon)
        if fix in _NEEDS_JOB:
            button.job_id = job_id
        if fix is Fix.OPEN_LOG and log:
            button.filepath = log
    if job_id and fix not in _NEEDS_JOB:
        row.operator("maquette.retry_job", text="", icon="FILE_REFRESH").job_id = job_id
    row.operator("maquette.copy_error", text="", icon="COPYDOWN").job_id = job_id


def _needs_leave(fix: Fix) -> bool:
    """Whether the person has not yet let Blender use the network that the fix needs."""
    if fix is Fix.INSTALL_BACKEND:
        return not SESSION.may_install
    offline = (Fix.FETCH_CUTOUT_WEIGHTS, Fix.ALLOW_ONLINE)
    return fix in offline and not bpy.app.online_access
