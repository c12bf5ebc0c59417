"""The timer: takes the worker's events, imports finished meshes, redraws what changed."""

from __future__ import annotations

import traceback
from typing import Any

import bpy

from ..client.apply import apply
from ..core.errors import Fix, Problem
from ..core.jobs import JobRow, Phase
from ..core.service_view import ServiceState
from ..core.session import SESSION
from ..scene import rig_choice
from ..scene.picture_checks import checked
from .render_run import RENDER
from .runtime import RUNTIME

BUSY_S = 0.1
IDLE_S = 0.5
# Tools that hold on to the scene while they run; other add-ons' modal operators may run forever.
_TOOLS = ("TRANSFORM_OT_", "OBJECT_OT_", "MESH_OT_", "CURVE_OT_", "PAINT_OT_", "SCULPT_OT_")
_TRANSITIONS = (ServiceState.UNKNOWN, ServiceState.STARTING, ServiceState.STOPPING)


def tick() -> float:
    """One beat; returns the seconds until the next. Never raises: that would end the timer."""
    before = SESSION.drawn()
    try:
        _work()
    except Exception:
        SESSION.trouble = Problem(
            "extension-failed",
            "Something unexpected went wrong. Copy the details and report them.",
            detail=traceback.format_exc(),
        )
    if SESSION.drawn() != before:
        redraw()
    busy = SESSION.jobs.active() or SESSION.install.running or RENDER.active
    return BUSY_S if busy or SESSION.service.state in _TRANSITIONS else IDLE_S


def _work() -> None:
    RUNTIME.refresh_config()
    SESSION.may_install = bpy.app.online_access or RUNTIME.has_own_index()
    # The extension may have been enabled when a file was open already.
    SESSION.saved(bpy.data.filepath)
    for event in RUNTIME.events():
        apply(SESSION, event)
    RENDER.poll()
    for row in SESSION.jobs.ready():
        _import_when_possible(row)
    scene = bpy.context.scene
    if scene is not None and scene.library is None:
        # A new scene has the names of its presets, but not yet their numbers.
        rig_choice.fill_in(scene.maquette.training)
        settings = scene.maquette
        mask = settings.cutout.mask_for(settings.image)
        SESSION.picture_check = checked(settings.image, mask, SESSION.picture_check)


def redraw() -> None:
    """Have the sidebars and the preferences drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "IMAGE_EDITOR", "PREFERENCES"):
                for region in area.regions:
                    if region.type in ("UI", "WINDOW") and (
                        region.type == "UI" or area.type == "PREFERENCES"
                    ):
                        region.tag_redraw()


def _import_when_possible(row: JobRow) -> None:
    window, reason = _window_for(row)
    if reason or window is None:
        SESSION.jobs.change(row.id, note=reason)
        return
    try:
        # The second argument asks for an undo step, as a click would have made. No temp_override:
        # under one, Blender on Python 3.11 reads Python objects while it carries out the operator
        # without waiting for other threads to stop, and that corrupts memory.
        _importer(row)("EXEC_DEFAULT", True, job_id=row.id)
    except RuntimeError as error:
        # The operator tells its row what it expects to go wrong; this is for the rest, which
        # would otherwise be tried again for ever.
        now = SESSION.jobs.get(row.id)
        if now is not None and now.phase is Phase.READY:
            problem = Problem(
                "import-failed",
                "The result could not be put into the file. Try again.",
                Fix.RETRY,
                str(error),
            )
            SESSION.jobs.change(row.id, phase=Phase.FAILED, problem=problem, note="")


def _importer(row: JobRow) -> Any:
    if row.settings.upscale is not None:
        return bpy.ops.maquette.import_picture
    if row.settings.makes_picture:
        return bpy.ops.maquette.import_mask
    return bpy.ops.maquette.import_result


def _window_for(row: JobRow) -> tuple[bpy.types.Window | None, str]:
    """A window in which the import can run, and if there is none the reason."""
    if row.placement.blend != SESSION.blend:
        return None, "Its file is not open"
    scene = bpy.data.scenes.get(row.placement.scene)
    if scene is None:
        return None, "Its scene is gone"
    windows = bpy.context.window_manager.windows
    window = next((w for w in windows if w.scene == scene), next(iter(windows), None))
    if window is None:
        return None, "No window is open"
    return window, _occupied(window)


def _occupied(window: bpy.types.Window) -> str:
    """What must end before something can be imported; "" when nothing must."""
    active = window.view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        # An undo step made inside a mode would not hold the new object.
        return "Waits for Object Mode"
    if any(op.bl_idname.startswith(_TOOLS) for op in window.modal_operators):
        return "Waits for the running tool"
    if bpy.app.is_job_running("RENDER"):
        return "Waits for the render"
    return ""


def start() -> None:
    """Register the timer."""
    bpy.app.timers.register(tick, first_interval=BUSY_S, persistent=True)


def stop() -> None:
    """Remove the timer."""
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)
