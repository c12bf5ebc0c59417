"""What every training run is told, whatever it trains."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum


class Shape(StrEnum):
    """How the learning rate goes after its warm-up."""

    COSINE = "cosine"
    #: Constant, then down in a straight line over the last ``cooldown`` of the steps.
    TRAPEZOID = "trapezoid"


@dataclass(frozen=True)
class Schedule:
    """How long, in what portions and at what rate.

    Attributes:
        samples: to see in all; or
        steps: to take in all. One of the two is given. Neither depends on the clock, so a run
            that is stopped and goes on has the rates that it would have had.
        batch: samples a step, over all processes.
        rate: learning rate after the warm-up.
        warmup: steps in which it rises from 0.
        floor: share of the rate that is left at the end.
        cooldown: share of the steps, see :class:`Shape`.
    """

    samples: int = 0
    steps: int = 0
    batch: int = 32
    rate: float = 1e-3
    warmup: int = 200
    shape: Shape = Shape.COSINE
    floor: float = 0.0
    cooldown: float = 0.2

    def __post_init__(self) -> None:
        if (self.samples > 0) == (self.steps > 0):
            raise ValueError("one of samples and steps must be given.")
        if self.batch < 1 or self.warmup < 0 or self.rate <= 0:
            raise ValueError("batch and rate must be above 0, and warmup not below it.")

    @property
    def total(self) -> int:
        """Steps in all."""
        return self.steps or math.ceil(self.samples / self.batch)

    def rate_at(self, step: int) -> float:
        """Learning rate of the step with this number, from 0."""
        done = min(1.0, step / max(1, self.total))
        if self.shape is Shape.COSINE:
            falling = 0.5 * (1 + math.cos(math.pi * done))
        else:
            falling = min(1.0, (1 - done) / max(self.cooldown, 1e-9))
        rising = min(1.0, (step + 1) / max(1, self.warmup))
        return self.rate * rising * (self.floor + (1 - self.floor) * falling)


class Method(StrEnum):
    """How gradients become steps."""

    #: Loshchilov and Hutter 2019.
    ADAMW = "adamw"
    #: See :mod:`.muon`; AdamW for all that is no matrix of a layer.
    MUON = "muon"


@dataclass(frozen=True)
class Optimiser:
    """How the weights move, and the average of them that is kept.

    Attributes:
        method: see :class:`Method`.
        betas: of AdamW.
        decay: of matrices; norms and biases are not drawn to zero.
        clip: largest norm of a gradient; longer ones are shortened to it.
        average: of the old in each step's exponential average of the weights.
    """

    method: Method = Method.ADAMW
    betas: tuple[float, float] = (0.9, 0.98)
    decay: float = 0.02
    clip: float = 2.0
    average: float = 0.998


@dataclass(frozen=True)
class Machine:
    """How the work is laid onto a machine; results do not hang on it but for rounding.

    Attributes:
        micro: samples that a process computes at a time; 0 for its whole share of the batch.
            More than these are accumulated. Halved by itself when memory does not suffice.
        workers: processes that read ahead, beside each training process; 0 for none.
        bf16: matrices are multiplied in bfloat16, unless the device is slower in it.
    """

    micro: int = 0
    workers: int = 1
    bf16: bool = True


@dataclass(frozen=True)
class Record:
    """What is written when.

    Attributes:
        log: steps between lines.
        preview: steps between preview sheets; 0 for none.
        validate: steps between looks at the validation data; 0 for none.
        batches: of validation data.
        patience: looks without a better result after which training ends; 0 for never.
        save_minutes: between checkpoints.
        piece_mb: checkpoints are cut into pieces of at most this size; 0 for one file.
        compact: checkpoints hold half precision, half the bytes. A run that goes on from one is
            as good, and not the same to the bit.
        tensorboard: whether its logs are written, where it is installed.
    """

    log: int = 50
    preview: int = 0
    validate: int = 0
    batches: int = 4
    patience: int = 0
    save_minutes: float = 3.0
    piece_mb: float = 0.0
    compact: bool = False
    tensorboard: bool = True


@dataclass(frozen=True)
class Plan:
    """One run; ``task`` names what the sections data, model and losses belong to."""

    task: str
    schedule: Schedule
    seed: int = 0
    optimiser: Optimiser = field(default_factory=Optimiser)
    machine: Machine = field(default_factory=Machine)
    record: Record = field(default_factory=Record)
