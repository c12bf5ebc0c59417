"""``maquette train``: train the embedded model on shards.

Several processes (one thread each) share the work when started by torchrun.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch
import torch.distributed as dist

from ..networks.reconstructor import Config
from .batches import Source
from .loop import Plan, save, seeded, start, train


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--data",
        action="append",
        required=True,
        metavar="FOLDER[=SHARE]",
        help="folder of shards and its share of the pictures; may be given several times",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--batch", type=int, default=32, help="pictures a step, all processes")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fitted-from", type=float, default=0.25)
    parser.add_argument("--resume", action="store_true", help="go on from OUT/last.pt")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    if "WORLD_SIZE" in os.environ:
        dist.init_process_group("gloo")
        torch.set_num_threads(1)
    rank = dist.get_rank() if dist.is_initialized() else 0
    plan = Plan(
        minutes=args.minutes,
        batch=args.batch,
        rate=args.rate,
        seed=args.seed,
        fitted_from=args.fitted_from,
    )
    checkpoint = args.out / "last.pt"
    state = start(Config(), plan, checkpoint if args.resume else None)
    folders = []
    for text in args.data:
        folder, _, share = text.partition("=")
        folders.append((Path(folder), float(share or 1)))
    source = Source(folders, seeded(plan, rank, state.step))

    def log(line: str) -> None:
        print(line, flush=True)

    try:
        train(state, source, plan, args.out, log)
    except KeyboardInterrupt:
        if rank == 0:
            save(state, checkpoint)
        return 130
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise SystemExit(run(parser.parse_args()))
