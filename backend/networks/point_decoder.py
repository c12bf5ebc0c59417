"""A point of the unit cube to signed distance and colour, from all that is known of it.

Furniture is nearly mirror-symmetric at x = 0, so each point also reads the features where its
mirror image projects: a leg that hides behind a seat is seen through its twin.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .alignment import aligned_features, concatenated
from .triplane import sample_triplane

_FREQUENCIES = 5
#: Unit of the raw distance output; keeps the last layer's numbers near one.
DISTANCE_UNIT = 0.05


class PointDecoder(nn.Module):
    """A small residual MLP."""

    def __init__(self, features: int, planes: int, context: int, width: int, layers: int) -> None:
        super().__init__()
        inputs = 2 * (features + 6) + planes + 1 + 3 + 6 * _FREQUENCIES
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
        aligned, depth = aligned_features(maps, torch.cat([points, mirror], dim=1), matrix)
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
        x = F.relu(self.into(concatenated(known)) + self.context(context)[:, None])
        for layer in self.hidden:
            x = F.relu(x + layer(x))
        out = self.out(x).float()
        return out[..., 0] * DISTANCE_UNIT, out[..., 1:].sigmoid()
