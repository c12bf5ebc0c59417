"""A field to the cells that its surface crosses, without asking everywhere.

A coarse grid is asked densely. Then, level by level, cells that may hold a part of the surface
are split in two along each axis and their new corners asked. Which cells may is for a *test* to
say, and what is guaranteed hangs on the test:

:class:`Slope`
    Nothing is lost, not even what lies between all coarse points, if the field never changes
    faster than the stated slope. True of exact distances (slope 1) and of whatever is clipped or
    scaled from them. The bound: a point of a cell is no farther from a corner than half the
    cell's diagonal.
:class:`Surroundings`
    For fields without a known slope, such as a network's density. Nothing is lost if inside a
    cell of edge p (in cells of the finest grid) the field leaves the range that it has at the 64
    points of the cell and the ring of cells around by no more than ``margin * (1 - 1 / 2p)``
    times that range. With the margin of one half this holds for a part one finest cell thick
    around which values rise evenly with the distance, wherever it lies: a ball in the middle of a
    cell is sqrt(3) p / 2 - 1/2 away from the corners, and the range is sqrt(3) p; of rods and
    sheets less is asked. A part thinner than a cell must so make itself felt at the points around
    it; one that rises from flat surroundings and is gone before the next point is not seen. The
    features of a triplane are linear between its elements, so where the coarse grid has a point
    for each of them (the default), such a part would have to be an invention of the head alone.

Where a test lets everything through, everything is asked: a dense grid is the worst that can
happen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from .marching import corner_offsets, flat_index

#: Grid points (N, 3) int64, 0 to resolution -> (N,) float32, positive inside.
NodeField = Callable[[Tensor], Tensor]
#: Points asked at a time.
CHUNK = 1 << 17
#: Cells along an edge of the coarse grid: elements along an edge of the published triplanes.
COARSE = 64


@dataclass(frozen=True)
class Level:
    """What a test may look at.

    Attributes:
        values: (n, n, n) float32, all grid points; only those that are ``known`` mean something.
        known: (n, n, n) bool.
        cells: (M, 3) int64 lowest corners.
        pitch: edge of the cells in grid units.
    """

    values: Tensor
    known: Tensor
    cells: Tensor
    pitch: int

    def at_corners(self) -> Tensor:
        """(M, 8) values."""
        size = self.values.shape[0]
        offsets = corner_offsets(size, self.values.device) * self.pitch
        return self.values.reshape(-1)[flat_index(self.cells, size)[:, None] + offsets]


class SplitTest(Protocol):
    """Tells which cells may hold a part of the surface."""

    def __call__(self, level: Level) -> Tensor:
        """(M,) bool."""
        ...


@dataclass(frozen=True)
class Slope:
    """See the module.

    Attributes:
        most: by how much the field changes at most over one grid unit.
    """

    most: float

    def __call__(self, level: Level) -> Tensor:
        """(M,) bool: the surface is within reach of a corner."""
        reach = self.most * level.pitch * 3**0.5 / 2
        corners = level.at_corners()
        return (corners.abs().amin(dim=1) <= reach) | crossed(corners)


@dataclass(frozen=True)
class Surroundings:
    """See the module.

    Attributes:
        margin: by how many times the range around it a large cell may surpass that range.
    """

    margin: float = 0.5

    def __call__(self, level: Level) -> Tensor:
        """(M,) bool: the widened range holds zero."""
        size, pitch = level.values.shape[0], level.pitch
        if bool(level.known[::pitch, ::pitch, ::pitch].all()):
            low, high = self._everywhere(level)
        else:
            low, high = self._gathered(level, size)
        more = self.margin * (1 - 0.5 / pitch) * (high - low)
        return (low - more <= 0) & (high + more > 0)

    def _everywhere(self, level: Level) -> tuple[Tensor, Tensor]:
        p = level.pitch
        grid = level.values[::p, ::p, ::p][None, None]
        # The pooling's own padding is minus infinity; 4 points along each axis for each cell.
        high = F.max_pool3d(grid, 4, 1, 1)[0, 0].reshape(-1)
        low = -F.max_pool3d(-grid, 4, 1, 1)[0, 0].reshape(-1)
        index = flat_index(level.cells // p, grid.shape[-1] - 1)
        return low[index], high[index]

    def _gathered(self, level: Level, size: int) -> tuple[Tensor, Tensor]:
        flat, known = level.values.reshape(-1), level.known.reshape(-1)
        ring = torch.arange(-1, 3, device=flat.device) * level.pitch
        lows, highs = [], []
        for cells in level.cells.split(CHUNK // 4):
            x, y, z = ((cells[:, axis, None] + ring).clamp(0, size - 1) for axis in range(3))
            nodes = (x[:, :, None, None] * size + y[:, None, :, None]) * size + z[:, None, None]
            nodes = nodes.flatten(1)
            read, there = flat[nodes], known[nodes]
            lows.append(torch.where(there, read, torch.inf).amin(dim=1))
            highs.append(torch.where(there, read, -torch.inf).amax(dim=1))
        return torch.cat(lows), torch.cat(highs)


@dataclass(frozen=True)
class Refined:
    """A field where it matters.

    Attributes:
        values: (n, n, n) float32; only corners of ``cells`` and coarser points mean something.
        cells: (M, 3) int64 lowest corners of all cells of edge 1 that the surface may cross.
        queries: points at which the field was asked.
    """

    values: Tensor
    cells: Tensor
    queries: int


def crossed(corners: Tensor) -> Tensor:
    """(M, 8) values to (M,) bool: not all on one side."""
    return (corners.amin(dim=1) <= 0) & (corners.amax(dim=1) > 0)


def coarse_pitch(resolution: int, coarse: int = COARSE) -> int:
    """The largest power of two that leaves at least ``coarse`` whole cells along an edge."""
    pitch = 1
    while resolution % (2 * pitch) == 0 and resolution // (2 * pitch) >= coarse:
        pitch *= 2
    return pitch


def refine(
    field: NodeField,
    resolution: int,
    test: SplitTest,
    device: torch.device | str = "cpu",
    coarse: int = COARSE,
    progress: Callable[[float], None] | None = None,
) -> Refined:
    """Ask the field coarse to fine.

    Args:
        resolution: cells along each edge of the cube; with a factor of 2**k the coarse grid is
            that much coarser, but has at least ``coarse`` cells along an edge.
        test: decides what is guaranteed, see the module.
        progress: called with the share done, 0 to 1; may raise to stop the work.
    """
    size = resolution + 1
    pitch = coarse_pitch(resolution, coarse)
    # Pages that are never written cost no memory.
    values = torch.empty((size, size, size), device=device)
    known = torch.zeros((size, size, size), dtype=torch.bool, device=device)
    told = progress or (lambda share: None)
    steps = pitch.bit_length()
    line = torch.arange(0, size, pitch, device=device)
    nodes = torch.cartesian_prod(line, line, line)
    queries = _ask(field, nodes, values, known, told, 0.0, 1 / steps)
    cells = torch.cartesian_prod(line[:-1], line[:-1], line[:-1])
    done = 0
    while pitch > 1:
        done += 1
        cells = cells[test(Level(values, known, cells, pitch))]
        pitch //= 2
        cells = _children(cells, pitch)
        nodes = _unknown(cells, pitch, known)
        queries += _ask(field, nodes, values, known, told, done / steps, 1 / steps)
    last = Level(values, known, cells, 1)
    return Refined(values, cells[crossed(last.at_corners())], queries)


def _children(cells: Tensor, pitch: int) -> Tensor:
    ends = torch.tensor([0, pitch], device=cells.device)
    return (cells[:, None] + torch.cartesian_prod(ends, ends, ends)).reshape(-1, 3)


def _unknown(cells: Tensor, pitch: int, known: Tensor) -> Tensor:
    """The corners of the cells that were not asked yet, (N, 3), each once."""
    size = known.shape[0]
    offsets = corner_offsets(size, known.device) * pitch
    wanted = torch.zeros(size**3, dtype=torch.bool, device=known.device)
    base = flat_index(cells, size)
    for offset in offsets:
        wanted[base + offset] = True
    wanted &= ~known.reshape(-1)
    flat = wanted.nonzero()[:, 0]
    return torch.stack([flat // (size * size), flat // size % size, flat % size], dim=1)


def _ask(
    field: NodeField,
    nodes: Tensor,
    values: Tensor,
    known: Tensor,
    told: Callable[[float], None],
    begin: float,
    share: float,
) -> int:
    size = values.shape[0]
    for i in range(0, len(nodes), CHUNK):
        part = nodes[i : i + CHUNK]
        index = flat_index(part, size)
        values.view(-1)[index] = field(part).float()
        known.view(-1)[index] = True
        told(begin + share * min(i + CHUNK, len(nodes)) / len(nodes))
    return len(nodes)
