"""Cut an object out of a photograph with the network that comes with Maquette."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from ..networks.cutout_net import MULTIPLE, CutoutNet
from .colour_model import sharpened
from .objects import largest_object

#: A second, closer look is taken when the object's box takes less of the longer edge than this.
_CLOSER_BELOW = 0.8
#: Room left around the object's box at the closer look, in shares of its longer side.
_ROOM = 0.15
_SOLID = 0.5
_STEEPNESS = 4.0
#: Sizes at which the network looks, as shares of its edge: it was trained on all of them, and
#: what it takes for an object at one size it often does not at another.
_LOOKS = (0.5, 0.625, 0.75, 1.0)


def embedded_alpha(model: CutoutNet, rgb: np.ndarray) -> np.ndarray:
    """Return the matte of the object in a picture.

    The network sees the whole picture first, and then, where the object is small, once more the
    part of it that holds the object, so that thin parts get more pixels. What it sees is
    sharpened by the picture's own colours.

    Args:
        model: in evaluation mode, on the CPU.
        rgb: (H, W, 3) uint8, sRGB.

    Returns:
        (H, W) uint8, 255 on the object; all zero where the network saw none.
    """
    height, width = rgb.shape[:2]
    image = Image.fromarray(rgb)
    edge = model.config.edge
    whole = _looked(model, image, edge)
    share = _resized(whole, (width, height))
    # Far pieces that are not of the object would keep the closer look from being close.
    box = _closer_box(largest_object(share >= _SOLID)[0])
    if box is not None:
        left, top, right, bottom = box
        part = _looked(model, image.crop(box), edge)
        near = np.zeros_like(share)
        near[top:bottom, left:right] = _resized(part, (right - left, bottom - top))
        # A closer look that loses the object is worse than none.
        if (near >= _SOLID).sum() >= 0.5 * (share >= _SOLID).sum():
            share = near
    if not (share >= _SOLID).any():
        return np.zeros((height, width), np.uint8)
    scale = min(1.0, edge / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    small = np.asarray(image.resize(size, Image.Resampling.BOX))
    share = _resized(sharpened(small, _resized(share, size)), (width, height))
    # What is not on an outline is one or the other.
    share = np.clip((share - _SOLID) * _STEEPNESS + _SOLID, 0, 1)
    return np.round(share * 255).astype(np.uint8)


@torch.inference_mode()
def _looked(model: CutoutNet, image: Image.Image, edge: int) -> np.ndarray:
    """Probabilities at ``edge`` pixels, averaged over sizes and over the mirror image."""
    scale = edge / max(image.size)
    size = (max(2, round(image.width * scale)), max(2, round(image.height * scale)))
    total = torch.zeros(1, 1, size[1], size[0])
    for share in _LOOKS:
        logits = _logits(model, image, round(edge * share))
        total += F.interpolate(logits, total.shape[-2:], mode="bilinear", align_corners=False)
    out: np.ndarray = torch.sigmoid(total / len(_LOOKS))[0, 0].numpy()
    return out


def _logits(model: CutoutNet, image: Image.Image, edge: int) -> torch.Tensor:
    scale = edge / max(image.size)
    wide, high = (max(MULTIPLE, round(s * scale / MULTIPLE) * MULTIPLE) for s in image.size)
    way = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    pixels = np.array(image.resize((wide, high), way))
    x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
    both = torch.cat([x, x.flip(-1)]).contiguous(memory_format=torch.channels_last)
    logits = model(both).float()
    return (logits[:1] + logits[1:].flip(-1)) / 2


def _resized(share: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """(h, w) float32 in 0..1 to ``size`` (width, height), bilinear."""
    x = torch.from_numpy(share)[None, None]
    out = F.interpolate(x, (size[1], size[0]), mode="bilinear", align_corners=False)
    return out[0, 0].numpy()


def _closer_box(solid: np.ndarray) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of what a closer look should hold; None when there is no need."""
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    if rows.size == 0:
        return None
    height, width = solid.shape
    left, right = int(columns[0]), int(columns[-1]) + 1
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    longer = max(right - left, bottom - top)
    if longer > _CLOSER_BELOW * max(height, width) or longer < 8:
        return None
    room = round(longer * _ROOM)
    # As square as the picture allows: that is what the network was trained on.
    reach = longer / 2 + room
    x, y = (left + right) / 2, (top + bottom) / 2
    return (
        max(0, round(x - reach)),
        max(0, round(y - reach)),
        min(width, round(x + reach)),
        min(height, round(y + reach)),
    )
