"""``maquette dataset``: check, describe and convert rendered datasets."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from ...core.dataset.export import LIMIT_PX, export_dataset
from ...core.dataset.layout import quarantined
from ...core.dataset.reading import open_dataset
from ...core.dataset.verify import verify_dataset
from ...core.dataset.writers.registry import load_writer, writer_names
from ...core.errors import MaquetteError
from .upscale import add_network_arguments, network


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    text = "read everything back and say what is wrong"
    verbs.add_parser("verify", help=text).add_argument("folder", type=Path)
    text = "say what is in it and how it was made"
    verbs.add_parser("info", help=text).add_argument("folder", type=Path)
    verbs.add_parser("formats", help="list the formats that can be written")
    export = verbs.add_parser("export", help="write it in another format")
    export.add_argument("folder", type=Path)
    export.add_argument("--format", required=True, help="see `maquette dataset formats`")
    export.add_argument("--out", type=Path, required=True, help="a new folder")
    export.add_argument(
        "--resolution", metavar="W[xH]", help="smaller pictures, intrinsics scaled along"
    )
    export.add_argument(
        "--parts",
        action="store_true",
        help="label every object of an asset (else objects with a category, or the asset as one)",
    )
    text = "enlarge the colour of all pictures into a dataset of its own"
    upscale = verbs.add_parser("upscale", help=text)
    upscale.add_argument("folder", type=Path)
    upscale.add_argument("--out", type=Path, required=True, help="folder of the new dataset")
    add_network_arguments(upscale)


def run(args: argparse.Namespace) -> int:
    """Do what the verb says; returns the exit status, 1 when ``verify`` finds faults."""
    verbs = {
        "verify": _verify,
        "info": _info,
        "formats": _formats,
        "export": _export,
        "upscale": _upscale,
    }
    return verbs[args.verb](args)


def _verify(args: argparse.Namespace) -> int:
    def progress(done: int, of: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{of} assets", end="\r", file=sys.stderr)

    report = verify_dataset(args.folder, progress)
    print("\n".join(report.lines()))
    return 0 if report.sound else 1


def _info(args: argparse.Namespace) -> int:
    dataset = open_dataset(args.folder)
    recipe = dataset.plan.recipe
    reasons = quarantined(args.folder)
    about = [(asset.views, asset.record.category or "none") for asset in dataset.assets]
    lines = [
        dataset.plan.name,
        f"assets:     {len(dataset.ids)} of {len(dataset.plan.assets)} planned, "
        f"{len(reasons)} in quarantine",
        f"views:      {sum(views for views, _ in about)}",
        f"pictures:   {recipe.width} x {recipe.height}, {', '.join(recipe.passes)}",
        f"rigs:       {recipe.cameras}, {recipe.lights}, {recipe.quality}, {recipe.engine}",
        f"versions:   Maquette {recipe.maquette or 'unknown'}, "
        f"Blender {recipe.blender or 'unknown'}",
        f"categories: {_counted(category for _, category in about)}",
        f"splits:     {', '.join(f'{n} {len(ids)}' for n, ids in dataset.splits.items())}",
        f"recipe:     {recipe.digest()}",
    ]
    print("\n".join(lines))
    return 0


def _formats(_: argparse.Namespace) -> int:
    for name in writer_names():
        try:
            print(f"{name:12} {load_writer(name).title}")
        except MaquetteError as error:
            print(f"{name:12} {error.problem.message} {error.problem.detail}")
    return 0


def _export(args: argparse.Namespace) -> int:
    size = None if args.resolution is None else _resolution(args.resolution)
    done = export_dataset(args.folder, args.format, args.out, size, parts=args.parts)
    print(f"{args.out}: {done.assets} assets, {done.files} files, {done.bytes / 1e6:.1f} MB")
    if done.round_trip_px is not None:
        print(
            f"cameras read back: known points within {done.round_trip_px:.1e} px "
            f"(limit {LIMIT_PX:.0e})"
        )
    return 0


def _upscale(args: argparse.Namespace) -> int:
    loaded = network(args)
    from ..enlarged_dataset import enlarge_dataset

    def progress(done: int, of: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{of} assets", end="\r", file=sys.stderr)

    made = enlarge_dataset(args.folder, args.out, loaded, args.scale, progress)
    print(f"{args.out}: {made.assets} assets, {made.views} views, {made.kept} were there already")
    if made.left_out:
        print(f"left out, to be rendered at this size: {', '.join(made.left_out)}")
    return 0


def _resolution(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})(?:x(\d{1,5}))?", text)
    if not found or not int(found[1]) or found[2] == "0":
        raise MaquetteError(
            "resolution-invalid", f"“{text[:32]}” is no size; write 256 or 640x480."
        )
    return int(found[1]), int(found[2] or found[1])


def _counted(words: Iterable[str]) -> str:
    return ", ".join(f"{word} {count}" for word, count in sorted(Counter(words).items()))
