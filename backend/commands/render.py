"""``maquette render SOURCE... --out DIR``: assets to training views, with Blender in workers."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ...core.batch.arguments import add_afterwards
from ...core.batch.arguments import add_arguments as add_batch_arguments
from ...core.batch.blender import find_blender
from ...core.batch.run import render
from ..rendering.sources import helpers

if TYPE_CHECKING:
    from ..imaging.upscaler_loading import LoadedUpscaler


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments: those of a batch, and what is done with it afterwards."""
    add_batch_arguments(parser)
    add_afterwards(parser)


def run(args: argparse.Namespace) -> int:
    """Render; returns 0 when everything is there or in quarantine.

    Raises:
        MaquetteError: it cannot be done, or stopped on the way.
    """
    # First, so that a network that cannot be had is told before a night of rendering.
    loaded = _network(args) if args.upscale and not args.estimate else None
    cluster = None
    if args.ray:
        from ..rendering.ray_cluster import connect

        cluster = connect(args.ray, args.device)
    status = render(args, find_blender, helpers(), cluster=cluster)
    if status == 0 and loaded is not None:
        from ..enlarged_dataset import enlarge_dataset

        out = args.out.with_name(f"{args.out.name}-x{args.upscale}")
        made = enlarge_dataset(args.out, out, loaded, args.upscale)
        print(f"{out}: {made.views} views of {made.assets} assets, enlarged {args.upscale} times")
    return status


def _network(args: argparse.Namespace) -> LoadedUpscaler:
    from .upscale import network

    device = "cpu" if args.device == "cpu" else "auto"  # a renderer's devices have other names
    wanted = {"model": args.upscale_model, "weights": None, "denoise": 1.0, "precision": "auto"}
    return network(argparse.Namespace(device=device, **wanted))
