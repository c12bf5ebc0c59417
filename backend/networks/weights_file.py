"""The network's weights as a file: safetensors, float16, with their configuration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from .reconstructor import Config, Reconstructor


def store(model: Reconstructor, path: Path) -> None:
    """Write the weights in float16 with their configuration."""
    tensors = {
        name: (t.half() if t.is_floating_point() else t).contiguous()
        for name, t in model.state_dict().items()
    }
    save_file(tensors, path, {"config": json.dumps(model.config.to_json())})


def restore(path: Path) -> Reconstructor:
    """Read what :func:`store` wrote; float32, in evaluation mode."""
    config, weights = _read(path)
    model = Reconstructor(config)
    model.load_state_dict(weights)
    return model.eval().requires_grad_(False)


def restore_unfitted(path: Path) -> Reconstructor:
    """The same without what was fitted to the weights as they are, the level and the confidence."""
    return restore_for(path).eval().requires_grad_(False)


def restore_for(path: Path, wanted: Config | None = None) -> Reconstructor:
    """Read weights as the start of a network that looks at larger or smaller pictures.

    The position embedding is interpolated, as is usual for vision transformers (Dosovitskiy et
    al. 2021, section 3.2); all else is convolutional or does not know the picture's size. Where
    ``wanted`` is one-sided, so is the result, and what tells the side begins at chance if need be.
    What was fitted to the weights as they are, the level and the confidence, is left out.

    Args:
        wanted: None for the sizes that are stored.
    """
    known, stored = _read(path)
    wanted = wanted or known
    config = replace(
        known,
        picture=wanted.picture,
        one_sided=known.one_sided or wanted.one_sided,
        level=0.0,
        confident=False,
    )
    model = Reconstructor(config)
    begun = {n: t for n, t in model.state_dict().items() if n.startswith("side.")}
    kept = {n: t for n, t in stored.items() if not n.startswith("confidence.")}
    weights = begun | kept
    weights["encoder.position"] = _resized(weights["encoder.position"], wanted.picture // 16)
    model.load_state_dict(weights)
    return model


def _read(path: Path) -> tuple[Config, dict[str, Tensor]]:
    with safe_open(path, "pt") as file:
        config = Config.from_json(json.loads(file.metadata()["config"]))
    stored = load_file(path)
    return config, {n: t.float() if t.is_floating_point() else t for n, t in stored.items()}


def _resized(position: Tensor, edge: int) -> Tensor:
    """(1, N * N, C) -> (1, edge * edge, C)."""
    before = round(position.shape[1] ** 0.5)
    grid = position.view(1, before, before, -1).permute(0, 3, 1, 2)
    grown = F.interpolate(grid, (edge, edge), mode="bicubic", align_corners=False)
    return grown.permute(0, 2, 3, 1).reshape(1, edge * edge, -1)
