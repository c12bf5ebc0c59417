"""Cut an object out of a plain or smoothly shaded ground, without any learned weights.

The ground is a smooth surface in CIELAB colour: a low-order polynomial of the position, fitted
to the picture's border and then to all that is connected to the border and close to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

#: Longest edge on which the ground is looked for; the mask is scaled up afterwards.
SEARCH_EDGE = 640
#: Colour differences (CIE76) that the tolerance may take, whatever the noise of the border.
MIN_TOLERANCE, MAX_TOLERANCE = 3.5, 9.0
#: Share of border pixels that must belong to the ground, else it is not plain.
MIN_BORDER = 0.85
#: Shares of the picture that an object may take.
MIN_OBJECT, MAX_OBJECT = 0.003, 0.97
#: The colour step that most of the object's outline must show, in tolerances; on a ground
#: without noise, as renders and touched-up pictures have it, a smaller one is sure enough.
MIN_CONTRAST, MIN_CONTRAST_NOISELESS = 2.0, 1.3
NOISELESS = 0.5
#: Lightness counts less than hue, since soft shadows on the ground change only lightness.
LIGHTNESS = 0.6


@dataclass(frozen=True)
class GroundCut:
    """What was found.

    Attributes:
        alpha: (H, W) uint8, 255 on the object.
        tolerance: colour difference up to which a pixel counted as ground.
        contrast: median colour difference just inside the outline over the tolerance.
    """

    alpha: np.ndarray
    tolerance: float
    contrast: float


def cut_plain_ground(rgb: np.ndarray) -> GroundCut | None:
    """Return the cut, or None when the ground is not plain enough to be sure.

    Args:
        rgb: (H, W, 3) uint8, sRGB.
    """
    height, width = rgb.shape[:2]
    small = Image.fromarray(rgb)
    small.thumbnail((SEARCH_EDGE, SEARCH_EDGE), Image.Resampling.BOX)
    lab = _lab(np.asarray(small))
    border = _border(lab.shape[:2])
    ground, distance, tolerance = _grow(lab, border)
    if ground[border].mean() < MIN_BORDER:
        return None
    solid = large_parts(~ground)
    share = solid.mean()
    if not MIN_OBJECT <= share <= MAX_OBJECT:
        return None
    rim = solid & ~ndimage.binary_erosion(solid, iterations=3)
    contrast = float(np.median(distance[rim])) / tolerance
    noiseless = np.percentile(distance[border], 95) < NOISELESS
    if contrast < (MIN_CONTRAST_NOISELESS if noiseless else MIN_CONTRAST):
        return None
    alpha = Image.fromarray(_soft(solid, distance, tolerance)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    return GroundCut(np.asarray(alpha), tolerance, contrast)


def _lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB (D65) of (H, W, 3) uint8 sRGB, with lightness weighted by :data:`LIGHTNESS`."""
    from skimage.color import rgb2lab

    return rgb2lab(rgb) * np.array([LIGHTNESS, 1.0, 1.0])


def _border(shape: tuple[int, ...]) -> np.ndarray:
    mask = np.ones(shape, bool)
    ring = max(2, round(0.015 * max(shape)))
    mask[ring:-ring, ring:-ring] = False
    return mask


def _grow(lab: np.ndarray, border: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Alternate between fitting the ground's colour and growing it from the border."""
    sample = border
    tolerance = MAX_TOLERANCE
    for degree in (1, 2, 3, 4):
        distance = _distance(lab, sample, degree)
        noise = float(np.median(distance[border])) * 1.5
        tolerance = float(np.clip(3.0 * noise, MIN_TOLERANCE, MAX_TOLERANCE))
        near = distance < tolerance
        ground = _connected(near, border)
        if not ground.any():
            break
        sample = ground
    # Ground seen through the object, such as inside a handle, matches as well as the ground does.
    typical = float(np.percentile(distance[ground], 90)) if ground.any() else 0.0
    labels, count = ndimage.label(near & ~ground)
    if count:
        index = np.arange(1, count + 1)
        sizes = ndimage.sum_labels(np.ones_like(labels), labels, index)
        middle = ndimage.median(distance, labels, index)
        holes = index[(sizes > 2e-4 * labels.size) & (middle <= max(typical, 0.75))]
        ground = ground | np.isin(labels, holes)
    return ground, distance, tolerance


def _distance(lab: np.ndarray, sample: np.ndarray, degree: int) -> np.ndarray:
    """Colour difference of every pixel to a polynomial ground fitted robustly to a sample."""
    height, width = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    powers = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    basis = np.stack([x**i * y**j for i, j in powers], axis=-1)
    rows, colours = basis[sample], lab[sample]
    step = max(1, len(rows) // 20000)
    rows, colours = rows[::step], colours[::step]
    keep = np.ones(len(rows), bool)
    # The first guess is the median colour: an object that crosses the border is a minority.
    residual = np.linalg.norm(colours - np.median(colours, axis=0), axis=1)
    for _ in range(4):
        keep = residual <= max(2.5 * float(np.median(residual)), 2.0)
        fit, *_ = np.linalg.lstsq(rows[keep], colours[keep], rcond=None)
        residual = np.linalg.norm(colours - rows @ fit, axis=1)
    return np.linalg.norm(lab - basis @ fit, axis=-1)


def _connected(near: np.ndarray, border: np.ndarray) -> np.ndarray:
    labels, _ = ndimage.label(near)
    return np.isin(labels, np.setdiff1d(np.unique(labels[border]), [0]))


def large_parts(solid: np.ndarray, share: float = 0.02) -> np.ndarray:
    """Keep the parts of a mask that have at least ``share`` of the largest part's pixels."""
    labels, count = ndimage.label(solid, np.ones((3, 3)))
    if count == 0:
        return solid
    sizes = np.bincount(labels.ravel())[1:]
    return np.isin(labels, 1 + np.flatnonzero(sizes >= share * sizes.max()))


def _soft(solid: np.ndarray, distance: np.ndarray, tolerance: float) -> np.ndarray:
    """Alpha by colour distance along the outline, full inside: (H, W) uint8."""
    inside = ndimage.binary_erosion(solid)
    ramp = np.clip((distance / tolerance - 0.5) / 1.5, 0.0, 1.0)
    reach = ndimage.binary_dilation(solid)
    alpha = np.where(inside, 1.0, np.where(reach, ramp, 0.0))
    return np.round(alpha * 255).astype(np.uint8)
