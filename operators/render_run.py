"""Owns the batch that renders training views, while Blender runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from ..client.enlarging import interpreter, start_enlarging
from ..core.batch.blender import Blender
from ..core.batch.channel import Channel
from ..core.batch.job import RenderJob
from ..core.batch.request import Request
from ..core.batch.run import start_finishing, start_worker
from ..core.batch.status import Phase, Status
from ..core.dataset.layout import LOGS
from ..core.errors import MaquetteError, Problem
from ..core.files import tail
from ..core.session import SESSION, TrainingRun
from .runtime import RUNTIME, read_config

#: Of one beat of the timer, for looking at files that are there already.
BUDGET_S = 0.01


def this_blender() -> Blender:
    """The running Blender, or the Python that has it as a module."""
    program = bpy.app.binary_path
    return Blender(program, is_python=False) if program else Blender(sys.executable, is_python=True)


class RenderRun:
    """At most one batch, polled by the timer; :data:`SESSION` holds what panels draw of it."""

    def __init__(self) -> None:
        self._job: RenderJob | None = None
        self._enlarging: subprocess.Popen[bytes] | None = None
        self._scale = 1

    @property
    def active(self) -> bool:
        """Whether a batch runs."""
        return self._job is not None or self._enlarging is not None

    def start(self, request: Request, scale: int = 1) -> None:
        """Begin a batch.

        Args:
            scale: how often the pictures are enlarged afterwards; 1 leaves them as they are.

        Raises:
            MaquetteError: the folder is in use or cannot be written, or ``service-missing`` when
                something is to be enlarged.
        """
        if scale > 1:
            interpreter(read_config(RUNTIME.scratch))  # told before a night of rendering
        self._scale = scale
        blender = this_blender()

        def finish(out: Path, formats: Sequence[str], log: Path) -> Channel:
            return start_finishing(blender, out, tuple(formats), log)

        start = start_worker(blender, request.out, low_priority=True)  # the window comes first
        self._job = RenderJob(request, start, finish)
        SESSION.training = TrainingRun(str(request.out), self._job.status, request.estimate_only)

    def poll(self) -> None:
        """Go on a little; called by the timer."""
        run = SESSION.training
        if run is None:
            return
        if self._job is not None:
            status = self._job.poll(BUDGET_S)
            if not status.phase.active:
                self._job = None
            if status.phase is Phase.FINISHED and self._scale > 1:
                status = self._enlarge(Path(run.folder), status)
            SESSION.training = run.now(status)
        elif self._enlarging is not None and self._enlarging.poll() is not None:
            failed, self._enlarging = self._enlarging.returncode, None
            problem = _problem(_log(Path(run.folder))) if failed else None
            phase = Phase.FAILED if failed else Phase.FINISHED
            SESSION.training = run.now(replace(run.status, phase=phase, problem=problem))

    def _enlarge(self, folder: Path, status: Status) -> Status:
        """Begin to enlarge what was rendered."""
        try:
            self._enlarging = start_enlarging(
                read_config(RUNTIME.scratch), folder, self._scale, _log(folder)
            )
        except MaquetteError as error:
            return replace(status, phase=Phase.FAILED, problem=error.problem)
        except OSError as error:
            problem = Problem(
                "upscale-failed", "Enlarging could not be started.", detail=str(error)
            )
            return replace(status, phase=Phase.FAILED, problem=problem)
        return replace(status, phase=Phase.ENLARGING)

    def cancel(self) -> None:
        """End the batch and its workers; whole assets stay."""
        if SESSION.training is None:
            return
        if self._job is not None:
            self._job.cancel()
            SESSION.training = SESSION.training.now(self._job.status)
            self._job = None
        elif self._enlarging is not None:
            self._enlarging.kill()
            self._enlarging.wait()
            self._enlarging = None
            status = replace(SESSION.training.status, phase=Phase.CANCELLED)
            SESSION.training = SESSION.training.now(status)


def _log(folder: Path) -> Path:
    """What the process that enlarges prints."""
    return folder / LOGS / "upscale.log"


def _problem(log: Path) -> Problem:
    """Why enlarging failed, as its last words say."""
    said, mark = tail(log).strip(), "maquette: "
    told = [line for line in said.splitlines() if line.startswith(mark)]
    why = f": {told[-1].removeprefix(mark).rpartition(' [')[0]}" if told else "."
    sentence = "The pictures are rendered, but they could not be enlarged"
    return Problem("upscale-failed", f"{sentence}{why}", detail=said)


RENDER = RenderRun()
