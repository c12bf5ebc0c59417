"""What the network is taught with."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks.alignment import project
from ..networks.camera_fit import correspondences, fit_camera, map_grid
from ..networks.encoding import Encoding
from .batches import Batch, sidedness

#: Distances are learned up to this far from the surface (DeepSDF, Park et al. 2019), cube units.
CLAMP = 0.1
#: Elements along an edge of the dense maps that a camera is fitted to, at least.
_FITTED = 32
#: Sidedness from which on a picture's side counts fully.
_ASIDE = 0.15
#: Width of the soft step between inside and outside, cube units.
STEP = 0.008
#: The same where whole volumes are compared, of which a wider step would blur thin boards.
SHARP_STEP = 0.004


@dataclass(frozen=True)
class Weights:
    """Weights of the terms.

    Chosen so that the field and the correspondences pull about equally at the feature map they
    share; with weights of similar size the dense maps' gradients are ten times the field's.
    """

    distance: float = 80.0
    occupancy: float = 6.0
    overlap: float = 0.0
    colour: float = 2.0
    surface: float = 0.1
    reprojection: float = 3.0
    camera: float = 5.0
    category: float = 0.05
    side: float = 0.2


def surface_loss(encoding: Encoding, batch: Batch) -> Tensor:
    """Negative log-likelihood of the visible surface under a Laplace with predicted scale."""
    error = (encoding.surface - batch.surface.permute(0, 3, 1, 2)).abs().sum(dim=1)
    nll = error * torch.exp(-encoding.log_scale) + 3 * encoding.log_scale
    return nll[batch.hit].mean()


def reprojection_loss(encoding: Encoding, batch: Batch) -> Tensor:
    """Mean distance in the picture by which the predicted surface misses its own pixel.

    The surface loss does not mind in which direction a point is off; the camera fit does.
    """
    points = encoding.surface.flatten(2).transpose(1, 2)
    uv, _ = project(batch.matrix, points)
    off = (uv - map_grid(batch.hit.shape[-1]).to(uv)).norm(dim=-1)
    return off[batch.hit.flatten(1)].mean()


def side_loss(known: Tensor, mirrored: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy of choosing pictures, not their mirror images, as the network's own side.

    The choice of two is that of :func:`..networks.field.look`, by the greater number (Bradley and
    Terry 1952). Pictures from the middle, which have no side, do not count.

    Args:
        known, mirrored: (N,) what the network says of the batch's first pictures and of their
            mirror images.
    """
    weight = (sidedness(batch.matrix[: len(known)]).to(known) / _ASIDE).clamp(0, 1)
    return (F.softplus(mirrored - known) * weight).sum() / weight.sum().clamp_min(1e-3)


def field_losses(distance: Tensor, colour: Tensor, batch: Batch) -> dict[str, Tensor]:
    """Clamped distance, occupancy near the surface, colour near the surface."""
    target = batch.distance
    near = (target.abs() < 0.02).float()
    return {
        "distance": (distance.clamp(-CLAMP, CLAMP) - target.clamp(-CLAMP, CLAMP)).abs().mean(),
        "occupancy": F.binary_cross_entropy_with_logits(-distance / STEP, (target < 0).float()),
        "overlap": overlap_loss(distance, batch),
        "colour": ((colour - batch.albedo).abs().mean(dim=-1) * near).sum()
        / near.sum().clamp_min(1),
    }


def overlap_loss(distance: Tensor, batch: Batch) -> Tensor:
    """One minus the IoU of the volumes, of soft insides (Rahman and Wang 2016); mean of the batch.

    Cross-entropy leaves a board out whose place is known less well than it is thick, since every
    single point is more likely outside. A thicker board overlaps the true one wherever it is.

    Args:
        distance: (B, N) predicted at the batch's points, cube units, negative inside.
    """
    inside, truth = torch.sigmoid(-distance / SHARP_STEP), (batch.distance < 0).float()
    both = (inside * truth * batch.volume).sum(dim=1)
    either = ((inside + truth - inside * truth) * batch.volume).sum(dim=1)
    return 1 - (both / either.clamp_min(1e-6)).mean()


def camera_loss(fitted: Tensor, batch: Batch) -> Tensor:
    """Mean distance in the picture between points seen by the fitted and by the true camera.

    Single pixels may be off without harm when their errors cancel in the fit; this teaches the
    errors, and the weights of the pixels, to do so. A fit that failed counts little.
    """
    points = batch.points[:, :256]
    off = (project(fitted, points)[0] - project(batch.matrix, points)[0]).norm(dim=-1)
    per_picture = off.mean(dim=1)
    return per_picture[torch.isfinite(per_picture)].clamp(max=0.25).mean()


def fitted_cameras(encoding: Encoding, alpha: Tensor) -> Tensor:
    """Cameras as the engine fits them: (B, 3, 4) from the predicted surface.

    Args:
        alpha: (B, 1, H, H), 0..1.

    Neighbours are wrong by nearly the same, so that a grid of them does here: the fit takes several
    steps, which are differentiated, and with every element it would be a large part of the work.
    """
    edge = encoding.surface.shape[-1]
    seen = F.avg_pool2d(alpha, alpha.shape[-1] // edge)[:, 0] > 0.5
    stride = max(1, edge // _FITTED)
    grid = torch.zeros(edge, edge, dtype=torch.bool, device=alpha.device)
    grid[stride // 2 :: stride, stride // 2 :: stride] = True
    chosen = grid.flatten().nonzero()[:, 0]
    points, uv, weight = (part[:, chosen] for part in correspondences(encoding, seen))
    return fit_camera(points, uv, weight)
