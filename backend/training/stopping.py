"""When a run ends before its schedule does: its time is up, or somebody asked it to."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stop:
    """Asked after every step."""

    def __init__(self, minutes: float | None) -> None:
        """``minutes`` from now; None for no limit."""
        self._end = None if minutes is None else time.monotonic() + 60 * minutes
        self.signalled = 0

    @property
    def wanted(self) -> bool:
        """Whether the step under way is to be the last."""
        return bool(self.signalled) or (self._end is not None and time.monotonic() >= self._end)

    @property
    def left(self) -> float | None:
        """Seconds, None for no limit."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())


@contextmanager
def listening(stop: Stop) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the run after its step; a second one ends it at once."""

    def note(number: int, frame: FrameType | None) -> None:
        if stop.signalled:
            raise KeyboardInterrupt
        stop.signalled = number

    before = {s: signal.signal(s, note) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
