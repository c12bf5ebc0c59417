"""How much pictures of a reconstruction look like pictures of the true thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from ...core.resample import over

#: Pictures made and true, (H, W, 4) uint8 each, to their LPIPS.
Perceptual = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class PictureScores:
    """Measures of two pictures on a white ground.

    Attributes:
        psnr: decibels; infinite for equal pictures.
        ssim: Wang et al. 2004, windows of 7 pixels, mean of the colour channels.
        mask_iou: intersection over union of what is covered by at least a half.
    """

    psnr: float
    ssim: float
    mask_iou: float


def compare_pictures(made: np.ndarray, true: np.ndarray) -> PictureScores:
    """Compare two pictures, (H, W, 4) uint8 each, sRGB, straight alpha."""
    ours, theirs = over(made, 1.0), over(true, 1.0)
    equal = np.array_equal(ours, theirs)
    here, there = made[..., 3] >= 128, true[..., 3] >= 128
    either = int((here | there).sum())
    return PictureScores(
        float("inf") if equal else float(peak_signal_noise_ratio(theirs, ours)),
        float(structural_similarity(theirs, ours, channel_axis=2)),
        float((here & there).sum() / either) if either else 1.0,
    )


def load_perceptual(folder: Path) -> Perceptual:
    """Return LPIPS of pictures on a white ground, with the weights in a folder.

    Raises:
        MaquetteError: ``perceptual-weights-missing``.
    """
    import torch

    from ..networks.perceptual import read_lpips

    network = read_lpips(folder)

    def distance(made: np.ndarray, true: np.ndarray) -> float:
        pictures = [np.moveaxis(over(rgba, 1.0) / np.float32(255), 2, 0) for rgba in (made, true)]
        ours, theirs = (torch.from_numpy(np.ascontiguousarray(p))[None] for p in pictures)
        with torch.inference_mode():
            return float(network(ours, theirs)[0])

    return distance
