"""Keeps worker processes busy, and outlives them.

Everything happens in :meth:`Supervisor.poll`, which does not wait: a command line calls it in a
loop, Blender's window from its timer. A worker that dies or says nothing for too long is replaced,
and what it had in hand is tried once more by a new one, then given up.
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import Fix, Problem
from .channel import Channel
from .patience import START_S, Patience
from .task import Event, PictureDone, Stopped, Task, TaskDone, TaskLost, WorkerReady

ATTEMPTS = 2
#: Blender that does not start, or dies on everything, is not the assets' fault.
MOST_FAILED_STARTS = 2
MOST_LOST_IN_A_ROW = 20

#: Starts the worker of a slot.
Launch = Callable[[int], Channel]


@dataclass(frozen=True)
class Limits:
    """When workers are replaced.

    Attributes:
        timeout_s: longest time from one picture to the next; None derives it from pictures.
        most_tasks: a worker is replaced after as many.
        most_bytes: and when it uses more memory than this at the end of a task.
    """

    timeout_s: float | None = None
    most_tasks: int = 200
    most_bytes: int = 8_000_000_000


class _Slot:
    """A place for a worker, with a folder of its own that only this worker writes to."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.folder = folder
        self.channel: Channel | None = None
        self.ready = False
        self.task: Task | None = None
        self.attempt = 0
        self.finished = 0
        self.heard = 0.0
        self.fresh = True
        self.retire = False


class Supervisor:
    """Gives tasks to workers, one at a time each, in the order in which they were added."""

    def __init__(
        self,
        launch: Launch,
        work: Path,
        limits: Limits,
        *,
        disk_full: Callable[[], Problem | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is started before the first poll.

        Args:
            work: folder for the slots' folders; what is in them is removed.
            disk_full: asked when something went wrong; a problem stops everything.
            clock: seconds.
        """
        self._launch = launch
        self._work = work
        self._limits = limits
        self._disk_full = disk_full
        self._clock = clock
        self._tasks: deque[Task] = deque()
        self._slots: list[_Slot] = []
        self._failed_starts = 0
        self._lost_in_a_row = 0
        self._stopped = False
        self._no_more = False
        self.patience = Patience(limits.timeout_s)

    def resize(self, slots: int) -> None:
        """Have so many workers; there are never fewer than before."""
        for number in range(len(self._slots), slots):
            self._slots.append(_Slot(number, self._work / f"slot-{number}"))

    def add(self, task: Task) -> None:
        """Queue a task."""
        self._tasks.append(task)

    def no_more(self) -> None:
        """All tasks were added: workers without one end, and leave their room to others."""
        self._no_more = True

    @property
    def busy(self) -> bool:
        """Whether there is anything left to do."""
        return not self._stopped and (
            bool(self._tasks) or any(slot.task is not None for slot in self._slots)
        )

    @property
    def running(self) -> int:
        """How many workers there are."""
        return sum(slot.channel is not None for slot in self._slots)

    def folder(self, slot: int) -> Path:
        """Where the worker of a slot writes."""
        return self._slots[slot].folder

    def poll(self) -> list[Event]:
        """Hear the workers and give them work; returns what has happened."""
        if self._stopped:
            return []
        events: list[Event] = []
        for slot in self._slots:
            events += self._look_after(slot)
            if events and isinstance(events[-1], Stopped):
                self._stopped = True  # what was done before can still be taken away
                break
        return events

    def stop(self) -> None:
        """End all workers now and remove what was not taken away."""
        self._stopped = True
        self._tasks.clear()
        for slot in self._slots:
            self._end(slot)
            slot.task = None

    def _look_after(self, slot: _Slot) -> Iterator[Event]:
        now = self._clock()
        if slot.retire:
            self._end(slot)
        if slot.channel is None:
            # The first worker is started even without work: it tells which Blender it is.
            if slot.task is None and not self._tasks and not (slot.fresh and slot.number == 0):
                return
            yield from self._start(slot, now)
            return
        # In this order: all that a worker said before it ended is still heard.
        status = slot.channel.ended()
        for message in slot.channel.receive():
            slot.heard = now
            for event in self._heard(slot, message):
                yield event
                if isinstance(event, TaskDone):
                    return  # nothing happens to the slot's folder before the next poll
            if slot.channel is None:
                return
        if status is not None:
            yield from self._died(slot, _ending(status))
        elif slot.task is not None or not slot.ready:
            waited = now - slot.heard
            if waited > (self.patience.seconds if slot.ready else START_S):
                yield from self._died(slot, f"was stopped after {waited:.0f} s without a picture")
        else:
            self._employ(slot, now)

    def _employ(self, slot: _Slot, now: float) -> None:
        """Give a worker the next task, or let it go when there will be none."""
        if self._tasks:
            slot.task, slot.attempt = self._tasks.popleft(), 0
            self._send(slot, now)
        elif self._no_more:
            self._end(slot)

    def _start(self, slot: _Slot, now: float) -> Iterator[Event]:
        slot.ready, slot.fresh, slot.finished, slot.heard = False, False, 0, now
        try:
            shutil.rmtree(slot.folder, ignore_errors=True)
            slot.folder.mkdir(parents=True)
            slot.channel = self._launch(slot.number)
        except OSError as error:
            yield Stopped(self._disk_full() or _not_started(str(error)))

    def _send(self, slot: _Slot, now: float) -> None:
        assert slot.task is not None and slot.channel is not None
        slot.attempt += 1
        slot.heard = now
        slot.channel.send({**slot.task.message, "slot": slot.number, "out": str(slot.folder)})

    def _heard(self, slot: _Slot, message: dict[str, Any]) -> Iterator[Event]:
        said = message.get("say")
        if said == "ready":
            slot.ready = True
            self._failed_starts = 0
            yield WorkerReady(slot.number, message)
            if slot.task is not None:
                self._send(slot, self._clock())
        elif slot.task is None or message.get("id") != slot.task.id:
            return
        elif said == "picture":
            picture = PictureDone(slot.task, int(message["view"]), float(message["seconds"]))
            self.patience.learn(picture.seconds)
            yield picture
        elif said == "done":
            self._lost_in_a_row = 0
            task, slot.task = slot.task, None
            slot.finished += 1
            memory = int(message.get("memory_bytes", 0))
            limits = self._limits
            slot.retire = slot.finished >= limits.most_tasks or memory > limits.most_bytes
            yield TaskDone(task, slot.number, message)
        elif said == "failed":
            problem = Problem.from_json(message["problem"])
            yield from self._failed(slot, problem, bool(message.get("final")))

    def _failed(self, slot: _Slot, problem: Problem, final: bool) -> Iterator[Event]:
        """The worker lives, but could not do it."""
        assert slot.task is not None and slot.channel is not None
        full = self._disk_full()
        if problem.code == "disk-full" or full is not None:
            yield Stopped(full or problem)
            return
        if final:
            task, slot.task = slot.task, None
            shutil.rmtree(slot.folder, ignore_errors=True)
            slot.folder.mkdir(parents=True, exist_ok=True)
            yield TaskLost(task, problem, slot.channel.log())
            return
        yield from self._once_more(slot, problem)

    def _died(self, slot: _Slot, how: str) -> Iterator[Event]:
        """The worker is gone, or has to go."""
        assert slot.channel is not None
        full = self._disk_full()
        if full is not None:
            yield Stopped(full)
            return
        if not slot.ready:
            self._failed_starts += 1
            log = slot.channel.log()
            self._end(slot)
            others = any(other.channel is not None and other.ready for other in self._slots)
            if self._failed_starts >= MOST_FAILED_STARTS and not others:
                yield Stopped(_not_started(f"It {how}.\n{log[-4000:]}"))
            elif slot.task is None:
                slot.fresh = True  # so that it is tried again
            return
        if slot.task is None:  # died between two tasks; a new one starts when there is work
            self._end(slot)
            return
        problem = Problem("asset-crashed", f"Blender {how} while it rendered this asset.")
        yield from self._once_more(slot, problem)

    def _once_more(self, slot: _Slot, problem: Problem) -> Iterator[Event]:
        """Have a new worker try, or give the task up."""
        assert slot.task is not None and slot.channel is not None
        log = slot.channel.log()
        self._end(slot)
        if slot.attempt < ATTEMPTS:
            return
        task, slot.task = slot.task, None
        yield TaskLost(task, problem, log)
        self._lost_in_a_row += 1
        if self._lost_in_a_row >= MOST_LOST_IN_A_ROW:
            yield Stopped(
                Problem(
                    "render-keeps-failing",
                    f"{MOST_LOST_IN_A_ROW} assets in a row could not be rendered, so the fault is "
                    "hardly theirs. The last log tells more.",
                    Fix.OPEN_LOG,
                    log[-4000:],
                )
            )

    def _end(self, slot: _Slot) -> None:
        """End the worker of a slot and remove what it has not finished."""
        if slot.channel is not None:
            slot.channel.kill()
            slot.channel = None
        slot.retire = False
        shutil.rmtree(slot.folder, ignore_errors=True)


def _ending(status: int) -> str:
    return f"ended with signal {-status}" if status < 0 else f"ended with exit status {status}"


def _not_started(detail: str) -> Problem:
    return Problem(
        "render-worker-start-failed",
        "Blender could not be started for rendering. The details tell what it printed.",
        Fix.OPEN_LOG,
        detail,
    )
