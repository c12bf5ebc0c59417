"""The client's parts that need no service: what is on the wire, on disk, and in the guard."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from maquette.client.http import ServiceClient
from maquette.client.journal import Journal
from maquette.client.launcher import CrashGuard, child_environment, newest_log
from maquette.client.portfile import process_alive, read_port_file
from maquette.core.errors import Fix, MaquetteError, Problem
from maquette.core.jobs import Placement
from maquette.core.protocol import PORT_FILE_NAME, PRODUCT, PROTOCOL, JobSettings, PortFile

JOB = "b96df335-5805-4373-8f30-0f517905c1ad"
PLACEMENT = Placement((1.0, 2.0, 3.0), "Scene", "/a.blend")


def _client(port: int) -> ServiceClient:
    return ServiceClient(PortFile(PRODUCT, PROTOCOL, "0", "127.0.0.1", port, 1, "secret", "i"))


@pytest.fixture
def answers() -> Iterator[dict]:
    """A little server: set ``status`` and ``body``; it notes ``headers`` of the last request."""
    state: dict = {"status": 200, "body": b"{}"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state["headers"] = dict(self.headers)
            self.send_response(state["status"])
            self.send_header("Content-Length", str(len(state["body"])))
            self.end_headers()
            self.wfile.write(state["body"])

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    state["port"] = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def _problem(call) -> Problem:
    with pytest.raises(MaquetteError) as raised:
        call()
    return raised.value.problem


def test_nobody_on_the_port_is_a_stopped_service():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    problem = _problem(_client(port).health)
    assert (problem.code, problem.fix) == ("service-not-running", Fix.START_BACKEND)


@pytest.mark.parametrize("body", [b"<html>hello</html>", b'{"product": "other"}', b"[]"])
def test_another_program_on_the_port_is_named(answers, body):
    answers["body"] = body
    problem = _problem(_client(answers["port"]).health)
    assert (problem.code, problem.fix) == ("wrong-server", Fix.RESTART_BACKEND)


def test_another_programs_error_page_is_not_taken_for_ours(answers):
    answers.update(status=404, body=b"<html>Not Found</html>")
    assert _problem(_client(answers["port"]).jobs).code == "wrong-server"


def test_a_refused_token_says_what_helps(answers):
    answers.update(status=401, body=json.dumps({"error": Problem("x", "y").to_json()}).encode())
    problem = _problem(_client(answers["port"]).jobs)
    assert (problem.code, problem.fix) == ("token-refused", Fix.RESTART_BACKEND)


def test_a_problem_of_the_service_arrives_whole(answers):
    sent = Problem("image-unreadable", "This is no picture.", Fix.CHOOSE_IMAGE, "cut off")
    answers.update(status=400, body=json.dumps({"error": sent.to_json()}).encode())
    assert _problem(_client(answers["port"]).jobs) == sent


def test_proxies_are_not_asked_and_the_token_is_sent(answers, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    answers["body"] = b'{"jobs": []}'
    assert _client(answers["port"]).jobs() == ()
    assert answers["headers"]["Authorization"] == "Bearer secret"


def test_a_missing_or_huge_picture_is_not_sent(tmp_path):
    gone = tmp_path / "gone.png"
    client = _client(9)
    problem = _problem(lambda: client.submit(JOB, "x", [gone], JobSettings()))
    assert problem.code == "image-missing"
    with gone.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    problem = _problem(lambda: client.submit(JOB, "x", [gone], JobSettings()))
    assert problem.code == "image-too-large"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"product": "other"}'])
def test_a_port_file_that_is_none_means_no_service(tmp_path, text):
    assert read_port_file(tmp_path) is None
    (tmp_path / PORT_FILE_NAME).write_text(text)
    assert read_port_file(tmp_path) is None


def test_processes_are_known_alive_or_dead():
    assert process_alive(os.getpid())
    assert not process_alive(2**22 + 1)
    assert not process_alive(0)


def test_the_services_python_does_not_hear_what_blenders_was_told(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/blender/modules")
    monkeypatch.setenv("PYTHONHOME", "/blender")
    told = child_environment(Path("/home"))
    assert "PYTHONPATH" not in told and "PYTHONHOME" not in told
    assert told["MAQUETTE_HOME"] == str(Path("/home"))


def test_the_log_written_last_is_shown(tmp_path):
    old, new = tmp_path / "service.log", tmp_path / "service-console.log"
    old.write_text("ended")
    os.utime(old, (1, 1))
    new.write_text("Traceback")
    assert newest_log(tmp_path) == new


def test_three_crashes_in_a_row_are_enough():
    guard = CrashGuard(most=3, within_s=60.0)
    for now in (0.0, 10.0, 20.0):
        guard.check(now)
        guard.crashed(now)
    assert _problem(lambda: guard.check(30.0)).code == "service-keeps-crashing"
    guard.check(61.0)
    guard.reset()
    guard.check(30.0)


def _dead(home: Path, name: str) -> None:
    """A session that noted a job and ended without a word."""
    Journal(home, name).note(JOB, PLACEMENT)
    (home / "clients" / name / "alive").write_text(str(2**22 + 1))


def test_a_dead_sessions_jobs_are_taken_over_once(tmp_path):
    _dead(tmp_path, "dead")
    first, second = Journal(tmp_path, "first"), Journal(tmp_path, "second")
    assert first.adopt() == {JOB: PLACEMENT}
    assert second.adopt() == {}


def test_a_living_sessions_jobs_are_left_alone(tmp_path):
    living = Journal(tmp_path, "living")
    living.note(JOB, PLACEMENT)
    living.beat()
    assert Journal(tmp_path, "other").adopt() == {}


def test_a_session_that_was_silent_for_long_is_over_though_its_process_id_lives(tmp_path):
    Journal(tmp_path, "old").note(JOB, PLACEMENT)
    os.utime(tmp_path / "clients" / "old" / "alive", (1, 1))
    assert Journal(tmp_path, "next").adopt() == {JOB: PLACEMENT}


def test_a_closed_session_leaves_its_open_jobs_and_no_others(tmp_path):
    journal = Journal(tmp_path, "mine")
    journal.note(JOB, PLACEMENT)
    journal.close()
    assert Journal(tmp_path, "next").adopt() == {JOB: PLACEMENT}
    done = Journal(tmp_path, "done")
    done.note(JOB, PLACEMENT)
    done.drop(JOB)
    done.close()
    assert not (tmp_path / "clients" / "done").exists()


def test_a_session_that_sends_nothing_writes_nothing(tmp_path):
    journal = Journal(tmp_path, "mine")
    journal.beat()
    assert journal.adopt() == {}
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_broken_notes_are_passed_over(tmp_path):
    folder = tmp_path / "clients" / "dead"
    folder.mkdir(parents=True)
    (folder / f"{JOB}.json").write_text("{")
    (folder / "not-a-job.json").write_text(
        json.dumps({"location": [0, 0, 0], "scene": "S", "blend": ""})
    )
    assert Journal(tmp_path, "next").adopt() == {}
