"""``maquette evaluate-upscaler``: measure what enlarges renders against renders of that size.

Every low picture is enlarged four times: by resampling (Pillow's bicubic and Lanczos filters, on
premultiplied colour), and by networks, by the way of the product. The truth is the same view,
rendered at four times the resolution. Both are laid over a flat grey of 0.5, in the numbers that
are displayed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from ...core.errors import MaquetteError
from ...core.upscalers import EMBEDDED, UPSCALERS
from ..checkpoints.folder import WeightsFolder
from ..device import resolve_device
from ..imaging.picture_file import Picture
from ..imaging.upscaler_loading import load_upscaler
from ..imaging.upscaler_weights import choose, paths
from ..imaging.upscaling import enlarge
from .upscaler_pairs import Pair, read_pairs
from .upscaler_sheet import draw_sheet

SCALE, GROUND = 4, 0.5
FILTERS = {"bicubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS}
USUAL = (*FILTERS, "general-x4v3", EMBEDDED)

#: (h, w, 4) uint8 to the same, SCALE times as large.
Method = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Score:
    """How near one enlarged picture came to the truth.

    Attributes:
        picture: asset and view.
        psnr: peak signal to noise ratio of the whole picture, dB.
        ssim: structural similarity (Wang et al. 2004: Gaussian window, sigma 1.5), mean.
        object_psnr, object_ssim: the same, only where the true picture shows the object.
        alpha_psnr: of the cover, dB.
    """

    picture: str
    psnr: float
    ssim: float
    object_psnr: float
    object_ssim: float
    alpha_psnr: float


def method(name: str, device: str = "cpu", weights: Path | None = None) -> Method:
    """What enlarges, by its name.

    Args:
        name: of :data:`FILTERS` or of a network.
        weights: a file to take for the embedded network's.

    Raises:
        MaquetteError: ``upscaler-unknown`` or ``weights-missing``.
    """
    if name in FILTERS:
        return lambda rgba: _resampled(rgba, FILTERS[name])
    choice = choose(name, weights if name == EMBEDDED else None)
    files = paths(WeightsFolder.usual(), choice)
    loaded = load_upscaler(files, name, resolve_device(device))

    def by_network(rgba: np.ndarray) -> np.ndarray:
        return np.concatenate(list(enlarge(Picture(rgba, True), loaded, SCALE).rows))

    return by_network


def _resampled(rgba: np.ndarray, way: Image.Resampling) -> np.ndarray:
    size = (rgba.shape[1] * SCALE, rgba.shape[0] * SCALE)
    covered = Image.fromarray(rgba).convert("RGBa").resize(size, way)
    return np.asarray(covered.convert("RGBA"))


def shown(rgba: np.ndarray) -> np.ndarray:
    """Lay (h, w, 4) uint8 over the ground: (h, w, 3) float64 in 0..1, as displayed."""
    values = rgba / 255.0
    return np.asarray(values[..., :3] * values[..., 3:] + GROUND * (1 - values[..., 3:]))


def score(pair: Pair, made: np.ndarray) -> Score:
    """Measure an enlarged picture, (H, W, 4) uint8, against the high one of its pair."""
    truth, found, mask = shown(pair.high), shown(made), pair.high[..., 3] > 0
    similar, each = structural_similarity(
        truth,
        found,
        data_range=1.0,
        channel_axis=2,
        gaussian_weights=True,
        use_sample_covariance=False,
        full=True,
    )
    return Score(
        pair.name,
        float(peak_signal_noise_ratio(truth, found, data_range=1.0)),
        float(similar),
        float(peak_signal_noise_ratio(truth[mask], found[mask], data_range=1.0)),
        float(each[mask].mean()),
        float(peak_signal_noise_ratio(pair.high[..., 3], made[..., 3])),
    )


def table(results: dict[str, list[Score]]) -> str:
    """The means as Markdown, a row for each method."""
    lines = [
        "| enlarged by | PSNR, dB | against bicubic | SSIM | PSNR on the object | SSIM there "
        "| PSNR of alpha | better than bicubic |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    plain = results.get("bicubic")
    for name, scores in results.items():
        title = UPSCALERS[name].title if name in UPSCALERS else name.capitalize()
        mean = {key: np.mean([getattr(s, key) for s in scores]) for key in _MEASURES}
        gain, wins = "", ""
        if plain is not None and name != "bicubic":
            gains = [s.psnr - p.psnr for s, p in zip(scores, plain, strict=True)]
            gain = f"{np.mean(gains):+.2f}"
            wins = f"{sum(g > 0 for g in gains)} of {len(gains)}"
        lines.append(
            f"| {title} | {mean['psnr']:.2f} | {gain} | {mean['ssim']:.4f} | "
            f"{mean['object_psnr']:.2f} | {mean['object_ssim']:.4f} | {mean['alpha_psnr']:.2f} | "
            f"{wins} |"
        )
    return "\n".join(lines)


_MEASURES = ("psnr", "ssim", "object_psnr", "object_ssim", "alpha_psnr")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--low", type=Path, required=True, help="dataset of small pictures")
    parser.add_argument("--high", type=Path, required=True, help="the same at four times the size")
    parser.add_argument("--models", nargs="+", default=list(USUAL), metavar="NAME")
    parser.add_argument("--weights", type=Path, help=f"a file to take for {EMBEDDED}")
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda:N")
    parser.add_argument("--json", type=Path, help="write every score into this file")
    parser.add_argument("--sheet", type=Path, help="write a picture of the hardest places")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status.

    Raises:
        MaquetteError: the datasets do not fit, or a network's weights are missing.
    """
    pairs = read_pairs(args.low, args.high, SCALE, whole=True)
    if len(set(args.models)) != len(args.models):
        raise MaquetteError("settings-invalid", "Every model can be named once.")
    methods = {name: method(name, args.device, args.weights) for name in args.models}
    made = {name: [enlarged(pair.low) for pair in pairs] for name, enlarged in methods.items()}
    results = {
        name: [score(pair, picture) for pair, picture in zip(pairs, pictures, strict=True)]
        for name, pictures in made.items()
    }
    edge = f"{pairs[0].low.shape[1]} px to {pairs[0].high.shape[1]} px"
    print(f"{len(pairs)} pictures of {_assets(pairs)} assets, {edge}\n")
    print(table(results))
    if args.json:
        told = {name: [asdict(s) for s in scores] for name, scores in results.items()}
        args.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if args.sheet:
        columns = {
            name: [shown(picture) for picture in pictures] for name, pictures in made.items()
        }
        low, high = [shown(pair.low) for pair in pairs], [shown(pair.high) for pair in pairs]
        draw_sheet([pair.name for pair in pairs], low, columns, high, args.sheet)
    return 0


def _assets(pairs: Sequence[Pair]) -> int:
    return len({pair.name.rpartition("/")[0] for pair in pairs})
