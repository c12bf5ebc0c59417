"""Between linear light and sRGB's encoding (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    """Encode linear light in 0..1 as sRGB in 0..1; values outside are clipped."""
    clipped = np.clip(linear, 0.0, 1.0)
    return np.where(
        clipped <= 0.0031308, clipped * 12.92, 1.055 * np.power(clipped, 1 / 2.4) - 0.055
    )


def srgb_to_linear(encoded: np.ndarray) -> np.ndarray:
    """Decode sRGB in 0..1 to linear light in 0..1; values outside are clipped."""
    clipped = np.clip(encoded, 0.0, 1.0)
    return np.where(clipped <= 0.04045, clipped / 12.92, ((clipped + 0.055) / 1.055) ** 2.4)
