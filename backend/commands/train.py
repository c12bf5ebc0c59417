"""``maquette train``: train a model as a configuration says, alone or under torchrun."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..training.stepping import Run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "config", help="a TOML file, or the name of one that comes with the package"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for all that is written")
    parser.add_argument(
        "--resume", action="store_true", help="go on from OUT's checkpoint where there is one"
    )
    parser.add_argument("--minutes", type=float, help="end after so long; --resume goes on")
    parser.add_argument(
        "--data",
        action="append",
        metavar="FOLDER[=SHARE]",
        help="a folder of data and its share, in place of the configuration's; may be repeated",
    )
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda; auto by default")
    parser.add_argument(
        "--pieces",
        type=float,
        metavar="MB",
        help="write checkpoints in pieces of at most so many megabytes, in half precision",
    )
    parser.add_argument(
        "--synthesize",
        type=int,
        default=0,
        metavar="WORKERS",
        help="meanwhile ray-cast furniture into the first folder of data, in so many processes",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        help="change a value of the configuration; may be repeated",
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    from ..training.config_file import find_config, read_table
    from ..training.configured import configured
    from ..training.growing_shards import growing
    from ..training.processes import join, leave
    from ..training.stepping import Run

    table = read_table(find_config(args.config), args.set)
    _override(table, args)
    plan, task = configured(table)
    group = join(args.device)
    try:
        with growing(_first_folder(table), args.synthesize, group):
            _train(Run(plan, task, group, args.out), args)
    finally:
        leave(group)
    return 0


def _train(run: Run, args: argparse.Namespace) -> None:
    from ..training.loop import LAST, start, train
    from ..training.saving import checkpoint_exists

    plan, group = run.plan, run.group
    state = start(run, args.resume and checkpoint_exists(args.out / LAST))
    if group.first:
        count = sum(p.numel() for p in state.model.parameters() if p.requires_grad)
        print(
            f"{plan.task}: {count / 1e6:.2f} million parameters, step {state.step} of "
            f"{plan.schedule.total}, {group.world} processes on {group.device.type}",
            flush=True,
        )
    train(run, state, args.minutes)


def _first_folder(table: dict[str, Any]) -> Path | None:
    folders = table.get("data", {}).get("folders") or []
    return Path(folders[0]["path"]) if folders and isinstance(folders[0], dict) else None


def _override(table: dict[str, Any], args: argparse.Namespace) -> None:
    if args.data:
        folders = []
        for text in args.data:
            path, _, share = text.partition("=")
            folders.append({"path": path, "share": float(share or 1)})
        table.setdefault("data", {})["folders"] = folders
    if args.pieces is not None:
        table.setdefault("record", {}).update(piece_mb=args.pieces, compact=True)
