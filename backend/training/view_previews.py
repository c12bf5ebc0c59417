"""Sheets of what a large model makes of sources: whole views beside the true ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..networks.lrm import LargeReconstructor
from .view_batches import ViewBatch, ViewSource
from .view_losses import look

_OBJECTS, _EDGE, _VIEWS = 4, 64, 3


def sheet(model: LargeReconstructor, source: ViewSource, device: torch.device) -> np.ndarray:
    """Draw the same objects every time.

    Returns:
        (H, W, 3) uint8: a row an object; the source, then pairs of a true view and the model's.
    """
    batch = source.whole(_EDGE).draw_objects(_OBJECTS, np.random.default_rng(0)).to(device)
    planes = model.encode(batch.source_image[:, None], batch.source_camera[:, None])
    rows = []
    for index in range(len(batch)):
        made = _views(model, planes[index : index + 1], batch, index)
        first = torch.nn.functional.interpolate(batch.source_image[index : index + 1], (_EDGE,) * 2)
        pairs = [view for pair in zip(batch.images[index], made, strict=True) for view in pair]
        rows.append(torch.cat([first[0], *pairs[: 2 * _VIEWS]], dim=-1))
    picture = torch.cat(rows, dim=1).permute(1, 2, 0).clamp(0, 1)
    return (picture * 255).round().byte().cpu().numpy()


def _views(model: LargeReconstructor, planes: Tensor, batch: ViewBatch, index: int) -> Tensor:
    """(V, 3, E, E), one view at a time to save memory."""
    parts = []
    for view in range(batch.images.shape[1]):
        one = replace(
            batch,
            cameras=batch.cameras[:, view : view + 1],
            images=batch.images[:, view : view + 1],
            greys=batch.greys[:, view : view + 1],
            anchors=batch.anchors[:, view : view + 1],
        )
        parts.append(look(model, planes, one, index, None).images)
    return torch.cat(parts)
