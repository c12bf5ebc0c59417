"""A triplane network at the points of a regular grid, for less than elsewhere.

The head's first layer is linear in the features, and each plane's features are those of a grid of
points in two dimensions. So that layer is worked out once for every such point of each plane; a
point of the cube then takes three rows and adds them, in place of reading the planes twelve
times and multiplying. The numbers are the same up to rounding.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..networks.compiling import is_compiled
from ..networks.heads import DensityHead, SurfaceHead
from ..networks.lrm import LargeReconstructor

#: Points that a processor is asked for at a time.
_CACHED = 8192


class TriplaneNodes:
    """Raw density or distance at grid points; a :data:`.refinement.NodeField` by :meth:`excess`.

    Args:
        planes: (1, 3, C, S, S) float32 of one object.
        resolution: cells along an edge of the grid, which covers the cube of edge ``2 * extent``
            about the origin, in the model's units.
    """

    def __init__(
        self, model: LargeReconstructor, planes: Tensor, resolution: int, extent: float
    ) -> None:
        head = model.head
        net = head.net if isinstance(head, DensityHead) else head.sdf
        first = net[0]
        channels = planes.shape[2]
        line = torch.linspace(-extent, extent, resolution + 1, device=planes.device)
        line = line / model.config.half
        across, down = torch.meshgrid(line, line, indexing="xy")
        grid = torch.stack([across, down], dim=-1)[None]  # rows follow the second coordinate
        self._tables, self._axes = [], model.config.axes
        for k, plane in enumerate(planes[0].float()):
            weight = first.weight[:, k * channels : (k + 1) * channels].float()
            drawn = torch.einsum("oc,chw->ohw", weight, plane)[None]
            read = F.grid_sample(drawn, grid, align_corners=False)[0]
            self._tables.append(read.permute(2, 1, 0).reshape((resolution + 1) ** 2, -1))
        self._tables[0] = self._tables[0] + first.bias.float()
        self._size = resolution + 1
        self._rest = _float32_tail(net)
        self._level = _raw_level(model)
        self._inside_high = isinstance(head, DensityHead)
        # The last block of points may have any length.
        self._answer = torch.compile(_answer, dynamic=True) if is_compiled(model) else _answer

    def raw(self, nodes: Tensor) -> Tensor:
        """(N, 3) int64 -> (N,) float32: the head's first number, before its activation."""
        # Blocks that stay in a processor's cache take a fraction of the time; a card wants few.
        block = _CACHED if nodes.device.type == "cpu" else len(nodes)
        return torch.cat([self._block(part) for part in nodes.split(max(block, 1))])

    def _block(self, nodes: Tensor) -> Tensor:
        rows = [nodes[:, a] * self._size + nodes[:, b] for a, b in self._axes]
        return self._answer(self._tables, rows, self._rest)

    def excess(self, nodes: Tensor) -> Tensor:
        """(N, 3) int64 -> (N,) float32: raw value beyond the surface's, positive inside."""
        raw = self.raw(nodes)
        return raw - self._level if self._inside_high else -raw


def _answer(tables: list[Tensor], rows: list[Tensor], rest: nn.Sequential) -> Tensor:
    hidden = tables[0].index_select(0, rows[0])
    for table, row in zip(tables[1:], rows[1:], strict=True):
        hidden += table.index_select(0, row)
    out: Tensor = rest(hidden)[:, 0]
    return out


def _float32_tail(net: nn.Sequential) -> nn.Sequential:
    """All but the first layer, in float32, the last one with its first number alone."""
    layers: list[nn.Module] = []
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    for layer in list(net)[1:]:
        if not isinstance(layer, nn.Linear):
            layers.append(type(layer)(inplace=True))
            continue
        rows = 1 if layer is linear[-1] else layer.out_features
        copy = nn.Linear(layer.in_features, rows, device=layer.weight.device)
        with torch.no_grad():
            copy.weight.copy_(layer.weight[:rows])
            copy.bias.copy_(layer.bias[:rows])
        layers.append(copy)
    return nn.Sequential(*layers).requires_grad_(False)


def _raw_level(model: LargeReconstructor) -> float:
    """The raw number whose density is the level at which the publishers put the surface."""
    if isinstance(model.head, SurfaceHead):
        return 0.0
    return model.head.raw_of(model.config.level)
