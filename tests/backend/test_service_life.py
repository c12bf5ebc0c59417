"""Deaths, cancels, restarts and the end: what is promised after each of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from service_rig import Service, held, wait_gone

STAGES = ["cut-out", "infer", "mesh", "texture", "pack"]
Starter = Callable[..., Service]


@pytest.mark.parametrize("stage", STAGES)
def test_service_killed_in_each_stage(start_service: Starter, stage: str) -> None:
    service = start_service()
    worker = service.worker()
    running = service.submit(held(stage))
    service.wait(running, stage)
    waiting = service.submit()
    service.kill()
    wait_gone(worker)
    service.start()
    status = service.job(running)
    assert status["state"] == "failed"
    assert (status["problem"]["code"], status["problem"]["fix"]) == ("interrupted", "retry")
    assert service.wait(waiting)["state"] == "done"
    service.prove_alive()


@pytest.mark.parametrize("stage", STAGES)
def test_worker_killed_in_each_stage(service: Service, stage: str) -> None:
    job = service.submit(held(stage))
    service.wait(job, stage)
    waiting = service.submit()
    service.worker().kill()
    status = service.wait(job)
    assert status["state"] == "failed"
    assert status["problem"]["code"] == "worker-died"
    assert status["problem"]["fix"] == "lower_detail"
    assert service.wait(waiting)["state"] == "done"
    service.prove_alive()


def test_worker_that_crashes_by_itself(service: Service) -> None:
    job = service.submit({"engine": "held", "seed": 120, "detail": "draft"})
    problem = service.wait(job)["problem"]
    assert (problem["code"], problem["fix"]) == ("worker-died", "retry")
    service.prove_alive()


def test_idle_worker_killed(service: Service) -> None:
    service.prove_alive()
    worker = service.worker()
    worker.kill()
    wait_gone(worker)
    service.prove_alive()


# Loading an engine and packing its mesh never listen.
@pytest.mark.parametrize(
    ("stage", "deaf"),
    [(stage, True) for stage in STAGES]
    + [(stage, False) for stage in ("infer", "mesh", "texture")],
)
def test_cancel_within_two_seconds(service: Service, stage: str, deaf: bool) -> None:
    job = service.submit(held(stage, deaf=deaf))
    service.wait(job, stage)
    worker = service.worker()
    begin = time.monotonic()
    answer = service.call("POST", f"/jobs/{job}/cancel").json()
    assert answer["state"] == "cancelled"
    assert time.monotonic() - begin < 2.0
    # What listens stops by itself and keeps what is loaded; what does not is ended.
    assert worker.is_running() is not deaf
    again = service.call("POST", f"/jobs/{job}/cancel").json()
    assert again == answer  # harmless on ended jobs
    service.prove_alive()


def test_worker_that_cannot_start(start_service: Starter, tmp_path: Path) -> None:
    broken = tmp_path / "scipy.py"
    broken.write_text("raise ImportError('this installation is damaged')")
    service = start_service(PYTHONPATH=str(tmp_path))
    problem = service.wait(service.submit(), timeout=60)["problem"]
    assert (problem["code"], problem["fix"]) == ("worker-start-failed", "open_log")
    assert "this installation is damaged" in problem["detail"]
    broken.unlink()
    service.prove_alive()  # it goes on trying


def test_missing_gpu_is_said_with_the_job(start_service: Starter) -> None:
    service = start_service("--device", "cuda:99")
    problem = service.wait(service.submit(), timeout=60)["problem"]
    assert problem["code"] == "device-unavailable"
    assert "cuda:99" in problem["message"]


def test_cancel_while_waiting(service: Service) -> None:
    running, waiting = service.submit(held("mesh")), service.submit()
    assert service.call("POST", f"/jobs/{waiting}/cancel").json()["state"] == "cancelled"
    assert service.job(running)["state"] == "running"
    assert service.call("POST", f"/jobs/{running}/cancel").json()["state"] == "cancelled"
    service.prove_alive()


def test_jobs_and_results_survive_a_restart(start_service: Starter) -> None:
    service = start_service()
    job = service.submit()
    before = service.wait(job)
    service.kill()
    service.start()
    assert service.job(job) == before
    assert service.call("GET", f"/jobs/{job}/result").content[:4] == b"glTF"


def test_shutdown_ends_everything_soon(start_service: Starter) -> None:
    service = start_service()
    worker = service.worker()
    job = service.submit(held("mesh", deaf=True))
    service.wait(job, "mesh")
    stream = service.call("GET", f"/jobs/{job}/events", stream=True)
    begin = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begin < 10.0
    stream.close()
    wait_gone(worker)
    assert not (service.home / "service.json").exists()
    service.start()
    assert service.job(job)["problem"]["code"] == "interrupted"
    service.prove_alive()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM")
def test_terminate_ends_everything_soon(start_service: Starter) -> None:
    service = start_service()
    worker = service.worker()
    service.process.terminate()
    service.process.wait(30)
    wait_gone(worker)
    assert not (service.home / "service.json").exists()


def test_idle_service_ends_and_a_busy_one_does_not(start_service: Starter) -> None:
    service = start_service("--idle-timeout", "2")
    worker = service.worker()
    job = service.submit(held("mesh", 6))
    time.sleep(4.0)  # nobody asks anything, but it works
    assert service.process.poll() is None
    assert service.wait(job)["state"] == "done"
    begin = time.monotonic()
    assert service.process.wait(30) == 0
    assert time.monotonic() - begin > 1.0
    wait_gone(worker)
    assert not (service.home / "service.json").exists()


def test_health_alone_does_not_keep_it(start_service: Starter) -> None:
    service = start_service("--idle-timeout", "1.5")
    end = time.monotonic() + 30
    while service.process.poll() is None and time.monotonic() < end:
        try:
            service.call("GET", "/health")
        except OSError:
            break
        time.sleep(0.1)
    assert service.process.wait(30) == 0


def test_two_starts_at_once_give_one_service(start_service: Starter) -> None:
    first = start_service()
    first.stop()
    starts = [first.popen() for _ in range(3)]
    outs: list[str] = []
    try:
        ended = []
        limit = time.monotonic() + 90
        while len(ended) < 2 and time.monotonic() < limit:
            ended = [p for p in starts if p.poll() is not None]
            time.sleep(0.05)
        (alive,) = [p for p in starts if p.poll() is None]
        outs = [p.communicate()[0] for p in ended]
        port_file = json.loads((first.home / "service.json").read_text())
        assert port_file["pid"] == alive.pid
        assert [p.returncode for p in ended] == [0, 0]
        assert all(f":{port_file['port']}" in out for out in outs)
    finally:
        for process in starts:
            process.terminate()
            process.communicate(timeout=30)


def test_port_file_that_was_removed_comes_back(start_service: Starter) -> None:
    service = start_service()
    path = service.home / "service.json"
    path.unlink()
    end = time.monotonic() + 30
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert json.loads(path.read_text()) == service.port_file


def test_log_holds_no_token(start_service: Starter) -> None:
    service = start_service()
    service.prove_alive()
    service.stop()
    assert service.port_file["token"] not in (service.home / "service.log").read_text()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MB."""
    home = tmp_path / "disk"
    home.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(home)]
    try:
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if made.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {made.stderr.strip()}")
    yield home
    subprocess.run(["umount", "-l", str(home)], check=True)


def _fill(home: Path, leave: int = 0) -> Path:
    """Fill the disk but for so many bytes."""
    filler = home / "filler"
    with filler.open("ab", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            pass
        if leave:
            file.truncate(max(0, filler.stat().st_size - leave))
    return filler


def test_disk_full_while_sending(small_disk: Path, start_service: Starter) -> None:
    service = start_service(home=small_disk)
    service.prove_alive()
    filler = _fill(small_disk, leave=100_000)
    answer = service.put(data=b"\0" * 1_500_000)
    assert answer.status_code == 507, answer.text
    assert answer.json()["error"]["code"] == "disk-full"
    assert answer.json()["error"]["message"].endswith(".")
    assert not list((small_disk / "incoming").iterdir())
    filler.unlink()
    service.prove_alive()


def test_disk_full_while_working(small_disk: Path, start_service: Starter) -> None:
    service = start_service(home=small_disk)
    job = service.submit(held("mesh", 6))
    service.wait(job, "mesh")
    filler = _fill(small_disk)
    status = service.wait(job)
    assert (status["state"], status["problem"]["code"]) == ("failed", "disk-full")
    assert service.put().status_code == 507
    assert service.call("GET", "/health").status_code == 200
    filler.unlink()
    service.prove_alive()
    service.kill()
    service.start()
    assert service.job(job)["problem"]["code"] == "disk-full"  # saved once there was room


def test_start_on_a_full_disk_says_so(small_disk: Path, start_service: Starter) -> None:
    service = start_service(home=small_disk)
    service.stop()
    _fill(small_disk)
    (small_disk / "jobs.sqlite3").unlink()
    _fill(small_disk)
    out, _ = (starting := service.popen()).communicate(timeout=120)
    assert starting.returncode == 1
    assert "cannot use its folder" in out
    assert "Traceback" not in out


def test_no_process_is_left(service: Service) -> None:
    service.prove_alive()
    assert len(psutil.Process(service.process.pid).children(recursive=True)) == 1
