"""Fetching weights from a web server on this machine, which breaks off and lies."""

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

from maquette.backend.imaging.cutout_weights import MIRROR_VARIABLE, fetch, release
from maquette.core.cutouts import CHOICES, CUTOUTS, PREFERRED, CutoutInfo
from maquette.core.errors import MaquetteError

BODY = np.random.default_rng(0).bytes(1_500_000)


class Server(ThreadingHTTPServer):
    """Sends BODY; ``breaks_after`` bytes it drops the connection, once."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.breaks_after = len(BODY)
        self.knows_ranges = True
        self.asked: list[str] = []
        self.paths: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/u2net.onnx"


class Handler(BaseHTTPRequestHandler):
    """One file, with ranges."""

    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append(wanted)
        self.server.paths.append(self.path)
        if self.path == "/missing":
            self.send_error(404)
            return
        begin = int(wanted[6:-1]) if wanted and self.server.knows_ranges else 0
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(BODY) - begin))
        self.end_headers()
        self.wfile.write(BODY[begin : self.server.breaks_after])
        self.server.breaks_after = len(BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[Server]:
    """A web server."""
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def published(url: str, sha256: str = "") -> CutoutInfo:
    digest = sha256 or hashlib.sha256(BODY).hexdigest()
    return CutoutInfo("u2net", "U²-Net", "", "Apache-2.0", url, len(BODY), digest)


def here(web: Server, path: str = "/u2net.onnx") -> CutoutInfo:
    return published(f"http://127.0.0.1:{web.server_port}{path}")


def test_whole_file(web: Server, tmp_path: Path) -> None:
    seen: list[float] = []
    path = fetch(here(web), tmp_path / "new", seen.append)
    assert path.read_bytes() == BODY
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert fetch(here(web), tmp_path / "new", seen.append) == path
    assert len(web.asked) == 1  # what is there is not fetched again


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "no ranges"])
def test_broken_connection_is_resumed(web: Server, tmp_path: Path, ranges: bool) -> None:
    web.breaks_after = 900_000
    web.knows_ranges = ranges
    with pytest.raises(MaquetteError, match="download-failed"):
        fetch(here(web), tmp_path, lambda f: None)
    assert not (tmp_path / "u2net.onnx").exists()
    assert fetch(here(web), tmp_path, lambda f: None).read_bytes() == BODY
    assert web.asked[1].startswith("bytes=")


def test_wrong_content_is_thrown_away(web: Server, tmp_path: Path) -> None:
    wrong = published(web.url, "0" * 64)
    with pytest.raises(MaquetteError, match="download-damaged"):
        fetch(wrong, tmp_path, lambda f: None)
    assert list(tmp_path.iterdir()) == []


def test_stale_part_that_is_too_long_is_dropped(web: Server, tmp_path: Path) -> None:
    (tmp_path / "u2net.onnx.part").write_bytes(b"x" * (len(BODY) + 5))
    assert fetch(here(web), tmp_path, lambda f: None).read_bytes() == BODY


def test_missing_file_and_missing_server(web: Server, tmp_path: Path) -> None:
    with pytest.raises(MaquetteError, match="download-failed"):
        fetch(here(web, "/missing"), tmp_path, lambda f: None)
    nobody = published("http://127.0.0.1:9/u2net.onnx")
    with pytest.raises(MaquetteError, match="download-failed"):
        fetch(nobody, tmp_path, lambda f: None)


def test_a_mirror_is_a_folder_of_the_published_names(
    web: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, f"http://127.0.0.1:{web.server_port}/mirror/")
    info = published("https://example.org/releases/BiRefNet-epoch.onnx")
    assert fetch(info, tmp_path, lambda f: None).name == "u2net.onnx"
    assert web.paths == ["/mirror/BiRefNet-epoch.onnx"]


def test_the_catalogue_is_sound() -> None:
    assert set(PREFERRED) < set(CUTOUTS)
    assert CHOICES[0] == "auto" and set(CHOICES[1:]) == set(CUTOUTS)
    for info in CUTOUTS.values():
        assert info.licence in ("Apache-2.0", "MIT", "GPL-3.0-or-later")
        assert "bria" not in info.name
        if info.url:
            assert len(info.sha256) == 64 and info.size > 1_000_000
            assert release(info.name) is info
    for name in ("embedded", "auto", "bria-rmbg", "../u2net"):
        with pytest.raises(MaquetteError, match="cutout-unknown"):
            release(name)


def test_service_fetches_the_network_that_is_named(
    web: Server, start_service: Callable[..., Service]
) -> None:
    mirror = f"http://127.0.0.1:{web.server_port}"
    service = start_service(MAQUETTE_CUTOUT_URL=mirror, NO_PROXY="127.0.0.1")
    assert service.call("POST", "/cutout-weights?model=bria").json()["error"]["code"] == (
        "cutout-unknown"
    )
    assert service.call("POST", "/cutout-weights?model=u2netp").json()["model"] == "u2netp"
    end = time.monotonic() + 20
    while (state := service.call("GET", "/cutout-weights").json())["state"] == "fetching":
        assert time.monotonic() < end
        time.sleep(0.05)
    assert (state["state"], state["model"]) == ("failed", "u2netp")
    assert web.paths == ["/u2netp.onnx"]
    service.prove_alive()


def test_service_reports_what_it_fetched(
    web: Server, start_service: Callable[..., Service]
) -> None:
    service = start_service(MAQUETTE_CUTOUT_URL=web.url, NO_PROXY="127.0.0.1")
    assert service.call("GET", "/cutout-weights").json()["state"] == "missing"
    answer = service.call("POST", "/cutout-weights")
    assert (answer.status_code, answer.json()["state"]) == (202, "fetching")
    end = time.monotonic() + 20
    while (state := service.call("GET", "/cutout-weights").json())["state"] == "fetching":
        assert time.monotonic() < end
        time.sleep(0.05)
    # The mirror's file is not U²-Net, and that is found out.
    assert state["state"] == "failed"
    assert state["problem"]["code"] == "download-damaged"
    assert not list((service.home / "weights").iterdir())
    service.prove_alive()
