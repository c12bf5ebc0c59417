"""OpenLRM 1.0 and 1.1 (He and Wang 2023): one picture to a mesh; not for commercial use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .base import View
from .plane_engine import PlaneEngine, Prepared

if TYPE_CHECKING:
    from ..networks.plane_field import Turn

#: The camera that every picture is taken for: 2 in front of the object, looking along +Y.
_DISTANCE = 2.0
_SOURCE = (1, 0, 0, 0, 0, 0, -1, -_DISTANCE, 0, 1, 0, 0, 0.75, 0.75, 0.5, 0.5)


class OpenLRM(PlaneEngine):
    """Its world is ours: Z up, front to -Y."""

    @classmethod
    def describe(cls) -> str:
        """One sentence for a person."""
        return "Objects of every kind from one picture; for research, not for commercial use"

    def prepare(self, views: Sequence[View]) -> Prepared:
        """The object fills 80 % of a picture over white."""
        import torch

        from ..imaging.model_input import openlrm_picture

        images = openlrm_picture(views[0].rgba, self.model.config.picture)[:, None]
        return Prepared(images, torch.tensor(_SOURCE, dtype=torch.float32)[None, None])

    def turn(self) -> Turn:
        """None."""
        from ..networks.plane_field import SAME_FRONT

        return SAME_FRONT
