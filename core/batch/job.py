"""A batch from start to end: look what is there, measure, render, keep what failed.

:meth:`RenderJob.poll` never waits, so that the same job runs under a command line and in Blender's
window. Whatever ends it, the folder holds whole assets only, and the same job run again goes on
where it ended.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..dataset.layout import LOGS, asset_folder, is_complete, quarantine, quarantined, release
from ..dataset.manifest import write_plan
from ..dataset.sources import AssetSource
from ..errors import MaquetteError, Problem
from .channel import Channel
from .estimate import estimate, measured
from .pace import Pace
from .place import full_disk, take, unreadable, unwritable
from .plan import Device, share_out, usable_cores
from .request import Request
from .scratch import remove_those_of_the_dead
from .status import Lost, Phase, Status
from .supervisor import Supervisor
from .task import Event, PictureDone, Stopped, Task, TaskDone, TaskLost, WorkerReady

#: Pictures that the estimate is made from: the second tells what the first one took in excess.
MEASURED_PICTURES = 2

#: Starts the worker of a slot, which prints into a log.
StartWorker = Callable[[int, Path], Channel]
#: Starts a process that finishes a dataset and writes formats, and prints into a log.
StartFinishing = Callable[[Path, tuple[str, ...], Path], Channel]


class RenderJob:
    """Runs a request; :attr:`status` tells how far it is."""

    def __init__(
        self,
        request: Request,
        start: StartWorker,
        finish: StartFinishing,
        *,
        cores: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the dataset's folder; nothing is started before the first poll.

        Args:
            start, finish: start processes.
            cores: of the processor; 0 takes those that this process may use.
            clock: seconds.

        Raises:
            MaquetteError: ``dataset-busy`` or ``disk-full``, ``folder-unwritable``.
        """
        self._request = request
        self._start_finishing = finish
        self._finishing: Channel | None = None
        self._cores = cores or usable_cores()
        self._clock = clock
        self._mine = request.shard.of(request.assets)
        self._work = request.out / f".work-{request.shard.name}"
        self._lock = take(request.out, f"shard-{request.shard.name}")
        self._logs = request.out / LOGS
        self._supervisor = Supervisor(
            lambda slot: start(slot, self.log_of(slot)),
            self._work,
            request.limits,
            disk_full=lambda: full_disk(request.out),
            clock=clock,
        )
        self._supervisor.resize(1)
        self._unchecked: list[AssetSource] = []
        self._pending: list[AssetSource] = []
        self._devices: tuple[Device, ...] = (Device(),)
        self._pace = Pace(clock())
        self._begun = clock()
        self._first: list[float] = []
        self._in_hand: dict[str, int] = {}
        self._gone = 0
        self.status = Status(Phase.STARTING, assets=len(self._mine))

    @property
    def estimate_only(self) -> bool:
        """Whether it ends once the estimate is made."""
        return self._request.estimate_only

    def log_of(self, slot: int) -> Path:
        """The file that takes what the worker of a slot prints."""
        return self._logs / f"worker-{self._request.shard.name}-{slot}.log"

    def poll(self, budget_s: float = 0.02) -> Status:
        """Go on, for about ``budget_s`` at most; returns the new status."""
        if not self.status.phase.active:
            return self.status
        try:
            events = self._supervisor.poll()
            for event in events:
                if self.status.phase.active:
                    self._on(event)
            if events:
                self._tell()
            if self.status.phase is Phase.CHECKING:
                self._check(budget_s)
            if self.status.phase is Phase.FINISHING:
                self._look_after_finishing()
            elif self.status.phase is Phase.RENDERING:
                self._look_whether_done()
        except MaquetteError as error:
            self._end(Phase.FAILED, error.problem)
        except OSError as error:
            self._end(
                Phase.FAILED, full_disk(self._request.out) or unwritable(self._request.out, error)
            )
        return self.status

    def cancel(self) -> None:
        """End the workers now. Whole assets stay."""
        if self.status.phase.active:
            self._end(Phase.CANCELLED)

    def _on(self, event: Event) -> None:
        if isinstance(event, WorkerReady):
            self._ready(event.facts)
        elif isinstance(event, PictureDone):
            self._picture(event)
        elif isinstance(event, TaskDone):
            self._done(event)
        elif isinstance(event, TaskLost):
            self._lost(event)
        elif isinstance(event, Stopped):
            self._end(Phase.FAILED, event.problem)

    def _ready(self, facts: Mapping[str, Any]) -> None:
        """A worker has started; the first one tells what the machine can do."""
        blender = str(facts["blender"])
        if self.status.phase is not Phase.STARTING:
            if blender != self._request.recipe.blender:
                raise MaquetteError(
                    "blender-differs",
                    f"One worker runs Blender {blender} and another "
                    f"{self._request.recipe.blender}. Their pictures would differ.",
                )
            return
        request = self._request
        self._devices = share_out(request.device, request.workers, facts["devices"], self._cores)
        self._request = replace(request, recipe=replace(request.recipe, blender=blender))
        if not request.estimate_only:
            write_plan(request.out, self._request.plan())
        self._unchecked = list(self._mine)[::-1]
        self.status = replace(self.status, phase=Phase.CHECKING)

    def _check(self, budget_s: float) -> None:
        """Find what is complete, by the hashes of its files."""
        until = time.monotonic() + budget_s
        request = self._request
        held = {} if request.again else quarantined(request.out)
        while self._unchecked:
            asset = self._unchecked.pop()
            self._look_at(asset, held.get(asset.id))
            if time.monotonic() > until:
                break
        if not self._unchecked:
            self._begin_measuring()

    def _look_at(self, asset: AssetSource, reason: Mapping[str, Any] | None) -> None:
        request, status = self._request, self.status
        self.status = status = replace(status, checked=status.checked + 1)
        try:
            digest = asset.sha256()
        except OSError as error:
            self._put_away(asset.id, unreadable(error), "")
            return
        if is_complete(request.out, asset.id, request.recipe, digest):
            release(request.out, asset.id)
            self.status = replace(status, kept=status.kept + 1)
        elif reason is not None and reason.get("recipe_sha256") == request.recipe.digest():
            problem = Problem.from_json(dict(reason))
            self.status = replace(status, lost=(*status.lost, Lost(asset.id, problem)))
        else:
            self._pending.append(asset)

    def _begin_measuring(self) -> None:
        self.status = replace(self.status, phase=Phase.MEASURING)
        if not self._pending or not self._request.measure:
            self._begin_rendering()
            return
        few = min(MEASURED_PICTURES, self._request.views)
        self._first.clear()
        self._supervisor.add(self._task(self._pending[0], few))

    def _measured(self, event: TaskDone) -> None:
        """Make the estimate from an asset with few pictures, which is not kept."""
        folder = asset_folder(self._supervisor.folder(event.slot), event.task.id)
        files = {
            path.relative_to(folder).as_posix(): path.stat().st_size
            for path in folder.rglob("*")
            if path.is_file()
        }
        shutil.rmtree(folder)
        made = estimate(
            measured(float(event.told["seconds"]), self._first, files),
            assets=len(self._pending),
            views=self._request.views,
            workers=len(self._devices),
            free_bytes=shutil.disk_usage(self._request.out).free,
        )
        self.status = replace(self.status, estimate=made)
        if self._request.estimate_only:
            self._end(Phase.FINISHED)
        else:
            self._begin_rendering()

    def _begin_rendering(self) -> None:
        if self._request.estimate_only:  # there is nothing to render
            self._end(Phase.FINISHED)
            return
        count = min(len(self._devices), max(1, len(self._pending)))
        self._supervisor.resize(count)
        self._begun = self._clock()
        self._pace = Pace(self._begun)
        self.status = replace(self.status, phase=Phase.RENDERING, workers=count)
        for asset in self._pending:
            self._supervisor.add(self._task(asset, self._request.recipe.views))
        self._supervisor.no_more()

    def _task(self, asset: AssetSource, views: int | None) -> Task:
        message = {
            "do": "render",
            "id": asset.id,
            "asset": asset.to_json(),
            "recipe": replace(self._request.recipe, views=views).to_json(),
            "devices": [device.to_json() for device in self._devices],
        }
        return Task(asset.id, message)

    def _picture(self, event: PictureDone) -> None:
        if self.status.phase is Phase.MEASURING:
            # A second attempt counts anew.
            self._first = [*(self._first if event.view else []), event.seconds]
            return
        self._in_hand[event.task.id] = event.view + 1

    def _done(self, event: TaskDone) -> None:
        """Put a whole asset into its place."""
        if self.status.phase is Phase.MEASURING:
            self._measured(event)
            return
        self._in_hand.pop(event.task.id, None)
        made = asset_folder(self._supervisor.folder(event.slot), event.task.id)
        place = asset_folder(self._request.out, event.task.id)
        place.parent.mkdir(exist_ok=True)
        if place.exists():
            shutil.rmtree(place)
        made.rename(place)
        release(self._request.out, event.task.id)
        self.status = replace(self.status, done=self.status.done + 1)

    def _lost(self, event: TaskLost) -> None:
        self._in_hand.pop(event.task.id, None)
        self._put_away(event.task.id, event.problem, event.log)
        if self.status.phase is Phase.MEASURING:
            self._pending = self._pending[1:]
            self._begin_measuring()
        else:
            self._gone += 1

    def _put_away(self, asset_id: str, problem: Problem, log: str) -> None:
        """Put an asset into quarantine."""
        request, status = self._request, self.status
        reason = {**problem.to_json(), "recipe_sha256": request.recipe.digest()}
        if not request.estimate_only:
            quarantine(request.out, asset_id, reason, log)
        self.status = replace(status, lost=(*status.lost, Lost(asset_id, problem)))

    def _look_whether_done(self) -> None:
        """Finish the dataset once nothing is left to render."""
        if self._supervisor.busy:
            return
        self._supervisor.stop()
        log = self._logs / f"finish-{self._request.shard.name}.log"
        self._finishing = self._start_finishing(self._request.out, self._request.formats, log)
        self.status = replace(self.status, phase=Phase.FINISHING, seconds_left=-1.0)

    def _look_after_finishing(self) -> None:
        assert self._finishing is not None
        status = self._finishing.ended()
        for message in self._finishing.receive():
            if message.get("say") == "finished":
                self._end(Phase.FINISHED)
                return
            if message.get("say") == "failed":
                self._end(Phase.FAILED, Problem.from_json(message["problem"]))
                return
        if status is not None:
            self._end(
                Phase.FAILED,
                full_disk(self._request.out)
                or Problem(
                    "dataset-unfinished",
                    "All pictures are there, but what describes the dataset could not be written. "
                    "Run the same again.",
                    detail=self._finishing.log(),
                ),
            )

    def _tell(self) -> None:
        """Bring the figures of the status up to date."""
        status, now = self.status, self._clock()
        if status.phase is not Phase.RENDERING:
            return
        views = self._request.views
        pictures = (len(self._pending) - self._gone) * views
        there = status.done * views + sum(self._in_hand.values())
        self._pace.count(now, there)
        self.status = replace(
            status,
            pictures=pictures,
            pictures_done=there,
            seconds=now - self._begun,
            pictures_per_s=self._pace.per_second,
            seconds_left=self._pace.seconds_left(pictures - there),
        )

    def _end(self, phase: Phase, problem: Problem | None = None) -> None:
        """Leave nothing but whole assets, and let go of the folder."""
        self._supervisor.stop()
        if self._finishing is not None:
            self._finishing.kill()
        shutil.rmtree(self._work, ignore_errors=True)
        remove_those_of_the_dead()
        self._lock.close()
        self.status = replace(self.status, phase=phase, problem=problem, workers=0)
