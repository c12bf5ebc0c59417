"""One step of training: gradients in parts, shared, judged, applied."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...core.errors import MaquetteError
from ..device import is_out_of_memory
from .journal import Journal
from .plan import Plan
from .processes import Group, share
from .seeding import Purpose, torch_generator
from .state import State, average
from .stopping import Stop
from .tasks import Moment, Task


@dataclass(frozen=True)
class Run:
    """All that one run needs."""

    plan: Plan
    task: Task
    group: Group
    folder: Path


def step(
    run: Run, state: State, batch: Any, stop: Stop | None = None, journal: Journal | None = None
) -> tuple[dict[str, Tensor], float, bool]:
    """One optimiser step on this process's share of a batch.

    Returns:
        the terms and their weighted sum ``loss``, means over all processes; the norm of the
        gradient, not finite when the step was left out; and whether a process wants to end.
    """
    plan, model = run.plan, state.model
    model.train()
    names = list(run.task.weights())
    while True:
        terms, fits = _backward(run, state, batch)
        wish = torch.tensor([float(stop is not None and stop.wanted), float(not fits)])
        shared = share(run.group, model, torch.cat([wish.to(run.group.device), terms]))
        ending, failed = (float(v) > 0 for v in shared[:2])
        if not failed:
            break
        state.optimizer.zero_grad(set_to_none=True)
        _use_less(run, state, len(batch), journal)
    for group in state.optimizer.param_groups:
        group["lr"] = plan.schedule.rate_at(state.step)
    norm = float(nn.utils.clip_grad_norm_(model.parameters(), plan.optimiser.clip, foreach=True))
    if math.isfinite(norm):
        state.optimizer.step()
        average(state, plan.optimiser.average)
    elif journal is not None:
        journal.event(state, "skipped", "The gradients were no numbers; the step was left out.")
    state.optimizer.zero_grad(set_to_none=True)
    state.step += 1
    state.samples += len(batch) * run.group.world
    return dict(zip([*names, "loss"], shared[2:].unbind(), strict=True)), norm, ending


def _backward(run: Run, state: State, batch: Any) -> tuple[Tensor, bool]:
    """Gradients of the batch, in parts; its terms (K,), and whether memory sufficed."""
    plan, device = run.plan, run.group.device
    weights = run.task.weights()
    totals = torch.zeros(len(weights) + 1, device=device)
    generator = torch_generator(plan.seed, Purpose.STEP, run.group.rank, state.step, device)
    done = state.step / max(1, plan.schedule.total)
    moment = Moment(done, generator, device, True, plan.machine.bf16)
    micro, size = state.micro or len(batch), len(batch)
    try:
        for start in range(0, size, micro):
            part = batch.part(start, min(start + micro, size)).to(device)
            share_of_it = len(part) / size
            terms, loss = weighted(run.task, state.model, part, moment)
            (loss * share_of_it).backward()
            totals += torch.stack([*terms, loss]).detach().float() * share_of_it
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        return torch.zeros_like(totals), False
    return totals, True


def weighted(
    task: Task, model: nn.Module, batch: Any, moment: Moment
) -> tuple[list[Tensor], Tensor]:
    """The terms of a batch in the order of their names, and their weighted sum."""
    found, zero = task.losses(model, batch, moment), torch.zeros((), device=moment.device)
    terms = [found.get(name, zero) for name in task.weights()]
    loss = sum((w * t for w, t in zip(task.weights().values(), terms, strict=True)), zero)
    return terms, loss


def _use_less(run: Run, state: State, size: int, journal: Journal | None) -> None:
    before = state.micro or size
    if before == 1:
        raise MaquetteError(
            "out-of-memory", "Memory does not suffice for a single sample. Use a smaller model."
        )
    state.micro = (before + 1) // 2
    if run.group.device.type == "cuda":
        torch.cuda.empty_cache()
    if journal is not None:
        message = (
            f"Memory did not suffice; now {state.micro} samples at a time instead of {before}."
        )
        journal.event(state, "memory", message, micro=state.micro)
