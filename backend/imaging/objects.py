"""Tell the objects of a mask from each other."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

#: Parts with a gap of less than this between them, in shares of the longer edge, are one object:
#: a network loses thin rods, and what they hold is still part of the object.
GAP = 0.04
#: Share of the largest object's pixels from which another one is worth a word.
WORTH_SAYING = 0.1
#: The gaps are looked for at about this many pixels along the longer edge.
_COARSE = 256


def largest_object(solid: np.ndarray) -> tuple[np.ndarray, int]:
    """Keep the largest object of a mask.

    Args:
        solid: (H, W) bool.

    Returns:
        The mask of the largest object, (H, W) bool, and how many others of note there are.
    """
    labels, count = ndimage.label(solid, np.ones((3, 3)))
    if count < 2:
        return solid, 0
    group = _grouped(labels, count)
    sizes = np.bincount(group[labels].ravel(), minlength=group.max() + 1)
    sizes[0] = 0
    best = int(sizes.argmax())
    others = int((np.delete(sizes, best) >= WORTH_SAYING * sizes[best]).sum())
    return solid & (group[labels] == best), others


def _grouped(labels: np.ndarray, count: int) -> np.ndarray:
    """Which object each label belongs to: (count + 1,) int, 0 for the ground."""
    height, width = labels.shape
    step = max(1, max(height, width) // _COARSE)
    reach = max(1, round(GAP / 2 * max(height, width) / step))
    # A coarse pixel is object where any of its pixels is, so that nothing thin falls through.
    rows, columns = -(-height // step), -(-width // step)
    padded = np.zeros((rows * step, columns * step), bool)
    padded[:height, :width] = labels > 0
    coarse = padded.reshape(rows, step, columns, step).any(axis=(1, 3))
    near, _ = ndimage.label(ndimage.distance_transform_edt(~coarse) <= reach, np.ones((3, 3)))
    group = np.zeros(count + 1, int)
    where = np.nonzero(labels)
    group[labels[where]] = near[where[0] // step, where[1] // step]
    return group
