"""``maquette upscale IMAGE... --out PATH``: enlarge pictures, the network loaded once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import MaquetteError
from ...core.upscalers import DEFAULT_UPSCALER, EMBEDDED, LICENCE, SCALES, UPSCALERS

if TYPE_CHECKING:
    from ..imaging.upscaler_loading import LoadedUpscaler

_ENDINGS = (".png", ".exr")
_OTHER_ENDINGS = (".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".tga", ".gif", ".hdr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="PATH",
        help="folder; for one picture also a file that ends with .png or .exr",
    )
    parser.add_argument(
        "--packed-alpha",
        action="store_true",
        help="alpha is a channel of its own that hides nothing, as in packed textures",
    )
    add_network_arguments(parser)


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which network enlarges, how much and where; for other commands too."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--model",
        default=DEFAULT_UPSCALER,
        metavar="NAME",
        help=f"{', '.join(UPSCALERS)} (%(default)s); all but {EMBEDDED} are fetched at their "
        f"first use ({LICENCE})",
    )
    which.add_argument("--weights", type=Path, metavar="FILE", help="a network of your own")
    parser.add_argument("--scale", type=int, choices=SCALES, default=4)
    parser.add_argument(
        "--denoise",
        type=float,
        default=1.0,
        metavar="STRENGTH",
        help="0 keeps noise, 1 removes it; of general-x4v3",
    )
    parser.add_argument("--precision", choices=["auto", "float32"], default="auto")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda:N")


def run(args: argparse.Namespace) -> int:
    """Enlarge every picture; returns 1 and names the failed ones when some failed.

    Raises:
        MaquetteError: the network, a name or the device is wrong; no picture was tried.
    """
    targets = _targets(args.images, args.out)
    loaded = network(args)
    targets[0][1].parent.mkdir(parents=True, exist_ok=True)
    failed = []
    for image, target in targets:
        try:
            _one(image, target, loaded, args.scale, args.packed_alpha)
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
    """Pair each picture with its file; one in a folder gets its ending when its kind is known."""
    if out.suffix.lower() in _OTHER_ENDINGS and not out.is_dir():
        raise MaquetteError(
            "format-wrong", "Enlarged pictures are written as PNG, linear light as OpenEXR (.exr)."
        )
    if out.suffix.lower() in _ENDINGS and not out.is_dir():
        if len(images) > 1:
            raise MaquetteError(
                "names-clash", f"Several pictures cannot be written to {out}; name a folder."
            )
        pairs = [(images[0], out)]
    else:
        by_stem: dict[str, Path] = {}
        for image in images:
            key = image.stem.casefold()  # some file systems do not tell upper from lower case
            if key in by_stem:
                raise MaquetteError(
                    "names-clash",
                    f"{by_stem[key]} and {image} would both be written to {image.stem}; "
                    "give them different names or different output folders.",
                )
            by_stem[key] = image
        pairs = [(image, out / image.stem) for image in images]
    for image, target in pairs:
        known = [target] if target.suffix.lower() in _ENDINGS else []
        for place in known or [target.with_name(target.name + ending) for ending in _ENDINGS]:
            if place.exists() and image.exists() and place.samefile(image):
                raise MaquetteError(
                    "names-clash", f"{image} would be overwritten; name another folder."
                )
    return pairs


def network(args: argparse.Namespace) -> LoadedUpscaler:
    """Load the network that the arguments name; it is fetched if it is not here.

    Raises:
        MaquetteError: the network or the device is wrong.
    """
    # Heavy libraries are imported here, so that help and wrong arguments answer at once.
    from ..checkpoints.folder import WeightsFolder
    from ..device import resolve_device
    from ..imaging.upscaler_loading import load_upscaler
    from ..imaging.upscaler_weights import choose, fetch, missing, paths

    choice = choose(args.model, args.weights, args.denoise)
    folder = WeightsFolder.usual()
    if files := missing(folder, choice):
        size = sum(file.size for file in files) / 1e6
        print(f"Fetching {choice.name} ({size:.0f} MB, {LICENCE}) ...", file=sys.stderr)
        fetch(folder, choice, _quiet)
    half = None if args.precision == "auto" else False
    device = resolve_device(args.device)
    return load_upscaler(paths(folder, choice), choice.name, device, choice.denoise, half)


def _one(image: Path, target: Path, loaded: LoadedUpscaler, scale: int, packed: bool) -> None:
    from ..imaging.upscaled_file import upscale_file

    bar = _Bar(image.name) if sys.stderr.isatty() else _quiet
    data = image.read_bytes()
    if target.suffix.lower() in _ENDINGS:
        made = upscale_file(data, loaded, scale, target, bar, packed)
    else:
        unnamed = target.with_name(target.name + ".new")
        made = upscale_file(data, loaded, scale, unnamed, bar, packed)
        named = target.with_name(target.name + made.suffix)
        unnamed.replace(named)
        target = named
    print(f"{image} -> {target}: {made.width} x {made.height}")
    for note in made.notes:
        print(f"  {note}")


class _Bar:
    """Draws one line anew."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, share: float) -> None:
        end = "\n" if share >= 1.0 else ""
        print(f"\r{self._name}: {share:4.0%}", end=end, file=sys.stderr, flush=True)


def _quiet(_: float) -> None:
    """Nobody looks."""
