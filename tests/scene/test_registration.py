"""Nothing stays behind when the extension is switched off."""

from __future__ import annotations

import threading
import time
from typing import Any

import bpy
from held import held_workers

PACKAGE = "bl_ext.user_default.maquette"


def _traces() -> dict[str, Any]:
    handlers = {
        name: [handler.__module__ for handler in getattr(bpy.app.handlers, name)]
        for name in dir(bpy.app.handlers)
        if isinstance(getattr(bpy.app.handlers, name), list)
    }
    return {
        "classes": sorted(name for name in dir(bpy.types) if name.startswith("MAQUETTE")),
        "operators": dir(bpy.ops.maquette),
        "handlers": {name: modules for name, modules in handlers.items() if modules},
        "scene": hasattr(bpy.types.Scene, "maquette"),
        "threads": sorted(thread.name for thread in threading.enumerate()),
    }


def test_ten_times_on_and_off_leaves_nothing(part, empty_file):
    pump = part("operators.pump")
    runtime = part("operators.runtime").RUNTIME
    tick = pump.tick
    on = _traces()
    assert on["classes"] and on["operators"] and on["scene"]
    assert bpy.app.timers.is_registered(tick)
    for _ in range(10):
        bpy.ops.preferences.addon_disable(module=PACKAGE)
        off = _traces()
        assert not bpy.app.timers.is_registered(tick)
        assert runtime._worker is None and runtime._scratch is None
        assert (off["classes"], off["operators"], off["scene"]) == ([], [], False)
        assert not [m for modules in off["handlers"].values() for m in modules if PACKAGE in m]
        assert not [name for name in off["threads"] if name.startswith("maquette")]
        bpy.ops.preferences.addon_enable(module=PACKAGE)
        # Enabling may load the modules anew: look at the ones that are in use now.
        runtime = part("operators.runtime").RUNTIME
        tick = part("operators.pump").tick
        assert bpy.app.timers.is_registered(tick)
        assert _traces() == on


def test_switching_off_during_a_job_ends_its_thread_and_keeps_the_job(part, service, pump, click):
    with held_workers():
        job = click()
        pump(lambda: service.jobs.get(job).phase in ("queued", "running"))
        bpy.ops.preferences.addon_disable(module=PACKAGE)
        try:
            assert [t.name for t in threading.enumerate() if t.name.startswith("maquette")] == []
        finally:
            bpy.ops.preferences.addon_enable(module=PACKAGE)
    session = part("core.session").SESSION
    tick = part("operators.pump").tick

    end = time.monotonic() + 60
    while job not in {row.id for row in session.jobs.ready()} and time.monotonic() < end:
        tick()
        time.sleep(0.03)
    assert session.jobs.get(job).phase == "ready"


def test_every_operator_that_panels_name_has_a_tooltip(part):
    for name in dir(bpy.ops.maquette):
        rna = getattr(bpy.ops.maquette, name).get_rna_type()
        assert rna.description, name
        assert not rna.description.endswith("."), name
        assert rna.name == rna.name.strip() and rna.name[0].isupper()


def test_the_timer_outlives_what_nobody_foresaw(part, empty_file, monkeypatch):
    def fail():
        raise ZeroDivisionError("unforeseen")

    session = part("core.session").SESSION
    monkeypatch.setattr(part("operators.runtime").RUNTIME, "events", fail)
    assert part("operators.pump").tick() > 0
    assert session.trouble.code == "extension-failed"
    assert "unforeseen" in session.trouble.detail


def test_an_import_that_fails_is_tried_once(part, empty_file, monkeypatch, tmp_path):
    jobs, session = part("core.jobs"), part("core.session").SESSION
    tries = []

    def fail(row, scene):
        tries.append(row.id)
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr(part("operators.result"), "import_row", fail)
    place = jobs.Placement((0.0, 0.0, 0.0), bpy.context.scene.name, session.blend)
    settings = part("core.protocol").JobSettings()
    session.jobs.add(jobs.JobRow("a", "a", settings, place, phase=jobs.Phase.READY, mesh="m"))
    for _ in range(3):
        part("operators.pump").tick()
    assert tries == ["a"]
    assert session.jobs.get("a").problem.code == "import-failed"
