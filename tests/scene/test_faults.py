"""What may go wrong while a job runs, and what the row says then."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import bpy
import pytest
from held import held_workers, service_pid


@pytest.fixture
def another_home(part, tmp_path, monkeypatch, empty_file, pump):
    """A home without a service, for tests that break things."""
    session = part("core.session").SESSION
    monkeypatch.setenv("MAQUETTE_HOME", str(tmp_path))
    pump(lambda: session.service.state in ("stopped", "not-installed", "problem"))
    yield tmp_path
    if session.service.state in ("running", "starting"):
        bpy.ops.maquette.stop_service()
        pump(lambda: session.service.state not in ("running", "starting", "stopping"))
    monkeypatch.undo()
    pump(lambda: str(tmp_path) not in session.service.log)


def test_cancel_ends_a_job_that_waits_and_a_job_that_runs(service, pump, click):
    with held_workers():
        jobs = [click() for _ in range(3)]
        pump(lambda: service.jobs.get(jobs[0]).phase == "running")
        pump(lambda: service.jobs.get(jobs[-1]).phase == "queued")
        for job in jobs:
            bpy.ops.maquette.cancel_job(job_id=job)
        pump(lambda: not service.jobs.active(), 20)
    assert {service.jobs.get(job).phase for job in jobs} == {"cancelled"}
    again = click()
    pump(lambda: service.jobs.get(again).phase == "imported", 120)
    assert len(bpy.data.objects) == 1


def test_cancel_wins_over_a_service_that_was_faster(service, pump, click):
    # No beat between click and cancel, so however quickly the mesh comes it is not yet here.
    jobs = [click() for _ in range(3)]
    for job in jobs:
        bpy.ops.maquette.cancel_job(job_id=job)
    pump(lambda: not service.jobs.active(), 20)
    assert {service.jobs.get(job).phase for job in jobs} == {"cancelled"}
    assert len(bpy.data.objects) == 0


def test_a_file_that_is_no_picture_is_refused_with_a_sentence(part, service, pump, click, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing of use")
    job = click(broken)
    pump(lambda: service.jobs.get(job).phase == "failed")
    problem = service.jobs.get(job).problem
    assert problem.code.startswith("image-")
    assert problem.fix == part("core.errors").Fix.CHOOSE_IMAGE
    good = click()
    pump(lambda: service.jobs.get(good).phase == "imported")


def test_a_picture_whose_file_is_gone_is_refused_at_the_click(part, empty_file, picture, tmp_path):
    path = tmp_path / "gone.png"
    path.write_bytes(picture.read_bytes())
    bpy.ops.maquette.open_image(filepath=str(path))
    path.unlink()
    bpy.context.scene.maquette.engine = "silhouette-box"
    with pytest.raises(RuntimeError, match="gone"):
        bpy.ops.maquette.reconstruct()
    assert part("core.session").SESSION.trouble.code == "image-missing"


def test_a_mesh_whose_file_was_left_waits_until_it_is_opened_again(
    service, pump, click, tmp_path, picture
):
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    job = click()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    pump(lambda: service.jobs.get(job).phase == "ready")
    pump(lambda: service.jobs.get(job).note == "Its file is not open")
    assert len(bpy.data.objects) == 0
    bpy.ops.wm.open_mainfile(filepath=str(path))
    pump(lambda: service.jobs.get(job).phase == "imported")
    assert "red box" in bpy.data.objects


def test_reloading_the_file_during_a_job_does_no_harm(service, pump, click, tmp_path):
    path = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    job = click()
    bpy.ops.wm.revert_mainfile()
    pump(lambda: service.jobs.get(job).phase == "imported")
    assert "red box" in bpy.data.objects


def test_a_job_follows_its_file_to_another_name(service, pump, click, tmp_path):
    job = click()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "first.blend"))
    pump(lambda: service.jobs.get(job).phase == "imported")
    assert service.jobs.get(job).placement.blend == str(tmp_path / "first.blend")


def test_a_mesh_of_a_new_file_can_be_taken_into_the_open_one(service, pump, click):
    job = click()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    pump(lambda: service.jobs.get(job).phase == "ready")
    bpy.context.scene.cursor.location = (4.0, 0.0, 0.0)
    bpy.ops.maquette.import_result(job_id=job, here=True)
    assert service.jobs.get(job).phase == "imported"
    assert bpy.data.objects["red box"].location.x == 4.0


def test_a_deleted_scene_keeps_the_mesh_in_its_row(service, pump, click):
    bpy.ops.scene.new(type="EMPTY")
    job = click()
    bpy.ops.scene.delete()
    pump(lambda: service.jobs.get(job).note == "Its scene is gone")
    assert len(bpy.data.objects) == 0


def test_in_edit_mode_the_mesh_waits(service, pump, click):
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.mode_set(mode="EDIT")
    job = click()
    pump(lambda: service.jobs.get(job).note == "Waits for Object Mode")
    assert len(bpy.data.objects) == 1
    bpy.ops.object.mode_set(mode="OBJECT")
    pump(lambda: service.jobs.get(job).phase == "imported")


def test_undo_during_a_job_does_no_harm(service, pump, click):
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.ed.undo_push(message="Cube")
    job = click()
    if bpy.ops.ed.undo.poll():
        bpy.ops.ed.undo()
    pump(lambda: service.jobs.get(job).phase == "imported")
    assert "red box" in bpy.data.objects


def test_a_broken_mesh_leaves_the_scene_as_it_was(part, service, pump, click):
    job = click()
    session = part("core.session").SESSION
    pump(lambda: session.jobs.get(job).phase == "imported")
    Path(session.jobs.get(job).mesh).write_bytes(b"glTF but not really")
    counts = [len(c) for c in (bpy.data.objects, bpy.data.meshes, bpy.data.materials)]
    with pytest.raises(RuntimeError, match="could not be read"):
        bpy.ops.maquette.import_result(job_id=job, here=True)
    assert counts == [len(c) for c in (bpy.data.objects, bpy.data.meshes, bpy.data.materials)]
    assert session.jobs.get(job).problem.code == "mesh-unreadable"


def test_two_blenders_share_one_service_and_keep_their_jobs_apart(
    part, service, pump, click, picture
):
    script = Path(__file__).with_name("other_blender.py")
    other = subprocess.Popen(
        [sys.executable, script, "import", picture],
        env={**os.environ, "PYTHONPATH": str(script.parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    job = click()
    pump(lambda: service.jobs.get(job).phase == "imported")
    pump(lambda: other.poll() is not None, 60)
    assert other.returncode == 0
    told = json.loads(other.stdout.read().splitlines()[-1])
    assert told["objects"] == ["red box"]
    assert told["pid"] == service_pid()
    assert [row.id for row in service.jobs.rows()] == [job]
    assert told["jobs"] != [job]


def test_the_job_of_a_blender_that_died_is_taken_over(service, pump, picture):
    script = Path(__file__).with_name("other_blender.py")
    subprocess.run(
        [sys.executable, script, "die", picture],
        env={**os.environ, "PYTHONPATH": str(script.parent)},
        stdout=subprocess.DEVNULL,
        check=False,
    )
    pump(lambda: len(service.jobs) == 1)
    (row,) = service.jobs.rows()
    pump(lambda: service.jobs.get(row.id).phase == "ready")
    bpy.ops.maquette.import_result(job_id=row.id, here=True)
    assert "red box" in bpy.data.objects


def test_without_a_backend_the_row_offers_to_install_it(
    part, another_home, pump, click, monkeypatch
):
    session = part("core.session").SESSION
    monkeypatch.setenv("MAQUETTE_BACKEND_PYTHON", str(another_home / "no" / "python"))
    pump(lambda: session.service.state == "not-installed")
    job = click()
    pump(lambda: session.jobs.get(job).phase == "failed")
    problem = session.jobs.get(job).problem
    assert (problem.code, problem.fix) == (
        "backend-missing",
        part("core.errors").Fix.INSTALL_BACKEND,
    )


def test_another_program_on_the_port_is_named(part, another_home, pump, click):
    session = part("core.session").SESSION
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def answer() -> None:
        listener.settimeout(0.1)
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                connection.recv(4096)
                connection.sendall(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
                )

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        protocol = part("core.protocol")
        stranger = {
            "product": protocol.PRODUCT,
            "protocol": protocol.PROTOCOL,
            "version": "0.1.0",
            "host": "127.0.0.1",
            "port": listener.getsockname()[1],
            "pid": os.getpid(),
            "token": "t",
            "instance": "i",
        }
        (another_home / protocol.PORT_FILE_NAME).write_text(json.dumps(stranger))
        job = click()
        pump(lambda: session.jobs.get(job).phase == "failed")
        problem = session.jobs.get(job).problem
        assert problem.code == "wrong-server"
        assert problem.fix == part("core.errors").Fix.RESTART_BACKEND
    finally:
        stop.set()
        thread.join()
        listener.close()
        (another_home / "service.json").unlink(missing_ok=True)


def test_a_service_that_cannot_start_says_so_and_stops_trying(
    part, another_home, pump, click, monkeypatch
):
    session = part("core.session").SESSION
    # A Python without maquette: it starts and ends at once with an error.
    monkeypatch.setenv("MAQUETTE_BACKEND_PYTHON", sys.executable)
    codes = []
    for _ in range(4):
        job = click()
        pump(lambda job=job: session.jobs.get(job).phase == "failed")
        codes.append(session.jobs.get(job).problem.code)
    assert codes == ["service-start-failed"] * 3 + ["service-keeps-crashing"]
    assert "maquette" in session.jobs.rows()[1].problem.detail


def test_cancel_ends_a_job_in_the_middle_of_its_work(service, pump, click):
    embedded = service.engine("embedded")
    if embedded is None or not embedded.available:
        pytest.skip("the embedded model is not in this checkout, and other engines are too quick")
    job = click(engine="embedded", detail="fine")
    pump(lambda: service.jobs.get(job).stage in ("infer", "mesh"), 90)
    bpy.ops.maquette.cancel_job(job_id=job)
    assert service.jobs.get(job).cancelling
    pump(lambda: service.jobs.get(job).phase == "cancelled", 10)
    assert len(bpy.data.objects) == 0
    again = click()
    pump(lambda: service.jobs.get(again).phase == "imported", 90)


def test_a_killed_service_is_told_in_the_row_and_the_next_click_works(part, service, pump, click):
    with held_workers():
        jobs = [click() for _ in range(2)]
        pump(lambda: service.jobs.get(jobs[-1]).phase == "queued")
        os.kill(service_pid(), signal.SIGKILL)
        pump(lambda: not service.jobs.active(), 30)
    row = service.jobs.get(jobs[-1])
    assert row.phase == "failed"
    assert row.problem.code == "service-died"
    assert row.problem.fix == part("core.errors").Fix.RETRY

    bpy.ops.maquette.retry_job(job_id=row.id)
    newest = service.jobs.rows()[0]
    assert newest.id != row.id and service.jobs.get(row.id) is None
    pump(lambda: service.jobs.get(newest.id).phase == "imported", 120)
