"""What the loop asks of that which is trained."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..networks.precision import faster_products
from .tensor_batch import TensorBatch


@dataclass(frozen=True)
class Moment:
    """Where a run stands when it asks for losses.

    Attributes:
        done: share of the schedule, 0..1.
        generator: the step's random numbers, on the device.
        training: False while it is measured on validation data; nothing is varied then.
    """

    done: float
    generator: torch.Generator
    device: torch.device
    training: bool = True
    bf16: bool = True

    def autocast(self) -> AbstractContextManager[object]:
        """Half precision for what runs inside, where the device gains from it."""
        return faster_products(self.device.type) if self.bf16 else nullcontext()


@dataclass(frozen=True)
class Portion:
    """Which part of which step's batch is drawn.

    Attributes:
        rank, world: of the process; ``size`` is its share of the batch.
    """

    step: int
    rank: int
    world: int
    size: int


class Source(Protocol):
    """Draws batches; goes to another process, so it holds no open files and no tensors."""

    def draw(self, portion: Portion, rng: np.random.Generator) -> TensorBatch:
        """Draw a batch that depends on the arguments and the data only."""
        ...


class Task(Protocol):
    """What is trained, from what and by which losses."""

    def build(self) -> nn.Module:
        """A fresh model on the CPU; torch's generator is set before."""
        ...

    def source(self, validation: bool) -> Source | None:
        """Training data, or validation data where there are any."""
        ...

    def weights(self) -> Mapping[str, float]:
        """Names and weights of the losses."""
        ...

    def losses(self, model: nn.Module, batch: Any, moment: Moment) -> Mapping[str, Tensor]:
        """Terms of a batch on the device; those not named are 0."""
        ...

    def preview(self, model: nn.Module, device: torch.device) -> np.ndarray | None:
        """A sheet (H, W, 3) uint8 sRGB of what the model makes of some inputs."""
        ...

    def describe(self) -> dict[str, Any]:
        """JSON-ready sizes of the model; a checkpoint of others is refused."""
        ...

    def finish(self, model: nn.Module, folder: Path) -> str:
        """Write the averaged model where a run ends; returns a sentence, which may be empty."""
        ...
