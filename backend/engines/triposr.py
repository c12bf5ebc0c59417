"""TripoSR (Tochilkin et al. 2024): one picture to a mesh; MIT, for any use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..checkpoints.catalogue import CATALOGUE
from .base import View
from .plane_engine import PlaneEngine, Prepared

if TYPE_CHECKING:
    from ..networks.plane_field import Turn

#: The camera that its trainers took pictures with.
_DISTANCE, _FOV_DEG = 1.9, 40.0


class TripoSR(PlaneEngine):
    """Trained on objects of every kind, seen from the front and a little above."""

    name = "triposr"
    release = CATALOGUE["triposr"]

    @classmethod
    def describe(cls) -> str:
        """One sentence for a person."""
        return "Objects of every kind from one picture, for any use, also commercial"

    def prepare(self, views: Sequence[View]) -> Prepared:
        """The object fills 85 % of a picture over middle grey."""
        from ..imaging.model_input import triposr_picture

        return Prepared(triposr_picture(views[0].rgba, self.model.config.picture)[:, None])

    def cameras(self, prepared: Prepared) -> np.ndarray:
        """One at its front: +X."""
        from .shots import camera_numbers_at

        return camera_numbers_at(_DISTANCE, _FOV_DEG, axis=0, sign=1.0)[None]

    def turn(self) -> Turn:
        """Its front is +X."""
        from ..networks.plane_field import FRONT_AT_X

        return FRONT_AT_X
