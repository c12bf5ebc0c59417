"""Click the button and wait, as a person would, in a Blender whose timers do not fire by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from .session import PACKAGE, part

LIMIT_S = 15 * 60
STOP_LIMIT_S = 20


@dataclass
class Run:
    """One reconstruction as seen from Blender.

    Attributes:
        seconds: ``total`` from the click to the object, and its parts in the order of work.
        stalls: longest time, in seconds, that Blender's main thread was held: by the click, by a
            call of the timer, and by the call that imports; and the processor time of the thread
            in it, which does not grow when the machine is busy with other things.
        object_name: of the new object.
        result: what the service told of the mesh.
    """

    seconds: dict[str, float]
    stalls: dict[str, float]
    object_name: str
    result: dict[str, Any] = field(default_factory=dict)


def pump() -> Iterator[tuple[float, float, float]]:
    """Call the extension's timer as often as Blender would, for ever.

    Yields the moment of each call, its length and the thread's processor time in it, seconds;
    the module that Blender ships for Python runs no timers.
    """
    tick = part("operators.pump").tick
    while True:
        began, used = time.perf_counter(), time.thread_time()
        wait = tick()
        yield began, time.perf_counter() - began, time.thread_time() - used
        time.sleep(wait)


def reconstruct(
    picture: Path,
    detail: str = "normal",
    engine: str = "embedded",
    on_stage: Callable[[str], None] = lambda stage: None,
) -> Run:
    """Call the operator that the button calls, and wait until its object is in the scene.

    Args:
        on_stage: told the name of each stage as the sidebar would show it.

    Raises:
        RuntimeError: the job failed or took too long; the message is what the sidebar shows.
    """
    session = part("core.session").SESSION
    known, objects = {row.id for row in session.jobs.rows()}, set(bpy.data.objects.keys())
    settings = bpy.context.scene.maquette
    settings.image = bpy.data.images.load(str(picture), check_existing=True)
    settings.detail, settings.engine = detail, engine
    clicked, used = time.perf_counter(), time.thread_time()
    bpy.ops.maquette.reconstruct()
    click = time.perf_counter() - clicked
    stalls = {"click": click, "click_cpu": time.thread_time() - used, "tick": 0.0, "tick_cpu": 0.0}
    (job_id,) = {row.id for row in session.jobs.rows()} - known
    phases: dict[str, float] = {}
    shown, since = "", clicked
    for began, length, used in pump():
        row = session.jobs.get(job_id)
        if row is None or row.problem is not None:
            problem = row.problem if row else None
            raise RuntimeError(f"{problem.message}\n{problem.detail}" if problem else "cancelled")
        phases[row.phase] = phases.get(row.phase, 0.0) + began + length - since
        since = began + length
        if row.phase == "imported":
            (name,) = set(bpy.data.objects.keys()) - objects
            facts = {key: getattr(row.result, key) for key in ("faces", "category", "engine")}
            seconds = _parts(since - clicked, click, phases, row.result.timings_s, length)
            return Run(seconds, {**stalls, "import": length, "import_cpu": used}, name, facts)
        stalls["tick"] = max(stalls["tick"], length)
        stalls["tick_cpu"] = max(stalls["tick_cpu"], used)
        stage = f"{row.phase}, {row.stage.value}" if row.phase == "running" else str(row.phase)
        if stage != shown:
            shown = stage
            on_stage(stage)
        if began - clicked > LIMIT_S:
            raise RuntimeError(f"The job did not end within {LIMIT_S} s; it stands at {stage}.")
    raise AssertionError("unreachable")


def _parts(
    total: float,
    click: float,
    phases: dict[str, float],
    stages: dict[str, float],
    import_s: float,
) -> dict[str, float]:
    """Divide a run's time: what was seen from here, what the service told, and the rest."""
    known = {
        "click": click,
        "send": sum(phases.get(phase, 0.0) for phase in ("starting", "sending")) - click,
        "queue": phases.get("queued", 0.0),
        **stages,
        "import": import_s,
    }
    return {"total": total, **known, "between": total - sum(known.values())}


def stop_service() -> None:
    """End the service that was started on the way, and the extension with its thread."""
    session = part("core.session").SESSION
    if session.service.state == "running":
        bpy.ops.maquette.stop_service()
        end = time.perf_counter() + STOP_LIMIT_S
        for began, *_ in pump():
            if session.service.state == "stopped" or began > end:
                break
    bpy.ops.preferences.addon_disable(module=PACKAGE)
