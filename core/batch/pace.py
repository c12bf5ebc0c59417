"""Pictures per second and time left, from how many there were when."""

from __future__ import annotations

from collections import deque

#: The pace is that of the last so many seconds, so that it follows what is rendered now.
WINDOW_S = 60.0


class Pace:
    """Remembers counts; many pictures may be heard of at once."""

    def __init__(self, begun: float) -> None:
        """``begun`` is the clock's time at which rendering began, seconds."""
        self._counts: deque[tuple[float, int]] = deque([(begun, 0)])

    def count(self, now: float, pictures: int) -> None:
        """So many pictures are there by now; fewer than before when some were given up."""
        self._counts.append((now, pictures))
        while len(self._counts) > 2 and self._counts[1][0] <= now - WINDOW_S:
            self._counts.popleft()

    @property
    def per_second(self) -> float:
        """Pictures per second of late; 0 before the first."""
        (first, few), (last, many) = self._counts[0], self._counts[-1]
        return max(0, many - few) / (last - first) if last > first else 0.0

    def seconds_left(self, pictures: int) -> float:
        """Seconds for as many more pictures; -1 when unknown."""
        return pictures / self.per_second if self.per_second else -1.0
