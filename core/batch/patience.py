"""How long a worker may say nothing before it counts as hanging."""

from __future__ import annotations

#: To start Blender and import the package.
START_S = 300.0
#: Before anything was measured: kernels of a graphics card are compiled on first use, and that
#: was seen to take ten minutes.
UNMEASURED_S = 1800.0
#: No sooner than this, however fast pictures were: assets differ.
LEAST_S = 300.0
#: Times the longest picture so far.
FACTOR = 20.0


class Patience:
    """The time without a word, from the longest time that a picture has taken so far.

    The first picture of an asset includes reading the asset, so large assets count.
    """

    def __init__(self, timeout_s: float | None = None) -> None:
        """``timeout_s`` fixes the time; None derives it."""
        self._fixed = timeout_s
        self._longest: float | None = None

    def learn(self, seconds: float) -> None:
        """A picture took so long."""
        self._longest = max(self._longest or 0.0, seconds)

    @property
    def seconds(self) -> float:
        """How long a worker may take from one picture to the next."""
        if self._fixed is not None:
            return self._fixed
        if self._longest is None:
            return UNMEASURED_S
        return max(LEAST_S, FACTOR * self._longest)
