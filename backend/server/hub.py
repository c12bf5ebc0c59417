"""Wakes those who listen to a job when it changes."""

from __future__ import annotations

import asyncio
from collections import defaultdict


class Hub:
    """Listeners by job id; lives in one event loop."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self.closed = False

    @property
    def listening(self) -> bool:
        """True while anybody listens."""
        return bool(self._listeners)

    def listen(self, job_id: str) -> asyncio.Event:
        """Return an event that is set at every change; hand it to :meth:`leave` at the end."""
        event = asyncio.Event()
        self._listeners[job_id].add(event)
        return event

    def leave(self, job_id: str, event: asyncio.Event) -> None:
        """Stop listening."""
        self._listeners[job_id].discard(event)
        if not self._listeners[job_id]:
            del self._listeners[job_id]

    def changed(self, job_id: str) -> None:
        """Wake the job's listeners."""
        for event in self._listeners.get(job_id, ()):
            event.set()

    def close(self) -> None:
        """Wake everybody for the last time."""
        self.closed = True
        for job_id in list(self._listeners):
            self.changed(job_id)
