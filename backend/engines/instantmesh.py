"""InstantMesh (Xu et al. 2024): several pictures of known sides or cameras to a mesh.

Its publishers let a diffusion model draw six views from one picture first. Own views are better
where there are any, and leave that model and its licence out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...core.protocol import MAX_PICTURES
from .base import View
from .multi_view import by_cameras, by_sides
from .plane_engine import PlaneEngine, Prepared

if TYPE_CHECKING:
    from ..networks.plane_field import Turn


class InstantMesh(PlaneEngine):
    """Volume and mesh variants; its front is +X."""

    fewest = 2
    most = MAX_PICTURES

    @classmethod
    def describe(cls) -> str:
        """One sentence for a person."""
        return "Objects of every kind from several pictures: named sides, or the scene's cameras"

    def prepare(self, views: Sequence[View]) -> Prepared:
        """Pictures over white, with the cameras that took them."""
        import torch

        from ..imaging.model_input import instantmesh_picture

        config = self.model.config
        turn = np.array(self.turn())
        known = all(view.camera is not None for view in views)
        posed = (by_cameras if known else by_sides)(views, config.picture, turn)
        images = [instantmesh_picture(picture, config.picture) for picture in posed.pictures]
        to_world = None
        if known:
            edge = config.head.grid_scale if config.head.surface else 2 * config.half
            to_world = np.eye(4)
            to_world[:3, :3] *= edge / posed.scale
            to_world[:3, 3] = posed.centre
        return Prepared(torch.stack(images, dim=1), torch.from_numpy(posed.cameras)[None], to_world)

    def turn(self) -> Turn:
        """Its front is +X."""
        from ..networks.plane_field import FRONT_AT_X

        return FRONT_AT_X
