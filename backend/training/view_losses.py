"""What a field of density must look like from where pictures of it are known."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ..networks.heads import DensityHead
from ..networks.key_layouts import Layout
from ..networks.lrm import LargeReconstructor
from ..networks.volume_rendering import Rendered, TwoPass, camera_rays, centred_draws
from .view_batches import ViewBatch

#: Cover below which the place of a surface means nothing.
_LITTLE = 0.1


@dataclass(frozen=True)
class Weights:
    """Weights of the terms; those of image, perceptual and planes are OpenLRM's.

    Attributes:
        image: mean squared difference of colours.
        perceptual: LPIPS, where its weights are there.
        mask: mean squared difference of cover.
        depth: mean absolute difference along the rays that hit, in the model's units.
        normal: 1 - cosine where normals are known.
        planes: total variation of the planes.
        occupancy: binary cross-entropy where geometry is known.
    """

    image: float = 1.0
    perceptual: float = 1.0
    mask: float = 0.5
    depth: float = 0.2
    normal: float = 0.05
    planes: float = 5e-4
    occupancy: float = 0.2


@dataclass(frozen=True)
class Seen:
    """The crops that a model shows of one object.

    Attributes:
        images: (V, 3, R, R); masks: (V, R, R).
        reach: (V, R, R), distances along the rays, weighted by cover; over ``masks`` it is the
            mean distance.
        points: (V, R, R, 3), where the rays end; of no use where the cover is little.
    """

    images: Tensor
    masks: Tensor
    reach: Tensor
    points: Tensor


def look(
    model: LargeReconstructor,
    planes: Tensor,
    batch: ViewBatch,
    index: int,
    generator: torch.Generator | None,
) -> Seen:
    """Render the crops of one object of a batch from its planes (1, 3, C, S, S).

    Without a generator the samples stand in the middle of their steps.
    """
    edge = batch.images.shape[-1]
    rays = [
        camera_rays(
            camera[:16].view(4, 4), camera[16:].view(3, 3), int(batch.sizes[index]), edge,
            (int(anchor[0]), int(anchor[1])),
        )
        for camera, anchor in zip(batch.cameras[index], batch.anchors[index], strict=True)
    ]  # fmt: skip
    origins, directions = (torch.cat(part) for part in zip(*rays, strict=True))
    grounds = batch.greys[index].repeat_interleave(edge * edge, dim=0)
    shown = render(model, planes, origins, directions, grounds, generator)
    count = len(rays)
    ends = origins + shown.depth / shown.weight.clamp_min(_LITTLE) * directions
    return Seen(
        shown.rgb.view(count, edge, edge, 3).permute(0, 3, 1, 2),
        shown.weight.view(count, edge, edge),
        shown.depth.view(count, edge, edge),
        ends.view(count, edge, edge, 3),
    )


def render(
    model: LargeReconstructor,
    planes: Tensor,
    origins: Tensor,
    directions: Tensor,
    grounds: Tensor,
    generator: torch.Generator | None,
) -> Rendered:
    """Integrate a density model along rays (R, 3) over grounds (R, 1), as it was trained.

    Depth is the sum over the samples, not divided by the weight.
    """
    head, config = model.head, model.config
    assert isinstance(head, DensityHead)
    outside = torch.finfo(torch.float32).min / (8 if config.layout is Layout.OPENLRM_1_1 else 3)
    # Divided by a cover of nearly nothing, depth would have gradients without bounds.
    way = TwoPass(config.samples, config.half, outside, mean_depth=False)
    jitter, quantiles = centred_draws(len(origins), way.samples, origins.device)
    if generator is not None:
        shape, device = jitter.shape, origins.device
        jitter = torch.rand(shape, generator=generator, device=device)
        quantiles = torch.rand(shape, generator=generator, device=device)

    def field(points: Tensor) -> tuple[Tensor, Tensor]:
        raw, colour = head(model.features(planes, points.flatten(0, 1)[None]))
        shape = points.shape[:2]
        return raw.float().view(*shape, 1), head.colour(colour).view(*shape, 3)

    return way.render(field, origins, directions, jitter, quantiles, grounds)


def surface_terms(seen: Seen, batch: ViewBatch, index: int) -> dict[str, Tensor]:
    """Depth and normals, where they are known and the model shows something."""
    terms = {}
    true, normals = batch.distance[index], batch.normals[index]
    # Behind a pixel that is only half covered, depth is of no one thing.
    there = (true > 0) & (batch.masks[index] > 0.99)
    if there.any():
        terms["depth"] = (seen.reach - seen.masks * true)[there].abs().mean()
    known = there & (normals.abs().sum(dim=1) > 0.5) & (seen.masks > 0.5)
    inner = known[:, 1:-1, 1:-1] & known[:, :-2, 1:-1] & known[:, 2:, 1:-1]
    inner &= known[:, 1:-1, :-2] & known[:, 1:-1, 2:]
    if inner.any():
        down = seen.points[:, 2:, 1:-1] - seen.points[:, :-2, 1:-1]
        right = seen.points[:, 1:-1, 2:] - seen.points[:, 1:-1, :-2]
        # Rows run down and columns to the right, so this cross product faces the camera.
        made = F.normalize(torch.linalg.cross(down, right), dim=-1)
        cosine = (made * normals.permute(0, 2, 3, 1)[:, 1:-1, 1:-1]).sum(dim=-1)
        terms["normal"] = (1 - cosine)[inner].mean()
    return terms


def occupancy_loss(model: LargeReconstructor, planes: Tensor, batch: ViewBatch) -> Tensor | None:
    """Density above the surface's level inside of the known shapes, below it outside."""
    known = batch.inside >= 0
    if not known.any():
        return None
    head = model.head
    assert isinstance(head, DensityHead)
    raw, _ = head(model.features(planes, batch.points))
    logits = raw[..., 0].float() - head.raw_of(model.config.level)
    return F.binary_cross_entropy_with_logits(logits[known], batch.inside[known])


def total_variation(planes: Tensor) -> Tensor:
    """Mean squared difference of neighbours on planes (B, 3, C, S, S)."""
    down = (planes[..., 1:, :] - planes[..., :-1, :]).square().mean()
    return down + (planes[..., 1:] - planes[..., :-1]).square().mean()
