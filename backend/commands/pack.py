"""``maquette pack``: Cycles renders of the furniture source, as training shards."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..training.renders import pack_renders


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("renders", type=Path, help="folder CATEGORY/SEED/views.json")
    parser.add_argument("--shard", type=int, default=100, help="pieces a shard")
    parser.add_argument("--out", type=Path, required=True)


def run(args: argparse.Namespace) -> int:
    """Pack what is complete; returns the exit status."""
    shards = pack_renders(args.renders, args.out, args.shard)
    print(f"{len(shards)} shards in {args.out}")
    return 0
