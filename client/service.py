"""The service as one worker sees it: found, started, watched, stopped."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ..core import files
from ..core.backend_env import MARKER_NAME, env_python
from ..core.errors import Fix, MaquetteError
from ..core.protocol import EngineInfo
from ..core.service_view import ServiceState, ServiceView
from .http import ServiceClient
from .launcher import CrashGuard, console_log, launch, newest_log
from .messages import Config
from .portfile import drop_port_file, process_alive, read_port_file

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 10.0
# After our own process ended, the one of another Blender gets so long to be found.
GRACE_S = 3.0
STARTING_TICK_S = 0.1
IDLE_TICK_S = 2.0


class ServiceManager:
    """Keeps ``view`` true and ``client`` usable; belongs to the worker thread."""

    def __init__(
        self,
        config: Config,
        on_view: Callable[[ServiceView], None],
        on_engines: Callable[[tuple[EngineInfo, ...]], None],
    ) -> None:
        self.config = config
        self.client: ServiceClient | None = None
        self.view = ServiceView()
        self._on_view = on_view
        self._on_engines = on_engines
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._ended = 0.0
        self._guard = CrashGuard()
        self._next_tick = 0.0
        self._told_engines = ""

    def tick(self, now: float) -> None:
        """Look after the service when it is time to."""
        if now >= self._next_tick:
            self.refresh()
            health = self.view.health
            quick = self.view.state in (ServiceState.STARTING, ServiceState.STOPPING)
            quick = quick or (health is not None and health.warming)
            self._next_tick = now + (STARTING_TICK_S if quick else IDLE_TICK_S)

    def refresh(self) -> None:
        """Find out where the service stands and tell it when that changed."""
        now = time.monotonic()
        self._reap(now)
        port_file = read_port_file(self.config.home)
        if port_file is None:
            self._lose()
            self._without_service(now)
            return
        if self.client is None or self.client.port_file != port_file:
            self._lose()
            self.client = ServiceClient(port_file)
        try:
            health = self.client.health()
            # While it loads its libraries the service would let us wait for its engines.
            if not health.warming and self._told_engines != health.instance:
                self._on_engines(self.client.engines())
                self._told_engines = health.instance
        except MaquetteError as error:
            # A file left by a service that died says nothing of who has its port now.
            left_over = not process_alive(port_file.pid)
            if left_over or error.problem.code == "service-not-running":
                self._lose()
                self._without_service(now)
            else:
                self._show(ServiceState.PROBLEM, problem=error.problem)
            return
        self._show(ServiceState.RUNNING, health=health)

    def forget_engines(self) -> None:
        """Have the engines told again at the next look."""
        self._told_engines = ""
        self._next_tick = 0.0

    def start(self, *, asked: bool = False) -> None:
        """Begin to start the service unless it runs or is starting.

        Args:
            asked: a person clicked Start; earlier crashes are forgiven.

        Raises:
            MaquetteError: ``backend-missing``, ``service-keeps-crashing`` or
                ``service-start-failed``.
        """
        self.refresh()
        if self.view.state in (ServiceState.RUNNING, ServiceState.STARTING):
            return
        if asked:
            self._guard.reset()
        python = self.python()
        if not python:
            raise MaquetteError(
                "backend-missing",
                "The backend is not installed yet. It is needed once, and takes a few minutes.",
                Fix.INSTALL_BACKEND,
            )
        self._guard.check(time.monotonic())
        config = self.config
        self._process = launch(
            python, config.home, config.idle_minutes, config.checkpoints, config.compile
        )
        self._started = time.monotonic()
        self._ended = 0.0
        self._show(ServiceState.STARTING)
        self._next_tick = 0.0

    def stop(self) -> None:
        """Ask the service to end, and wait for that; a program that is not ours is left alone."""
        self.refresh()
        if self.client is not None and self.view.state is ServiceState.RUNNING:
            self._show(ServiceState.STOPPING)
            pid = self.client.port_file.pid
            try:
                self.client.shutdown()
            except MaquetteError as error:
                if error.problem.code not in ("service-not-running", "service-died"):
                    raise
            end = time.monotonic() + STOP_TIMEOUT_S
            # The port file goes first; the lock on the home only with the process.
            while time.monotonic() < end and (
                process_alive(pid) or read_port_file(self.config.home) is not None
            ):
                self._reap(time.monotonic())
                time.sleep(0.05)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        drop_port_file(self.config.home)
        self._lose()
        self._show(self._resting_state())

    def usable(self) -> ServiceClient:
        """The client of the running service.

        Raises:
            MaquetteError: why there is none.
        """
        if self.client is not None and self.view.state is ServiceState.RUNNING:
            return self.client
        if self.view.problem is not None:
            problem = self.view.problem
            raise MaquetteError(problem.code, problem.message, problem.fix, problem.detail)
        raise MaquetteError("service-not-running", "The service is not running.", Fix.START_BACKEND)

    def python(self) -> str:
        """The interpreter that would run the service; "" when there is none."""
        if self.config.python:
            return self.config.python if Path(self.config.python).is_file() else ""
        python = env_python(self.config.env)
        complete = (self.config.env / MARKER_NAME).is_file() and python.is_file()
        return str(python) if complete else ""

    def configure(self, config: Config) -> None:
        """Take other preferences; in another home there is another service."""
        if config.home != self.config.home:
            self._lose()
            self._process = None
            self._guard.reset()
            self.view = ServiceView()
        self.config = config
        self.refresh()

    def close(self) -> None:
        """Let go of the service; it goes on running."""
        self._lose()

    def _reap(self, now: float) -> None:
        if self._process is None or self._process.poll() is None:
            return
        if not self._ended:
            self._ended = now
            if self._process.returncode != 0:
                self._guard.crashed(now)

    def _without_service(self, now: float) -> None:
        if self._process is None:
            self._show_resting()
            return
        if self._process.poll() is None:
            if now - self._started < START_TIMEOUT_S:
                self._show(ServiceState.STARTING)
                return
            self._process.kill()
            self._process.wait()
            self._fail_start("The service did not get ready in time. The log tells more.")
            return
        if self.view.state is not ServiceState.STARTING:
            # It ran and has ended: by itself when idle, or by a crash. Either way it can start.
            self._process = None
            self._show_resting()
        elif now - self._ended >= GRACE_S:
            self._fail_start("The service ended while it started. The log tells why.")

    def _fail_start(self, sentence: str) -> None:
        self._process = None
        end = files.tail(console_log(self.config.home))
        problem = MaquetteError("service-start-failed", sentence, Fix.OPEN_LOG, end).problem
        self._show(ServiceState.PROBLEM, problem=problem)

    def _show_resting(self) -> None:
        problem = self.view.problem
        if problem is not None and problem.code == "service-start-failed":
            return  # until somebody tries again
        self._show(self._resting_state())

    def _resting_state(self) -> ServiceState:
        return ServiceState.STOPPED if self.python() else ServiceState.NOT_INSTALLED

    def _lose(self) -> None:
        if self.client is not None:
            self.client.close()
            self.client = None

    def _show(self, state: ServiceState, **more: object) -> None:
        view = replace(
            ServiceView(),
            state=state,
            python=self.python(),
            log=str(newest_log(self.config.home)),
            **more,  # type: ignore[arg-type]
        )
        if view != self.view:
            self.view = view
            self._on_view(view)
