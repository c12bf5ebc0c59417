"""``maquette synthesize``: ray-cast pictures of the furniture source, as training shards."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...core.furniture.splits import SPLITS, seeds
from ..training.store import write_shards
from ..training.views import RIG


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--split", choices=SPLITS, default="train")
    parser.add_argument("--count", type=int, required=True, help="pieces a category")
    parser.add_argument("--start", type=int, default=0, help="first seed of the split to use")
    parser.add_argument("--views", type=int, default=2, help="pictures a piece")
    parser.add_argument("--rig", default=RIG, help="camera rig whose ranges are drawn from")
    parser.add_argument("--shard", type=int, default=40, help="seeds a shard")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)


def run(args: argparse.Namespace) -> int:
    """Write the shards that are missing; returns the exit status."""
    chosen = seeds(args.split, args.count, args.start)
    shards = write_shards(args.out, chosen, args.views, args.shard, args.workers, args.rig)
    print(f"{len(shards)} shards in {args.out}")
    return 0
