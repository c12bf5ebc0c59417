"""Panels draw every state from memory alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import bpy
import pytest
from drawn_panels import draw


@pytest.fixture
def session(part, empty_file):
    """The session, put back afterwards."""
    live = part("core.session").SESSION
    kept = dict(vars(live))
    yield live
    vars(live).update(kept)


@pytest.fixture
def row(part):
    """Makes rows."""
    jobs, protocol = part("core.jobs"), part("core.protocol")

    def make(**changes: Any) -> Any:
        placement = jobs.Placement((0.0, 0.0, 0.0), "Scene", "")
        plain = jobs.JobRow("an-id", "chair", protocol.JobSettings(), placement, "/chair.png")
        return replace(plain, **changes)

    return make


def test_an_empty_slot_offers_three_ways_to_fill_it(session):
    drawn = draw("MAQUETTE_PT_reconstruct")
    assert [t for t in drawn if t in ("Open", "Paste", "Camera")] == ["Open", "Paste", "Camera"]
    assert "Reconstruct" in drawn


def test_the_button_is_off_without_a_picture(session):
    assert not bpy.ops.maquette.reconstruct.poll()
    bpy.context.scene.maquette.image = bpy.data.images.new("chair", 8, 8)
    session.engines = ()
    assert bpy.ops.maquette.reconstruct.poll()


def test_each_phase_of_a_job_is_drawn(session, row, part):
    phases = part("core.jobs").Phase
    problem = part("core.errors").Problem("x", "A sentence.", part("core.errors").Fix.RETRY)
    for phase in phases:
        session.jobs.clear()
        session.jobs.add(row(phase=phase, problem=problem if phase == "failed" else None))
        drawn = draw("MAQUETTE_PT_reconstruct")
        assert [text for text in drawn if text.startswith("chair")], phase


def test_a_running_job_shows_stage_and_time_left(session, row, part):
    stage = part("core.protocol").Stage.MESH
    session.jobs.add(row(phase=part("core.jobs").Phase.RUNNING, stage=stage, eta_s=8.2))
    assert "Meshing   0:08 left" in draw("MAQUETTE_PT_reconstruct")


def test_every_fix_is_a_button_and_long_errors_are_wrapped(session, row, part, monkeypatch):
    errors, phase = part("core.errors"), part("core.jobs").Phase.FAILED
    monkeypatch.setattr(part("panels.problems"), "_needs_leave", lambda fix: False)
    sentence = "This is a long sentence that tells a person what went wrong and what helps. " * 2
    for fix in errors.Fix:
        session.jobs.clear()
        problem = errors.Problem("x", sentence, fix, "detail")
        session.jobs.add(row(phase=phase, problem=problem))
        drawn = draw("MAQUETTE_PT_reconstruct")
        start = drawn.index("chair: Failed")
        label = part("panels.problems")._BUTTONS[fix][1] if fix.value else "Copy Details"
        assert label in drawn[start:], fix
        lines = [text for text in drawn[start + 1 :] if text and text in sentence]
        assert len(lines) >= 3
        assert " ".join(lines).split() == sentence.split()


def test_a_fix_that_needs_the_network_asks_for_leave_first(session, row, part):
    errors, phase = part("core.errors"), part("core.jobs").Phase.FAILED
    problem = errors.Problem("x", "A sentence.", errors.Fix.INSTALL_BACKEND)
    session.jobs.add(row(phase=phase, problem=problem))
    for allowed, label in ((True, "Install Backend"), (False, "Allow Online Access")):
        session.may_install = allowed
        drawn = draw("MAQUETTE_PT_reconstruct")
        assert drawn[drawn.index("A sentence.") + 1] == label


def test_a_non_commercial_engine_says_so(session, part):
    info = part("core.protocol").EngineInfo("mine", "Mine", "", "CC-BY-NC-4.0", False, True)
    session.engines = (info,)
    bpy.context.scene.maquette.engine = "mine"
    text = " ".join(draw("MAQUETTE_PT_reconstruct"))
    assert "Not for commercial use" in text and "CC-BY-NC-4.0" in text


def test_the_engine_menu_lists_what_the_service_told(session, part):
    info = part("core.protocol").EngineInfo
    session.engines = (info("a", "First", "", "MIT", True, True),)
    assert draw("MAQUETTE_MT_engine") == ["First"]


def test_each_state_of_the_service_is_drawn(session, part):
    view, protocol = part("core.service_view"), part("core.protocol")
    health = protocol.Health("maquette-backend", "0.1.0", 1, "cpu", 3_100_000_000, "i", 1)
    problem = part("core.errors").Problem("x", "A sentence.", part("core.errors").Fix.OPEN_LOG)
    for state in view.ServiceState:
        session.service = view.ServiceView(
            state,
            health if state == "running" else None,
            problem if state == "problem" else None,
        )
        drawn = draw("MAQUETTE_PT_backend")
        assert ("3.1 GB" in drawn) == (state == "running")
        assert ("Install Backend" in drawn) == (state == "not-installed")
        assert ("Stop" in drawn) == (state != "not-installed")


def test_a_device_is_named_once_it_is_known(session, part):
    view, protocol = part("core.service_view"), part("core.protocol")
    for device in ("", "cpu"):
        health = protocol.Health("maquette-backend", session.version, 1, device, 1, "i", 1)
        session.service = view.ServiceView(view.ServiceState.RUNNING, health)
        assert ("Device" in draw("MAQUETTE_PT_backend")) is bool(device)


def test_a_service_of_another_version_offers_the_update(session, part):
    view, protocol = part("core.service_view"), part("core.protocol")
    for version, outdated in ((session.version, False), ("0.0.9", True)):
        health = protocol.Health("maquette-backend", version, 1, "cpu", 1, "i", 1)
        session.service = view.ServiceView(view.ServiceState.RUNNING, health)
        assert ("Update Backend" in draw("MAQUETTE_PT_backend")) is outdated


def test_an_installation_shows_its_step_and_can_be_cancelled(session, part):
    view = part("core.service_view")
    session.install = view.InstallView(True, "Installing PyTorch: torch", 0.31, "/log")
    drawn = draw("MAQUETTE_PT_backend")
    assert "31%" in drawn and "Cancel" in drawn


def test_a_refused_network_is_explained_where_the_button_is(session, part):
    view = part("core.service_view")
    session.service = view.ServiceView(view.ServiceState.NOT_INSTALLED)
    session.may_install = False
    assert "Allow Online Access" in " ".join(draw("MAQUETTE_PT_backend"))
    assert not bpy.ops.maquette.install_backend.poll()


def test_preferences_are_drawn(session, maquette_package):
    assert "backend_python" in draw("MAQUETTE_AP_preferences")


def test_a_batch_is_drawn(session, part) -> None:
    status, errors = part("core.batch.status"), part("core.errors")
    run = part("core.session").TrainingRun
    lost = (status.Lost("chair", errors.Problem("x", "It crashed Blender.")),)
    for phase in status.Phase:
        problem = errors.Problem("disk-full", "The disk is full.") if phase == "failed" else None
        now = status.Status(phase, 3, 3, 0, 1, 9, 4, 2.0, 2.0, 2.5, 2, lost, None, problem)
        session.training = run("/data/views", now)
        drawn = draw("MAQUETTE_PT_training_run")
        assert "In Quarantine: chair" in drawn and "It crashed Blender." in drawn
        assert ("4 of 9   0:02 left" in drawn) == (phase == "rendering")
        assert ("Cancel" in drawn) == phase.active and ("Open Folder" in drawn) != phase.active
        assert ("Try Quarantine Again" in drawn) != phase.active
        assert ("The disk is full." in drawn) == (phase == "failed")
    assert {"resolution", "passes", "formats"} <= set(draw("MAQUETTE_PT_training_pictures"))
