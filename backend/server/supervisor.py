"""Hands jobs to the worker process, follows them, and outlives the worker's death."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from dataclasses import replace
from typing import Any

import psutil

from ...core.errors import Fix, Problem
from ...core.protocol import (
    Detail,
    EngineInfo,
    JobStatus,
    Stage,
    State,
    result_from_json,
)
from .estimate import eta_from_pace, progress_and_eta
from .home import Home
from .hub import Hub
from .store import JobStore, interrupted
from .worker import WorkerOptions, WorkerProcess

_log = logging.getLogger(__name__)
#: A cancelled job that has not stopped by itself after this many seconds is killed.
CANCEL_GRACE_S = 1.0
#: Waiting jobs fail when the worker died this often in a row before it was ready.
_MAX_FAILED_STARTS = 3


class Supervisor:
    """Owns the worker; all methods belong to the event loop's thread."""

    def __init__(self, home: Home, store: JobStore, hub: Hub, options: WorkerOptions) -> None:
        self._home, self._store, self._hub = home, store, hub
        self._options = options
        self._worker: WorkerProcess | None = None
        self._task: asyncio.Task[None] | None = None
        self._current: str | None = None
        self._stopping: str | None = None  # the job that is being cancelled
        self._heard = False  # whether the worker has begun the current job
        self._typical: dict[str, float] = {}
        self._since = 0.0  # when the work began whose pace is measured
        self._gpu_free = 0
        self._failed_starts = 0
        self._unusable: Problem | None = None
        self._closing = False
        self.ready = False
        self.model = ""
        self.device = "" if options.device == "auto" else options.device
        self.engines: list[EngineInfo] = []
        self.engines_known = asyncio.Event()

    def start(self) -> None:
        """Start the worker in the background."""
        self._task = asyncio.create_task(self._keep_worker())

    async def stop(self) -> None:
        """End the worker and mark the job that it was doing."""
        self._closing = True
        if self._worker is not None:
            self._worker.kill()
        if self._task is not None:
            # Cancelling also ends a pause between two attempts to start a worker.
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._worker is not None:
            await self._worker.ended()
        if self._current is not None:
            self._end(interrupted(self._job(self._current)))

    @property
    def busy(self) -> bool:
        """True while a job runs or waits."""
        return self._current is not None or self.queued > 0

    @property
    def queued(self) -> int:
        """Jobs that wait."""
        return sum(1 for _ in self._store.waiting())

    @property
    def free_memory_bytes(self) -> int:
        """Free GPU memory as last told by the worker, else available system memory."""
        if self.device.startswith("cuda"):
            return self._gpu_free
        return int(psutil.virtual_memory().available)

    def dispatch(self) -> None:
        """Give the next waiting job to the worker if it is free."""
        if self._worker is None or not self.ready or self._current is not None or self._closing:
            return
        job = next(self._store.waiting(), None)
        if job is None:
            return
        self._current, self._heard = job.id, False
        self._typical = self._store.typical_seconds(job.settings, self.device)
        first = Stage.UPSCALE if job.settings.upscale else Stage.CUTOUT
        self._since = time.monotonic()
        result = self._home.result(job.id, job.settings.makes_picture)
        _, eta = progress_and_eta(first, 0.0, self._typical)
        self._set(replace(job, state=State.RUNNING, stage=first, eta_s=eta))
        self._worker.send(
            {
                "do": "job",
                "job": job.id,
                "images": [str(path) for path in self._home.images(job.id)],
                "views": str(self._home.views(job.id)),
                "result": str(result),
                "name": job.name,
                "settings": job.settings.to_json(),
            }
        )

    async def cancel(self, job_id: str) -> JobStatus:
        """Stop a job, wait until it has stopped, and return its state."""
        job = self._job(job_id)
        if job.state is State.QUEUED:
            self._end(replace(job, state=State.CANCELLED, eta_s=-1.0))
        elif job_id == self._current and self._worker is not None:
            worker = self._worker
            if self._stopping != job_id:
                self._stopping = job_id
                worker.send({"do": "cancel", "job": job_id})
                asyncio.get_running_loop().call_later(
                    CANCEL_GRACE_S, self._kill_if_stuck, job_id, worker
                )
            await self._wait_final(job_id, CANCEL_GRACE_S + 1.0)
        return self._job(job_id)

    def _kill_if_stuck(self, job_id: str, worker: WorkerProcess) -> None:
        if self._current == job_id and self._worker is worker:
            _log.info("job %s did not stop by itself; its worker is ended", job_id)
            worker.kill()

    async def _wait_final(self, job_id: str, seconds: float) -> None:
        event = self._hub.listen(job_id)
        try:
            async with asyncio.timeout(seconds):
                while not self._job(job_id).state.final:
                    await event.wait()
                    event.clear()
        except TimeoutError:
            _log.warning("job %s is still stopping", job_id)
        finally:
            self._hub.leave(job_id, event)

    async def _keep_worker(self) -> None:
        while not self._closing:
            try:
                self._worker = await WorkerProcess.start(self._options, self._home.weights)
            except OSError as error:
                self._failed_starts += 1
                self._give_up_waiting(repr(error))
            else:
                async for message in self._worker.messages():
                    try:
                        self._hear(message)
                    except Exception:
                        # Whatever went wrong here, a fresh worker is a way on.
                        _log.exception("what the worker said could not be used")
                        self._worker.kill()
                code, tail = await self._worker.ended()
                self._worker_died(code, tail)
            await asyncio.sleep(min(0.1 * 4**self._failed_starts, 30.0))

    def _hear(self, message: dict[str, Any]) -> None:
        said = message["said"]
        self._gpu_free = message.get("free", self._gpu_free)
        if said == "unusable":
            self._unusable = Problem.from_json(message["problem"])
        elif said == "hello":
            self.device = message["device"]
        elif said == "engines":
            self.engines = [EngineInfo.from_json(e) for e in message["engines"]]
            self.engines_known.set()
        elif said == "ready":
            self.ready, self._failed_starts, self._unusable = True, 0, None
            self.dispatch()
        elif said == "loaded":
            self.model = message["model"]
        elif message.get("job") == self._current and self._current is not None:
            self._hear_of_job(said, message, self._job(self._current))

    def _hear_of_job(self, said: str, message: dict[str, Any], job: JobStatus) -> None:
        self._heard = True
        if said == "progress":
            stage = Stage(message["stage"])
            progress, eta = progress_and_eta(stage, message["fraction"], self._typical)
            if stage is Stage.UPSCALE:
                if stage is not job.stage:
                    self._since = time.monotonic()  # fetching took what it took
                eta = eta_from_pace(message["fraction"], time.monotonic() - self._since)
            moved = replace(job, stage=stage, progress=max(progress, job.progress), eta_s=eta)
            self._set(moved, durable=stage is not job.stage)
            return
        if said == "done":
            info = result_from_json(message["result"])
            if not job.settings.makes_picture:
                self._store.learn(job.settings, self.device, info.timings_s)
            ended = replace(job, state=State.DONE, progress=1.0, eta_s=0.0, result=info)
        elif said == "cancelled":
            ended = replace(job, state=State.CANCELLED, eta_s=-1.0)
        else:
            problem = Problem.from_json(message["problem"])
            ended = replace(job, state=State.FAILED, eta_s=-1.0, problem=problem)
        self._end(ended)
        self.dispatch()

    def _worker_died(self, code: int, tail: str) -> None:
        was_ready, self.ready, self.model, self._worker = self.ready, False, "", None
        if self._closing:
            return
        _log.warning("the worker ended with code %s", code)
        if self._current is not None:
            job = self._job(self._current)
            if self._stopping == job.id:
                self._end(replace(job, state=State.CANCELLED, eta_s=-1.0))
            elif not self._heard:
                # It was dead before it got the job, so the job is not to blame.
                self._current = None
                self._set(replace(job, state=State.QUEUED, stage=Stage.QUEUED, eta_s=-1.0))
            else:
                problem = _death(job, code, tail)
                self._end(replace(job, state=State.FAILED, eta_s=-1.0, problem=problem))
        elif not was_ready:
            self._failed_starts += 1
            self._give_up_waiting(f"exit code {code}\n{tail}")

    def _give_up_waiting(self, detail: str) -> None:
        if self._unusable is None and self._failed_starts < _MAX_FAILED_STARTS:
            return
        problem = self._unusable or Problem(
            "worker-start-failed",
            "The part of the service that runs the networks does not start.",
            Fix.OPEN_LOG,
            detail,
        )
        for job in list(self._store.waiting()):
            self._end(replace(job, state=State.FAILED, eta_s=-1.0, problem=problem))

    def _job(self, job_id: str) -> JobStatus:
        job = self._store.get(job_id)
        assert job is not None
        return job

    def _set(self, job: JobStatus, durable: bool = True) -> None:
        self._store.update(replace(job, updated=time.time()), durable)
        self._hub.changed(job.id)

    def _end(self, job: JobStatus) -> None:
        """Give a job its final state; its pictures are not needed any more."""
        if self._current == job.id:
            self._current = None
        if self._stopping == job.id:
            self._stopping = None
        with contextlib.suppress(OSError):  # dropped with the job at the latest
            for image in self._home.images(job.id):
                image.unlink(missing_ok=True)
        if job.state is not State.DONE:
            shutil.rmtree(self._home.job(job.id), ignore_errors=True)
        self._set(job)


def _death(job: JobStatus, code: int, tail: str) -> Problem:
    """Why the worker may have died; Linux kills with 9 what takes too much memory."""
    detail = f"exit code {code}\n{tail}"
    could_be_less = job.settings.detail is not Detail.DRAFT and not job.settings.makes_picture
    if code == -9 and could_be_less:
        return Problem(
            "worker-died",
            "The process that worked on this picture was ended by the system, perhaps because "
            "memory ran out. A lower detail needs less.",
            Fix.LOWER_DETAIL,
            detail,
        )
    return Problem(
        "worker-died",
        "The process that worked on this picture ended unexpectedly.",
        Fix.RETRY,
        detail,
    )
