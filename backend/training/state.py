"""What a run carries from step to step and over a restart."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from .muon import Muon, groups_of
from .plan import Method, Optimiser, Schedule


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
    made = _optimizer(model, optimiser, schedule.rate)
    averaged = copy.deepcopy(model).requires_grad_(False)
    return State(model, averaged, made, micro=micro)


def _optimizer(model: nn.Module, optimiser: Optimiser, rate: float) -> torch.optim.Optimizer:
    if optimiser.method is Method.MUON:
        groups = groups_of(model, optimiser.decay)
        return Muon(groups, lr=rate, betas=optimiser.betas, fused=True)
    found = [p for p in model.parameters() if p.requires_grad]
    adam = [
        {"params": [p for p in found if p.ndim > 1], "weight_decay": optimiser.decay},
        {"params": [p for p in found if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(adam, lr=rate, betas=optimiser.betas, fused=True)


@torch.no_grad()
def average(state: State, target: float) -> None:
    """Move the averaged weights towards the model's; faster at the start."""
    keep = min(target, (1 + state.step) / (10 + state.step))
    means, now = list(state.averaged.parameters()), list(state.model.parameters())
    torch._foreach_lerp_(means, now, 1 - keep)
    buffers: list[Tensor] = list(state.averaged.buffers())
    if buffers:
        torch._foreach_copy_(buffers, list(state.model.buffers()))
