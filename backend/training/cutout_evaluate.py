"""``maquette evaluate-cutout``: measure the cut-out networks on composites with a known truth.

Objects are pictures with alpha of things that were not trained on. Backgrounds are the families
that are held out of training, five photographs without an object that scikit-image brings, and,
where a folder with them is given, parts of three photographs that show a wall, a table or a studio.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...core.cutouts import CUTOUTS, EMBEDDED
from ...core.errors import MaquetteError
from ...core.locations import service_home
from ...core.protocol import Background
from ..imaging.cutout import cut_out
from ..imaging.matting import Matting
from .cutout_backgrounds import HELD_OUT, colour
from .cutout_composites import Composite, compose
from .cutout_foregrounds import cropped

#: Edge of the composites in pixels.
EDGE = 512
PHOTOGRAPHS = ("brick", "grass", "gravel", "hubble_deep_field", "immunohistochemistry")
#: File and box (left, top, right, bottom, shares of the edges) of parts that show no object.
PARTS = (
    ("lamp_photo_u2net.jpg", (0.0, 0.0, 0.15, 1.0)),
    ("mushroom_teapot_instantmesh.jpg", (0.0, 0.0, 0.33, 0.38)),
    ("watermelon_chair_instantmesh.png", (0.0, 0.0, 1.0, 0.17)),
    ("watermelon_chair_instantmesh.png", (0.0, 0.0, 0.17, 1.0)),
)


@dataclass(frozen=True)
class Score:
    """How well one composite was cut out.

    Attributes:
        picture: the object's file.
        ground: the background's family or photograph.
        iou: intersection over union of found and true mask, 0 to 1; 0 where it was refused.
        seconds: for the whole cut.
    """

    picture: str
    ground: str
    iou: float
    seconds: float


def draw_ground(
    rng: np.random.Generator, index: int, photographs: Path | None
) -> tuple[str, np.ndarray]:
    """A background that no training picture shows: name, (S, S, 3) float32 in 0..1.

    With a folder of photographs every other one is a part of those. Of the rest three of five are
    held-out families and two are scikit-image's pictures.
    """
    if photographs is not None:
        if index % 2:
            file, box = PARTS[index // 2 % len(PARTS)]
            return "parts of photographs", _part(rng, photographs / file, box)
        index //= 2
    if index % 5 < 3:
        painter = HELD_OUT[index % 5]
        return painter.__name__, painter(rng, EDGE)
    name = PHOTOGRAPHS[(index // 5 * 2 + index % 5 - 3) % len(PHOTOGRAPHS)]
    return "scikit-image", _photograph(rng, name)


def _photograph(rng: np.random.Generator, name: str) -> np.ndarray:
    """A random part of one of scikit-image's pictures, grey ones tinted."""
    from skimage import data

    pixels = np.asarray(getattr(data, name)(), np.float32) / 255
    if pixels.ndim == 2:
        pixels = np.clip(pixels[..., None] * colour(rng) * 1.3, 0, 1)
    return _cut_square(rng, Image.fromarray((pixels[..., :3] * 255).astype(np.uint8)))


def _part(
    rng: np.random.Generator, path: Path, box: tuple[float, float, float, float]
) -> np.ndarray:
    with Image.open(path) as image:
        width, height = image.size
        left, top, right, bottom = box
        pixels = (left * width, top * height, right * width, bottom * height)
        return _cut_square(rng, image.convert("RGB").crop(pixels))


def _cut_square(rng: np.random.Generator, image: Image.Image) -> np.ndarray:
    """A random square of a picture, at the composites' size: (S, S, 3) float32 in 0..1."""
    side = int(min(image.size) * rng.uniform(0.6, 1.0))
    left, top = (int(rng.integers(0, size - side + 1)) for size in image.size)
    square = image.crop((left, top, left + side, top + side)).resize((EDGE, EDGE))
    return np.asarray(square, np.float32) / 255


def draw_test(
    pictures: Sequence[Path], index: int, seed: int, photographs: Path | None = None
) -> tuple[Composite, str]:
    """The composite of that number, and its background's name; the same for every model."""
    rng = np.random.default_rng([seed, index])
    ground, pixels = draw_ground(rng, index, photographs)
    with Image.open(pictures[index % len(pictures)]) as image:
        rgba = cropped(np.asarray(image.convert("RGBA")))
    return compose(rng, rgba, pixels), ground


def intersection_over_union(found: np.ndarray, truth: np.ndarray) -> float:
    """Of two masks, (H, W) bool each; 1 where both are empty."""
    either = (found | truth).sum()
    return float((found & truth).sum() / either) if either else 1.0


def evaluate(
    pictures: Sequence[Path],
    count: int,
    model: str,
    matting: Matting,
    seed: int = 0,
    photographs: Path | None = None,
) -> list[Score]:
    """Cut ``count`` composites out with a network, by the way of the product."""
    scores = []
    for index in range(count):
        made, ground = draw_test(pictures, index, seed, photographs)
        rgba = np.dstack([made.rgb, np.full(made.alpha.shape, 255, np.uint8)])
        since = time.perf_counter()
        try:
            found = cut_out(rgba, Background.REMOVE, matting, model).rgba[..., 3] >= 128
            iou = intersection_over_union(found, made.alpha >= 128)
        except MaquetteError as error:
            if error.problem.code != "no-object":
                raise
            iou = 0.0
        seconds = time.perf_counter() - since
        picture = pictures[index % len(pictures)]
        name = "/".join(picture.parts[-3:])
        scores.append(Score(name, ground, iou, seconds))
    return scores


def refusals(
    count: int, model: str, matting: Matting, seed: int = 0, photographs: Path | None = None
) -> float:
    """Share of ``count`` backgrounds without an object in which a network finds none, 0 to 1."""
    refused = 0
    for index in range(count):
        _, pixels = draw_ground(np.random.default_rng([seed, index, 1]), index, photographs)
        rgb = (np.clip(pixels, 0, 1) * 255).astype(np.uint8)
        rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
        try:
            cut_out(rgba, Background.REMOVE, matting, model)
        except MaquetteError as error:
            if error.problem.code != "no-object":
                raise
            refused += 1
    return refused / count


def table(results: dict[str, list[Score]], empty: dict[str, float]) -> str:
    """The results as Markdown: a row for each network.

    Args:
        empty: of each network, what :func:`refusals` returns.
    """
    grounds = list(dict.fromkeys(s.ground for s in next(iter(results.values()))))
    lines = [
        f"| network | mean IoU | median | 10th percentile | {' | '.join(grounds)} "
        "| empty ones told | seconds |",
        "|---" * (6 + len(grounds)) + "|",
    ]
    for model, scores in results.items():
        iou = np.array([s.iou for s in scores])
        by_ground = [np.mean([s.iou for s in scores if s.ground == g]) for g in grounds]
        title = CUTOUTS[model].title if model in CUTOUTS else model
        row = [iou.mean(), np.median(iou), np.percentile(iou, 10), *by_ground]
        seconds = np.median([s.seconds for s in scores])
        cells = [title, *(f"{value:.3f}" for value in row), f"{empty[model]:.0%}", f"{seconds:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--objects",
        type=Path,
        required=True,
        help="folder, looked through to its depths, of PNG pictures with alpha",
    )
    parser.add_argument(
        "--photographs", type=Path, help=f"folder with {', '.join(sorted({f for f, _ in PARTS}))}"
    )
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--models", nargs="+", default=[EMBEDDED], choices=list(CUTOUTS))
    parser.add_argument("--weights", type=Path, help="folder of the networks' ONNX files")
    parser.add_argument("--json", type=Path, help="write every score into this file")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status.

    Raises:
        MaquetteError: there are no pictures, or a network's weights are missing.
    """
    # Below a dataset's assets lie its pictures, beside other things.
    pictures = sorted(args.objects.rglob("rgba/*.png")) or sorted(args.objects.rglob("*.png"))
    if not pictures or args.count < 1:
        raise MaquetteError("image-missing", f"There are no PNG pictures in {args.objects}.")
    matting = Matting(args.weights or service_home() / "weights")
    missing = [f for f, _ in PARTS if args.photographs and not (args.photographs / f).is_file()]
    if missing:
        raise MaquetteError("image-missing", f"There is no {missing[0]} in {args.photographs}.")
    results = {
        model: evaluate(pictures, args.count, model, matting, args.seed, args.photographs)
        for model in args.models
    }
    empty = {
        model: refusals(args.count, model, matting, args.seed, args.photographs)
        for model in args.models
    }
    print(f"{args.count} composites of {len(pictures)} pictures, {EDGE} px, seed {args.seed}, and")
    print("as many backgrounds without an object\n")
    print(table(results, empty))
    if args.json:
        told = {m: [vars(s) for s in scores] for m, scores in results.items()}
        args.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0
