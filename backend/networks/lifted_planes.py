"""What the picture shows, lifted into the unit cube and averaged along its axes.

Every cell of a coarse grid reads the features of the pixel that it projects to, as each point does
in :mod:`.point_decoder`. One point sees one pixel; here whole rows of cells are averaged along the
axes of the cube, so that a leg or a board, which runs along an axis, is placed by all the pixels
that show it. The averages are planes as of Peng et al. 2020 (Convolutional Occupancy Networks,
section 3.1).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .alignment import aligned_features, concatenated

#: Cells along an edge: fewer than the triplane has elements, since each reads the picture.
CELLS = 24


class LiftedPlanes(nn.Module):
    """Planes xy, xz and yz of averages over a grid that reads the picture."""

    def __init__(self, features: int, narrow: int, width: int) -> None:
        """Make the layers.

        Args:
            features: channels of the dense feature map.
            narrow: channels that are read of it.
            width: channels of a plane.
        """
        super().__init__()
        self.narrow = nn.Conv2d(features, narrow, 1)
        self.into = nn.Linear(2 * (narrow + 6) + 1 + 3, width)
        line = (torch.arange(CELLS) + 0.5) / CELLS - 0.5
        self.register_buffer("points", torch.cartesian_prod(line, line, line), persistent=False)
        self.register_buffer("mean", torch.full((1, CELLS), 1 / CELLS), persistent=False)

    def forward(self, maps: Tensor, matrix: Tensor) -> Tensor:
        """Lift.

        Args:
            maps: (B, F + 4, S, S), see :class:`.encoding.Encoding`.
            matrix: (B, 3, 4), see :func:`.alignment.project`.

        Returns:
            (B, 3, W, 32, 32), laid out as :func:`.triplane.sample_triplane` reads them.
        """
        b, n = len(maps), CELLS
        narrow = torch.cat([self.narrow(maps[:, :-4]).float(), maps[:, -4:]], dim=1)
        read, depth = aligned_features(narrow, self.points.expand(b, -1, -1), matrix)
        # The grid's own mirror image is the grid, so what each point's twin reads is there already.
        mirror = read.view(b, n, n * n, -1).flip(1).view(read.shape)
        known = concatenated([read, mirror, depth[..., None], self.points.expand(b, -1, -1)])
        x = F.relu(self.into(known))
        mean = self.mean.to(x.dtype)
        w = x.shape[-1]
        # A product with a row of equal numbers is a mean, and several times as fast as one.
        xy = (mean @ x.view(b * n * n, n, w)).view(b, n, n, w)
        xz = (mean @ x.view(b * n, n, n * w)).view(b, n, n, w)
        yz = (mean @ x.view(b, n, n * n * w)).view(b, n, n, w)
        planes = torch.stack([xy, xz, yz], dim=1).permute(0, 1, 4, 3, 2).flatten(0, 1)
        planes = F.interpolate(planes, (32, 32), mode="bilinear", align_corners=False)
        return planes.view(b, 3, w, 32, 32)
