"""Who renders what: shards of the assets, and shares of the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ..errors import MaquetteError

#: Cycles leaves cores idle while an asset is read and synced, which one thread does.
CORES_PER_WORKER = 4

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """Part ``index`` of ``count``, from 1: every ``count``-th asset. All shards are everything."""

    index: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read e.g. ``"2/4"``; raises ValueError."""
        index, _, count = text.partition("/")
        shard = cls(int(index), int(count))
        if not 1 <= shard.index <= shard.count:
            raise ValueError(f"{text} is not a part of a whole, such as 1/4")
        return shard

    def of(self, items: Sequence[T]) -> list[T]:
        """Return this shard's items."""
        return list(items[self.index - 1 :: self.count])

    @property
    def name(self) -> str:
        """A file's name, different for every shard."""
        return f"{self.index}-of-{self.count}"


@dataclass(frozen=True)
class Device:
    """What a worker renders on.

    Attributes:
        kind: ``CPU`` or a kind of graphics card that Cycles knows, e.g. ``OPTIX``.
        index: number of the card among those of its kind.
        threads: processor threads.
    """

    kind: str = "CPU"
    index: int = 0
    threads: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {"kind": self.kind, "index": self.index, "threads": self.threads}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Device:
        """Read what :meth:`to_json` wrote."""
        return cls(str(data["kind"]), int(data["index"]), int(data["threads"]))


def share_out(
    wanted: str, workers: int | None, cards: Mapping[str, int], cores: int
) -> tuple[Device, ...]:
    """Return what each worker renders on.

    Args:
        wanted: ``"auto"`` takes graphics cards where there are some, the fastest kind of them;
            ``"cpu"``, or a kind such as ``"optix"``.
        workers: how many; None has one per card, or one per :data:`CORES_PER_WORKER` cores.
            More workers than cards share them.
        cards: number of cards by kind, the fastest kind first.
        cores: of the processor.

    Raises:
        MaquetteError: ``device-missing``.
    """
    kind = wanted.upper()
    if kind == "AUTO":
        kind = next((name for name, count in cards.items() if count), "CPU")
    if kind == "CPU":
        count = workers or max(1, cores // CORES_PER_WORKER)
        return tuple(Device("CPU", 0, max(1, cores // count)) for _ in range(count))
    here = cards.get(kind, 0)
    if not here:
        known = ", ".join(name.lower() for name, count in cards.items() if count)
        raise MaquetteError(
            "device-missing",
            f"This machine has no device of the kind “{wanted}” that Blender can use; it has "
            f"{', '.join(filter(None, ('cpu', known)))}.",
        )
    count = workers or here
    return tuple(Device(kind, n % here, max(1, cores // count)) for n in range(count))


def usable_cores() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
