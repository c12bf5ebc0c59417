"""Run by torchrun: three real steps in each of two processes, one of them short of memory once."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import torch

from maquette.backend.training.config_file import read_table
from maquette.backend.training.configured import configured
from maquette.backend.training.loop import start, train
from maquette.backend.training.muon import orthogonal, orthogonals
from maquette.backend.training.processes import Group, join, leave, share
from maquette.backend.training.stepping import Run


class ShortOfMemory:
    """A task whose second process fails with more than one sample at a time."""

    def __init__(self, task: Any, fails: bool) -> None:
        self._task, self._fails = task, fails
        self.drawn = hashlib.sha256()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)

    def losses(self, model: Any, batch: Any, moment: Any) -> Any:
        if self._fails and len(batch) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        self.drawn.update(batch.points.numpy().tobytes())
        return self._task.losses(model, batch, moment)


def shared_numbers(group: Group) -> list[float]:
    """What comes of gradients, of one that a process lacks, and of a number beside them."""
    model = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Linear(2, 1))
    value = float(group.rank + 1)
    weight, bias, *untaught = model.parameters()
    weight.grad = torch.full_like(weight, value)
    if group.rank == 0:
        bias.grad = torch.full_like(bias, value)
    extra = share(group, model, torch.tensor([10 * value]))
    assert weight.grad is not None and bias.grad is not None
    assert all(p.grad is None for p in untaught)
    return [*weight.grad.flatten().tolist(), *bias.grad.tolist(), *extra.tolist()]


def orthogonals_alike() -> bool:
    """Whether matrices whose factors two processes made are those that one makes."""
    generator = torch.Generator().manual_seed(3)
    shapes = [(20, 30), (40, 17), (16, 16), (64, 64), (18, 90)]
    matrices = [torch.randn(shape, generator=generator) for shape in shapes]
    shared, alone = orthogonals(matrices), [orthogonal(m) for m in matrices]
    return all(torch.equal(a, b) for a, b in zip(shared, alone, strict=True))


def group_threads() -> int:
    """How many of this process's threads are a process group's; 0 where none can be listed."""
    names = [path.read_text("utf-8") for path in Path("/proc/self/task").glob("*/comm")]
    return sum("gloo" in name for name in names)


def main(config: str, out: str) -> None:
    torch.set_num_threads(1)
    plan, task = configured(read_table(Path(config), ["schedule.steps=3"]))
    group = join("cpu")
    short = ShortOfMemory(task, group.rank == 1)
    run = Run(plan, short, group, Path(out))
    state = start(run, resume=False)
    train(run, state)
    weights = hashlib.sha256()
    for p in state.model.parameters():
        weights.update(p.detach().numpy().tobytes())
    told = {
        "orthogonals": orthogonals_alike(),
        "shared": shared_numbers(group),
        "micro": state.micro,
        "samples": state.samples,
        "weights": weights.hexdigest(),
        "drawn": short.drawn.hexdigest(),
    }
    leave(group)
    told["threads"] = group_threads()
    (Path(out) / f"rank{group.rank}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
