"""Batches as dataclasses of tensors whose first axis counts the samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Self

import torch
from torch import Tensor


class TensorBatch:
    """What such dataclasses can do."""

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def part(self, begin: int, end: int) -> Self:
        """Samples from ``begin`` to before ``end``."""
        return self._each(lambda t: t[begin:end])

    def to(self, device: torch.device) -> Self:
        """Return it on a device."""
        return self._each(lambda t: t.to(device, non_blocking=True))

    def pin_memory(self) -> Self:
        """Return it where a graphics card can fetch it; called by torch's loader."""
        return self._each(Tensor.pin_memory)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Self:
        names = [f.name for f in fields(self)]  # type: ignore[arg-type]
        return type(self)(**{name: change(getattr(self, name)) for name in names})
