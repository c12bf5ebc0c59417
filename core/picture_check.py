"""Look a picture over before it is sent: is the object large, whole, sharp and alone enough?

Pure functions of pixels; nothing is refused here, a person is only told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Shortest longer side of the object, in pixels, that shows enough of it.
MIN_OBJECT_PX = 96
#: Least share of the frame's longer edge that the object's longer side should take.
MIN_EXTENT = 0.25
#: Steepest brightness step from pixel to pixel (99.8th percentile) over the picture's contrast,
#: at :data:`_EDGE` pixels; in focus it is 0.3 to 1, blurred by 2 % of the edge it is below this.
MIN_SHARPNESS = 0.07
#: Least contrast (0..255) for that to mean anything.
_MIN_CONTRAST = 24.0
_EDGE = 512
#: Alpha from which a pixel counts as object.
_OPAQUE = 128


@dataclass(frozen=True)
class PictureCheck:
    """What was found.

    Attributes:
        width, height: pixels.
        sharpness: see :data:`MIN_SHARPNESS`; -1 where the picture has too little contrast.
        share: of the frame's pixels that are object; -1 where it is not known which are.
        extent: longer side of the object over the frame's longer edge; -1 as before.
        touches: whether the object reaches the frame's border.
        warnings: sentences for a person.
    """

    width: int
    height: int
    sharpness: float
    share: float
    extent: float
    touches: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckedPicture:
    """A Blender image that was checked.

    Attributes:
        image: its name.
        key: what the check was made of; with another key it is made again.
        check: None where the picture could not be checked.
    """

    image: str
    key: str
    check: PictureCheck | None = None


def check_picture(pixels: np.ndarray, masked: bool | None = None) -> PictureCheck:
    """Check a picture.

    Args:
        pixels: (H, W, 4) uint8 sRGB, straight alpha.
        masked: whether alpha tells the object from its background; None finds out: it does when
            any pixel is see-through.
    """
    height, width = pixels.shape[:2]
    solid = pixels[..., 3] >= _OPAQUE
    if masked is None:
        masked = not bool(solid.all())
    box = _box(solid) if masked else None
    warnings = []
    share, extent, touches, longer = -1.0, -1.0, False, max(height, width)
    region = pixels[..., :3]
    if masked and box is None:
        return PictureCheck(width, height, -1.0, 0.0, 0.0, False, (_EMPTY,))
    if box is not None:
        left, top, right, bottom = box
        share = float(solid.mean())
        longer = max(right - left, bottom - top)
        extent = longer / max(height, width)
        touches = left == 0 or top == 0 or right == width or bottom == height
        region = region[top:bottom, left:right]
    if touches:
        warnings.append("The object touches the picture's border; what lies outside is guessed.")
    if longer < MIN_OBJECT_PX:
        what = "The object" if box is not None else "The picture"
        warnings.append(
            f"{what} is only {longer} pixels across; at least {MIN_OBJECT_PX} are wanted."
        )
    if 0 <= extent < MIN_EXTENT:
        warnings.append(
            f"The object takes {extent:.0%} of the frame; a picture from nearer shows more of it."
        )
    sharpness = _sharpness(region)
    if 0 <= sharpness < MIN_SHARPNESS:
        warnings.append("The picture is blurred; a sharper one gives a better mesh.")
    return PictureCheck(width, height, sharpness, share, extent, touches, tuple(warnings))


_EMPTY = "There is no object: every pixel is transparent."


def _box(solid: np.ndarray) -> tuple[int, int, int, int] | None:
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if rows.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _sharpness(rgb: np.ndarray) -> float:
    """Steepest step over the contrast of (H, W, 3) uint8, after reduction by whole factors."""
    factor = max(1, -(-max(rgb.shape[:2]) // _EDGE))
    height, width = (size // factor * factor for size in rgb.shape[:2])
    if min(height, width) < 4 * factor:
        return -1.0
    # Green stands for brightness: a third of the work, which is done on Blender's main thread.
    grey = rgb[:height, :width, 1].reshape(height // factor, factor, width // factor, factor)
    grey = grey.mean(axis=(1, 3), dtype=np.float32)
    low, high = np.percentile(grey, (1, 99))
    if high - low < _MIN_CONTRAST:
        return -1.0
    steps = np.maximum(np.abs(np.diff(grey, axis=0))[:, :-1], np.abs(np.diff(grey, axis=1))[:-1])
    return float(np.percentile(steps, 99.8) / (high - low))
