"""Follows one job's events in a thread of its own and hands each state to the worker."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..core.errors import MaquetteError, Problem
from ..core.protocol import JobStatus, PortFile
from .http import EventStream, ServiceClient

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 3.0
TRIES = 4


class Follower(threading.Thread):
    """Ends by itself after a final state, after ``stop``, or when the service is lost."""

    def __init__(
        self,
        port_file: PortFile,
        job_id: str,
        on_status: Callable[[JobStatus], None],
        on_lost: Callable[[str, Problem], None],
    ) -> None:
        super().__init__(name=f"maquette-follow-{job_id[:8]}", daemon=True)
        self.job_id = job_id
        self._client = ServiceClient(port_file)
        self._on_status = on_status
        self._on_lost = on_lost
        self._stopping = threading.Event()
        self._stream: EventStream | None = None

    def stop(self) -> None:
        """Ask the thread to end; join it afterwards."""
        self._stopping.set()
        stream = self._stream
        if stream is not None:
            stream.close()

    def run(self) -> None:
        """Read events, reconnecting with growing pauses."""
        delay, failures = FIRST_DELAY_S, 0
        try:
            while not self._stopping.is_set():
                try:
                    if self._read():
                        return
                    delay, failures = FIRST_DELAY_S, 0
                except MaquetteError as error:
                    failures += 1
                    if failures >= TRIES or error.problem.code == "job-unknown":
                        if not self._stopping.is_set():
                            self._on_lost(self.job_id, error.problem)
                        return
                self._stopping.wait(delay)
                delay = min(delay * 2, LONGEST_DELAY_S)
        finally:
            self._client.close()

    def _read(self) -> bool:
        """Read one stream to its end; True when the job has ended."""
        self._stream = self._client.open_events(self.job_id)
        if self._stopping.is_set():
            self._stream.close()
        for status in self._stream:
            self._on_status(status)
            if status.state.final:
                return True
        if self._stopping.is_set():
            return True
        status = self._client.job(self.job_id)
        self._on_status(status)
        return status.state.final
