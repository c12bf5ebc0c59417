"""Start the service: one per home, found by its port file, gone when idle."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import socket
import sqlite3
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import uvicorn

from ...core import lock
from ...core.errors import Fix, MaquetteError
from ...core.protocol import PRODUCT, PROTOCOL, PortFile
from ...core.version import version
from ..checkpoints.folder import WeightsFolder
from . import port_file
from .app import build_app
from .fetching import WeightsFetcher
from .guard import Guard
from .home import Home
from .hub import Hub
from .logs import start_logging
from .runtime import Runtime
from .store import JobStore
from .supervisor import Supervisor
from .weights import WeightsKeeper
from .worker import WorkerOptions

_HOST = "127.0.0.1"
#: How long a second start waits for the first to be ready.
_OTHER_WAIT_S = 20.0


def serve(root: Path, port: int, options: WorkerOptions, idle_timeout_s: float) -> int:
    """Run until told to end or idle; returns the exit code.

    Args:
        root: the service's home; made when missing.
        port: 0 takes any free one.
        options: for the worker process.
        idle_timeout_s: seconds without request or job after which it ends; 0 never.

    Raises:
        MaquetteError: the home cannot be used, or the port is taken.
    """
    home = Home(root.absolute())
    try:
        home.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = lock.acquire(home.lock_file)
        if held is None:
            return _tell_running(home)
        with held:
            home.prepare()
            start_logging(home.log_file)
            store = JobStore(home.database)
            return _serve(home, store, _listen(port), options, idle_timeout_s)
    except (OSError, sqlite3.Error) as error:
        raise MaquetteError(
            "home-unusable",
            f"The service cannot use its folder {home.root}.",
            Fix.OPEN_PREFERENCES,
            str(error),
        ) from error


def _serve(
    home: Home,
    store: JobStore,
    listener: socket.socket,
    options: WorkerOptions,
    idle_timeout_s: float,
) -> int:
    port = listener.getsockname()[1]
    instance, token = secrets.token_hex(8), secrets.token_urlsafe(32)
    hub = Hub()

    def stop() -> None:
        hub.close()
        server.should_exit = True

    supervisor = Supervisor(home, store, hub, options)
    fetcher = WeightsFetcher(home.weights)
    weights = WeightsKeeper(WeightsFolder(home.weights, WeightsFolder.usual().other))
    runtime = Runtime(home, instance, store, hub, supervisor, fetcher, weights, stop)
    content = PortFile(PRODUCT, PROTOCOL, version(), _HOST, port, os.getpid(), token, instance)
    guard = Guard(build_app(runtime, content), port, token)
    config = uvicorn.Config(
        guard,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        ws="none",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)

    def ready() -> bool:
        return server.started and not server.should_exit

    async def main() -> None:
        watch = asyncio.create_task(_watch(runtime, guard, content, idle_timeout_s, ready))
        try:
            await server.serve(sockets=[listener])
        finally:
            watch.cancel()

    print(f"maquette: service on http://{_HOST}:{port}", flush=True)
    asyncio.run(main())
    return 0


async def _watch(
    runtime: Runtime,
    guard: Guard,
    content: PortFile,
    idle_timeout_s: float,
    ready: Callable[[], bool],
) -> None:
    """End the service when idle; put back a port file that somebody removed."""
    while True:
        await asyncio.sleep(min(1.0, idle_timeout_s / 4 or 1.0))
        if runtime.supervisor.busy or runtime.fetcher.busy or runtime.weights.busy:
            guard.touch()
        elif 0 < idle_timeout_s <= guard.idle_s:
            runtime.stop()
            return
        if ready() and not runtime.home.port_file.exists():
            with contextlib.suppress(OSError):  # a full disk, or the home is gone
                port_file.write(runtime.home.port_file, content)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if sys.platform != "win32":
        # Lets a restart take the same port at once; on Windows it would let others steal it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
        # From here on the system keeps connections until the server takes them.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise MaquetteError(
            "port-taken", f"Port {port} is in use by another program.", Fix.NONE, str(error)
        ) from error
    return listener


def _tell_running(home: Home) -> int:
    """Another process holds the lock: wait until it answers and say where; 3 if it does not."""
    end = time.monotonic() + _OTHER_WAIT_S
    while time.monotonic() < end:
        content = port_file.read(home.port_file)
        if content is not None and _answers(content):
            print(f"maquette: already running on http://{content.host}:{content.port}")
            return 0
        time.sleep(0.1)
    print("maquette: another service holds this home but does not answer", file=sys.stderr)
    return 3


def _answers(content: PortFile) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{content.host}:{content.port}/health", timeout=2.0) as answer:
            return bool(json.load(answer).get("instance") == content.instance)
    except (urllib.error.URLError, OSError, ValueError):
        return False
