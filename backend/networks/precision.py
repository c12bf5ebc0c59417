"""Half precision where a device gains from it, without losing what thin parts hang on.

Matrices are stored and multiplied in bfloat16 or float16; what runs from block to block and the
norms stay in float32, which :meth:`.lrm.LargeReconstructor.encode` sees to. In plain bfloat16
throughout, the same weights' densities are off by twice as much. Small parts stay whole: the
layers at both ends of the decoder, whose rounded results moved the surface more than all that was
rounded between them, and the head, whose numbers are compared with a level.
"""

from __future__ import annotations

import time
from functools import lru_cache

import torch
from torch import Tensor, nn

from .lrm import LargeReconstructor

_MATRICES = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def half_of(device: str) -> torch.dtype | None:
    """The half precision that makes a device faster, or None."""
    if device.startswith("cuda"):
        # Cards before Ampere emulate bfloat16, which torch counts as support.
        real = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if real else torch.float16
    return torch.bfloat16 if _faster_in_bfloat16() else None


@lru_cache
def _faster_in_bfloat16() -> bool:
    """Whether this processor multiplies clearly faster in bfloat16 than in float32.

    It is tried, in some hundredths of a second, since having the instructions says little:
    AVX-512's take half of float32's time on some processors and twice as much on others. Without
    any, torch emulates them. One thread tries: several wait for each other on a busy machine, and
    a restart must come to the same answer.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        whole = torch.ones(256, 256)
        return _seconds(whole.bfloat16()) < 0.8 * _seconds(whole)
    finally:
        torch.set_num_threads(threads)


@torch.inference_mode()
def _seconds(matrix: Tensor) -> float:
    """The least that squaring a matrix took in many tries: what else runs must not count."""
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        matrix @ matrix
        best = min(best, time.perf_counter() - start)
    return best


def product_type(device: str) -> torch.dtype:
    """What matrices are multiplied in while training: bfloat16 where that is faster, or float32.

    Not float16, whose range gradients leave.
    """
    return torch.bfloat16 if half_of(device) is torch.bfloat16 else torch.float32


def faster_products(device: str) -> torch.autocast:
    """A context in which matrices are multiplied in :func:`product_type`."""
    kind = product_type(device)
    return torch.autocast(device, kind, enabled=kind is torch.bfloat16)


def halve(model: LargeReconstructor, dtype: torch.dtype) -> LargeReconstructor:
    """Store the matrices of encoder and decoder in half precision, in place: half the memory."""
    whole = {*model.head.modules(), *model.planes.ends()}
    for module in model.modules():
        if isinstance(module, _MATRICES):
            module.to(torch.float32 if module in whole else dtype)
    return model
