"""Several processes that train one model, started by torchrun or accelerate."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn


@dataclass(frozen=True)
class Group:
    """This process among its like."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process writes files."""
        return self.rank == 0


def join(device: str = "auto") -> Group:
    """Join the processes that the environment names, each on a graphics card where there are.

    Args:
        device: ``auto``, or a torch device.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    cuda = device != "cpu" and torch.cuda.is_available()
    if device == "auto":
        chosen = torch.device("cuda", local % torch.cuda.device_count()) if cuda else "cpu"
    else:
        chosen = torch.device(device)
    chosen = torch.device(chosen)
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if world > 1 and not dist.is_initialized():
        # Its functions take the group of the moment when they are defined as a default, so that
        # a later import, which any optimizer causes, would keep the group's threads beyond
        # leave(); a thread that lets go of a tensor while Python ends aborts the process.
        importlib.import_module("torch.distributed.nn")
        dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    return Group(dist.get_rank() if world > 1 else 0, world, chosen)


def leave(group: Group) -> None:
    """End the connection to the others."""
    if group.world > 1:
        dist.destroy_process_group()


def align(group: Group, model: nn.Module) -> None:
    """Give every process the first one's weights."""
    if group.world > 1:
        for tensor in (*model.parameters(), *model.buffers()):
            dist.broadcast(tensor.data, 0)


def share(group: Group, model: nn.Module, extra: Tensor) -> Tensor:
    """Average the gradients, and the numbers ``extra`` (K,) float32, over all processes.

    One message carries all. torch's DistributedDataParallel sends gradients while others are
    still computed, so a process that runs out of memory half-way would leave the rest waiting;
    here everybody comes to this point and tells in ``extra`` how it went.
    """
    if group.world == 1:
        return extra
    parameters = [p for p in model.parameters() if p.requires_grad]
    there = extra.new_tensor([p.grad is not None for p in parameters])
    for p in parameters:
        if p.grad is None:
            p.grad = torch.zeros_like(p)
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([*(g.flatten() for g in gradients), there, extra])
    dist.all_reduce(flat)
    flat /= group.world
    sizes = [*(g.numel() for g in gradients), there.numel(), extra.numel()]
    *parts, there, extra = flat.split(sizes)
    torch._foreach_copy_(gradients, [p.view_as(g) for p, g in zip(parts, gradients, strict=True)])
    for p, known in zip(parameters, there.tolist(), strict=True):
        if known == 0:  # a gradient of zeros would let the optimizer shrink what nobody taught
            p.grad = None
    return extra
