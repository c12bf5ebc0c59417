"""Jobs that enlarge a picture, in the real service."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from service_rig import Service
from tiny_upscaler import encoded, scene, stored

from maquette.core.exr import encode_exr, read_exr
from maquette.core.png import decode_png
from maquette.core.protocol import JobSettings, JobStatus
from maquette.core.upscalers import DEFAULT_UPSCALER, UPSCALERS


def upscale(**settings: object) -> dict[str, object]:
    """Settings of a job."""
    return {"upscale": {"model": "general-x4v3", "scale": 2, **settings}}


@pytest.fixture(scope="module")
def enlarging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that finds a tiny network under the usual one's name."""
    folder = tmp_path_factory.mktemp("upscale")
    weights = folder / "weights"
    weights.mkdir()
    stored(weights, "plain").rename(weights / UPSCALERS["general-x4v3"].file.name)
    running = Service(folder / "home", MAQUETTE_CHECKPOINTS=str(weights))
    yield running
    assert running.stop() == 0


def test_a_picture_comes_back_larger(enlarging: Service) -> None:
    data = encoded(scene(20, 30, 4))
    status = enlarging.finish(data, upscale())
    assert status["state"] == "done", status
    result = JobStatus.from_json(status).result
    assert result is not None
    assert (result.media, result.pixels) == ("image/png", (60, 40))
    assert result.image_sha256 == hashlib.sha256(data).hexdigest()
    assert result.engine == "general-x4v3"
    assert len(result.weights_sha256) == 64
    answer = enlarging.call("GET", f"/jobs/{status['id']}/result")
    assert answer.headers["content-type"] == "image/png"
    assert decode_png(answer.content).shape == (40, 60, 4)


def test_the_usual_network_needs_no_download(start_service: Callable[..., Service]) -> None:
    service = start_service(MAQUETTE_UPSCALER_URL="http://127.0.0.1:9", NO_PROXY="127.0.0.1")
    status = service.finish(encoded(scene(12, 10)), {"upscale": {"scale": 4}})
    result = JobStatus.from_json(status).result
    assert result is not None, status
    usual = UPSCALERS[DEFAULT_UPSCALER]
    assert (result.engine, result.licence) == (usual.name, "GPL-3.0-or-later")
    assert result.weights_sha256 == usual.file.sha256
    assert result.pixels == (40, 48)


def test_linear_light_comes_back_as_such(enlarging: Service) -> None:
    light = np.full((6, 8), 12.5, np.float16)
    status = enlarging.finish(encode_exr({"R": light, "G": light, "B": light}), upscale(scale=3))
    answer = enlarging.call("GET", f"/jobs/{status['id']}/result")
    assert answer.headers["content-type"] == "image/x-exr"
    back = read_exr(answer.content)
    assert back["G"].shape == (18, 24)
    assert np.allclose(back["G"], 12.5, rtol=2e-3)


@pytest.mark.parametrize(
    ("settings", "data", "code"),
    [
        (upscale(), b"no picture", "image-unreadable"),
        (upscale(model="x4plus"), None, "weights-missing"),
        (upscale(denoise=0.5), None, "weights-missing"),
    ],
)
def test_what_cannot_be_done_is_told(
    enlarging: Service, settings: dict[str, object], data: bytes | None, code: str
) -> None:
    status = enlarging.finish(data or encoded(scene(9, 9)), settings)
    assert status["state"] == "failed"
    assert status["problem"]["code"] == code
    assert status["problem"]["message"].endswith(".")


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": 5},
        {"scale": True},
        {"model": "x9"},
        {"model": 4},
        {"denoise": 2},
        {"denoise": float("nan")},
        {"denoise": 0.5, "model": "x2plus"},
        {"may_fetch": "yes"},
        {"colour": "red"},
    ],
    ids=str,
)
def test_wrong_settings_are_refused(enlarging: Service, wrong: dict[str, object]) -> None:
    answer = enlarging.put(settings={"upscale": wrong})
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "settings-invalid"


def test_a_job_that_enlarges_can_be_cancelled(enlarging: Service) -> None:
    job = enlarging.submit(upscale(scale=4), encoded(scene(4096, 4096)))
    status = enlarging.wait(job, "upscale")
    end = time.monotonic() + 60
    while status["progress"] == 0 and time.monotonic() < end:
        status = enlarging.job(job)
    assert status["state"] == "running"
    assert 0 < status["progress"] < 1
    began = time.monotonic()
    enlarging.call("POST", f"/jobs/{job}/cancel")
    assert enlarging.wait(job)["state"] == "cancelled"
    assert time.monotonic() - began < 2
    assert not [path for path in enlarging.home.rglob(f"*{job}*") if path.suffix == ".part"]
    assert enlarging.finish(encoded(scene(9, 9)), upscale())["state"] == "done"


def test_settings_travel_and_are_absent_where_nothing_is_enlarged() -> None:
    made = JobSettings.from_json(upscale(denoise=0.25, may_fetch=True))
    assert JobSettings.from_json(made.to_json()) == made
    assert made.makes_picture
    assert "upscale" not in JobSettings().to_json()


@pytest.fixture
def silent_web() -> Iterator[tuple[str, threading.Event]]:
    """A mirror that begins to send and never goes on; the event says that it was asked."""
    asked, end = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(10**6))
            self.end_headers()
            asked.set()
            end.wait()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        end.set()
        server.shutdown()


def test_a_job_that_fetches_its_network_can_be_cancelled(
    start_service: Callable[..., Service],
    silent_web: tuple[str, threading.Event],
    tmp_path: Path,
) -> None:
    url, asked = silent_web
    service = start_service(MAQUETTE_UPSCALER_URL=url, NO_PROXY="127.0.0.1")
    job = service.submit(upscale(may_fetch=True), encoded(scene(9, 9)))
    assert asked.wait(60)
    answer = service.call("POST", f"/jobs/{job}/cancel")
    assert answer.json()["state"] == "cancelled"
    service.prove_alive()
