"""The network's weights as a file: safetensors, float16, with their configuration."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import load_file, save_file

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
    with safe_open(path, "pt") as file:
        config = Config.from_json(json.loads(file.metadata()["config"]))
    model = Reconstructor(config)
    model.load_state_dict(
        {n: t.float() if t.is_floating_point() else t for n, t in load_file(path).items()}
    )
    return model.eval().requires_grad_(False)
