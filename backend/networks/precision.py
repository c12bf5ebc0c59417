"""Half precision where a device gains from it, without losing what thin parts hang on.

Matrices are stored and multiplied in bfloat16 or float16; what runs from block to block and the
norms stay in float32, which :meth:`.lrm.LargeReconstructor.encode` sees to. In plain bfloat16
throughout, the same weights' densities are off by twice as much. Small parts stay whole: the
layers at both ends of the decoder, whose rounded results moved the surface more than all that was
rounded between them, and the head, whose numbers are compared with a level.
"""

from __future__ import annotations

import torch
from torch import nn

from .lrm import LargeReconstructor

_MATRICES = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def half_of(device: str) -> torch.dtype | None:
    """The half precision that makes a device faster, or None."""
    if device.startswith("cuda"):
        # Cards before Ampere emulate bfloat16, which torch counts as support.
        real = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if real else torch.float16
    # Emulated, which torch does elsewhere, bfloat16 is slower than float32.
    able = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    there = any(getattr(torch.cpu, name, bool)() for name in able)
    return torch.bfloat16 if there else None


def product_type(device: str) -> torch.dtype:
    """What matrices are multiplied in while training: bfloat16 where that is faster, or float32.

    Not float16, whose range gradients leave.
    """
    return torch.bfloat16 if half_of(device) is torch.bfloat16 else torch.float32


def halve(model: LargeReconstructor, dtype: torch.dtype) -> LargeReconstructor:
    """Store the matrices of encoder and decoder in half precision, in place: half the memory."""
    whole = {*model.head.modules(), *model.planes.ends()}
    for module in model.modules():
        if isinstance(module, _MATRICES):
            module.to(torch.float32 if module in whole else dtype)
    return model
