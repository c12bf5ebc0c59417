"""Refine a mask's outline into a soft one: alpha matting."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from ...core.errors import Fix, MaquetteError

#: Half the width of the band along the outline that is looked at anew, in shares of the edge.
BAND = 0.012
#: The band is solved at this many pixels along the longer edge at most: time and memory grow
#: faster than the number of pixels.
EDGE = 768


def refine_alpha(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Solve for the alpha of a band along the outline (Levin et al. 2008, by pymatting).

    Args:
        rgb: (H, W, 3) uint8, sRGB.
        alpha: (H, W) uint8.

    Returns:
        (H, W) uint8; the given alpha where it has no outline.

    Raises:
        MaquetteError: ``cutout-package-missing`` when pymatting is not installed.
    """
    try:
        from pymatting import estimate_alpha_cf  # comes with rembg
    except ImportError as error:
        raise MaquetteError(
            "cutout-package-missing",
            "Soft outlines need the package pymatting, which is not installed in the service's "
            "environment.",
            Fix.INSTALL_BACKEND,
            repr(error),
        ) from error
    height, width = alpha.shape
    solid = alpha >= 128
    if solid.all() or not solid.any():
        return alpha
    scale = min(1.0, EDGE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BOX), np.float64) / 255
    mask = np.asarray(Image.fromarray(alpha).resize(size, Image.Resampling.BOX)) >= 128
    reach = max(1, round(BAND * max(size)))
    inside = ndimage.binary_erosion(mask, iterations=reach, border_value=1)
    # Rods thinner than the band have no inside; their middle stands for it.
    rods = mask & ~ndimage.binary_dilation(inside, iterations=2 * reach)
    inside |= rods & (ndimage.uniform_filter(mask.astype(np.float32), 3) > 0.99)
    outside = ~ndimage.binary_dilation(mask, iterations=reach)
    if not inside.any() or not outside.any():
        return alpha
    trimap = np.where(inside, 1.0, np.where(outside, 0.0, 0.5))
    fine = np.clip(estimate_alpha_cf(small, trimap), 0, 1)
    out = Image.fromarray((fine * 255).round().astype(np.uint8))
    return np.asarray(out.resize((width, height), Image.Resampling.BILINEAR))
