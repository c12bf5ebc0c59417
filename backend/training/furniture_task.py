"""The embedded network, taught with geometry on shards of furniture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...core.errors import MaquetteError
from ..networks.encoding import Encoding
from ..networks.reconstructor import Config, Reconstructor, picture_tensor
from .batches import Batch, Folder, ShardSource
from .losses import (
    Weights,
    camera_loss,
    field_losses,
    fitted_cameras,
    reprojection_loss,
    side_loss,
    surface_loss,
)
from .tasks import Moment


@dataclass(frozen=True)
class Data:
    """What is drawn.

    Attributes:
        folders: of shards to train on.
        validation: of shards to measure on; may be empty.
        points: of the field, a picture.
        bulky: how often beds and sofas are drawn beside each other category.
        vary: share of the pictures that are changed as photographing and cutting out do, 0 to 1;
            where there are any, half of all pictures is mirrored.
        start: stored weights to begin with, of the same sizes but for the picture's.
        fitted_from: share of the schedule after which the cameras that the engine would fit are
            used beside the true ones.
        fitted_share: share of the pictures that they are used for then.
    """

    folders: tuple[Folder, ...] = ()
    validation: tuple[Folder, ...] = ()
    points: int = 1024
    bulky: float = 0.5
    vary: float = 1.0
    start: Path | None = None
    fitted_from: float = 0.25
    fitted_share: float = 0.6

    def __post_init__(self) -> None:
        if not 0 <= self.vary <= 1:
            raise ValueError("vary must be a share, 0 to 1.")


@dataclass(frozen=True)
class FurnitureTask:
    """See :class:`.tasks.Task`."""

    data: Data = field(default_factory=Data)
    model: Config = field(default_factory=Config)
    loss_weights: Weights = field(default_factory=Weights)

    def build(self) -> Reconstructor:
        """A fresh network, or the one that the configuration begins with.

        Raises:
            MaquetteError: ``checkpoint-other-model``, ``checkpoint-missing``.
        """
        start = self.data.start
        if start is None:
            return Reconstructor(self.model).to(memory_format=torch.channels_last)
        if not start.is_file():
            raise MaquetteError("checkpoint-missing", f"There is no file “{start}”.")
        from ..networks.weights_file import restore_for

        made = restore_for(start, self.model)
        if made.config != self.model:
            raise MaquetteError(
                "checkpoint-other-model",
                f"“{start}” holds a model of other sizes than the configuration asks for.",
                detail=f"{made.config} and {self.model}",
            )
        return made.train().requires_grad_(True).to(memory_format=torch.channels_last)

    def source(self, validation: bool) -> ShardSource | None:
        """Shards of one of both kinds.

        Raises:
            MaquetteError: ``training-data-missing``, ``training-data-other-size``.
        """
        folders = self.data.validation if validation else self.data.folders
        if validation and not folders:
            return None
        vary = 0.0 if validation else self.data.vary
        data, one_sided = self.data, self.model.one_sided
        found = ShardSource(folders, data.points, vary, one_sided, data.bulky)
        if found.edges != {self.model.picture}:
            sizes = ", ".join(map(str, sorted(found.edges)))
            raise MaquetteError(
                "training-data-other-size",
                f"The shards' pictures have {sizes} pixels and the network looks at "
                f"{self.model.picture}. Set model.picture, or make other shards.",
            )
        return found

    def weights(self) -> Mapping[str, float]:
        """By term."""
        return asdict(self.loss_weights)

    def losses(self, model: nn.Module, batch: Batch, moment: Moment) -> dict[str, Tensor]:
        """Field, correspondences, camera, category and side."""
        assert isinstance(model, Reconstructor)
        picture = picture_tensor(batch.rgba)
        n = len(picture)
        # An eighth of the pictures teaches which side is which: easy, and a mirror image costs as
        # much of the encoder as a picture.
        glimpsed = picture[: max(1, n // 8)].flip(-1) if model.config.one_sided else picture[:0]
        shown = torch.cat([picture, glimpsed]).contiguous(memory_format=torch.channels_last)
        with moment.autocast():
            encoding = model.encode(shown, n)
        fitted = fitted_cameras(encoding, picture[:, 3:])
        matrix = self._cameras(fitted.detach(), batch, moment)
        terms = self._field(model, encoding, matrix, batch, moment)
        terms["surface"] = surface_loss(encoding, batch)
        terms["reprojection"] = reprojection_loss(encoding, batch)
        terms["camera"] = camera_loss(fitted, batch)
        terms["category"] = nn.functional.cross_entropy(encoding.category, batch.category)
        if encoding.side is not None:
            terms["side"] = side_loss(encoding.side[: len(glimpsed)], encoding.side[n:], batch)
        return terms

    def _field(
        self, model: Reconstructor, encoding: Encoding, matrix: Tensor, batch: Batch, moment: Moment
    ) -> dict[str, Tensor]:
        """The field's terms; none where none counts: the encoder alone takes half of the time."""
        wanted = self.loss_weights
        if not any((wanted.distance, wanted.occupancy, wanted.overlap, wanted.colour)):
            return {}
        with moment.autocast():
            planes = model.planes(encoding, matrix)
            distance, colour = model.field(encoding, planes, matrix, batch.points)
        return field_losses(distance, colour, batch)

    def _cameras(self, fitted: Tensor, batch: Batch, moment: Moment) -> Tensor:
        """True cameras; a random share is replaced by the ones that the engine would use."""
        if moment.training:
            share = self.data.fitted_share if moment.done >= self.data.fitted_from else 0.0
        else:
            share = 1.0
        drawn = torch.rand(len(fitted), generator=moment.generator, device=moment.device)
        finite = torch.isfinite(fitted).flatten(1).all(dim=1)
        use = (drawn < share) & finite
        return torch.where(use[:, None, None], fitted, batch.matrix)

    def preview(self, model: nn.Module, device: torch.device) -> np.ndarray | None:
        """Pictures, what is made of them from there, and what from elsewhere."""
        from .furniture_previews import sheet

        assert isinstance(model, Reconstructor)
        source = self.source(validation=True) or self.source(validation=False)
        return None if source is None else sheet(model, source, device)

    def describe(self) -> dict[str, Any]:
        """The network's sizes."""
        return self.model.to_json()

    def finish(self, model: nn.Module, folder: Path) -> str:
        """Nothing: the weights are taken out of the checkpoint by ``maquette export``."""
        return ""
