"""A number that a preset gives exactly or as a range to draw from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """A number to draw: fixed, even between two ends, or most often around a peak."""

    low: float
    high: float
    peak: float | None = None

    @property
    def fixed(self) -> bool:
        """True when every draw gives the same number."""
        return self.low == self.high

    def draw(self, rng: np.random.Generator) -> float:
        """Draw one number; a fixed one takes a draw as well, so that the others stay put."""
        share = float(rng.random())
        if self.peak is None or self.low == self.high:
            return self.low + (self.high - self.low) * share
        left = (self.peak - self.low) / (self.high - self.low)
        if share < left:
            return self.low + math.sqrt(share * (self.high - self.low) * (self.peak - self.low))
        return self.high - math.sqrt((1 - share) * (self.high - self.low) * (self.high - self.peak))
