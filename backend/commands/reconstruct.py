"""``maquette reconstruct IMAGE... --out DIR``: meshes from the shell, the model loaded once."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import MaquetteError
from ...core.locations import service_home
from ...core.protocol import CATEGORIES, DEFAULT_ENGINE, Background, Detail, JobSettings, Stage

if TYPE_CHECKING:
    from ..engines.base import Engine
    from ..imaging.matting import Matting


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    parser.add_argument("--out", type=Path, required=True, help="folder for the .glb files")
    parser.add_argument("--engine", default=DEFAULT_ENGINE)
    parser.add_argument("--detail", default="normal", choices=[d.value for d in Detail])
    parser.add_argument("--background", default="auto", choices=[b.value for b in Background])
    parser.add_argument("--category", default="auto", choices=["auto", *CATEGORIES])
    parser.add_argument("--height", type=float, default=0.0, metavar="METRES")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:N")


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
        }
    )
    targets = _targets(args.images, args.out)
    args.out.mkdir(parents=True, exist_ok=True)
    engine = load_engine(settings.engine, resolve_device(args.device))
    matting = Matting(service_home() / "weights")
    failed = []
    for image, target in targets:
        try:
            _one(image, target, settings, engine, matting)
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


def _targets(images: list[Path], out: Path) -> list[tuple[Path, Path]]:
    """Pair each picture with its file; refuse pictures that would overwrite each other."""
    by_stem: dict[str, Path] = {}
    for image in images:
        key = image.stem.casefold()  # some file systems do not tell upper from lower case
        if key in by_stem:
            raise MaquetteError(
                "names-clash",
                f"{by_stem[key]} and {image} would both be written to {image.stem}.glb; "
                "give them different names or different output folders.",
            )
        by_stem[key] = image
    return [(image, out / f"{image.stem}.glb") for image in images]


def _one(
    image: Path, target: Path, settings: JobSettings, engine: Engine, matting: Matting
) -> None:
    from ..pipeline import reconstruct_picture

    def quiet(stage: Stage, fraction: float) -> None:
        """The shell shows one line per picture, not stages."""

    data = image.read_bytes()
    made = reconstruct_picture(data, settings, engine, matting, quiet, name=image.stem)
    partial = target.with_suffix(".glb.part")
    partial.write_bytes(made.glb)
    partial.replace(target)
    seconds = sum(made.info.timings_s.values())
    print(f"{image} -> {target}: {made.info.faces} faces in {seconds:.1f} s")
    for note in made.info.notes:
        print(f"  {note}")
