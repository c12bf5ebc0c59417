"""The extension's table of jobs: what the sidebar shows and what is still to be imported.

Plain data, no Blender, no threads. The table lives in the running process only; nothing
of it is stored in a .blend.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from .errors import Fix, Problem
from .picture_views import PictureView
from .protocol import JobSettings, JobStatus, ResultInfo, Stage, State

KEPT_ENDED_ROWS = 8


class Phase(StrEnum):
    """Where a job stands as the person in front of Blender sees it."""

    STARTING = "starting"  # the service is being started for this job
    SENDING = "sending"
    QUEUED = "queued"
    RUNNING = "running"
    FETCHING = "fetching"
    READY = "ready"  # the mesh is on this machine and waits to be imported
    IMPORTED = "imported"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def active(self) -> bool:
        """True while somebody is still working on the job."""
        return self in (
            Phase.STARTING,
            Phase.SENDING,
            Phase.QUEUED,
            Phase.RUNNING,
            Phase.FETCHING,
        )


@dataclass(frozen=True)
class Placement:
    """Where a result belongs.

    Attributes:
        location: world position of the object's feet, metres, Z up.
        scene: name of the scene.
        blend: path of the .blend, or a token that names one unsaved session of editing.
    """

    location: tuple[float, float, float]
    scene: str
    blend: str


@dataclass(frozen=True)
class JobRow:
    """One job as it is drawn.

    Attributes:
        id: the job's UUID.
        name: the picture's stem.
        picture: path of the picture that was sent; "" when this session did not send it.
        more: paths of further pictures of the same object.
        views: what is known of each picture; none when nothing is.
        progress: share of the work done, 0 to 1.
        eta_s: estimated seconds left; -1 when unknown.
        image: name of the Blender image that was sent; "" when it matters no more.
        mesh: path of the fetched GLB, or of the picture that was made; "" before it is here.
        note: a sentence drawn under the row, e.g. why a mesh waits.
        cancelling: True after the person asked for it and before the service agreed.
    """

    id: str
    name: str
    settings: JobSettings
    placement: Placement
    picture: str = ""
    phase: Phase = Phase.SENDING
    stage: Stage = Stage.QUEUED
    progress: float = 0.0
    eta_s: float = -1.0
    problem: Problem | None = None
    result: ResultInfo | None = None
    mesh: str = ""
    note: str = ""
    cancelling: bool = False
    more: tuple[str, ...] = ()
    views: tuple[PictureView, ...] = ()
    image: str = ""


class JobTable:
    """Rows by job id, in the order in which they came; the newest is drawn first."""

    def __init__(self) -> None:
        self._rows: dict[str, JobRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> tuple[JobRow, ...]:
        """All rows, newest first."""
        return tuple(reversed(self._rows.values()))

    def get(self, job_id: str) -> JobRow | None:
        """The row of that job, or None."""
        return self._rows.get(job_id)

    def add(self, row: JobRow) -> None:
        """Put in a row, or replace the one with the same id; old ended rows make room."""
        self._rows[row.id] = row
        self._trim()

    def remove(self, job_id: str) -> JobRow | None:
        """Take the row out and return it; None when there is none."""
        return self._rows.pop(job_id, None)

    def clear(self) -> None:
        """Forget all rows."""
        self._rows.clear()

    def apply_status(self, status: JobStatus) -> None:
        """Bring a row up to what the service says; unknown jobs and settled rows are left alone."""
        row = self._rows.get(status.id)
        if row is None or not row.phase.active:
            return
        phase = _PHASES[status.state]
        if row.cancelling and status.state.final:
            # The work may have ended before the service heard of the cancel; a person who
            # cancelled gets neither a mesh nor a complaint.
            phase = Phase.CANCELLED
        progress = status.progress
        if phase is row.phase:
            progress = max(progress, row.progress)
        self._rows[status.id] = replace(
            row,
            phase=phase,
            stage=status.stage,
            progress=min(max(progress, 0.0), 1.0),
            eta_s=status.eta_s,
            problem=status.problem if phase is Phase.FAILED else None,
            result=status.result,
            cancelling=row.cancelling and not status.state.final,
        )

    def fetched(self, job_id: str, mesh: str, result: ResultInfo | None) -> None:
        """The mesh is on this machine: the row becomes ready to import, unless it was cancelled."""
        row = self._rows.get(job_id)
        if row is None or not row.phase.active:
            return
        if row.cancelling:
            self.change(job_id, phase=Phase.CANCELLED, cancelling=False)
            return
        self.change(job_id, phase=Phase.READY, mesh=mesh, result=result, progress=1.0, note="")

    def fail(self, job_id: str, problem: Problem) -> None:
        """End the row with a problem; a row that has its mesh already keeps it."""
        row = self._rows.get(job_id)
        if row is None or not row.phase.active:
            return
        if row.cancelling:
            self.change(job_id, phase=Phase.CANCELLED, cancelling=False)
            return
        self.change(job_id, phase=Phase.FAILED, problem=problem)

    def change(self, job_id: str, **changes: object) -> None:
        """Replace fields of one row; does nothing for an unknown job."""
        row = self._rows.get(job_id)
        if row is not None:
            self._rows[job_id] = replace(row, **changes)  # type: ignore[arg-type]

    def moved(self, old_blend: str, new_blend: str) -> None:
        """The file was saved under another name: its jobs follow."""
        for row in self._rows.values():
            if row.placement.blend == old_blend:
                placement = replace(row.placement, blend=new_blend)
                self._rows[row.id] = replace(row, placement=placement)

    def active(self) -> bool:
        """True while any job is being worked on."""
        return any(row.phase.active for row in self._rows.values())

    def ready(self) -> tuple[JobRow, ...]:
        """Rows whose mesh waits to be imported, oldest first."""
        return tuple(row for row in self._rows.values() if row.phase is Phase.READY)

    def _trim(self) -> None:
        ended = [
            row.id for row in self._rows.values() if row.phase in (Phase.IMPORTED, Phase.CANCELLED)
        ]
        for job_id in ended[: max(0, len(ended) - KEPT_ENDED_ROWS)]:
            del self._rows[job_id]


_PHASES = {
    State.QUEUED: Phase.QUEUED,
    State.RUNNING: Phase.RUNNING,
    State.DONE: Phase.FETCHING,
    State.FAILED: Phase.FAILED,
    State.CANCELLED: Phase.CANCELLED,
}


def stopped_problem(detail: str) -> Problem:
    """What a row says when its service ended under it."""
    return Problem(
        "service-died",
        "The service ended before this mesh was finished. Try again: it starts by itself.",
        Fix.RETRY,
        detail,
    )
