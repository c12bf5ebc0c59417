"""Stored weights to a model in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from ...core.errors import Fix, MaquetteError
from ..networks.lrm import LargeReconstructor, ModelConfig
from ..networks.published import MODELS
from .catalogue import Release
from .folder import WeightsFolder
from .reading import check_keys, read_checkpoint
from .storing import ready


def load_model(
    folder: WeightsFolder, release: Release, device: str, dtype: torch.dtype = torch.float32
) -> LargeReconstructor:
    """Read a model's weights; on the CPU in float32 they stay mapped from the file.

    Raises:
        MaquetteError: the weights are missing or not what they should be.
    """
    return load_file(ready(folder, release), release, device, dtype)


def load_file(
    path: Path, release: Release, device: str, dtype: torch.dtype = torch.float32
) -> LargeReconstructor:
    """Read a model from one file; see :func:`load_model`."""
    read = read_checkpoint(path, release)
    config = configured(MODELS[release.name], read.arguments)
    check_keys(read.state, config, release.title, path)
    state = {key: tensor.to(device, dtype) for key, tensor in read.state.items()}
    with torch.device("meta"):
        model = LargeReconstructor(config)
    model.load_state_dict(state, strict=True, assign=True)
    return model.eval().requires_grad_(False)


def configured(config: ModelConfig, arguments: dict[str, int]) -> ModelConfig:
    """Take over from the file what no shape shows: heads and the picture's edge.

    Raises:
        MaquetteError: ``checkpoint-wrong`` when the file states heads that cannot be.
    """
    heads = arguments.get("transformer_heads", config.planes.block.heads)
    if heads < 1 or config.planes.block.width % heads:
        raise MaquetteError(
            "checkpoint-wrong", f"The file states {heads} heads, which cannot be.", Fix.NONE
        )
    block = replace(config.planes.block, heads=heads)
    picture = arguments.get("source_size", config.picture)
    return replace(config, planes=replace(config.planes, block=block), picture=picture)
