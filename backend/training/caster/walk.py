"""Walks over all solids of a batch: nearest hits, shadows and distances."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from .hits import FAR, Shape, distance, first_hit, slab
from .packing import Packed, Table

#: Pairs of rays and segments that are looked at in one go.
_PAIRS = {"cpu": 1 << 20, "cuda": 1 << 26}


def gathered(table: Table, rows: torch.Tensor) -> Shape:
    """Return the numbers of a table's rows (N,)."""
    return {name: values[rows] for name, values in table.shape.items()}


def to_own(
    table: Table, rows: torch.Tensor, points: torch.Tensor, turn_only: bool = False
) -> torch.Tensor:
    """Return points or directions (N, 3) of the piece in the frames of solids (N,)."""
    if not turn_only:
        points = points - table.centre[rows]
    return torch.einsum("ni,nij->nj", points, table.rotation[rows])


def _chunks(table: Table, rows: torch.Tensor) -> Iterator[slice]:
    segments = table.shape["start"].shape[1] if "start" in table.shape else 4
    size = max(_PAIRS.get(rows.device.type, 1 << 20) // segments, 256)
    for start in range(0, len(rows), size):
        yield slice(start, start + size)


def _candidates(
    table: Table,
    slot: torch.Tensor,
    piece: torch.Tensor,
    o: torch.Tensor,
    d: torch.Tensor,
    open_: torch.Tensor | None,
) -> Iterator[
    tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
]:
    """Yield (rays, solids, o, d, near, far) of the rays that pass through a solid's box."""
    row = slot[piece]
    reach = (table.high - table.low).norm(dim=1) / 2
    middle = torch.einsum("mij,mj->mi", table.rotation, (table.low + table.high) / 2) + table.centre
    known = row.clamp(min=0)
    away = middle[known] - o
    along = (away * d).sum(1)
    aside = (away * away).sum(1) - along * along
    passes = (row >= 0) & (aside <= reach[known] ** 2) & (along > -reach[known])
    if open_ is not None:
        passes &= open_
    rays = passes.nonzero()[:, 0]
    for part in _chunks(table, rays):
        some = rays[part]
        solids = row[some]
        own_o, own_d = to_own(table, solids, o[some]), to_own(table, solids, d[some], True)
        near, far = slab(table.low[solids], table.high[solids], own_o, own_d)
        alive = ((near < far) & (far > 1e-4)).nonzero()[:, 0]
        if len(alive):
            yield some[alive], solids[alive], own_o[alive], own_d[alive], near[alive], far[alive]


def nearest_hits(
    packed: Packed, piece: torch.Tensor, o: torch.Tensor, d: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how far rays go and which solid they meet.

    Args:
        piece: (N,) int64: whose piece's frame a ray is in.
        o, d: (N, 3) float32, metres, ``d`` of unit length.

    Returns:
        (N,) metres, ``FAR`` for a miss; (N,) int64 rows counted over all tables, -1 for a miss.
    """
    depth = torch.full_like(o[:, 0], FAR)
    owner = torch.full_like(piece, -1)
    for table in packed.tables:
        for slot in table.slots:
            for rays, solids, own_o, own_d, near, far in _candidates(
                table, slot, piece, o, d, None
            ):
                t = first_hit(table.kind, gathered(table, solids), own_o, own_d, near, far)
                closer = (t < depth[rays]).nonzero()[:, 0]
                depth[rays[closer]] = t[closer]
                owner[rays[closer]] = solids[closer] + table.first
    return depth, owner


def blocked(packed: Packed, piece: torch.Tensor, o: torch.Tensor, d: torch.Tensor) -> torch.Tensor:
    """Bool (N,): whether anything stands in the way of rays that start off the surface."""
    dark = torch.zeros_like(piece, dtype=torch.bool)
    for table in packed.tables:
        for slot in table.slots:
            for rays, solids, own_o, own_d, near, far in _candidates(
                table, slot, piece, o, d, ~dark
            ):
                t = first_hit(table.kind, gathered(table, solids), own_o, own_d, near, far)
                dark[rays[t < FAR]] = True
    return dark


def nearest_distance(
    packed: Packed, piece: torch.Tensor, points: torch.Tensor, limit: float
) -> torch.Tensor:
    """Signed distance (N,) of points (N, 3) to their pieces, at most ``limit`` metres."""
    best = torch.full_like(points[:, 0], limit)
    for table in packed.tables:
        reach = (table.high - table.low).norm(dim=1) / 2 + limit
        middle = (
            torch.einsum("mij,mj->mi", table.rotation, (table.low + table.high) / 2) + table.centre
        )
        for slot in table.slots:
            row = slot[piece]
            known = row.clamp(min=0)
            close = (points - middle[known]).norm(dim=1) < reach[known]
            rows = ((row >= 0) & close).nonzero()[:, 0]
            for part in _chunks(table, rows):
                some = rows[part]
                solids = row[some]
                q = to_own(table, solids, points[some])
                gap = torch.maximum(table.low[solids] - q, q - table.high[solids])
                alive = (gap.amax(dim=1) < best[some]).nonzero()[:, 0]
                if len(alive):
                    some, solids = some[alive], solids[alive]
                    d = distance(table.kind, gathered(table, solids), q[alive])
                    best[some] = torch.minimum(best[some], d)
    return best
