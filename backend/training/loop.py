"""The training loop: as many steps as fit into a given time, on one or more processes."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..networks.reconstructor import Config, Reconstructor, picture_tensor
from .batches import Batch, Source, augmented
from .losses import (
    Weights,
    camera_loss,
    field_losses,
    fitted_cameras,
    reprojection_loss,
    surface_loss,
)


@dataclass(frozen=True)
class Plan:
    """One training run.

    Attributes:
        minutes: wall-clock time; the learning rate falls to zero (cosine) by its end.
        batch: pictures a step, over all processes.
        points: points a picture.
        fitted_from: share of the time after which fitted cameras are used as well.
        fitted_share: share of the pictures they are used for.
    """

    minutes: float = 60.0
    batch: int = 32
    points: int = 1024
    rate: float = 1e-3
    decay: float = 0.02
    warmup_steps: int = 200
    average: float = 0.998
    fitted_from: float = 0.25
    fitted_share: float = 0.6
    seed: int = 0
    weights: Weights = field(default_factory=Weights)


@dataclass
class State:
    """What a run carries from step to step and over a restart."""

    model: Reconstructor
    averaged: Reconstructor
    optimizer: torch.optim.Optimizer
    step: int = 0
    pictures: int = 0
    seconds: float = 0.0


def start(config: Config, plan: Plan, checkpoint: Path | None = None) -> State:
    """Make a fresh state, or read one that :func:`save` wrote."""
    torch.manual_seed(plan.seed)
    model = Reconstructor(config).to(memory_format=torch.channels_last)
    averaged = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=plan.rate, weight_decay=plan.decay, betas=(0.9, 0.98)
    )
    state = State(model, averaged, optimizer)
    if checkpoint is not None and checkpoint.exists():
        data = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(data["model"])
        averaged.load_state_dict(data["averaged"])
        optimizer.load_state_dict(data["optimizer"])
        state.step, state.pictures, state.seconds = data["step"], data["pictures"], data["seconds"]
    return state


def save(state: State, path: Path) -> None:
    """Write the whole state; the file is replaced only when the new one is whole."""
    part = path.with_suffix(".part")
    torch.save(
        {
            "model": state.model.state_dict(),
            "averaged": state.averaged.state_dict(),
            "optimizer": state.optimizer.state_dict(),
            "step": state.step,
            "pictures": state.pictures,
            "seconds": state.seconds,
        },
        part,
    )
    part.replace(path)


def train(
    state: State, source: Source, plan: Plan, folder: Path, log: Callable[[str], None]
) -> None:
    """Train until the plan's time is used; checkpoints and a log stand in ``folder``."""
    rank, world = (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)
    folder.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(plan.seed * 1000 + rank + state.step)
    begin, before = time.monotonic(), state.seconds
    saved = begin
    smooth: dict[str, float] = {}
    while True:
        state.seconds = before + time.monotonic() - begin
        done = _agree(state.seconds / (plan.minutes * 60), rank)
        if done >= 1:
            break
        _set_rate(state, plan, done)
        batch = source.draw(plan.batch // world, plan.points)
        losses = train_step(state, batch, plan, done >= plan.fitted_from, generator)
        state.step += 1
        state.pictures += plan.batch // world * world
        for name, value in losses.items():
            smooth[name] = 0.98 * smooth.get(name, value) + 0.02 * value
        if state.step % 50 == 0:
            source.refresh()
            if rank == 0:
                log(_line(state, smooth, done, source.pictures))
        if rank == 0 and time.monotonic() - saved > 180:
            save(state, folder / "last.pt")
            saved = time.monotonic()
    if rank == 0:
        save(state, folder / "last.pt")
        record = {"plan": asdict(plan), "step": state.step, "pictures": state.pictures}
        record |= {"seconds": state.seconds, "processes": world, "loss": smooth}
        (folder / "run.json").write_text(json.dumps(record, indent=2))


def train_step(
    state: State, batch: Batch, plan: Plan, fit: bool, generator: torch.Generator
) -> dict[str, float]:
    """One forward, backward and optimizer step; returns the terms' values."""
    state.model.train()
    picture = augmented(picture_tensor(batch.rgba), generator)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        encoding = state.model.encode(picture.contiguous(memory_format=torch.channels_last))
    fitted = fitted_cameras(encoding, picture[:, 3:])
    matrix = _cameras(fitted.detach(), batch, plan.fitted_share if fit else 0.0, generator)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        distance, colour = state.model.field(encoding, matrix, batch.points)
    terms = field_losses(distance, colour, batch)
    terms["surface"] = surface_loss(encoding, batch)
    terms["reprojection"] = reprojection_loss(encoding, batch)
    terms["camera"] = camera_loss(fitted, batch)
    terms["category"] = nn.functional.cross_entropy(encoding.category, batch.category)
    weights = asdict(plan.weights)
    loss = sum((weights[name] * value for name, value in terms.items()), torch.zeros(()))
    state.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    _share_gradients(state.model)
    nn.utils.clip_grad_norm_(state.model.parameters(), 2.0)
    state.optimizer.step()
    _average(state, plan.average)
    return {name: float(value.detach()) for name, value in terms.items()}


def _cameras(fitted: Tensor, batch: Batch, share: float, generator: torch.Generator) -> Tensor:
    """True cameras; a random share is replaced by the ones that the engine would use."""
    finite = torch.isfinite(fitted).flatten(1).all(dim=1)
    use = (torch.rand(len(fitted), generator=generator) < share) & finite
    return torch.where(use[:, None, None], fitted, batch.matrix)


def _set_rate(state: State, plan: Plan, done: float) -> None:
    warm = min(1.0, (state.step + 1) / plan.warmup_steps)
    rate = plan.rate * warm * 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    for group in state.optimizer.param_groups:
        group["lr"] = rate


def _agree(done: float, rank: int) -> float:
    """The first process's clock decides for all."""
    if not dist.is_initialized():
        return done
    shared = torch.tensor([done if rank == 0 else 0.0], dtype=torch.float64)
    dist.broadcast(shared, 0)
    return float(shared)


def _share_gradients(model: nn.Module) -> None:
    if not dist.is_initialized():
        return
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


@torch.no_grad()
def _average(state: State, target: float) -> None:
    """Exponential moving average of the weights, faster at the start."""
    keep = min(target, (1 + state.step) / (10 + state.step))
    for mean, now in zip(state.averaged.parameters(), state.model.parameters(), strict=True):
        mean.lerp_(now, 1 - keep)
    for mean, now in zip(state.averaged.buffers(), state.model.buffers(), strict=True):
        mean.copy_(now)


def _line(state: State, smooth: dict[str, float], done: float, known: int) -> str:
    terms = " ".join(f"{name} {value:.4f}" for name, value in smooth.items())
    rate = state.pictures / max(state.seconds, 1e-9)
    return (
        f"step {state.step} pictures {state.pictures} ({known} known) "
        f"{100 * done:.0f} % {rate:.1f}/s {terms}"
    )


def seeded(plan: Plan, rank: int, step: int) -> np.random.Generator:
    """The generator a process draws its batches with."""
    return np.random.default_rng([plan.seed, rank, step])
