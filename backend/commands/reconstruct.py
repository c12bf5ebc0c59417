"""``maquette reconstruct IMAGE... --out DIR``: meshes from the shell, the model loaded once."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.cutouts import AUTO, CHOICES
from ...core.errors import MaquetteError
from ...core.locations import service_home
from ...core.protocol import (
    CATEGORIES,
    DEFAULT_ENGINE,
    SIDES,
    TEXTURE_SIZES,
    Background,
    Detail,
    JobSettings,
    Stage,
)
from ..compile_option import COMPILE_HELP, turn_on

if TYPE_CHECKING:
    from ..engines.base import Engine
    from ..imaging.matting import Matting

#: Pictures of one object, each with its side or "".
Pictures = list[tuple[Path, str]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE")
    parser.add_argument(
        "--sides",
        nargs="+",
        default=[],
        metavar="SIDE=IMAGE",
        help=f"pictures of one object, each with its side: {', '.join(SIDES)}",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the .glb files")
    parser.add_argument("--engine", default=DEFAULT_ENGINE)
    parser.add_argument("--detail", default="normal", choices=[d.value for d in Detail])
    parser.add_argument("--background", default="auto", choices=[b.value for b in Background])
    parser.add_argument(
        "--cutout", default=AUTO, choices=CHOICES, help="network that cuts out of photographs"
    )
    parser.add_argument("--soft-edges", action="store_true", help="refine outlines by matting")
    parser.add_argument("--category", default="auto", choices=["auto", *CATEGORIES])
    parser.add_argument("--height", type=float, default=0.0, metavar="METRES")
    parser.add_argument(
        "--faces", type=int, default=0, metavar="N", help="most triangles; 0 for no limit"
    )
    parser.add_argument(
        "--texture",
        type=int,
        default=0,
        choices=TEXTURE_SIZES,
        help="edge of the texture in pixels; 0 for vertex colours",
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:N")
    parser.add_argument("--compile", action="store_true", help=COMPILE_HELP)


def run(args: argparse.Namespace) -> int:
    """Reconstruct every picture; returns 1 and names the failed ones when some failed.

    Raises:
        MaquetteError: settings, engine or device are wrong; no picture was tried.
    """
    # Heavy libraries are imported here, so that help and wrong arguments answer at once.
    from ..device import resolve_device
    from ..engines.registry import load_engine
    from ..imaging.matting import Matting

    logging.basicConfig(level=logging.WARNING)
    settings = JobSettings.from_json(
        {
            "engine": args.engine,
            "detail": args.detail,
            "background": args.background,
            "category": args.category,
            "height_m": args.height,
            "seed": args.seed,
            "cutout": args.cutout,
            "soft_edges": args.soft_edges,
            "faces": args.faces,
            "texture": args.texture,
        }
    )
    objects = [[(image, "")] for image in args.images]
    if args.sides:
        objects.append([_side(text) for text in args.sides])
    if not objects:
        raise MaquetteError("image-missing", "There is no picture to reconstruct.")
    targets = _targets(objects, args.out)
    if args.compile:
        turn_on()
    args.out.mkdir(parents=True, exist_ok=True)
    engine = load_engine(settings.engine, resolve_device(args.device))
    matting = Matting(service_home() / "weights")
    failed = []
    for pictures, target in targets:
        image = pictures[0][0]
        try:
            _one(pictures, target, settings, engine, matting)
        except MaquetteError as error:
            failed.append(image)
            print(f"{image}: {error.problem.message} [{error.problem.code}]", file=sys.stderr)
        except OSError as error:
            failed.append(image)
            print(f"{image}: {error.strerror or error}", file=sys.stderr)
    if failed:
        names = ", ".join(str(f) for f in failed)
        print(f"{len(failed)} of {len(targets)} pictures failed: {names}", file=sys.stderr)
        return 1
    return 0


def _side(text: str) -> tuple[Path, str]:
    """Read ``SIDE=IMAGE``."""
    side, equals, image = text.partition("=")
    if not equals or side not in SIDES:
        raise MaquetteError(
            "sides-unclear",
            f"“{text}” is not one of {', '.join(SIDES)}, an equals sign and a picture.",
        )
    return Path(image), side


def _targets(objects: list[Pictures], out: Path) -> list[tuple[Pictures, Path]]:
    """Pair each object's pictures with its file; refuse those that would overwrite each other."""
    by_stem: dict[str, Path] = {}
    for pictures in objects:
        image = pictures[0][0]
        key = image.stem.casefold()  # some file systems do not tell upper from lower case
        if key in by_stem:
            raise MaquetteError(
                "names-clash",
                f"{by_stem[key]} and {image} would both be written to {image.stem}.glb; "
                "give them different names or different output folders.",
            )
        by_stem[key] = image
    return [(pictures, out / f"{pictures[0][0].stem}.glb") for pictures in objects]


def _one(
    pictures: Pictures, target: Path, settings: JobSettings, engine: Engine, matting: Matting
) -> None:
    from ..pipeline import Picture, reconstruct_pictures

    def quiet(stage: Stage, fraction: float) -> None:
        """The shell shows one line per picture, not stages."""

    image = pictures[0][0]
    read = [Picture(path.read_bytes(), side) for path, side in pictures]
    made = reconstruct_pictures(read, settings, engine, matting, quiet, name=image.stem)
    partial = target.with_suffix(".glb.part")
    partial.write_bytes(made.glb)
    partial.replace(target)
    seconds = sum(made.info.timings_s.values())
    print(f"{image} -> {target}: {made.info.faces} faces in {seconds:.1f} s")
    for note in made.info.notes:
        print(f"  {note}")
