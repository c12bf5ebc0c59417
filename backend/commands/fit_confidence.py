"""``maquette fit-confidence``: what trained weights say of their own trustworthiness."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("weights", type=Path, help="safetensors file of the embedded model")
    parser.add_argument("--count", type=int, default=60, help="pieces a category to fit on")
    parser.add_argument("--out", type=Path, help="file to write (default: the same)")


def run(args: argparse.Namespace) -> int:
    """Fit on ray-cast pictures of the validation split; returns the exit status."""
    from ..networks.weights_file import restore_unfitted, store
    from ..training.confidence import fit_confidence

    model, fit = fit_confidence(restore_unfitted(args.weights), args.count, print)
    store(model, args.out or args.weights)
    print(
        f"Surface at {fit.level:.3f} of the cube, which changes the mean IoU by {fit.gain:+.3f} to "
        f"{fit.iou:.3f}; "
        f"furniture is trusted more than something else in {fit.separation:.1%} of the pairs; "
        f"the confidence is {fit.expected:.3f} in the mean and off by {fit.error:.3f}."
    )
    return 0
