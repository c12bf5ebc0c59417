"""FlexiCubes (Shen et al. 2023): a mesh from distances, with weights that place its vertices.

Dual marching cubes (Nielson 2004): each loop of crossed edges in a cell gives one vertex, each
crossed edge a quad between the four cells at it. Where a face has inside corners on one diagonal
and outside corners on the other, the outside corners count as joined. Two cells that both have
all four crossings of such a face in one loop would make an edge with four quads; there both
count the inside corners as joined instead (section 4.1 of the paper).
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from .cube_cases import EDGES, loops
from .marching import corner_offsets, flat_index

#: Our number of each edge in the order in which networks are trained to weight them.
_WEIGHTED = (0, 9, 2, 8, 1, 11, 3, 10, 4, 5, 7, 6)
_EDGES_END, _CORNERS_END = 12, 20
#: How far learned weights may move from 1, as InstantMesh was trained.
WEIGHT_SCALE = 0.5


@cache
def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By case: the loop of each edge (256, 12) or -1; loops (256,); the axis along which the
    neighbour lies with which all four crossings of a face are shared, 1 to 3, negative towards
    smaller coordinates, or 0 (256,)."""
    loop_of = np.full((256, 12), -1)
    count = np.zeros(256, int)
    shared = np.zeros(256, int)
    for case in range(256):
        # loops() joins what is inside; of the opposite case, that is what is outside here.
        found = loops(255 - case)
        count[case] = len(found)
        for number, loop in enumerate(found):
            loop_of[case, loop] = number
        for axis in range(3):
            for side in (0, 1):
                edges = [
                    e
                    for e, (corner, along) in enumerate(EDGES)
                    if along != axis and (corner >> axis & 1) == side
                ]
                at = loop_of[case, edges]
                if at.min() >= 0 and at.min() == at.max():
                    shared[case] = (axis + 1) * (1 if side else -1)
    return loop_of, count, shared


def flexicubes(
    positions: Tensor, values: Tensor, cells: Tensor, weights: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Extract a mesh.

    Args:
        positions: (n, n, n, 3) of the grid's points, index order x, y, z; may be deformed.
        values: (n, n, n) signed distance, negative inside.
        cells: (M, 3) int64 lowest corners, with all that the surface crosses; only their
            corners are read.
        weights: (M, 21) as a network gives them: of 12 edges, 8 corners, and of the split.

    Returns:
        vertices (V, 3) float32 and faces (F, 3) int64, counter-clockwise seen from outside;
        open only where the surface leaves the grid.
    """
    size, device = values.shape[0], values.device
    flat = values.reshape(-1)
    cells, order = _sorted(cells, size)
    base = flat_index(cells, size)
    offsets = corner_offsets(size, device)
    nodes = base[:, None] + offsets
    inside = flat[nodes] < 0
    case = (inside * (1 << torch.arange(8, device=device))).sum(dim=1)
    used = (case > 0) & (case < 255)
    cells, nodes, case = cells[used], nodes[used], case[used]
    learned = None if weights is None else weights[order][used]
    loop_of, count, shared = (torch.from_numpy(t).to(device) for t in _tables())
    case = _reconciled(cells, case, shared, size)
    edge_loop = loop_of[case]  # (M, 12)
    start = count[case].cumsum(0) - count[case]
    crossed = edge_loop >= 0
    number = (start[:, None] + edge_loop)[crossed]
    beta, alpha, gamma = _normalised(learned, len(cells), values)
    cell, edge = crossed.nonzero(as_tuple=True)
    ends = _edge_ends(device)[edge]  # (K, 2) corners
    at = nodes[cell[:, None], ends]
    pull = flat[at] * alpha[cell[:, None], ends]
    points = positions.reshape(-1, 3)[at]
    cut = points[:, 0] * pull[:, 1:] - points[:, 1] * pull[:, :1]
    cut = cut / (pull[:, 1:] - pull[:, :1])
    weight = beta[cell, edge]
    total = int(count[case].sum())
    sums = cut.new_zeros((total, 4))
    sums.index_add_(0, number, torch.cat([cut * weight[:, None], weight[:, None]], dim=1))
    vertices = sums[:, :3] / sums[:, 3:]
    axis = torch.from_numpy(EDGES[:, 1]).to(device)[edge]
    faces = _quads(at[:, 0] * 3 + axis, number, gamma[cell], flat)
    return vertices.float(), faces


def _sorted(cells: Tensor, size: int) -> tuple[Tensor, Tensor]:
    order = flat_index(cells, size).argsort()
    return cells[order], order


def _reconciled(cells: Tensor, case: Tensor, shared: Tensor, size: int) -> Tensor:
    """Invert the cases of neighbours that would share an edge of four quads."""
    side = size - 1
    troubled = torch.zeros(side**3, dtype=torch.bool, device=case.device)
    at = flat_index(cells, side)
    troubled[at] = shared[case] != 0
    direction = shared[case]
    axis = direction.abs().clamp_min(1) - 1
    other = cells.clone()
    other[torch.arange(len(cells), device=case.device), axis] += direction.sign()
    within = ((other >= 0) & (other < side)).all(dim=1)
    both = (direction != 0) & within
    both &= troubled[flat_index(other.clamp(0, side - 1), side)]
    return torch.where(both, 255 - case, case)


def _normalised(weights: Tensor | None, count: int, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weights of edges in our order (M, 12), of corners (M, 8) and of the split (M,)."""
    if weights is None:
        one = torch.ones((), device=like.device)
        return one.expand(count, 12), one.expand(count, 8), one.expand(count)
    beta = 1 + WEIGHT_SCALE * weights[:, :_EDGES_END].tanh()
    alpha = 1 + WEIGHT_SCALE * weights[:, _EDGES_END:_CORNERS_END].tanh()
    gamma = WEIGHT_SCALE * weights[:, _CORNERS_END].sigmoid() + (1 - WEIGHT_SCALE) / 2
    ours = torch.empty_like(beta)
    ours[:, list(_WEIGHTED)] = beta
    return ours, alpha, gamma


def _edge_ends(device: torch.device) -> Tensor:
    return torch.tensor([(int(c), int(c) | 1 << int(a)) for c, a in EDGES], device=device)


def _quads(keys: Tensor, number: Tensor, gamma: Tensor, flat: Tensor) -> Tensor:
    """Two triangles for each edge that lies in four cells.

    Args:
        keys: (K,) ``3 * node + axis`` of each cell's crossed edges, cells in the grid's order.
        number: (K,) the vertices that they belong to.
    """
    keys, order = keys.sort(stable=True)
    edges, count = keys.unique_consecutive(return_counts=True)
    first = count.cumsum(0) - count
    whole = count == 4
    four = order[first[whole, None] + torch.arange(4, device=keys.device)]
    node, axis = edges[whole] // 3, edges[whole] % 3
    # The cells come as (low, low), (low, high), (high, low), (high, high) on the two other axes.
    # Round in this order, the quad faces down the axis; y is the second of its own two, so up.
    down = (flat[node] >= 0) ^ (axis == 1)
    turn = torch.tensor([[2, 3, 1, 0], [0, 1, 3, 2]], device=keys.device)[down.long()]
    four = four.gather(1, turn)
    quad, g = number[four], gamma[four]
    a, b, c, d = quad.unbind(1)
    first_way = torch.stack([a, b, c, a, c, d], dim=1)
    other_way = torch.stack([a, b, d, d, b, c], dim=1)
    choose = g[:, 0] * g[:, 2] > g[:, 1] * g[:, 3]
    return torch.where(choose[:, None], first_way, other_way).reshape(-1, 3)
