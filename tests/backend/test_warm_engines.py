"""Which engines stay in memory."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from maquette.backend.engines.registry import load_engine
from maquette.backend.engines.warm import WORKING_BYTES, WarmEngines
from maquette.core.errors import MaquetteError


class Memory:
    """So many bytes; every loaded engine takes some until nobody holds it."""

    def __init__(self, size: int, each: int) -> None:
        self.size, self.each, self.held = size, each, 0
        self.loads: list[str] = []
        self.refuse = 0

    def load(self, name: str, device: str) -> Any:
        self.loads.append(name)
        if self.refuse:
            self.refuse -= 1
            raise MemoryError
        return Held(self, name)

    def free(self, device: str) -> int:
        return self.size - self.held


class Held:
    """An engine as far as memory goes."""

    def __init__(self, memory: Memory, name: str) -> None:
        self.memory, self.name = memory, name
        memory.held += memory.each

    def __del__(self) -> None:
        self.memory.held -= self.memory.each


def test_an_engine_is_loaded_once() -> None:
    memory = Memory(10 * WORKING_BYTES, WORKING_BYTES)
    warm = WarmEngines("cpu", memory.load, memory.free)
    first, loaded = warm.get("a")
    again, loaded_again = warm.get("a")
    assert first is again and loaded and not loaded_again and memory.loads == ["a"]


def test_several_stay_while_there_is_room() -> None:
    memory = Memory(10 * WORKING_BYTES, WORKING_BYTES)
    warm = WarmEngines("cpu", memory.load, memory.free)
    for name in ("a", "b", "a", "b", "c", "a"):
        warm.get(name)
    assert memory.loads == ["a", "b", "c"] and warm.names() == ("b", "c", "a")


def test_the_longest_unused_goes_first() -> None:
    # Room for a job and two engines, but not for a job beside three.
    memory = Memory(3 * WORKING_BYTES - 1, WORKING_BYTES)
    warm = WarmEngines("cpu", memory.load, memory.free)
    for name in ("a", "b", "a"):
        warm.get(name)
    assert warm.names() == ("b", "a")
    warm.get("c")
    assert warm.names() == ("a", "c") and memory.held == 2 * WORKING_BYTES


def test_when_memory_runs_out_all_others_go_and_it_is_tried_again() -> None:
    memory = Memory(10 * WORKING_BYTES, WORKING_BYTES)
    warm = WarmEngines("cpu", memory.load, memory.free)
    warm.get("a")
    memory.refuse = 1
    engine, _ = warm.get("b")
    assert engine.name == "b" and warm.names() == ("b",) and memory.loads == ["a", "b", "b"]
    memory.refuse = 2
    with pytest.raises(MemoryError):
        warm.get("c")
    assert warm.names() == ()


def test_an_engine_that_does_not_fit_on_the_card_is_loaded_on_the_processor() -> None:
    devices = []

    def load(name: str, device: str) -> Any:
        devices.append(device)
        if device != "cpu" and name == "large":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return name

    # No card is touched: nothing is kept that would have to be cleared off it.
    warm = WarmEngines("cuda:0", load, lambda device: 10 * WORKING_BYTES)
    assert warm.get("large") == ("large", True)
    assert devices == ["cuda:0", "cpu"] and "processor did the work" in warm.note("large")
    assert warm.get("large") == ("large", False) and "processor" in warm.note("large")
    assert warm.get("small") == ("small", True) and warm.note("small") == ""


def test_what_cannot_be_loaded_costs_nobody_its_place() -> None:
    warm = WarmEngines("cpu", load_engine, lambda device: 10 * WORKING_BYTES)
    warm.get("silhouette-box")
    with pytest.raises(MaquetteError):
        warm.get("no such engine")
    assert warm.names() == ("silhouette-box",)
