"""``maquette cutout IMAGE... --out DIR``: cut-out pictures from the shell."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.cutouts import AUTO, CHOICES, CUTOUTS
from ...core.errors import MaquetteError
from ...core.locations import service_home
from ...core.protocol import Background
from .outputs import paired

if TYPE_CHECKING:
    from ..imaging.matting import Matting


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("images", nargs="*", type=Path, metavar="IMAGE")
    parser.add_argument("--out", type=Path, help="folder for the .png files")
    parser.add_argument("--model", default=AUTO, choices=CHOICES)
    parser.add_argument("--background", default="auto", choices=[b.value for b in Background])
    parser.add_argument("--soft-edges", action="store_true", help="refine outlines by matting")
    parser.add_argument("--fetch", action="store_true", help="fetch the model if it is not here")
    parser.add_argument("--list", action="store_true", help="show the models and their licences")


def run(args: argparse.Namespace) -> int:
    """Cut every picture out; returns 1 and names the failed ones when some failed.

    Raises:
        MaquetteError: names clash, or the model could not be fetched; no picture was tried.
    """
    from ..imaging.cutout_weights import fetch
    from ..imaging.matting import Matting

    folder = service_home() / "weights"
    matting = Matting(folder)
    if args.list:
        for info in CUTOUTS.values():
            here = "here" if matting.available(info.name) else f"{info.size / 1e6:.0f} MB"
            print(f"{info.name:22} {info.licence:17} {here:8} {info.description}")
        return 0
    if not args.images or args.out is None:
        raise MaquetteError("arguments-invalid", "Name pictures, and a folder with --out.")
    targets = paired(args.images, args.out, ".png")
    if args.fetch and not matting.available(args.model):
        fetch(CUTOUTS[args.model], folder, lambda share: None)
    args.out.mkdir(parents=True, exist_ok=True)
    failed = []
    for image, target in targets:
        try:
            _one(image, target, args, matting)
        except MaquetteError as error:
            failed.append(image)
            print(f"{image}: {error.problem.message} [{error.problem.code}]", file=sys.stderr)
        except OSError as error:
            failed.append(image)
            print(f"{image}: {error.strerror or error}", file=sys.stderr)
    if failed:
        names = ", ".join(str(f) for f in failed)
        print(f"{len(failed)} of {len(targets)} pictures failed: {names}", file=sys.stderr)
    return 1 if failed else 0


def _one(image: Path, target: Path, args: argparse.Namespace, matting: Matting) -> None:
    from PIL import Image

    from ..imaging.cutout import cut_out
    from ..imaging.decode import decode_image

    rgba = decode_image(image.read_bytes())
    cut = cut_out(rgba, Background(args.background), matting, args.model, args.soft_edges)
    file = io.BytesIO()
    Image.fromarray(cut.rgba).save(file, "PNG")
    partial = target.with_suffix(".png.part")
    partial.write_bytes(file.getvalue())
    partial.replace(target)
    print(f"{image} -> {target}: {cut.model or cut.method}")
    for note in cut.notes:
        print(f"  {note}")
