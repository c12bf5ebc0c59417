"""Pictures per second and time left, from when pictures came."""

from __future__ import annotations

from collections import deque

#: The pace is that of the last so many pictures, so that it follows what is rendered now.
WINDOW = 200


class Pace:
    """Counts pictures as they come."""

    def __init__(self, begun: float) -> None:
        """``begun`` is the clock's time at which rendering began, seconds."""
        self._begun = begun
        self._times: deque[float] = deque([begun], maxlen=WINDOW + 1)

    def picture(self, now: float) -> None:
        """A picture is there."""
        self._times.append(now)

    def per_second(self, now: float) -> float:
        """Pictures per second of late; 0 before the first."""
        pictures = len(self._times) - 1
        if not pictures or now <= self._times[0]:
            return 0.0
        return pictures / (now - self._times[0])

    def seconds_left(self, now: float, pictures: int) -> float:
        """Seconds for as many more pictures; -1 when unknown."""
        pace = self.per_second(now)
        return pictures / pace if pace else -1.0
