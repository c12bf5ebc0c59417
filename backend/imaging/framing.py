"""Bring a cut-out object into a square, centred and at a stated size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from ...core.errors import Fix, MaquetteError

#: Alpha from which a pixel counts as object when its bounding box is measured.
OPAQUE = 32


@dataclass(frozen=True)
class Box:
    """A box in pixels; ``right`` and ``bottom`` are one past the last pixel."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.bottom - self.top


def object_box(rgba: np.ndarray) -> Box:
    """Return the bounding box of the pixels with alpha of at least :data:`OPAQUE`.

    Args:
        rgba: (H, W, 4) uint8, straight alpha.

    Raises:
        MaquetteError: ``no-object`` when there is no such pixel.
    """
    solid = rgba[..., 3] >= OPAQUE
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if rows.size == 0:
        raise MaquetteError(
            "no-object",
            "No object was found in the picture: every pixel is transparent.",
            Fix.CHOOSE_IMAGE,
        )
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def touches_border(rgba: np.ndarray) -> bool:
    """True when the object reaches the picture's edge, so that a part may be missing."""
    box = object_box(rgba)
    height, width = rgba.shape[:2]
    return box.left == 0 or box.top == 0 or box.right == width or box.bottom == height


def frame_square(box: Box, fill: float) -> tuple[float, float, float]:
    """Return (left, top, edge) in pixels of the square that :func:`frame_object` cuts out."""
    edge = max(box.width, box.height) / fill
    return (box.left + box.right - edge) / 2, (box.top + box.bottom - edge) / 2, edge


def frame_object(rgba: np.ndarray, size: int, fill: float = 0.85) -> np.ndarray:
    """Centre the object in a square whose edge its longer side fills by ``fill``.

    Colours are resampled premultiplied by alpha, reductions average areas.

    Args:
        rgba: (H, W, 4) uint8, sRGB, straight alpha.
        size: edge of the result in pixels.
        fill: share of the edge that the longer side of the object's box takes, 0 to 1.

    Returns:
        (size, size, 4) uint8, straight alpha, transparent around the object.

    Raises:
        MaquetteError: ``no-object`` when every pixel is transparent.
    """
    left, top, edge = frame_square(object_box(rgba), fill)
    # Only what the square touches: enlarging must see the same beyond each of its sides.
    x0, y0 = int(np.floor(left)), int(np.floor(top))
    x1, y1 = int(np.ceil(left + edge)), int(np.ceil(top + edge))
    height, width = rgba.shape[:2]
    # Pillow resamples only inside of a picture, so room is added where the square leaves it.
    patch = np.pad(
        rgba[max(y0, 0) : y1, max(x0, 0) : x1],
        ((max(-y0, 0), max(y1 - height, 0)), (max(-x0, 0), max(x1 - width, 0)), (0, 0)),
    )
    reduce = edge > size
    square = Image.fromarray(np.ascontiguousarray(patch)).resize(
        (size, size),
        Image.Resampling.BOX if reduce else Image.Resampling.BICUBIC,
        # Rounding must not carry the box beyond the patch.
        box=(left - x0, top - y0, min(left - x0 + edge, x1 - x0), min(top - y0 + edge, y1 - y0)),
    )
    return np.asarray(square)
