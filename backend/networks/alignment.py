"""Points of the unit cube and the pixels that they project to.

Pixel-aligned features after Saito et al. 2019 (PIFu).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

ArrayT = TypeVar("ArrayT", Tensor, np.ndarray)


def project(matrix: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
    """Project points into the picture.

    Args:
        matrix: (B, 3, 4) unit cube to picture coordinates 0..1, corner element 1.
        points: (B, N, 3).

    Returns:
        (B, N, 2) picture coordinates, and (B, N) depth behind the cube's centre, cube units.
    """
    homogeneous = points @ matrix[:, :, :3].transpose(1, 2) + matrix[:, None, :, 3]
    w = homogeneous[..., 2].clamp_min(0.05)
    nearness = matrix[:, 2, :3].norm(dim=-1).clamp_min(1e-4)  # 1 / distance of the camera
    return homogeneous[..., :2] / w[..., None], (w - 1) / nearness[:, None]


def mirrored_camera(matrix: ArrayT) -> ArrayT:
    """The camera (..., 3, 4) that shows the piece's mirror image at x = 0 in the mirrored picture.

    It is its own inverse.
    """
    made = matrix + 0
    made[..., 0, :] = matrix[..., 2, :] - matrix[..., 0, :]
    made[..., 0] *= -1
    return made


def aligned_features(maps: Tensor, points: Tensor, matrix: Tensor) -> tuple[Tensor, Tensor]:
    """What the picture shows where points project to.

    Args:
        maps: (B, F + 4, S, S): features, predicted visible surface (3), alpha.
        points: (B, N, 3) in the unit cube.
        matrix: (B, 3, 4) see :func:`project`.

    Returns:
        (B, N, F + 6): features, alpha, the way from the visible surface to the point (3), how far
        it lies behind it, and whether it projects into the picture; and (B, N) depth.
    """
    uv, depth = project(matrix, points)
    read = F.grid_sample(maps, uv[:, None] * 2 - 1, padding_mode="zeros", align_corners=False)
    read = read[:, :, 0].transpose(1, 2)
    # Where the ray first meets the object, relative to the point: the strongest cue there is.
    offset = (points - read[..., -4:-1]) * 10
    forward = F.normalize(matrix[:, 2, :3], dim=-1)
    behind = (offset @ forward[:, :, None]).clamp(-6, 6)
    inside = ((uv > 0) & (uv < 1)).all(dim=-1, keepdim=True).to(read.dtype)
    parts = [read[..., :-4], read[..., -1:], offset.clamp(-6, 6), behind, inside]
    return concatenated(parts), depth


def concatenated(parts: Sequence[Tensor]) -> Tensor:
    """Join parts (B, N, C) for a linear layer, in the precision that it will multiply in.

    Autocast would join them in float32 first, which takes twice as long.
    """
    kind = parts[0].device.type
    if torch.is_autocast_enabled(kind):
        dtype = torch.get_autocast_dtype(kind)
        parts = [part.to(dtype) for part in parts]
    return torch.cat(list(parts), dim=-1)
