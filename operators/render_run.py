"""Owns the batch that renders training views, while Blender runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import bpy

from ..core.batch.blender import Blender
from ..core.batch.channel import Channel
from ..core.batch.job import RenderJob
from ..core.batch.request import Request
from ..core.batch.run import start_finishing, start_worker
from ..core.session import SESSION, TrainingRun

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

    @property
    def active(self) -> bool:
        """Whether a batch runs."""
        return self._job is not None

    def start(self, request: Request) -> None:
        """Begin a batch.

        Raises:
            MaquetteError: the folder is in use or cannot be written.
        """
        blender = this_blender()

        def finish(out: Path, formats: Sequence[str], log: Path) -> Channel:
            return start_finishing(blender, out, tuple(formats), log)

        start = start_worker(blender, request.out, low_priority=True)  # the window comes first
        self._job = RenderJob(request, start, finish)
        SESSION.training = TrainingRun(str(request.out), self._job.status, request.estimate_only)

    def poll(self) -> None:
        """Go on a little; called by the timer."""
        if self._job is None or SESSION.training is None:
            return
        status = self._job.poll(BUDGET_S)
        SESSION.training = SESSION.training.now(status)
        if not status.phase.active:
            self._job = None

    def cancel(self) -> None:
        """End the batch and its workers; whole assets stay."""
        if self._job is None or SESSION.training is None:
            return
        self._job.cancel()
        SESSION.training = SESSION.training.now(self._job.status)
        self._job = None


RENDER = RenderRun()
