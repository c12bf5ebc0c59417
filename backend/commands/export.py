"""``maquette export``: the averaged weights of a training checkpoint, in float16."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("weights", type=Path, help="safetensors file to write")


def run(args: argparse.Namespace) -> int:
    """Write the weights; returns the exit status."""
    from ..networks.reconstructor import Config, Reconstructor
    from ..networks.weights_file import store

    data = torch.load(args.checkpoint, weights_only=True)
    model = Reconstructor(Config())
    model.load_state_dict(data["averaged"])
    store(model, args.weights)
    size = args.weights.stat().st_size
    print(f"{args.weights}: {size / 1e6:.1f} MB after {data['pictures']} pictures")
    return 0
