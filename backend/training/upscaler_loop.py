"""The upscaler's training steps, and their state, which a restart takes up exactly.

The crops of a step depend on the seed and the step's number alone, and the learning rate on the
step's share of all steps; so a run that was stopped and resumed ends at the same numbers, bit for
bit, as one that was not.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...core.errors import MaquetteError
from ..networks.esrgan import Compact
from ..networks.precision import faster_products
from .upscaler_beginning import begin_as_bicubic, hold_carried
from .upscaler_losses import Discriminator, Perception, deceiving_loss, judged_loss, nearness
from .upscaler_pairs import Crops, Pair, draw_crops


@dataclass(frozen=True)
class UpscalerPlan:
    """One training run.

    Attributes:
        steps: the learning rate falls to zero (cosine) by the last one.
        batch: crops a step.
        edge: of a crop, pixels of the low picture.
        width, convolutions: of the network.
        average: decay of the moving average of the weights, which is what is stored.
        adversarial: weight of the relativistic GAN; 0 trains without a discriminator.
        adversarial_from: share of the steps after which it begins.
        perceptual: weight of the perceptual loss, where its weights are given.
    """

    steps: int = 6000
    batch: int = 16
    edge: int = 40
    width: int = 64
    convolutions: int = 16
    rate: float = 1e-3
    warmup: int = 100
    average: float = 0.999
    adversarial: float = 0.0
    adversarial_from: float = 0.7
    perceptual: float = 0.0
    seed: int = 0


@dataclass
class UpscalerState:
    """What a run carries from step to step and over a restart."""

    model: Compact
    averaged: Compact
    optimizer: torch.optim.Optimizer
    judge: Discriminator | None
    judge_optimizer: torch.optim.Optimizer | None
    step: int = 0


def start(plan: UpscalerPlan, device: str = "cpu") -> UpscalerState:
    """Make a fresh state, the same for the same plan."""
    torch.manual_seed(plan.seed)
    model = Compact(plan.width, plan.convolutions)
    begin_as_bicubic(model)
    model = model.to(device, memory_format=torch.channels_last)
    averaged = copy.deepcopy(model).requires_grad_(False)
    judge = judge_optimizer = None
    if plan.adversarial:
        judge = Discriminator().to(device, memory_format=torch.channels_last)
        judge_optimizer = _adam(judge, plan.rate * 0.25)
    return UpscalerState(model, averaged, _adam(model, plan.rate), judge, judge_optimizer)


def _adam(module: nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(module.parameters(), lr=rate, betas=(0.9, 0.99))


def train_step(
    state: UpscalerState, pairs: Sequence[Pair], plan: UpscalerPlan, perception: Perception | None
) -> dict[str, float]:
    """Draw crops and make one step of the network and, in its time, of the discriminator.

    Returns:
        The values of the terms.
    """
    device = next(state.model.parameters()).device
    rng = np.random.default_rng([plan.seed, state.step])
    crops = draw_crops(pairs, rng, plan.batch, plan.edge, state.model.scale)
    low, high, weight = (_tensor(part, device) for part in _parts(crops))
    done = state.step / plan.steps
    rate = min(1.0, (state.step + 1) / plan.warmup) * 0.5 * (1 + math.cos(math.pi * done))
    with faster_products(device.type):
        made = state.model(low)
    made = made.float()
    terms = {"nearness": nearness(made, high, weight)}
    if perception is not None and plan.perceptual:
        with faster_products(device.type):
            terms["perceptual"] = plan.perceptual * perception(made, high).float()
    judge = state.judge if done >= plan.adversarial_from else None
    # What cannot be seen may be anything; the discriminator sees the truth there.
    shown = made * weight + high * (1 - weight)
    if judge is not None:
        judge.requires_grad_(False)
        with faster_products(device.type):
            logits = judge(high), judge(shown)
        terms["adversarial"] = plan.adversarial * deceiving_loss(*(x.float() for x in logits))
    _descend(state.model, state.optimizer, sum(terms.values()), plan.rate * rate)
    if judge is not None and state.judge_optimizer is not None:
        judge.requires_grad_(True)
        with faster_products(device.type):
            logits = judge(high), judge(shown.detach())
        terms["judged"] = judged_loss(*(x.float() for x in logits))
        _descend(judge, state.judge_optimizer, terms["judged"], plan.rate * 0.25 * rate)
    keep = min(plan.average, (1 + state.step) / (10 + state.step))
    with torch.no_grad():
        for mean, now in zip(state.averaged.parameters(), state.model.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)
    state.step += 1
    return {name: term.item() for name, term in terms.items()}


def _parts(crops: Crops) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return crops.low, crops.high, crops.weight


def _tensor(values: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(values).to(device, memory_format=torch.channels_last)


def _descend(module: nn.Module, optimizer: torch.optim.Optimizer, loss: Any, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if isinstance(module, Compact):
        hold_carried(module)
    nn.utils.clip_grad_norm_(module.parameters(), 1.0)
    optimizer.step()


def save(state: UpscalerState, plan: UpscalerPlan, path: Path) -> None:
    """Write the whole state; the file is replaced only when the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    data = {name: piece.state_dict() for name, piece in _pieces(state).items()}
    torch.save({**data, "step": state.step, "plan": asdict(plan)}, part)
    part.replace(path)


def resume(plan: UpscalerPlan, path: Path, device: str = "cpu") -> UpscalerState:
    """Read what :func:`save` wrote.

    Raises:
        MaquetteError: ``checkpoint-wrong`` when it is of a network or losses of another kind.
    """
    state = start(plan, device)
    data = torch.load(path, map_location=device, weights_only=True)
    try:
        for name, piece in _pieces(state).items():
            piece.load_state_dict(data[name])
    except (KeyError, RuntimeError, ValueError) as error:
        raise MaquetteError(
            "checkpoint-wrong",
            f"The training in “{path}” is of another plan; start anew in another folder.",
            detail=str(error),
        ) from error
    state.step = data["step"]
    return state


def _pieces(state: UpscalerState) -> dict[str, Any]:
    pieces = {
        "model": state.model,
        "averaged": state.averaged,
        "optimizer": state.optimizer,
        "judge": state.judge,
        "judge_optimizer": state.judge_optimizer,
    }
    return {name: piece for name, piece in pieces.items() if piece is not None}
