"""Colours of vertices from the picture itself, where the picture shows them.

A vertex is seen where the predicted visible surface at its pixel lies at its own depth; as for
shape, its mirror image at x = 0 counts as well. Vertices that are not seen take the colour of the
nearest one that is.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.spatial import cKDTree
from torch import Tensor

from .alignment import project
from .encoding import Encoding

#: Depth by which a seen vertex may lie off the predicted visible surface, cube units.
SEEN_WITHIN = 0.04
#: With fewer seen vertices than this share, the picture says too little.
LEAST_SEEN = 0.02


@torch.inference_mode()
def picture_colours(
    vertices: np.ndarray, framed: np.ndarray, encoding: Encoding, matrix: Tensor
) -> np.ndarray | None:
    """Read vertex colours from the framed picture.

    Args:
        vertices: (V, 3) float32, unit cube.
        framed: (S, S, 4) uint8, straight alpha, the picture that was encoded.

    Returns:
        (V, 3) float32 sRGB 0..1, or None when hardly a vertex is seen.
    """
    device = matrix.device
    points = torch.from_numpy(vertices).to(device)[None]
    image = torch.from_numpy(framed.copy()).to(device).permute(2, 0, 1)[None].float() / 255
    premultiplied = torch.cat([image[:, :3] * image[:, 3:], image[:, 3:]], dim=1)
    direct, seen = _read(points, premultiplied, encoding.surface, matrix)
    mirror = points * points.new_tensor([-1.0, 1.0, 1.0])
    through_mirror, seen_mirror = _read(mirror, premultiplied, encoding.surface, matrix)
    colour = torch.where(seen[:, None], direct, through_mirror).cpu().numpy()
    known = (seen | seen_mirror).cpu().numpy()
    if known.mean() < LEAST_SEEN:
        return None
    _, nearest = cKDTree(vertices[known]).query(vertices[~known])
    colour[~known] = colour[known][nearest]
    return colour


def _read(
    points: Tensor, picture: Tensor, surface: Tensor, matrix: Tensor
) -> tuple[Tensor, Tensor]:
    """Return straight colours (V, 3) and whether each point is the one its pixel shows (V,)."""
    uv, depth = project(matrix, points)
    grid = uv[:, None] * 2 - 1
    pixel = F.grid_sample(picture, grid, align_corners=False)[0, :, 0].T
    shown = F.grid_sample(surface, grid, align_corners=False)[0, :, 0].T
    _, shown_depth = project(matrix, shown[None])
    alpha = pixel[:, 3:]
    near = (depth - shown_depth)[0].abs() < SEEN_WITHIN
    return (pixel[:, :3] / alpha.clamp_min(1e-3)).clamp(0, 1), near & (alpha[:, 0] > 0.5)
