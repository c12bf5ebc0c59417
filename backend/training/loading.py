"""Batches read ahead in other processes, so that no step waits for its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch.utils.data import DataLoader, Dataset

from .plan import Plan
from .processes import Group
from .seeding import Purpose, numpy_generator
from .tasks import Portion, Source


class _Steps(Dataset[Any]):
    """The batch of each step, by the step's number."""

    def __init__(self, source: Source, seed: int, group: Group, size: int) -> None:
        self._source, self._seed, self._size = source, seed, size
        self._rank, self._world = group.rank, group.world

    def __getitem__(self, step: int) -> Any:
        rng = numpy_generator(self._seed, Purpose.DATA, self._rank, step)
        return self._source.draw(Portion(step, self._rank, self._world, self._size), rng)


def batches(source: Source, plan: Plan, group: Group, step: int) -> Iterator[Any]:
    """This process's batches from ``step`` to the schedule's end."""
    workers = plan.machine.workers
    loader = DataLoader(
        _Steps(source, plan.seed, group, plan.schedule.batch // group.world),
        batch_size=None,
        sampler=range(step, plan.schedule.total),
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        pin_memory=group.device.type == "cuda",
    )
    return iter(loader)
