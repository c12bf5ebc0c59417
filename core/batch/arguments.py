"""The command line of ``render``: one parser for ``maquette`` and for ``blender --command``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..dataset.passes import PASSES
from ..dataset.recipe import ENGINES
from ..upscalers import DEFAULT_UPSCALER, SCALES
from .plan import Shard
from .supervisor import Limits

PRESETS = {"rig": "openlrm", "light": "studio", "quality": "normal"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; :func:`.request.read` makes a request of what was parsed."""
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="file, folder, pattern, list.csv, list.parquet, file.blend#collection=NAME, "
        "furniture:chair:0-99 or objaverse:UID",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the dataset")
    _add_pictures(parser.add_argument_group("pictures"))
    _add_run(parser.add_argument_group("how it is run"))


def add_afterwards(parser: argparse.ArgumentParser) -> None:
    """Declare what is done with the rendered pictures; only the service's Python can do it."""
    group = parser.add_argument_group("afterwards")
    group.add_argument(
        "--upscale",
        type=int,
        choices=SCALES,
        metavar="FACTOR",
        help="also make a dataset DIR-xFACTOR with enlarged pictures, 2, 3 or 4 times",
    )
    group.add_argument(
        "--upscale-model", default=DEFAULT_UPSCALER, metavar="NAME", help="(%(default)s)"
    )


def _add_pictures(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--rig", default=PRESETS["rig"], metavar="NAME", help="cameras (%(default)s)"
    )
    group.add_argument("--light", default=PRESETS["light"], metavar="NAME", help="(%(default)s)")
    group.add_argument(
        "--quality", default=PRESETS["quality"], metavar="NAME", help="(%(default)s)"
    )
    group.add_argument(
        "--resolution", type=_resolution, default=(512, 512), metavar="N|WxH", help="pixels (512)"
    )
    group.add_argument("--views", type=_count, metavar="N", help="pictures per asset (the rig's)")
    group.add_argument(
        "--passes", type=_names, default=("rgba",), metavar="A,B", help=", ".join(PASSES)
    )
    group.add_argument("--samples", type=_count, metavar="N", help="per pixel (the quality's)")
    group.add_argument("--denoise", action="store_true", help="with OpenImageDenoise")
    group.add_argument(
        "--adaptive", type=float, default=0.0, metavar="NOISE", help="stop a pixel at this noise"
    )
    group.add_argument(
        "--exposure-gain", action="store_true", help="brighten dark assets, darken clipped ones"
    )
    group.add_argument("--engine", choices=ENGINES, default=ENGINES[0])
    group.add_argument("--seed", type=int, default=0, help="of everything that is drawn by chance")
    group.add_argument("--name", default="", help="title of the dataset (the folder's name)")
    group.add_argument(
        "--format",
        type=_names,
        default=(),
        metavar="A,B",
        dest="formats",
        help="also write these formats, e.g. openlrm,colmap; see maquette dataset export",
    )


def _add_run(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--device", default="auto", help="auto, cpu, cuda, optix, hip, metal or oneapi"
    )
    group.add_argument(
        "--workers", type=_count, metavar="N", help="processes (one per card, or per four cores)"
    )
    group.add_argument(
        "--shard", type=_shard, default=Shard(), metavar="I/N", help="render part I of N, from 1/N"
    )
    group.add_argument("--ray", metavar="ADDRESS", help="a Ray cluster: its address, or auto")
    group.add_argument(
        "--timeout",
        type=_seconds,
        metavar="S",
        help="give an asset up that takes so long for a picture (20 times the longest so far, at "
        "least 300 s; 1800 s before the first)",
    )
    group.add_argument(
        "--recycle",
        type=_count,
        default=Limits.most_tasks,
        metavar="N",
        help="start a worker anew after N assets (%(default)s)",
    )
    group.add_argument(
        "--recycle-mb",
        type=_count,
        default=Limits.most_bytes // 1_000_000,
        metavar="M",
        help="and when it uses M MB (%(default)s)",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        help="go on in a folder that is not complete; always done, stated for scripts",
    )
    group.add_argument(
        "--retry-quarantined", action="store_true", help="try what is in quarantine once more"
    )
    group.add_argument("--estimate", action="store_true", help="only say how much it will be")
    group.add_argument("--yes", action="store_true", help="ask nothing")
    group.add_argument("--json", action="store_true", help="say the progress in lines of JSON")


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return seconds


def _resolution(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    return _count(width), _count(height or width)


def _shard(text: str) -> Shard:
    try:
        return Shard.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no part of a whole, such as 1/4") from None
