"""Networks by torch's compiler, where a person asks for it: the first mesh waits, the rest gain.

Off by default. The blocks of a transformer are equal but for their numbers, so that one of each
kind is compiled and serves all. What torch has compiled it keeps on the disk, in the folder that
``TORCHINDUCTOR_CACHE_DIR`` names, and takes from there when the service starts again. It needs a
C++ compiler for the processor, and Triton for a graphics card.
"""

from __future__ import annotations

import torch
from torch import nn

from .lrm import LargeReconstructor

#: Versions of one function that are kept: kinds of models, sizes of pictures, precisions.
_VERSIONS = 64


def compile_blocks(model: LargeReconstructor) -> None:
    """Have every block compiled when it is first run, in place; names and numbers stay."""
    from torch._dynamo import config as tracing
    from torch._inductor import config as building

    tracing.recompile_limit = max(tracing.recompile_limit, _VERSIONS)
    # A pool of compiling processes, each with torch in memory, is too much for a few functions.
    building.compile_threads = 1
    for block in (*model.encoder.blocks, *model.planes.blocks):
        # A second size of pictures makes a version for all sizes.
        block.forward = torch.compile(block.forward)


def is_compiled(model: LargeReconstructor) -> bool:
    """Whether its blocks are to be compiled."""
    return _forward_of_its_own(model.planes.blocks[0])


def leave_as_written(model: LargeReconstructor) -> None:
    """Undo :func:`compile_blocks`."""
    for block in (*model.encoder.blocks, *model.planes.blocks):
        if _forward_of_its_own(block):
            del block.forward


def _forward_of_its_own(block: nn.Module) -> bool:
    return "forward" in block.__dict__
