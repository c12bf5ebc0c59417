"""Engines that stay loaded between jobs for as long as there is memory for them."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable

from ..device import free_memory_bytes, is_out_of_memory
from .base import Engine
from .registry import load_engine
from .steps_back import TO_PROCESSOR

#: Memory that a job takes beside its model: planes, a grid, what the transformers hold meanwhile.
WORKING_BYTES = 2_000_000_000
_log = logging.getLogger(__name__)


class WarmEngines:
    """The engines in memory, the longest unused first.

    Args:
        load: makes an engine ready for a device.
        free: bytes that are free on a device.
    """

    def __init__(
        self,
        device: str,
        load: Callable[[str, str], Engine] = load_engine,
        free: Callable[[str], int] = free_memory_bytes,
    ) -> None:
        self._device, self._load, self._free = device, load, free
        self._kept: dict[str, Engine] = {}
        self._elsewhere: set[str] = set()

    def names(self) -> tuple[str, ...]:
        """What is loaded, the longest unused first."""
        return tuple(self._kept)

    def get(self, name: str) -> tuple[Engine, bool]:
        """Return the engine and whether it had to be loaded.

        Before an engine is loaded, others are given up, the longest unused first, until its
        weights and a job fit; when memory runs out nevertheless, all others are, and it is
        tried once more, at last on the processor.

        Raises:
            MaquetteError: as :func:`.registry.load_engine`.
            MemoryError: or what torch raises when it is lacking: the processor's did not suffice.
        """
        engine = self._kept.pop(name, None)
        loaded = engine is None
        if engine is None:
            self._make_room(name)
            engine = self._loaded(name)
        self._kept[name] = engine
        return engine, loaded

    def note(self, name: str) -> str:
        """A sentence for the person whose engine is not where it should be; "" for others."""
        return TO_PROCESSOR if name in self._elsewhere else ""

    def _loaded(self, name: str) -> Engine:
        self._elsewhere.discard(name)
        try:
            return self._load(name, self._device)
        except Exception as error:
            alone, processor = not self._kept, self._device == "cpu"
            if not is_out_of_memory(error) or (alone and processor):
                raise
        self._give_up(len(self._kept))
        if not alone:
            try:
                return self._load(name, self._device)
            except Exception as error:
                if not is_out_of_memory(error) or processor:
                    raise
        _log.warning("engine %s does not fit on %s", name, self._device)
        engine = self._load(name, "cpu")
        self._elsewhere.add(name)
        return engine

    def _make_room(self, name: str) -> None:
        wanted = _weights_bytes(name) + WORKING_BYTES
        while self._kept and self._free(self._device) < wanted:
            self._give_up(1)

    def _give_up(self, count: int) -> None:
        for name in list(self._kept)[:count]:
            _log.info("engine %s is given up to make room", name)
            del self._kept[name]
        gc.collect()
        if self._device != "cpu":
            import torch

            torch.cuda.empty_cache()


def _weights_bytes(name: str) -> int:
    """The size of an engine's weights, as far as its description tells."""
    from .registry import entries

    try:
        return int(entries()[name].engine_class().info().size_bytes)
    except Exception:  # loading it will say what is wrong
        return 0
