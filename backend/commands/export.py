"""``maquette export``: the averaged weights of a training checkpoint, in float16."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from ..networks.reconstructor import Reconstructor

_BATCHES, _BATCH = 60, 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("weights", type=Path, help="safetensors file to write")
    parser.add_argument(
        "--data",
        type=Path,
        action="append",
        required=True,
        help="folder of shards from which the batch norms' statistics are taken anew",
    )


def run(args: argparse.Namespace) -> int:
    """Write the weights; returns the exit status."""
    from ..networks.reconstructor import Config, Reconstructor
    from ..networks.weights_file import store
    from ..training.saving import read_checkpoint

    data = read_checkpoint(args.checkpoint)
    model = Reconstructor(Config.from_json(data["sizes"]))
    model.load_state_dict(data["averaged"])
    _recalibrate(model, args.data)
    store(model, args.weights)
    size = args.weights.stat().st_size
    print(f"{args.weights}: {size / 1e6:.1f} MB after {data['samples']} pictures")
    return 0


@torch.no_grad()
def _recalibrate(model: Reconstructor, folders: list[Path]) -> None:
    """Measure the batch norms' means and variances under the averaged weights.

    Those in the checkpoint belong to the last steps' weights (Izmailov et al. 2018, section 3).
    """
    from ..networks.reconstructor import picture_tensor
    from ..training.batches import Folder, ShardSource
    from ..training.tasks import Portion

    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # a plain mean over all batches
    one_sided = model.config.one_sided
    source = ShardSource([Folder(folder) for folder in folders], points=1, one_sided=one_sided)
    rng = np.random.default_rng(0)
    model.train()
    for _ in range(_BATCHES):
        batch = source.draw(Portion(0, 0, 1, _BATCH), rng)
        picture = picture_tensor(batch.rgba)
        encoding = model.encode(picture.contiguous(memory_format=torch.channels_last))
        model.planes(encoding, batch.matrix)
    model.eval()
