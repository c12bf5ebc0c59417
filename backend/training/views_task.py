"""Large reconstruction models of OpenLRM's family, taught with views and, where known, geometry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...core.errors import MaquetteError
from ..networks.lrm import LargeReconstructor, ModelConfig
from ..networks.perceptual import Lpips, read_lpips
from .batches import Folder
from .openlrm_dataset import Sampling
from .tasks import Moment
from .view_batches import ViewBatch, ViewSource
from .view_losses import Seen, Weights, look, occupancy_loss, surface_terms, total_variation
from .view_model import Model, describe, is_supported, make, save

WEIGHTS = "model.safetensors"


@dataclass(frozen=True)
class Data:
    """What is drawn.

    Attributes:
        folders: in OpenLRM's layout or Maquette's own; their lists say what is for training and
            what for validation.
        side_views: that are looked at beside the source.
        low, high: edges of the targets before cutting, pixels; region: edge of what is cut out.
        distance: of the source camera, the model's units; left out, each object's own.
        points: of known geometry an object, from the meshes of Maquette's datasets; 0 for none.
        cache: folder that keeps what is inside of those meshes.
        lpips: folder with the weights of LPIPS; left out, that term is.
    """

    folders: tuple[Folder, ...] = ()
    side_views: int = 3
    low: int = 64
    high: int = 192
    region: int = 64
    distance: float | None = None
    points: int = 0
    cache: Path = Path("out/known-points")
    lpips: Path | None = None

    def __post_init__(self) -> None:
        if not 4 <= self.region <= self.low <= self.high:
            raise ValueError("region, low and high must rise, from 4 on.")


@dataclass(frozen=True)
class ViewsTask:
    """See :class:`.tasks.Task`."""

    data: Data = field(default_factory=Data)
    model: Model = field(default_factory=Model)
    loss_weights: Weights = field(default_factory=Weights)

    @cached_property
    def config(self) -> ModelConfig:
        """The network's sizes."""
        return self.model.sizes()

    def build(self) -> LargeReconstructor:
        """A fresh network, or the one that the configuration begins with."""
        made = make(self.model)
        if not is_supported(made.config):
            raise MaquetteError("config-wrong", "Only OpenLRM's density models are trained here.")
        return made

    def source(self, validation: bool) -> ViewSource | None:
        """Objects of one of both lists."""
        d = self.data
        sampling = Sampling(d.side_views, self.config.picture, d.low, d.high, d.region, d.distance)
        points = d.points if self.loss_weights.occupancy > 0 else 0
        split = "validation" if validation else "train"
        found = ViewSource(d.folders, split, sampling, points, d.cache)
        return found if len(found) else None

    def weights(self) -> Mapping[str, float]:
        """By term, but those for which something is missing."""
        found = asdict(self.loss_weights)
        if self.data.lpips is None:
            del found["perceptual"]
        return found

    @cached_property
    def _lpips(self) -> Lpips | None:
        return None if self.data.lpips is None else read_lpips(self.data.lpips)

    def losses(self, model: nn.Module, batch: ViewBatch, moment: Moment) -> dict[str, Tensor]:
        """Pictures, cover, surfaces, planes and geometry."""
        assert isinstance(model, LargeReconstructor)
        with moment.autocast():
            planes = model.encode(batch.source_image[:, None], batch.source_camera[:, None])
        lists: dict[str, list[Tensor]] = {}
        generator = moment.generator if moment.training else None
        for index in range(len(batch)):
            with moment.autocast():
                seen = look(model, planes[index : index + 1], batch, index, generator)
            for name, value in self._terms(seen, batch, index).items():
                lists.setdefault(name, []).append(value)
        terms = {name: torch.stack(values).mean() for name, values in lists.items()}
        terms["planes"] = total_variation(planes)
        with moment.autocast():
            occupancy = occupancy_loss(model, planes, batch) if self.data.points else None
        return terms if occupancy is None else {**terms, "occupancy": occupancy}

    def _terms(self, seen: Seen, batch: ViewBatch, index: int) -> dict[str, Tensor]:
        terms = surface_terms(seen, batch, index)
        terms["image"] = F.mse_loss(seen.images, batch.images[index])
        terms["mask"] = F.mse_loss(seen.masks, batch.masks[index])
        if self._lpips is not None:
            distance = self._lpips.to(seen.images.device)
            terms["perceptual"] = distance(seen.images, batch.images[index]).mean()
        return terms

    def preview(self, model: nn.Module, device: torch.device) -> np.ndarray | None:
        """Sources, and views beside what is made of them."""
        from .view_previews import sheet

        assert isinstance(model, LargeReconstructor)
        source = self.source(validation=True) or self.source(validation=False)
        return None if source is None else sheet(model, source, device)

    def describe(self) -> dict[str, Any]:
        """The network's sizes."""
        return describe(self.config)

    def finish(self, model: nn.Module, folder: Path) -> str:
        """Write the averaged weights in the published layout."""
        assert isinstance(model, LargeReconstructor)
        save(model, folder / WEIGHTS, self.model.start)
        return f"The weights stand in {folder / WEIGHTS}."
