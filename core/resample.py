"""Making pictures smaller."""

from __future__ import annotations

import numpy as np

from .colour import linear_to_srgb, srgb_to_linear


def area_average(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Average (h, w, c) over the area of every new pixel; returns (height, width, c) float64.

    This is what a camera with larger pixels sees. A larger size repeats pixels.
    """
    rows, columns = _weights(pixels.shape[0], height), _weights(pixels.shape[1], width)
    return np.einsum("yi,ijc,xj->yxc", rows, pixels.astype(np.float64), columns, optimize=True)


def shrink_rgba(rgba: np.ndarray, width: int, height: int) -> np.ndarray:
    """Resize (h, w, 4) uint8, sRGB with straight alpha; averages light, weighted by cover."""
    alpha = rgba[..., 3:] / 255.0
    light = srgb_to_linear(rgba[..., :3] / 255.0) * alpha
    mean = area_average(np.concatenate([light, alpha], axis=2), width, height)
    cover = mean[..., 3:]
    colour = linear_to_srgb(mean[..., :3] / np.where(cover > 0, cover, 1.0))
    return np.rint(np.concatenate([colour, cover], axis=2) * 255).astype(np.uint8)


def nearest(pixels: np.ndarray, width: int, height: int) -> np.ndarray:
    """Take the pixel at the centre of every new pixel; for numbers that cannot be averaged."""
    rows = ((np.arange(height) + 0.5) * pixels.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * pixels.shape[1] / width).astype(int)
    return pixels[rows][:, columns]


def over(rgba: np.ndarray, grey: float) -> np.ndarray:
    """Lay (h, w, 4) uint8 over a plain ground (0..1, encoded); returns (h, w, 3) uint8."""
    alpha = rgba[..., 3:] / 255.0
    return np.rint(rgba[..., :3] * alpha + grey * 255 * (1 - alpha)).astype(np.uint8)


def _weights(old: int, new: int) -> np.ndarray:
    """(new, old) shares of the old pixels in the new ones; rows add up to 1."""
    edges = np.arange(new + 1) * (old / new)
    places = np.arange(old)
    begin = np.maximum(edges[:-1, None], places)
    end = np.minimum(edges[1:, None], places + 1)
    return np.clip(end - begin, 0, None) * (new / old)
