"""A hub on this machine: answers what huggingface_hub asks for a file, and breaks off or lies."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

COMMIT = "c0ffee" + "0" * 34
_BLOCK = 1 << 20


@dataclass
class Body:
    """A file's bytes: a start, and zeros up to the size."""

    start: bytes
    size: int = 0

    def __post_init__(self) -> None:
        self.size = self.size or len(self.start)

    def part(self, begin: int, end: int) -> bytes:
        """Bytes begin to end."""
        known = self.start[begin:end]
        return known + bytes(min(end, self.size) - begin - len(known))

    def sha256(self) -> str:
        """Hex digest."""
        digest = hashlib.sha256()
        for at in range(0, self.size, _BLOCK):
            digest.update(self.part(at, min(at + _BLOCK, self.size)))
        return digest.hexdigest()


@dataclass
class Hub:
    """What the hub has and how it behaves.

    Attributes:
        files: by ``"repo/file"``.
        etag: told in place of the hash; "" for the truth.
        size: told in place of the size; 0 for the truth.
        error: ``X-Error-Code`` of a 404 on every question; "" for none.
        status: answered to every question in place of 200; 0 for none.
        break_after: bytes of the next answer after which the connection ends, once.
        hold_after: bytes after which answers wait for ``go``.
    """

    files: dict[str, Body] = field(default_factory=dict)
    etag: str = ""
    size: int = 0
    commit: str = COMMIT
    error: str = ""
    status: int = 0
    break_after: int = -1
    hold_after: int = -1
    go: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)
    ranges: list[str] = field(default_factory=list)
    revisions: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """For ``HF_ENDPOINT``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """Environment in which this hub is asked, whatever the machine says of networks."""
        here = "127.0.0.1,localhost"
        return {
            "HF_ENDPOINT": self.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
            "NO_PROXY": here,
            "no_proxy": here,
        }


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """Serve a hub in threads of this process."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.hub = hub  # type: ignore[attr-defined]
    hub.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.go.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """``/REPO/resolve/REVISION/FILE`` points to ``/store/REPO/FILE`` under another host name."""

    protocol_version = "HTTP/1.1"

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined,no-any-return]

    def do_HEAD(self) -> None:
        repo, _, rest = unquote(self.path).lstrip("/").partition("/resolve/")
        revision, _, name = rest.partition("/")
        hub = self.hub
        hub.revisions.append(revision)
        body = hub.files.get(f"{repo}/{name}")
        if hub.status:
            self._answer(hub.status, {})
        elif hub.error or body is None:
            self._answer(404, {"X-Error-Code": hub.error or "EntryNotFound"})
        elif revision not in ("main", hub.commit):
            self._answer(404, {"X-Error-Code": "RevisionNotFound"})
        else:
            self._answer(
                302,
                {
                    "X-Repo-Commit": hub.commit,
                    "X-Linked-Etag": f'"{hub.etag or body.sha256()}"',
                    "X-Linked-Size": str(hub.size or body.size),
                    "Location": f"http://localhost:{hub.port}/store/{repo}/{name}",
                },
            )

    def do_GET(self) -> None:
        hub = self.hub
        body = hub.files[unquote(self.path).removeprefix("/store/")]
        wanted = self.headers.get("Range", "")
        hub.ranges.append(wanted)
        hub.tokens.append(self.headers.get("Authorization", ""))
        begin = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(body.size - begin))
        if wanted:
            self.send_header("Content-Range", f"bytes {begin}-{body.size - 1}/{body.size}")
        self.end_headers()
        breaking, hub.break_after = hub.break_after, -1
        end = begin + breaking if breaking >= 0 else body.size
        at = begin
        while at < end:
            if 0 <= hub.hold_after <= at and not hub.go.is_set():
                hub.held.set()
                hub.go.wait(60)
            until = min(at + _BLOCK, end)
            if hub.hold_after >= 0 and at < hub.hold_after:
                until = min(until, hub.hold_after)
            try:
                self.wfile.write(body.part(at, until))
                self.wfile.flush()
            except OSError:  # the client went away
                self.close_connection = True
                return
            at = until
        if breaking >= 0:
            self.close_connection = True
            self.connection.close()

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""
