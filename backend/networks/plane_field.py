"""What a large reconstruction model makes of its pictures, as functions of points in the unit cube.

Points are in Maquette's cube [-0.5, 0.5]: Z up, front facing -Y. The models have boxes and
fronts of their own; the change between the two is a scale and a turn about Z, never a mirror.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from .lrm import LargeReconstructor

#: Rotations from our axes to a model's: OpenLRM's front is -Y as ours, the others' is +X.
SAME_FRONT = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
FRONT_AT_X = ((0.0, -1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
Turn = tuple[tuple[float, float, float], ...]
_QUERY_CHUNK = 131072


class PlaneField:
    """A field over the unit cube, in numpy and in torch.

    Attributes:
        bounds: half the edge of the cube in which it is defined, 0.5.
        level: value at the surface: a density, or 0 for distances.
        is_distance: whether values are signed distances, negative inside; otherwise they are
            densities, larger inside.
        edge: edge of the cube in the model's units.
    """

    bounds = 0.5

    def __init__(self, model: LargeReconstructor, planes: Tensor, turn: Turn) -> None:
        config = model.config
        self.model, self.planes = model, planes
        self.level = config.level
        self.is_distance = config.head.surface
        self.edge = config.head.grid_scale if config.head.surface else 2 * config.half
        self._turn = torch.tensor(turn, device=planes.device) * self.edge

    @torch.inference_mode()
    def values(self, points: Tensor) -> Tensor:
        """(N, 3) points of the unit cube on the model's device -> (N,) density or distance."""
        return self.model.value(self.planes, self.to_model(points)[None])[0, :, 0]

    @torch.inference_mode()
    def colours(self, points: Tensor) -> Tensor:
        """(N, 3) points of the unit cube -> (N, 3) sRGB, 0..1."""
        return self.model.colour(self.planes, self.to_model(points)[None])[0].clamp(0, 1)

    def to_model(self, points: Tensor) -> Tensor:
        """(N, 3) points of the unit cube -> the model's own axes and units."""
        return points @ self._turn.T

    def from_model(self, points: Tensor) -> Tensor:
        """(N, 3) points in the model's axes and units -> the unit cube."""
        return points @ self._turn / self.edge**2

    def density_or_sdf(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N,) float32 density, or signed distance where ``is_distance``."""
        return self._in_chunks(self.values, points, ())

    def outside(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N,) float32, negative inside, 0 at the surface."""
        values = self.density_or_sdf(points)
        return values if self.is_distance else self.level - values

    def colour(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) float32 -> (N, 3) float32 sRGB, 0..1."""
        return self._in_chunks(self.colours, points, (3,))

    def _in_chunks(
        self, ask: Callable[[Tensor], Tensor], points: np.ndarray, shape: tuple[int, ...]
    ) -> np.ndarray:
        out = np.empty((len(points), *shape), np.float32)
        for i in range(0, len(points), _QUERY_CHUNK):
            part = torch.from_numpy(np.ascontiguousarray(points[i : i + _QUERY_CHUNK], np.float32))
            out[i : i + _QUERY_CHUNK] = ask(part.to(self.planes.device)).float().cpu().numpy()
        return out
