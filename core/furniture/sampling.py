"""Points drawn evenly from the surface of a piece."""

from __future__ import annotations

import numpy as np

from .fields import local_distance, to_local
from .patches import on_primitive, patch_area
from .primitives import Piece, own_box, pose

#: Surfaces nearer to each other than this touch, metres.
_TOUCHING = 1e-7

#: How far outwards, metres, it shows whether two touching faces look the same way.
_OUTWARDS = 1e-5


def sample_surface(
    piece: Piece, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw points evenly from the piece's outer surface.

    Points of one solid that lie inside another are rejected, so the surface is the union's.

    Returns:
        points (count, 3) float64 metres, outward normals (count, 3), materials (count,) int16.
    """
    areas = np.array([patch_area(p) for p in piece.primitives])
    points, normals, materials = [], [], []
    have = 0
    while have < count:
        draws = rng.multinomial(2 * count, areas / areas.sum())
        for i, (primitive, n) in enumerate(zip(piece.primitives, draws.tolist(), strict=True)):
            if n == 0:
                continue
            local, normal = on_primitive(primitive, n, rng)
            centre, rotation = pose(primitive)
            world = local @ rotation.T + centre
            facing = normal @ rotation.T
            keep = _uncovered(piece, i, world, facing)
            points.append(world[keep])
            normals.append(facing[keep])
            materials.append(np.full(len(keep), primitive.material, dtype=np.int16))
            have += len(keep)
    order = rng.permutation(have)[:count]
    return (
        np.concatenate(points)[order],
        np.concatenate(normals)[order],
        np.concatenate(materials)[order],
    )


def _uncovered(piece: Piece, owner: int, points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Return the indices of those points that lie on the surface of the union.

    Of two faces in one plane that look against each other both are inner walls; of two that look
    the same way the earlier solid's counts.
    """
    open_ = np.arange(len(points))
    for j, other in enumerate(piece.primitives):
        if j == owner or len(open_) == 0:
            continue
        local = to_local(other, points[open_])
        low, high = own_box(other)
        inside = np.flatnonzero(
            ((local >= low - _TOUCHING) & (local <= high + _TOUCHING)).all(axis=1)
        )
        if len(inside) == 0:
            continue
        gap = local_distance(other, local[inside])
        covered = gap <= _TOUCHING
        if owner < j:
            touching = np.flatnonzero(covered & (gap >= -_TOUCHING))
            rows = open_[inside[touching]]
            beyond = to_local(other, points[rows] + _OUTWARDS * normals[rows])
            covered[touching] = local_distance(other, beyond) <= 0.5 * _OUTWARDS
        open_ = np.delete(open_, inside[covered])
    return open_
