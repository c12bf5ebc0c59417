"""Views of a density field by integration along rays (Kajiya 1984; NeRF, Mildenhall et al. 2020).

Two integrators: with a second, importance-sampled pass and neighbouring samples averaged (EG3D,
Chan et al. 2022, as OpenLRM and InstantMesh were trained with), and the single sum at
mid-points with a fixed step that TripoSR was trained with. Cameras are OpenGL's: they look along
-Z, +Y is up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

#: Points (R, S, 3) -> raw density (R, S, 1) and colour (R, S, 3).
RawField = Callable[[Tensor], tuple[Tensor, Tensor]]
_LITTLE = 1e-10


@dataclass(frozen=True)
class Rendered:
    """What rays show: colour (R, 3), depth (R, 1) in the field's units, weight (R, 1) 0..1."""

    rgb: Tensor
    depth: Tensor
    weight: Tensor


def camera_rays(
    matrix: Tensor, intrinsics: Tensor, size: int, crop: int = 0, corner: tuple[int, int] = (0, 0)
) -> tuple[Tensor, Tensor]:
    """Rays through the pixel centres of a square picture or of a crop of it.

    Args:
        matrix: (4, 4) camera-to-world.
        intrinsics: (3, 3) in shares of the picture's edge.
        size: edge of the whole picture in pixels.
        crop: edge of the crop; 0 for the whole.
        corner: row and column of the crop's first pixel.

    Returns:
        (crop**2, 3) origins and (crop**2, 3) unit directions, row by row.
    """
    at = (torch.arange(crop or size, device=matrix.device) + 0.5) / size
    v, u = torch.meshgrid(at + corner[0] / size, at + corner[1] / size, indexing="ij")
    x = (u.flatten() - intrinsics[0, 2]) / intrinsics[0, 0]
    y = (v.flatten() - intrinsics[1, 2]) / intrinsics[1, 1]
    directions = torch.stack([x, -y, -torch.ones_like(x)], dim=-1) @ matrix[:3, :3].T
    return matrix[:3, 3].expand_as(directions), F.normalize(directions, dim=-1)


def box_span(origins: Tensor, directions: Tensor, half: float) -> tuple[Tensor, Tensor, Tensor]:
    """Where rays (R, 3) enter and leave the cube [-half, half]: near (R, 1), far (R, 1), hit (R,).

    Slabs, after Kay and Kajiya 1986.
    """
    inverse = 1.0 / directions
    ends = torch.stack([(-half - origins) * inverse, (half - origins) * inverse])
    near = ends.amin(0).amax(-1, keepdim=True)
    far = ends.amax(0).amin(-1, keepdim=True)
    return near, far, (near <= far)[:, 0]


@dataclass(frozen=True)
class TwoPass:
    """How the importance-sampled integrator works.

    Attributes:
        samples: along a ray, half of them in each pass.
        half: of the cube outside of which there is nothing.
        outside: raw density outside of the cube.
        mean_depth: depth is divided by the weight, as in EG3D.
    """

    samples: int = 96
    half: float = 1.0
    outside: float = torch.finfo(torch.float32).min / 8
    mean_depth: bool = True

    def render(
        self,
        field: RawField,
        origins: Tensor,
        directions: Tensor,
        jitter: Tensor,
        quantiles: Tensor,
        background: Tensor | float = 1.0,
    ) -> Rendered:
        """Render rays (R, 3).

        Args:
            jitter: (R, S / 2) shares of a step by which the first pass's samples are moved.
            quantiles: (R, S / 2) of the second pass.
            background: colour behind, a number or (R, 1).
        """
        near, far, hit = box_span(origins, directions, self.half)
        if hit.any():
            # A ray that misses gets a span all the same, as its trainers gave it.
            near = torch.where(hit[:, None], near, near[hit].min())
            far = torch.where(hit[:, None], far, near[hit].max())
        count = self.samples // 2
        along = torch.linspace(0, 1, count, device=origins.device)
        depths = near + (far - near) * along + jitter * (far - near) / (count - 1)
        raw, colour = self._ask(field, origins, directions, depths)
        weights = _march(depths, raw, colour)[0]
        more = _by_importance(depths, weights, quantiles)
        raw_more, colour_more = self._ask(field, origins, directions, more)
        depths, order = torch.sort(torch.cat([depths, more], dim=1), dim=1)
        raw = torch.cat([raw, raw_more], dim=1).gather(1, order)
        colour = torch.cat([colour, colour_more], dim=1)
        colour = colour.gather(1, order[..., None].expand_as(colour))
        weights, rgb, depth = _march(depths, raw, colour)
        total = weights.sum(1, keepdim=True)
        if self.mean_depth:
            depth = (depth / total).nan_to_num(float("inf"))
            depth = depth.clamp(depths.min(), depths.max())
        return Rendered(rgb + background * (1 - total), depth, total)

    def _ask(
        self, field: RawField, origins: Tensor, directions: Tensor, depths: Tensor
    ) -> tuple[Tensor, Tensor]:
        points = origins[:, None] + depths[..., None] * directions[:, None]
        raw, colour = field(points)
        inside = (points.abs() <= self.half).all(dim=-1)
        return (
            torch.where(inside, raw[..., 0].float(), self.outside),
            torch.where(inside[..., None], colour, torch.zeros_like(colour)),
        )


def _march(depths: Tensor, raw: Tensor, colour: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights (R, S - 1), colour (R, 3) and weighted depth (R, 1) of sorted samples."""
    steps = depths[:, 1:] - depths[:, :-1]
    density = F.softplus((raw[:, 1:] + raw[:, :-1]) / 2 - 1)
    alpha = 1 - torch.exp(-density * steps)
    weights = alpha * _transmittance(alpha)
    middle = (colour[:, 1:] + colour[:, :-1]) / 2
    depth = (depths[:, 1:] + depths[:, :-1]) / 2
    rgb = (weights[..., None] * middle).sum(1)
    return weights, rgb, (weights * depth).sum(1, keepdim=True)


def _transmittance(alpha: Tensor) -> Tensor:
    """What is left of the light before each sample."""
    passed = torch.cumprod(1 - alpha + _LITTLE, dim=1)
    return torch.cat([torch.ones_like(passed[:, :1]), passed[:, :-1]], dim=1)


def _by_importance(depths: Tensor, weights: Tensor, quantiles: Tensor) -> Tensor:
    """Draw depths where the first pass found something, by the inverse of its distribution."""
    smooth = F.max_pool1d(weights[:, None], 2, 1, padding=1)
    smooth = F.avg_pool1d(smooth, 2, 1)[:, 0] + 0.01
    share = smooth[:, 1:-1] + 1e-5
    share = share / share.sum(1, keepdim=True)
    reached = torch.cat([torch.zeros_like(share[:, :1]), share.cumsum(1)], dim=1)
    middles = (depths[:, :-1] + depths[:, 1:]) / 2
    above = torch.searchsorted(reached, quantiles.contiguous(), right=True)
    below = (above - 1).clamp_min(0)
    above = above.clamp_max(share.shape[1])
    low, high = reached.gather(1, below), reached.gather(1, above)
    width = torch.where(high - low < 1e-5, torch.ones_like(low), high - low)
    begin, end = middles.gather(1, below), middles.gather(1, above)
    return begin + (quantiles - low) / width * (end - begin)


def centred_draws(rays: int, samples: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Jitter and quantiles for pictures that do not depend on chance: the middle of each."""
    count = samples // 2
    middles = (torch.arange(count, device=device) + 0.5) / count
    return torch.full((rays, count), 0.5, device=device), middles.expand(rays, count)


def render_midpoints(
    field: RawField, origins: Tensor, directions: Tensor, half: float, samples: int
) -> Rendered:
    """TripoSR's sum over a white ground: samples at mid-points, each one step of 1 / samples.

    ``field`` gives *activated* density here. Rays that miss the cube are white.
    """
    near, far, _ = box_span(origins, directions, half * (1 - 1e-3))
    hit = (far - near > 0.01)[:, 0]
    along = (torch.arange(samples, device=origins.device) + 0.5) / samples
    depths = near * (1 - along) + far * along
    points = origins[:, None] + depths[..., None] * directions[:, None]
    density, colour = field(points)
    alpha = 1 - torch.exp(-density[..., 0] / samples)
    weights = alpha * _transmittance(alpha) * hit[:, None]
    total = weights.sum(1, keepdim=True)
    rgb = (weights[..., None] * colour).sum(1) + (1 - total)
    return Rendered(rgb, (weights * depths).sum(1, keepdim=True), total)
