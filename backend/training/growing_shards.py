"""Shards that grow beside a training, where nobody brought any."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.errors import MaquetteError
from ...core.furniture.splits import seeds
from .processes import Group
from .store import open_shards, write_shard

#: Pictures a piece.
_VIEWS = 4
#: Shards in all; the train split has seeds for more.
_MOST = 50_000


@contextmanager
def growing(folder: Path | None, workers: int, group: Group, pieces: int = 8) -> Iterator[None]:
    """While inside, ray-cast furniture of the train split into ``folder``.

    The first process of the group has it done in ``workers`` others; all wait for a first shard.
    What is there is gone on from, so that the next run adds to it.

    Args:
        pieces: of each category in a shard. Smaller shards are there sooner, and many of them
            take many open files.

    Raises:
        MaquetteError: ``training-data-missing`` without a folder.
    """
    if workers < 1:
        yield
        return
    if folder is None:
        raise MaquetteError("training-data-missing", "The configuration names no folder of data.")
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    # Fresh interpreters: a fork of a process that holds a graphics card is of no use.
    context = multiprocessing.get_context("spawn")
    if group.first:
        made = [
            context.Process(target=_cast, args=(folder, number, workers, pieces), daemon=True)
            for number in range(workers)
        ]
    for process in made:
        process.start()
    try:
        while not open_shards(folder):
            if made and not any(process.is_alive() for process in made):
                raise MaquetteError("training-data-missing", "No shard could be made.")
            time.sleep(0.2)
        yield
    finally:
        for process in made:
            process.terminate()
        for process in made:
            process.join()


def _cast(folder: Path, number: int, workers: int, pieces: int) -> None:
    """Write every ``workers``-th shard that is not there, one after another."""
    os.environ["OMP_NUM_THREADS"] = "1"
    if hasattr(os, "nice"):
        os.nice(10)
    for shard in range(number, _MOST, workers):
        write_shard(folder, seeds("train", pieces, shard * pieces), _VIEWS)
