"""A signed-distance field to a grid of values, evaluated only near the surface.

Coarse to fine: a small grid is evaluated densely; then, level by level, the cells that the
surface may cross are split and only their new corners are evaluated. All other values are
interpolated, which keeps their sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

#: (N, 3) float32 points in [-0.5, 0.5] -> (N,) float32 signed distance, negative inside.
Field = Callable[[np.ndarray], np.ndarray]

COARSEST = 32
#: A cell is split when a corner is nearer to the surface than this many cell edges. The coarse
#: levels look further, for boards thinner than their cells.
_REACH = {32: 0.9, 64: 0.5, 128: 0.1}
_CHUNK = 65536


@dataclass(frozen=True)
class Volume:
    """Values on a grid over the unit cube.

    Attributes:
        values: (R + 1, R + 1, R + 1) float32, index order x, y, z; negative inside.
        queries: points at which the field was evaluated.
    """

    values: np.ndarray
    queries: int

    @property
    def resolution(self) -> int:
        """Cells along an edge."""
        return self.values.shape[0] - 1


def sample_field(
    field: Field, resolution: int, progress: Callable[[float], None] | None = None
) -> Volume:
    """Evaluate the field on a grid of ``resolution`` cells along each edge.

    Args:
        resolution: 32 times a power of two.
        progress: called with the share done, 0 to 1; may raise to stop the work.

    Raises:
        ValueError: another resolution.
    """
    levels = int(np.log2(resolution / COARSEST)) if resolution >= COARSEST else -1
    if levels < 0 or COARSEST * 2**levels != resolution:
        raise ValueError(f"resolution must be {COARSEST} times a power of two, not {resolution}")
    told = progress or (lambda share: None)
    # Work grows about fourfold from level to level.
    total = sum(4**i for i in range(levels + 1))
    done = 0.0
    size = COARSEST + 1
    nodes = np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    values = _evaluate(field, nodes, COARSEST, _part(told, 0.0, 1 / total)).reshape(
        size, size, size
    )
    queries = len(nodes)
    for level in range(levels):
        done += 4**level
        share = 4 ** (level + 1)
        cells = COARSEST * 2**level
        active = _cells_to_split(values, _REACH.get(cells, 0.1) / cells)
        values = _doubled(values)
        wanted = _new_corners(active)
        nodes = np.argwhere(wanted)
        values[wanted] = _evaluate(
            field, nodes, 2 * cells, _part(told, done / total, share / total)
        )
        queries += len(nodes)
    return Volume(values, queries)


def _part(told: Callable[[float], None], begin: float, length: float) -> Callable[[float], None]:
    """Report the share of a part of the work as a share of the whole."""
    return lambda share: told(begin + length * share)


def _evaluate(
    field: Field, nodes: np.ndarray, cells: int, told: Callable[[float], None]
) -> np.ndarray:
    out = np.empty(len(nodes), np.float32)
    for i in range(0, len(nodes), _CHUNK):
        points = (nodes[i : i + _CHUNK] / cells - 0.5).astype(np.float32)
        out[i : i + _CHUNK] = field(points)
        told(min(i + _CHUNK, len(nodes)) / max(len(nodes), 1))
    return out


def _cells_to_split(values: np.ndarray, reach: float) -> np.ndarray:
    """Bool (R, R, R): cells with a sign change or a corner within ``reach`` of the surface."""
    low, high, near = values, values, np.abs(values)
    for axis in range(3):
        first = [slice(None)] * 3
        second = [slice(None)] * 3
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        low = np.minimum(low[tuple(first)], low[tuple(second)])
        high = np.maximum(high[tuple(first)], high[tuple(second)])
        near = np.minimum(near[tuple(first)], near[tuple(second)])
    return ((low < 0) & (high >= 0)) | (near < reach)


def _doubled(values: np.ndarray) -> np.ndarray:
    """Interpolate to twice the cells, trilinearly."""
    for axis in range(3):
        moved = np.moveaxis(values, axis, 0)
        out = np.empty((2 * len(moved) - 1, *moved.shape[1:]), np.float32)
        out[::2] = moved
        out[1::2] = (moved[:-1] + moved[1:]) / 2
        values = np.moveaxis(out, 0, axis)
    return np.ascontiguousarray(values)


def _new_corners(active: np.ndarray) -> np.ndarray:
    """Bool over the doubled grid's nodes: inside split cells and not known from the level above."""
    size = 2 * active.shape[0] + 1
    wanted = np.zeros((size, size, size), bool)
    for dx in range(3):
        for dy in range(3):
            for dz in range(3):
                ends = [size - 2 + d for d in (dx, dy, dz)]
                view = wanted[dx : ends[0] : 2, dy : ends[1] : 2, dz : ends[2] : 2]
                np.logical_or(view, active, out=view)
    wanted[::2, ::2, ::2] = False
    return wanted
