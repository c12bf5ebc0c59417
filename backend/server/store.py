"""Jobs and how long their stages took, in SQLite, so that they survive a crash."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from ...core.errors import Fix, Problem
from ...core.protocol import JobSettings, JobStatus, State
from .problems import disk_full, is_disk_full

_log = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, created REAL NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS timings (
    engine TEXT NOT NULL, detail TEXT NOT NULL, device TEXT NOT NULL,
    stage TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS timings_key ON timings (engine, detail, device, stage, at);
"""
#: Ended jobs are forgotten after this many seconds.
KEEP_S = 14 * 86400.0
#: Estimates are the median of this many jobs.
_RECENT = 15


class JobStore:
    """All jobs. Memory is what is read; the database is what a new start reads.

    A change that cannot be written because the disk is full stays in memory, and is written
    with the next change that can be.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)
        self._jobs: dict[str, JobStatus] = {}
        self._unsaved: set[str] = set()
        for (body,) in self._db.execute("SELECT body FROM jobs ORDER BY created"):
            try:
                status = JobStatus.from_json(json.loads(body))
            except Exception:  # written by another version; the job itself is of no use then
                _log.warning("a stored job cannot be read", exc_info=True)
                continue
            self._jobs[status.id] = status

    def close(self) -> None:
        """Write what is unsaved and close the database."""
        try:
            self._flush()
        except sqlite3.Error:
            _log.warning("the last changes could not be saved", exc_info=True)
        self._db.close()

    def recover(self) -> None:
        """After a crash: jobs that ran have failed; those that waited go on waiting."""
        for status in list(self._jobs.values()):
            if status.state is State.RUNNING:
                self.update(interrupted(status))

    def prune(self, now: float) -> list[str]:
        """Forget jobs that ended long ago; returns their ids."""
        old = [j.id for j in self._jobs.values() if j.state.final and now - j.updated > KEEP_S]
        for job_id in old:
            self.remove(job_id)
        return old

    def get(self, job_id: str) -> JobStatus | None:
        """Return a job or None."""
        return self._jobs.get(job_id)

    def newest_first(self) -> list[JobStatus]:
        """Return all jobs."""
        return sorted(self._jobs.values(), key=lambda j: j.created, reverse=True)

    def waiting(self) -> Iterator[JobStatus]:
        """Yield queued jobs, oldest first."""
        return (j for j in self._jobs.values() if j.state is State.QUEUED)

    def add(self, status: JobStatus) -> None:
        """Add a job.

        Raises:
            MaquetteError: ``disk-full``; the job is not added then.
        """
        try:
            self._write(status)
        except sqlite3.Error as error:
            if is_disk_full(error):
                raise disk_full(error) from error
            raise
        self._jobs[status.id] = status

    def update(self, status: JobStatus, durable: bool = True) -> None:
        """Replace a job's state; ``durable=False`` keeps it in memory only."""
        self._jobs[status.id] = status
        if durable:
            self._unsaved.add(status.id)
            try:
                self._flush()
            except sqlite3.Error:
                _log.warning("job %s could not be saved", status.id, exc_info=True)

    def remove(self, job_id: str) -> None:
        """Forget a job."""
        self._jobs.pop(job_id, None)
        self._unsaved.discard(job_id)
        self._db.execute("DELETE FROM jobs WHERE id = ?", (job_id,))

    def learn(self, settings: JobSettings, device: str, timings_s: dict[str, float]) -> None:
        """Remember how long the stages of a finished job took."""
        now = time.time()
        rows = [
            (settings.engine, settings.detail.value, device, stage, seconds, now)
            for stage, seconds in timings_s.items()
        ]
        try:
            self._db.executemany("INSERT INTO timings VALUES (?, ?, ?, ?, ?, ?)", rows)
        except sqlite3.Error:
            _log.warning("timings could not be saved", exc_info=True)

    def typical_seconds(self, settings: JobSettings, device: str) -> dict[str, float]:
        """Median seconds by stage of recent jobs like this one; empty when there were none."""
        found: dict[str, list[float]] = {}
        rows: Any = self._db.execute(
            "SELECT stage, seconds FROM timings WHERE engine = ? AND detail = ? AND device = ? "
            "ORDER BY at DESC LIMIT ?",
            (settings.engine, settings.detail.value, device, _RECENT * 5),
        )
        for stage, seconds in rows:
            found.setdefault(stage, []).append(seconds)
        return {stage: median(values) for stage, values in found.items()}

    def _write(self, status: JobStatus) -> None:
        self._db.execute(
            "INSERT INTO jobs VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (status.id, status.created, json.dumps(status.to_json())),
        )

    def _flush(self) -> None:
        for job_id in list(self._unsaved):
            self._write(self._jobs[job_id])
            self._unsaved.discard(job_id)


def interrupted(status: JobStatus) -> JobStatus:
    """The state of a job whose service ended under it."""
    problem = Problem(
        "interrupted", "The service ended while it worked on this picture.", Fix.RETRY
    )
    return replace(status, state=State.FAILED, eta_s=-1.0, updated=time.time(), problem=problem)
