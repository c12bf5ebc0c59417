"""Cut-out pictures as each published model was trained to see them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from ...core.errors import Fix, MaquetteError


def crop_to_alpha(rgba: np.ndarray) -> np.ndarray:
    """Cut to the box of alpha > 0 *without* its last row and column, as the publishers do.

    Raises:
        MaquetteError: ``no-object`` when nothing is left.
    """
    rows, columns = (
        np.nonzero((rgba[..., 3] > 0).any(1))[0],
        np.nonzero((rgba[..., 3] > 0).any(0))[0],
    )
    if len(rows) < 2 or len(columns) < 2:
        raise MaquetteError(
            "no-object",
            "No object was found in the picture: every pixel is transparent.",
            Fix.CHOOSE_IMAGE,
        )
    return rgba[rows[0] : rows[-1], columns[0] : columns[-1]]


def pad_to_share(rgba: np.ndarray, share: float) -> np.ndarray:
    """Crop to the object and pad to a square whose edge its longer side fills by ``share``.

    Args:
        rgba: (H, W, 4) uint8, straight alpha.

    Returns:
        (S, S, 4) uint8; no pixel is resampled.
    """
    cut = crop_to_alpha(rgba)
    longer = max(cut.shape[:2])
    square = _centred(cut, longer)
    return _centred(square, int(longer / share))


def _centred(rgba: np.ndarray, size: int) -> np.ndarray:
    height, width = rgba.shape[:2]
    top, left = (size - height) // 2, (size - width) // 2
    out = np.zeros((size, size, 4), np.uint8)
    out[top : top + height, left : left + width] = rgba
    return out


def over(rgba: np.ndarray, ground: float) -> np.ndarray:
    """Lay a picture over an even ground: (H, W, 4) uint8 -> (H, W, 3) float32 in 0..1."""
    pixels = rgba.astype(np.float32) / 255
    return pixels[..., :3] * pixels[..., 3:] + ground * (1 - pixels[..., 3:])


def recentre(rgba: np.ndarray, size: int, border: float = 0.2) -> np.ndarray:
    """Scale the object to a square picture with so large a border, as OpenLRM's demo does.

    Args:
        rgba: (H, W, 4) uint8; the channels are resampled each for itself.
        border: share of the edge that stays empty along the object's longer side.

    Returns:
        (size, size, 4) uint8.
    """
    cut = crop_to_alpha(rgba)
    height, width = cut.shape[:2]
    scale = int(size * (1 - border)) / max(height, width)
    wide, high = max(1, int(width * scale)), max(1, int(height * scale))
    # Area averages; enlarged, those are bilinear.
    way = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    channels = [
        np.asarray(Image.fromarray(np.ascontiguousarray(cut[..., i])).resize((wide, high), way))
        for i in range(4)
    ]
    return _centred(np.stack(channels, axis=-1), size)


def triposr_picture(rgba: np.ndarray, size: int, share: float = 0.85) -> torch.Tensor:
    """A cut-out picture to TripoSR's input (1, 3, size, size) in 0..1: over middle grey."""
    grey = (over(pad_to_share(rgba, share), 0.5) * 255).astype(np.uint8)
    return triposr_resized(grey, size)


def triposr_resized(rgb: np.ndarray, size: int) -> torch.Tensor:
    """(H, W, 3) uint8 -> (1, 3, size, size) in 0..1, bilinear and antialiased."""
    image = torch.from_numpy(rgb.astype(np.float32) / 255).permute(2, 0, 1)[None]
    return F.interpolate(image, (size, size), mode="bilinear", antialias=True)


def openlrm_picture(rgba: np.ndarray, size: int, framed: int = 512) -> torch.Tensor:
    """A cut-out picture to OpenLRM's input (1, 3, size, size) in 0..1: over white."""
    return openlrm_resized(recentre(rgba, framed), size)


def openlrm_resized(rgba: np.ndarray, size: int) -> torch.Tensor:
    """(S, S, 4) uint8 -> (1, 3, size, size) in 0..1, bicubic from corner to corner."""
    image = torch.from_numpy(over(rgba, 1.0)).permute(2, 0, 1)[None]
    return F.interpolate(image, (size, size), mode="bicubic", align_corners=True).clamp(0, 1)


def instantmesh_picture(rgba: np.ndarray, size: int) -> torch.Tensor:
    """A view to InstantMesh's input (1, 3, size, size) in 0..1: over white, bicubic."""
    image = torch.from_numpy(over(rgba, 1.0)).permute(2, 0, 1)[None]
    image = F.interpolate(image, (size, size), mode="bicubic", antialias=True)
    return image.clamp(0, 1)
