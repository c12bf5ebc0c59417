"""A point of the unit cube to signed distance and colour, from all that is known of it.

Pixel-aligned features after Saito et al. 2019 (PIFu). Furniture is nearly mirror-symmetric at
x = 0, so each point also reads the features where its mirror image projects: a leg that hides
behind a seat is seen through its twin.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .triplane import sample_triplane

_FREQUENCIES = 5
#: Unit of the raw distance output; keeps the last layer's numbers near one.
DISTANCE_UNIT = 0.05


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


class PointDecoder(nn.Module):
    """A small residual MLP."""

    def __init__(self, features: int, planes: int, context: int, width: int, layers: int) -> None:
        super().__init__()
        aligned = 2 * (features + 1 + 3 + 1 + 1)
        inputs = aligned + planes + 1 + 3 + 6 * _FREQUENCIES
        self.into = nn.Linear(inputs, width)
        self.context = nn.Linear(context, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(layers))
        self.out = nn.Linear(width, 4)
        self.register_buffer(
            "frequencies", 2.0 ** torch.arange(_FREQUENCIES) * math.pi, persistent=False
        )

    def forward(
        self, points: Tensor, maps: Tensor, planes: Tensor, context: Tensor, matrix: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Evaluate the field.

        Args:
            points: (B, N, 3) in the unit cube.
            maps: (B, F + 4, S, S): features, predicted visible surface (3), alpha.
            planes: (B, 3, C, T, T).
            context: (B, K) summary of the picture.
            matrix: (B, 3, 4) see :func:`project`.

        Returns:
            signed distance (B, N) in cube units, negative inside; colour (B, N, 3), sRGB 0..1.
        """
        mirror = points * points.new_tensor([-1.0, 1.0, 1.0])
        n = points.shape[1]
        both = torch.cat([points, mirror], dim=1)
        uv, depth = project(matrix, both)
        read = F.grid_sample(maps, uv[:, None] * 2 - 1, padding_mode="zeros", align_corners=False)
        read = read[:, :, 0].transpose(1, 2)
        # Where the ray first meets the object, relative to the point: the strongest cue there is.
        offset = (both - read[..., -4:-1]) * 10
        forward = F.normalize(matrix[:, 2, :3], dim=-1)
        behind = (offset @ forward[:, :, None]).clamp(-6, 6)
        aligned = torch.cat([read[..., :-4], read[..., -1:], offset.clamp(-6, 6), behind], dim=-1)
        inside = ((uv > 0) & (uv < 1)).all(dim=-1, keepdim=True).to(aligned.dtype)
        aligned = torch.cat([aligned, inside], dim=-1)
        phase = points[..., None] * self.frequencies
        waves = torch.cat([phase.sin(), phase.cos()], dim=-1).flatten(2)
        known = [
            aligned[:, :n],
            aligned[:, n:],
            sample_triplane(planes, points),
            depth[:, :n, None],
            points,
            waves,
        ]
        x = F.relu(self.into(torch.cat(known, dim=-1)) + self.context(context)[:, None])
        for layer in self.hidden:
            x = F.relu(x + layer(x))
        out = self.out(x).float()
        return out[..., 0] * DISTANCE_UNIT, out[..., 1:].sigmoid()
