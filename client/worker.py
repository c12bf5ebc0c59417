"""The one thread between Blender and the service: commands in, events out.

It starts and watches the service, sends pictures, follows jobs, fetches meshes and runs
the installation. It knows nothing of bpy.
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from typing import Any

from ..core.errors import Fix, MaquetteError, Problem
from ..core.jobs import JobRow, Phase, Placement, stopped_problem
from ..core.protocol import MESH_MEDIA, SUFFIXES, JobStatus, State
from ..core.service_view import InstallView, ServiceState
from . import messages as m
from .follower import Follower
from .installer import Installer
from .journal import Journal
from .service import ServiceManager
from .weights_watch import WeightsWatch

BUSY_TICK_S = 0.05
IDLE_TICK_S = 0.25
BEAT_S = 5.0
ADOPT_S = 10.0


class Worker(threading.Thread):
    """Start it, ``send`` commands, take events with ``events``, and ``stop`` it."""

    def __init__(self, config: m.Config) -> None:
        super().__init__(name="maquette-client", daemon=True)
        self._config = config
        self._inbox: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[m.Event] = queue.SimpleQueue()
        self._session = uuid.uuid4().hex
        self._journal = Journal(config.home, self._session)
        self._service = ServiceManager(
            config,
            lambda view: self._tell(m.ServiceChanged(view)),
            lambda engines: self._tell(m.EnginesChanged(engines)),
        )
        self._weights = WeightsWatch(self._service, lambda told: self._tell(m.WeightsChanged(told)))
        self._installer = Installer(self._installing)
        self._waiting: dict[str, m.Submit] = {}
        self._followers: dict[str, Follower] = {}
        self._next_beat = 0.0
        self._next_adopt = 0.0

    def send(self, command: m.Command) -> None:
        """Queue a command; from any thread, returns at once."""
        self._inbox.put(lambda: self._do(command))

    def events(self) -> list[m.Event]:
        """Take what has happened since the last call; returns at once."""
        taken: list[m.Event] = []
        while True:
            try:
                taken.append(self._outbox.get_nowait())
            except queue.Empty:
                return taken

    def stop(self) -> None:
        """End the thread and wait for it; the service and its jobs go on."""
        self._inbox.put(None)
        self.join(15.0)

    def run(self) -> None:
        """The thread's loop."""
        try:
            while True:
                self._guarded(self._tick)
                busy = bool(self._waiting) or self._installer.running
                busy = busy or self._service.view.state is ServiceState.STARTING
                busy = busy or self._weights.fetching
                try:
                    action = self._inbox.get(timeout=BUSY_TICK_S if busy else IDLE_TICK_S)
                except queue.Empty:
                    continue
                if action is None:
                    return
                self._guarded(action)
        finally:
            self._close()

    def _close(self) -> None:
        self._installer.cancel()
        for follower in self._followers.values():
            follower.stop()
        for follower in self._followers.values():
            follower.join(5.0)
        self._service.close()
        self._guarded(self._journal.close)

    def _tell(self, event: m.Event) -> None:
        self._outbox.put(event)

    def _guarded(self, action: Callable[[], None]) -> None:
        # The thread must outlive whatever goes wrong in one action.
        try:
            action()
        except MaquetteError as error:
            self._tell(m.Trouble(error.problem))
        except Exception as error:
            problem = Problem(
                "client-failed",
                "Something unexpected went wrong. Copy the details and report them.",
                Fix.NONE,
                "".join(traceback.format_exception(error)),
            )
            self._tell(m.Trouble(problem))

    def _tick(self) -> None:
        now = time.monotonic()
        if now >= self._next_beat:
            self._next_beat = now + BEAT_S
            self._journal.beat()
        self._installer.tick()
        self._service.tick(now)
        self._weights.tick(now)
        self._send_waiting()
        running = self._service.view.state is ServiceState.RUNNING
        if running and now >= self._next_adopt:
            self._next_adopt = now + ADOPT_S
            self._adopt()

    def _do(self, command: m.Command) -> None:
        handlers: dict[type, Callable[[Any], None]] = {
            m.Configure: self._configure,
            m.Submit: self._submit,
            m.Cancel: self._cancel,
            m.Forget: self._forget,
            m.StartService: lambda _: self._service.start(asked=True),
            m.StopService: lambda _: self._service.stop(),
            m.RestartService: self._restart,
            m.CheckService: lambda _: self._service.refresh(),
            m.FetchCutoutWeights: self._fetch_cutout_weights,
            m.FetchWeights: lambda c: self._weights.fetch(c.name, c.accept),
            m.CancelWeights: lambda c: self._weights.cancel(c.name),
            m.Install: self._install,
            m.CancelInstall: lambda _: self._installer.cancel(),
        }
        handlers[type(command)](command)

    def _configure(self, command: m.Configure) -> None:
        if command.config.home != self._config.home:
            self._journal.close()
            self._journal = Journal(command.config.home, self._session)
            self._journal.beat()
        self._config = command.config
        self._service.configure(command.config)

    def _install(self, command: m.Install) -> None:
        # Files in use cannot be replaced on every platform.
        self._service.stop()
        self._installer.start(self._config, command.compute)

    def _installing(self, view: InstallView) -> None:
        self._tell(m.InstallChanged(view))
        if not view.running:
            self._service.refresh()  # there is something to start now, or no more

    def _restart(self, _: m.RestartService) -> None:
        self._service.stop()
        self._service.start(asked=True)

    def _fetch_cutout_weights(self, command: m.FetchCutoutWeights) -> None:
        self._service.usable().fetch_cutout_weights(command.model)

    def _submit(self, command: m.Submit) -> None:
        self._waiting[command.job_id] = command
        self._service.refresh()
        if self._service.view.state is ServiceState.PROBLEM:
            # It may have been mended since; a start that failed before is tried again.
            self._start_for_waiting()
        elif self._service.view.state is not ServiceState.RUNNING:
            self._start_for_waiting()
        self._send_waiting()

    def _start_for_waiting(self) -> None:
        problem = self._service.view.problem
        if problem is not None and problem.code != "service-start-failed":
            self._fail_waiting(problem)
            return
        try:
            self._service.start()
        except MaquetteError as error:
            self._fail_waiting(error.problem)
            return
        for job_id in self._waiting:
            self._tell(m.JobPhase(job_id, Phase.STARTING))

    def _fail_waiting(self, problem: Problem) -> None:
        for job_id in self._waiting:
            self._tell(m.JobFailed(job_id, problem))
        self._waiting.clear()

    def _send_waiting(self) -> None:
        if not self._waiting:
            return
        view = self._service.view
        if view.state is ServiceState.RUNNING:
            waiting, self._waiting = self._waiting, {}
            for command in waiting.values():
                self._send_one(command)
        elif view.state is ServiceState.PROBLEM and view.problem is not None:
            self._fail_waiting(view.problem)
        elif view.state in (ServiceState.STOPPED, ServiceState.NOT_INSTALLED):
            self._start_for_waiting()

    def _send_one(self, command: m.Submit) -> None:
        self._tell(m.JobPhase(command.job_id, Phase.SENDING))
        try:
            client = self._service.usable()
            if command.replaces:
                self._drop_on_service(command.replaces)
            self._journal.note(command.job_id, command.placement)
            status = client.submit(
                command.job_id, command.name, command.pictures, command.settings, command.views
            )
        except (MaquetteError, OSError) as error:
            self._journal.drop(command.job_id)
            self._tell(m.JobFailed(command.job_id, _problem_of(error)))
            return
        self._take(status)
        if not status.state.final:
            self._follow(command.job_id)

    def _follow(self, job_id: str) -> None:
        if job_id in self._followers:
            return
        follower = Follower(
            self._service.usable().port_file,
            job_id,
            lambda status: self._inbox.put(lambda: self._take(status)),
            lambda lost, problem: self._inbox.put(lambda: self._lost(lost, problem)),
        )
        self._followers[job_id] = follower
        follower.start()

    def _take(self, status: JobStatus) -> None:
        self._tell(m.JobChanged(status))
        if not status.state.final:
            return
        self._followers.pop(status.id, None)
        if status.state is State.DONE:
            self._fetch(status)
        elif status.state is State.CANCELLED:
            self._journal.drop(status.id)

    def _fetch(self, status: JobStatus) -> None:
        media = status.result.media if status.result is not None else MESH_MEDIA
        target = self._config.scratch / f"{status.id}{SUFFIXES.get(media, '.bin')}"
        try:
            self._service.usable().fetch_result(status.id, target)
        except MaquetteError as error:
            gone = error.problem.code in ("service-not-running", "service-died")
            problem = stopped_problem(error.problem.detail) if gone else error.problem
            self._tell(m.JobFailed(status.id, problem))
            return
        self._tell(m.JobFetched(status.id, target, status.result))

    def _lost(self, job_id: str, problem: Problem) -> None:
        """A follower gave up: the job failed unless a restarted service still knows it."""
        self._followers.pop(job_id, None)
        self._service.refresh()
        try:
            status = self._service.usable().job(job_id)
        except MaquetteError:
            self._tell(m.JobFailed(job_id, stopped_problem(problem.detail)))
            return
        self._take(status)
        if not status.state.final:
            self._follow(job_id)

    def _cancel(self, command: m.Cancel) -> None:
        if self._waiting.pop(command.job_id, None) is not None:
            self._tell(m.JobPhase(command.job_id, Phase.CANCELLED))
            return
        try:
            status = self._service.usable().cancel(command.job_id)
            self._tell(m.JobChanged(status))
            if status.state is State.DONE:
                self._forget(m.Forget(command.job_id))  # too late to stop it, not to drop it
        except MaquetteError as error:
            # Without a service there is nobody who would go on with it.
            self._tell(m.JobPhase(command.job_id, Phase.CANCELLED))
            if error.problem.code not in ("service-not-running", "service-died", "job-unknown"):
                raise

    def _forget(self, command: m.Forget) -> None:
        self._waiting.pop(command.job_id, None)
        self._drop_on_service(command.job_id)
        self._journal.drop(command.job_id)

    def _drop_on_service(self, job_id: str) -> None:
        follower = self._followers.pop(job_id, None)
        if follower is not None:
            follower.stop()
            follower.join(5.0)
        try:
            client = self._service.usable()
            client.cancel(job_id)
            client.forget(job_id)
        except MaquetteError:
            return  # the service is away or knows no such job: nothing to drop

    def _adopt(self) -> None:
        adopted = self._journal.adopt()
        if not adopted:
            return
        known = {status.id: status for status in self._service.usable().jobs()}
        for job_id, placement in adopted.items():
            status = known.get(job_id)
            if status is None or status.state is State.CANCELLED:
                self._journal.drop(job_id)
                continue
            self._tell(m.JobFound(_found_row(status, placement)))
            self._take(status)
            if not status.state.final:
                self._follow(job_id)


def _found_row(status: JobStatus, placement: Placement) -> JobRow:
    return JobRow(status.id, status.name, status.settings, placement, phase=Phase.QUEUED)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, MaquetteError):
        return error.problem
    return Problem(
        "home-unwritable",
        "The service's folder cannot be written. Make room or choose another home.",
        Fix.OPEN_PREFERENCES,
        str(error),
    )
