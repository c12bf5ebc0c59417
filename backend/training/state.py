"""What a run carries from step to step and over a restart."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .plan import Optimiser, Schedule


@dataclass
class State:
    """A model in training.

    Attributes:
        averaged: exponential moving average of the model's weights.
        step, samples: done so far, by all processes.
        seconds: spent, over all parts of the run.
        micro: samples that a process computes at a time; 0 for its whole share.
        best: smallest validation loss so far; waited: looks since.
    """

    model: nn.Module
    averaged: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    samples: int = 0
    seconds: float = 0.0
    micro: int = 0
    best: float = math.inf
    waited: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return tensors and plain numbers, which are read without unpickling anything else."""
        numbers = {name: getattr(self, name) for name in _NUMBERS}
        return {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            **numbers,
        }

    def take(self, data: dict[str, Any]) -> None:
        """Take over what :meth:`to_dict` gave."""
        self.model.load_state_dict(dict(data["model"]))
        self.averaged.load_state_dict(dict(data["averaged"]))
        rates = [group["lr"] for group in self.optimizer.param_groups]
        self.optimizer.load_state_dict(data["optimizer"])
        for group, rate in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
        for name in _NUMBERS:
            setattr(self, name, data[name])


_NUMBERS = ("step", "samples", "seconds", "micro", "best", "waited")


def begin(model: nn.Module, optimiser: Optimiser, schedule: Schedule, micro: int) -> State:
    """A state at step 0; the model is on its device already."""
    matrices = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    others = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    adam = torch.optim.AdamW(
        [
            {"params": matrices, "weight_decay": optimiser.decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=schedule.rate,
        betas=optimiser.betas,
        fused=True,
    )
    averaged = copy.deepcopy(model).requires_grad_(False)
    return State(model, averaged, adam, micro=micro)


@torch.no_grad()
def average(state: State, target: float) -> None:
    """Move the averaged weights towards the model's; faster at the start."""
    keep = min(target, (1 + state.step) / (10 + state.step))
    means, now = list(state.averaged.parameters()), list(state.model.parameters())
    torch._foreach_lerp_(means, now, 1 - keep)
    buffers: list[Tensor] = list(state.averaged.buffers())
    if buffers:
        torch._foreach_copy_(buffers, list(state.model.buffers()))
