"""Random numbers that depend on a run's seed, the process and the step, and on nothing else.

A run that goes on after a kill draws what it would have drawn.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import torch


class Purpose(IntEnum):
    """Keeps the streams of one step apart."""

    DATA = 0
    STEP = 1
    VALIDATION = 2


def numpy_generator(seed: int, purpose: Purpose, rank: int, step: int) -> np.random.Generator:
    """The generator of one process and step."""
    return np.random.default_rng([seed, purpose, rank, step])


def torch_generator(
    seed: int, purpose: Purpose, rank: int, step: int, device: torch.device
) -> torch.Generator:
    """The same in torch; torch's own generators, of which layers draw, are set as well."""
    mixed = np.random.SeedSequence([seed, purpose, rank, step])
    number = int(mixed.generate_state(1, np.uint64)[0]) >> 1
    torch.manual_seed(number)
    generator = torch.Generator(device)
    generator.manual_seed(number)
    return generator
