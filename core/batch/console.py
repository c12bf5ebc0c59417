"""Running a batch from a command line: one line that moves, an answer, an exit status."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from ..errors import MaquetteError
from .estimate import Estimate, counted, span
from .job import RenderJob
from .status import Phase, Status

POLL_S = 0.05
_MOVE_S = 0.5
#: A terminal is asked before more than this, unless ``--yes``.
ASKED_ABOVE_S = 600.0


@dataclass
class Console:
    """Where and how progress is told.

    Attributes:
        json: in lines of JSON instead of one line that moves.
        ask: whether to ask before a long run; only a terminal is asked.
        say, ask_with: streams.
    """

    json: bool = False
    ask: bool = True
    say: TextIO = field(default_factory=lambda: sys.stderr)
    answers: TextIO = field(default_factory=lambda: sys.stdin)
    _told: float = 0.0
    _width: int = 0

    def show(self, status: Status, *, now: bool = False) -> None:
        """Tell the progress, some times a second at most unless ``now``."""
        moment = time.monotonic()
        if not now and moment - self._told < _MOVE_S:
            return
        self._told = moment
        if self.json:
            print(json.dumps(status.to_json()), file=self.say, flush=True)
        elif self.say.isatty():
            line = status.line()
            print("\r" + line.ljust(self._width), end="", file=self.say, flush=True)
            self._width = len(line)

    def line(self, text: str) -> None:
        """Say a sentence on a line of its own."""
        if not self.json:
            end = "\n" if self._width else ""
            print(f"{end}{text}", file=self.say, flush=True)
            self._width = 0

    def agrees(self, made: Estimate) -> bool:
        """Whether to go on, given how much it will be."""
        if not self.ask or self.json or not (self.say.isatty() and self.answers.isatty()):
            return True
        if made.seconds < ASKED_ABOVE_S and made.fits:
            return True
        print("Go on? [Y/n] ", end="", file=self.say, flush=True)
        return self.answers.readline().strip().lower() in ("", "y", "yes")


def run_job(job: RenderJob, console: Console, sleep: Callable[[float], None] = time.sleep) -> int:
    """Run a job to its end; returns the exit status.

    Assets in quarantine are no failure, unless there is no other.

    An interrupt from the keyboard ends it; all whole assets stay.

    Raises:
        MaquetteError: it failed.
    """
    try:
        told = False
        while job.status.phase.active:
            status = job.poll(_MOVE_S)
            console.show(status)
            if status.estimate is not None and not told:
                told = True
                console.line(f"About {status.estimate.sentence()}.")
                if job.status.phase.active and not _agreed(job, console, status.estimate):
                    job.cancel()
                    return 1
            if status.phase is not Phase.CHECKING:  # that is work of this process
                sleep(POLL_S)
    except KeyboardInterrupt:
        job.cancel()
        console.line("Stopped. Run the same again to go on.")
        return 130
    console.show(job.status, now=True)
    status = job.status
    if status.problem is not None:
        raise MaquetteError(**vars(status.problem))
    _summarise(job, console)
    return 1 if status.lost and not status.kept + status.done + job.estimate_only else 0


def _agreed(job: RenderJob, console: Console, made: Estimate) -> bool:
    """Whether to go on; a dataset that does not fit on the disk must be agreed to."""
    if not made.fits and console.ask:
        job.cancel()
        raise MaquetteError(
            "disk-too-small",
            f"The pictures will not fit on the disk: {made.sentence()}. Make room, choose fewer, "
            "or say --yes.",
        )
    return console.agrees(made)


def _summarise(job: RenderJob, console: Console) -> None:
    status = job.status
    if job.estimate_only:
        if status.estimate is None:
            console.line("Nothing is left to render.")
    else:
        kept = f", {status.kept} were there" if status.kept else ""
        console.line(f"{counted(status.done, 'asset')} rendered in {span(status.seconds)}{kept}.")
    for lost in status.lost:
        console.line(f"In quarantine: {lost.id}: {lost.problem.message}")
