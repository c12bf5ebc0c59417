"""Sharpen a rough matte by the picture's own colours.

What the rough matte calls object and what it calls ground each have their colours; a pixel whose
colour is one of only the one or the other belongs there. The idea is that of GrabCut (Rother et
al. 2004), with smoothed histograms in CIELAB in place of mixtures, and with the guided filter (He
et al. 2013) in place of the graph cut.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

#: Cells of the histogram along L, a and b, and the deviation they are smoothed with, in cells.
CELLS = (20, 40, 40)
SMOOTHING = 1.0
ROUNDS = 3
#: A colour counts for at most so much, as the logarithm of odds; the rough matte for less.
MOST_ODDS, MOST_PRIOR = 4.0, 0.97
#: Radius in pixels and regularisation of the guided filter.
RADIUS, REGULARISATION = 4, 1e-3


def sharpened(rgb: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return a matte that follows the colours.

    Args:
        rgb: (H, W, 3) uint8, sRGB; a few hundred pixels along an edge.
        share: (H, W) in 0..1, how surely each pixel is object.

    Returns:
        (H, W) float32 in 0..1.
    """
    from skimage.color import rgb2lab

    cell = _cells(rgb2lab(rgb))
    sure = np.clip(share, 1 - MOST_PRIOR, MOST_PRIOR)
    prior = np.log(sure / (1 - sure))
    guide = rgb.astype(np.float64) / 255
    matte = share.astype(np.float64)
    for _ in range(ROUNDS):
        odds = np.log(_density(cell, matte) / _density(cell, 1 - matte))
        belief = 1 / (1 + np.exp(-prior - np.clip(odds, -MOST_ODDS, MOST_ODDS)[cell]))
        matte = np.clip(guided(guide, belief), 0, 1)
    return matte.astype(np.float32)


def _cells(lab: np.ndarray) -> np.ndarray:
    """Number of each pixel's cell in the flattened histogram: (H, W) int."""
    scaled = (lab - (0, -90, -90)) / (100, 180, 180) * CELLS
    index = np.clip(scaled.astype(int), 0, np.array(CELLS) - 1)
    return np.ravel_multi_index(tuple(np.moveaxis(index, -1, 0)), CELLS)


def _density(cell: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Share of the weight in each cell, smoothed and never zero: (cells,)."""
    counts = np.bincount(cell.ravel(), weight.ravel(), int(np.prod(CELLS)))
    smooth = ndimage.gaussian_filter(counts.reshape(CELLS), SMOOTHING).ravel()
    return smooth / max(smooth.sum(), 1e-9) + 1e-6


def guided(guide: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Smooth ``values`` (H, W) but not across edges of ``guide`` (H, W, 3), both in 0..1."""
    mean = np.stack([_mean(guide[..., i]) for i in range(3)], axis=-1)
    middle = _mean(values)
    along = np.stack([_mean(guide[..., i] * values) for i in range(3)], axis=-1)
    spread = np.empty((*values.shape, 3, 3))
    for i in range(3):
        for j in range(i, 3):
            both = _mean(guide[..., i] * guide[..., j]) - mean[..., i] * mean[..., j]
            spread[..., i, j] = spread[..., j, i] = both
    spread += REGULARISATION * np.eye(3)
    slope = np.linalg.solve(spread, (along - mean * middle[..., None])[..., None])[..., 0]
    offset = middle - (slope * mean).sum(axis=-1)
    slope = np.stack([_mean(slope[..., i]) for i in range(3)], axis=-1)
    out: np.ndarray = (slope * guide).sum(axis=-1) + _mean(offset)
    return out


def _mean(values: np.ndarray) -> np.ndarray:
    out: np.ndarray = ndimage.uniform_filter(values, 2 * RADIUS + 1, mode="nearest")
    return out
