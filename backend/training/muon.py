"""Muon: steps along the orthogonal matrix that is nearest to the averaged gradient.

Jordan et al. 2024 (Muon: an optimizer for hidden layers), with the size of the steps of Liu et al.
2025 (Muon is scalable for LLM training, section 2.2), so that AdamW's rates hold. torch's own Muon
takes matrices alone; here kernels of convolutions are matrices too, of outputs by all else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..networks.precision import product_type

_MOMENTUM, _STEPS = 0.95, 5
#: Coefficients of the odd polynomial that takes singular values close to 1, from the former source.
_A, _B, _C = 3.4445, -4.7750, 2.0315
#: Root mean square of AdamW's steps, of the latter.
_SIZE = 0.2
#: Matrices with an edge below this, heads among them, have too few directions to balance.
_NARROW = 16


class Muon(torch.optim.AdamW):
    """Muon for the groups that say ``orthogonal``, AdamW for the others."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """See :class:`torch.optim.Optimizer`; gradients that have been used are dropped."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        groups = [g for g in self.param_groups if g.get("orthogonal", False)]
        taught = [(g, p) for g in groups for p in g["params"] if p.grad is not None]
        ways = [self._averaged(p).reshape(len(p), -1) for _, p in taught]
        for (group, p), way in zip(taught, orthogonals(ways), strict=True):
            size = _SIZE * max(way.shape) ** 0.5
            p.mul_(1 - group["lr"] * group["weight_decay"])
            p.add_(way.view(p.shape), alpha=-group["lr"] * size)
            p.grad = None  # AdamW leaves alone what has none
        super().step()
        return loss

    def _averaged(self, p: Tensor) -> Tensor:
        """The gradient with Nesterov's momentum."""
        assert p.grad is not None
        state = self.state[p]
        if not state:
            # AdamW asks every state that is read back for its step.
            state["step"] = torch.zeros((), dtype=torch.float32)
            state["momentum"] = torch.zeros_like(p)
        state["momentum"].lerp_(p.grad, 1 - _MOMENTUM)
        return p.grad.lerp(state["momentum"], _MOMENTUM)


def orthogonals(matrices: Sequence[Tensor]) -> list[Tensor]:
    """:func:`orthogonal` of each matrix (M, N).

    The processes of a run hold the same matrices. Each takes its share of them, and all send what
    they made: on a processor that costs less than to make everything everywhere.
    """
    if not matrices or not (dist.is_available() and dist.is_initialized()):
        return [orthogonal(m) for m in matrices]
    rank, world = dist.get_rank(), dist.get_world_size()
    owners = _shared_out([m.numel() * min(m.shape) for m in matrices], world)
    made = [
        orthogonal(m) if owner == rank else torch.zeros_like(m)
        for m, owner in zip(matrices, owners, strict=True)
    ]
    flat = torch.cat([m.flatten() for m in made])
    dist.all_reduce(flat)
    parts = flat.split([m.numel() for m in matrices])
    return [part.view_as(m) for part, m in zip(parts, matrices, strict=True)]


def _shared_out(work: Sequence[int], world: int) -> list[int]:
    """Whose each piece of work is: the largest first, to whoever has least."""
    owners, loads = [0] * len(work), [0] * world
    for i in sorted(range(len(work)), key=lambda i: -work[i]):
        owners[i] = loads.index(min(loads))
        loads[owners[i]] += work[i]
    return owners


def orthogonal(matrix: Tensor) -> Tensor:
    """The orthogonal factor of a matrix (M, N), roughly: singular values end within 0.6 to 1.3.

    By Newton-Schulz steps, in bfloat16 where that is faster. Directions that hardly have a share
    stay small.
    """
    x = matrix.to(product_type(matrix.device.type))
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    x = x / (x.norm() + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.T
        x = _A * x + (_B * square + _C * square @ square) @ x
    return (x.T if tall else x).to(matrix.dtype)


def groups_of(model: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Trainable parameters: matrices of layers for Muon, other tensors with decay, and vectors."""
    layers = {
        id(layer.weight)
        for layer in model.modules()
        if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d)
        and min(len(layer.weight), layer.weight[0].numel()) >= _NARROW
    }
    found = [p for p in model.parameters() if p.requires_grad]
    return [
        {
            "params": [p for p in found if id(p) in layers],
            "weight_decay": decay,
            "orthogonal": True,
        },
        {
            "params": [p for p in found if id(p) not in layers and p.ndim > 1],
            "weight_decay": decay,
        },
        {"params": [p for p in found if p.ndim <= 1], "weight_decay": 0.0},
    ]
