"""Marching cubes on the cells that may hold the surface, in torch, on whatever device."""

from __future__ import annotations

import torch
from torch import Tensor

from .cube_cases import EDGES, case_table

#: Vertices keep this share of an edge away from its ends, so that no triangle is degenerate.
_MARGIN = 1e-3


def corner_offsets(size: int, device: torch.device | str = "cpu") -> Tensor:
    """(8,) int64: flat distance of a cell's corners from its lowest, in a grid of size**3."""
    return torch.tensor(
        [(c & 1) * size * size + (c >> 1 & 1) * size + (c >> 2 & 1) for c in range(8)],
        device=device,
    )


def flat_index(cells: Tensor, size: int) -> Tensor:
    """(M, 3) to (M,) int64 indices into a grid of size**3, x slowest."""
    return (cells[:, 0] * size + cells[:, 1]) * size + cells[:, 2]


def marching_cubes(values: Tensor, cells: Tensor) -> tuple[Tensor, Tensor]:
    """Triangulate the surface where ``values`` change their sign (Lorensen and Cline 1987).

    Args:
        values: (n, n, n), index order x, y, z; positive inside. Only the corners of ``cells``
            are read.
        cells: (M, 3) int64 lowest corners of the cells to look at; each at most once.

    Returns:
        vertices (V, 3) float32 in grid units, shared between triangles, and faces (F, 3) int64,
        counter-clockwise seen from outside. Closed wherever ``cells`` hold every crossed cell
        and no crossed edge lies in the grid's border.
    """
    size = values.shape[0]
    flat = values.reshape(-1)
    device = values.device
    table = torch.from_numpy(case_table()).to(device).long()
    base = flat_index(cells, size)
    offsets = corner_offsets(size, device)
    bits = 1 << torch.arange(8, device=device)
    case = ((flat[base[:, None] + offsets] > 0) * bits).sum(dim=1)
    crossed = (case > 0) & (case < 255)
    base, case = base[crossed], case[crossed]
    triangles = table[case]  # (M, T, 3)
    used = triangles[..., 0] >= 0
    corner, axis = torch.from_numpy(EDGES).to(device).unbind(1)
    within = offsets[corner] * 3 + axis  # of each edge
    keys = (base[:, None, None] * 3 + within[triangles])[used]
    if not len(keys):
        return flat.new_zeros((0, 3), dtype=torch.float32), keys.reshape(0, 3)
    edges, faces = torch.unique(keys, return_inverse=True)
    return _cut(flat, size, edges), faces


def _cut(flat: Tensor, size: int, edges: Tensor) -> Tensor:
    """Where the edges (``3 * node + axis``) are cut, (V, 3) float32."""
    node, axis = edges // 3, edges % 3
    step = torch.tensor([size * size, size, 1], device=flat.device)
    near, far = flat[node].double(), flat[node + step[axis]].double()
    share = (near / (near - far)).clamp(_MARGIN, 1 - _MARGIN)
    where = torch.stack([node // (size * size), node // size % size, node % size], dim=1).double()
    where[torch.arange(len(node), device=flat.device), axis] += share
    return where.float()
