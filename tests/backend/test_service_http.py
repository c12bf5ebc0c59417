"""Who is let in, what is refused, and what two clients may do at once."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from service_rig import PLUGIN, Service, held, picture, png

from maquette.core.protocol import MAX_UPLOAD_BYTES, EngineInfo, Health, JobStatus, PortFile
from maquette.core.version import version


def problem(answer: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal, whose sentence must be one."""
    error = answer.json()["error"]
    assert error["message"].endswith("."), error
    return answer.status_code, error["code"]


def test_health_needs_no_token_and_tells_who_it_is(service: Service) -> None:
    answer = requests.Session().get(f"{service.url}/health", timeout=5)
    health = Health.from_json(answer.json())
    assert health.version == version()
    assert health.pid == service.process.pid
    assert health.free_memory_bytes > 10_000_000


def test_port_file_is_private_and_complete(service: Service) -> None:
    path = service.home / "service.json"
    port_file = PortFile.from_json(json.loads(path.read_text()))
    assert port_file.instance == service.call("GET", "/health").json()["instance"]
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


def test_engines_lists_built_in_and_third_party(service: Service) -> None:
    infos = [EngineInfo.from_json(e) for e in service.engines()]
    by_name = {info.name: info for info in infos}
    assert by_name["silhouette-box"].available
    assert by_name["held"].licence == "MIT"
    assert "embedded" in by_name


def test_third_party_engine_makes_a_mesh(service: Service) -> None:
    status = service.finish(png(picture()), {"engine": "held", "height_m": 2.0})
    assert status["state"] == "done"
    assert status["result"]["size_m"] == pytest.approx([2.0, 2.0, 2.0])
    assert set(status["result"]["timings_s"]) == {"cut-out", "infer", "mesh", "texture", "pack"}


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer wrong", "Basic abc", "Bearer é"])
@pytest.mark.parametrize("path", ["/jobs", "/engines", "/nothing"])
def test_wrong_token_is_refused(service: Service, token: str, path: str) -> None:
    headers = {"Authorization": token.encode("latin-1")}
    answer = service.call("GET", path, headers=headers)
    assert problem(answer) == (401, "token-refused")
    service.prove_alive()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "localhost", "", "127.0.0.1"])
@pytest.mark.parametrize("path", ["/health", "/jobs"])
def test_foreign_host_is_refused(service: Service, host: str, path: str) -> None:
    answer = service.call("GET", path, headers={"Host": host})
    assert problem(answer) == (421, "host-refused")


def test_localhost_is_as_good_as_its_address(service: Service) -> None:
    port = service.port_file["port"]
    answer = service.call("GET", "/jobs", headers={"Host": f"localhost:{port}"})
    assert answer.status_code == 200


def test_no_page_of_another_origin_is_invited(service: Service) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"}
    for answer in (
        service.call("OPTIONS", "/jobs", headers=headers),
        service.call("GET", "/jobs", headers=headers),
    ):
        assert not [h for h in answer.headers if h.lower().startswith("access-control")]
    for page in ("/docs", "/redoc", "/openapi.json"):
        assert service.call("GET", page).status_code == 404


def test_only_this_machine_can_connect(service: Service) -> None:
    with socket.socket() as other:
        other.settimeout(2)
        address = socket.gethostbyname(socket.gethostname())
        if address.startswith("127."):
            address = "127.0.0.2" if sys.platform == "linux" else pytest.skip("no other address")
        assert other.connect_ex((address, service.port_file["port"])) != 0


def test_unknown_engine(service: Service) -> None:
    answer = service.put(settings={"engine": "no-such-engine"})
    assert problem(answer) == (422, "engine-unknown")
    assert "silhouette-box" in answer.json()["error"]["message"]
    service.prove_alive()


BAD_SETTINGS = [
    {"height_m": -1},
    {"height_m": 101},
    {"height_m": "tall"},
    {"height_m": float("nan")},
    {"height_m": float("inf")},
    {"seed": -1},
    {"seed": 2**31},
    {"seed": 1.5},
    {"detail": "extreme"},
    {"detail": ["fine"]},
    {"detail": {}},
    {"category": "lamp"},
    {"category": ["table"]},
    {"background": 3},
    {"engine": ""},
    {"engine": 5},
    {"engine": "x" * 65},
    {"colour": "red"},
    [],
    "text",
    None,
]


@pytest.mark.parametrize("settings", BAD_SETTINGS, ids=str)
def test_settings_out_of_range(service: Service, settings: object) -> None:
    job = str(uuid.uuid4())
    answer = service.call(
        "PUT",
        f"/jobs/{job}",
        files={"image": ("image", png(picture()))},
        data={"settings": json.dumps(settings), "name": "x"},
    )
    assert problem(answer) == (422, "settings-invalid")
    assert service.call("GET", f"/jobs/{job}").status_code == 404


def test_service_works_after_bad_settings(service: Service) -> None:
    service.prove_alive()


@pytest.mark.parametrize(
    "job",
    [
        "1",
        "..",
        "%2e%2e%2fservice.json",
        "..%5c..%5cboot",
        "../../../../etc/passwd",
        "C:%5Cjobs",
        "urn:uuid:12345678-1234-5678-1234-567812345678",
        "{12345678-1234-5678-1234-567812345678}",
        "12345678123456781234567812345678",
        "ABCDEF78-1234-5678-1234-567812345678",
        "12345678-1234-5678-1234-567812345678%00",
    ],
)
def test_path_tricks_in_job_ids(service: Service, job: str) -> None:
    before = sorted(p for p in service.home.rglob("*") if "sqlite3" not in p.name)
    for method, path in (("GET", ""), ("GET", "/result"), ("DELETE", ""), ("PUT", "")):
        answer = service.call(method, f"/jobs/{job}{path}", files={"image": b"x"})
        assert answer.status_code in (400, 404, 405), (method, answer.text)
        assert "error" in answer.json()
    assert before == sorted(p for p in service.home.rglob("*") if "sqlite3" not in p.name)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\chair", "chair"),
        ("/", "picture"),
        ("..", "picture"),
        ("", "picture"),
        ("a\x00b\n\u202ec", "abc"),
        ("стул 椅子", "стул 椅子"),
        ("x" * 500, "x" * 80),
    ],
)
def test_names_are_for_show_only(service: Service, sent: str, shown: str) -> None:
    answer = service.put(name=sent)
    assert answer.status_code == 201
    status = service.wait(answer.json()["id"])
    assert (status["state"], status["name"]) == ("done", shown)


def test_result_of_a_job_that_has_none(service: Service) -> None:
    status = service.finish(b"no picture")
    assert problem(service.call("GET", f"/jobs/{status['id']}/result")) == (409, "job-not-done")
    assert problem(service.call("GET", f"/jobs/{uuid.uuid4()}/result")) == (404, "job-unknown")


def test_request_that_is_not_multipart(service: Service) -> None:
    for more in (
        {"data": b"x"},
        {"json": {}},
        {"data": {"settings": "{}"}},
        {"files": {"a": b"b"}},
    ):
        answer = service.call("PUT", f"/jobs/{uuid.uuid4()}", **more)
        assert problem(answer)[0] in (400, 422)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x\r\n", b"garbage", b"--x\r\nContent-Disposition: form-data"):
        answer = service.call("PUT", f"/jobs/{uuid.uuid4()}", data=body, headers=headers)
        assert problem(answer) == (400, "request-invalid")
    service.prove_alive()


def _peak_memory(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def _huge_body(boundary: str) -> Iterator[bytes]:
    yield (
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
    ).encode()
    for _ in range(200):
        yield b"\0" * 1024**2


@pytest.mark.skipif(sys.platform != "linux", reason="reads peak memory from /proc")
@pytest.mark.parametrize("chunked", [False, True], ids=["length told", "length not told"])
def test_upload_of_200_mb_is_refused_without_being_kept(service: Service, chunked: bool) -> None:
    before = _peak_memory(service.process.pid)
    headers = {"Content-Type": "multipart/form-data; boundary=xyz"}
    body = _huge_body("xyz") if chunked else b"".join(_huge_body("xyz"))
    answer = service.call("PUT", f"/jobs/{uuid.uuid4()}", data=body, headers=headers)
    assert problem(answer) == (413, "upload-too-large")
    assert str(MAX_UPLOAD_BYTES // 1024**2) in answer.json()["error"]["message"]
    assert _peak_memory(service.process.pid) - before < 30 * 1024**2
    assert not list((service.home / "incoming").iterdir())
    service.prove_alive()


def test_same_job_twice_runs_once(service: Service) -> None:
    job = str(uuid.uuid4())
    first = service.put(job=job)
    second = service.put(job=job, data=b"another picture")
    assert (first.status_code, second.status_code) == (201, 200)
    done = service.wait(job)
    third = service.put(job=job)
    assert third.status_code == 200
    assert third.json() == done  # its times too: nothing ran again
    service.prove_alive()


def test_same_job_from_two_clients_at_once(service: Service) -> None:
    job = str(uuid.uuid4())
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: service.put(job=job).status_code, range(8)))
    assert sorted(answers) == [200] * 7 + [201]
    assert service.wait(job)["state"] == "done"


def test_two_clients_at_once(service: Service) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: service.finish(png(picture())), range(6)))
    assert [r["state"] for r in results] == ["done"] * 6
    listed = [JobStatus.from_json(j) for j in service.call("GET", "/jobs").json()["jobs"]]
    assert {r["id"] for r in results} <= {j.id for j in listed}
    assert [j.created for j in listed] == sorted((j.created for j in listed), reverse=True)


def test_events_tell_stages_in_order_and_end(service: Service) -> None:
    job = service.submit(held("infer", 6))
    with service.call("GET", f"/jobs/{job}/events", stream=True) as stream:
        lines = [line for line in stream.iter_lines() if line.startswith(b"data:")]
    states = [JobStatus.from_json(json.loads(line[5:])) for line in lines]
    assert states[-1].state.value == "done"
    progress = [s.progress for s in states]
    assert progress == sorted(progress)
    assert len(progress) > 20
    # A second job like it knows how long it takes.
    job = service.submit(held("infer", 6))
    eta = service.wait(job, "infer")["eta_s"]
    assert 2.0 < eta < 10.0
    assert service.call("POST", f"/jobs/{job}/cancel").json()["state"] == "cancelled"


def test_silent_stage_keeps_the_stream_alive(service: Service) -> None:
    job = service.submit(held("infer", 6, deaf=True))
    with service.call("GET", f"/jobs/{job}/events", stream=True) as stream:
        lines = list(stream.iter_lines())
    assert any(line.startswith(b":") for line in lines)
    assert service.job(job)["state"] == "done"


def test_client_that_leaves_the_event_stream_does_no_harm(service: Service) -> None:
    job = service.submit(held("mesh", 30))
    for _ in range(5):
        stream = service.call("GET", f"/jobs/{job}/events", stream=True)
        next(stream.iter_lines())
        stream.raw.close()
        stream.close()
    service.call("POST", f"/jobs/{job}/cancel")
    service.prove_alive()


def test_delete_forgets_an_ended_job_only(service: Service) -> None:
    job = service.submit(held("mesh", 30))
    assert problem(service.call("DELETE", f"/jobs/{job}")) == (409, "job-active")
    service.call("POST", f"/jobs/{job}/cancel")
    assert service.call("DELETE", f"/jobs/{job}").status_code == 204
    assert problem(service.call("GET", f"/jobs/{job}")) == (404, "job-unknown")
    assert not (service.home / "jobs" / job).exists()


@pytest.mark.parametrize("how", [30, 40], ids=["exception", "memory error"])
def test_failing_engine_fails_its_job_only(service: Service, how: int) -> None:
    status = service.finish(png(picture()), {"engine": "held", "seed": 100 + how})
    assert status["problem"]["code"] == ("engine-failed" if how == 30 else "out-of-memory")
    service.prove_alive()


def test_web_process_never_imports_torch() -> None:
    code = "import sys, maquette.backend.server.serve; print('torch' in sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PLUGIN
    )
    assert out.stdout.strip() == "False"


def test_second_start_finds_the_first(service: Service) -> None:
    other = service.popen()
    out, _ = other.communicate(timeout=120)
    assert other.returncode == 0
    assert service.url in out
    service.prove_alive()


def test_port_of_another_program(start_service: Callable[..., Service], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        free = start_service()
        free.stop()
        out, _ = (starting := free.popen("--port", str(port))).communicate(timeout=120)
        assert starting.returncode == 1
        assert f"Port {port} is in use by another program." in out
    free.start()
    free.prove_alive()
