"""``maquette pack``: a dataset of the furniture source, as training shards."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ...core.errors import MaquetteError
from ..training.renders import pack_renders


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "dataset", type=Path, help="made by maquette render furniture:..., complete or not yet"
    )
    parser.add_argument("--shard", type=int, default=20, help="seeds a shard (%(default)s)")
    parser.add_argument(
        "--every",
        type=float,
        metavar="S",
        help="look again after S seconds, until everything planned is packed",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")


def run(args: argparse.Namespace) -> int:
    """Pack what is complete; returns the exit status.

    Raises:
        MaquetteError: see :func:`.renders.pack_renders`.
    """
    while True:
        try:
            shards, waiting = pack_renders(args.dataset, args.out, args.shard)
        except MaquetteError as error:
            # A render that has only just been started has no plan yet.
            if args.every is None or error.problem.code != "dataset-missing":
                raise
            shards, waiting = [], 1
        print(f"{len(shards)} shards in {args.out}, {waiting} wait for renders", flush=True)
        if args.every is None or not waiting:
            return 0
        time.sleep(args.every)
