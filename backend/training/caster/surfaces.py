"""Normals and colours where rays have met a solid."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from .hits import SHARP, Shape, cone_place, segment_gaps
from .packing import Packed
from .textures import tint
from .walk import gathered, to_own


@dataclass(frozen=True, eq=False)
class Surface:
    """What the light falls on, row by row.

    Attributes:
        normal: (N, 3) unit, piece frame.
        albedo: (N, 3) linear, pattern included.
        roughness, metallic, transmission: (N,).
    """

    normal: torch.Tensor
    albedo: torch.Tensor
    roughness: torch.Tensor
    metallic: torch.Tensor
    transmission: torch.Tensor


def surface(packed: Packed, owner: torch.Tensor, points: torch.Tensor) -> Surface:
    """Return the surface at points (N, 3) that lie on solids (N,)."""
    normal, grain = torch.zeros_like(points), torch.zeros_like(points)
    material = torch.zeros_like(owner)
    for table in packed.tables:
        last = table.first + len(table.material)
        rows = ((owner >= table.first) & (owner < last)).nonzero()[:, 0]
        if len(rows) == 0:
            continue
        solids = owner[rows] - table.first
        q = to_own(table, solids, points[rows])
        own = _normal(table.kind, gathered(table, solids), q)
        normal[rows] = torch.einsum("nij,nj->ni", table.rotation[solids], own)
        order = (table.grain[solids][:, None] + torch.arange(3, device=q.device)) % 3
        grain[rows] = q.gather(1, order) + table.shift[solids]
        material[rows] = table.material[solids]
    m = packed.materials[material]
    factor = tint(m[:, 7].long(), m[:, 3], grain)
    return Surface(normal, (m[:, :3] * factor[:, None]).clamp(0, 1), m[:, 4], m[:, 5], m[:, 6])


def _normal(kind: str, shape: Shape, q: torch.Tensor) -> torch.Tensor:
    if kind == "box":
        return _unit(_box_normal(shape, q))
    if kind == "cone":
        place = cone_place(shape, q)
        return _unit(torch.stack([q[:, 0], q[:, 1], q[:, 2] - place], dim=1))
    if kind == "lathe":
        r = q[:, :2].norm(dim=1)
        flat, _, _ = _nearest(shape, torch.stack([r, q[:, 2]], dim=1))
        share = flat[:, :1] / r.clamp(min=1e-9)[:, None]
        return _unit(torch.cat([q[:, :2] * share, flat[:, 1:]], dim=1))
    return _unit(_prism_normal(shape, q))


def _unit(values: torch.Tensor) -> torch.Tensor:
    return values / values.norm(dim=1, keepdim=True).clamp(min=1e-9)


def _box_normal(shape: Shape, q: torch.Tensor) -> torch.Tensor:
    half, radius = shape["half"], shape["radius"]
    core = half - radius
    away = q - torch.minimum(torch.maximum(q, -core), core)
    axis = (q.abs() - half).argmax(dim=1, keepdim=True)
    face = torch.zeros_like(q).scatter(1, axis, q.gather(1, axis).sign())
    return torch.where(radius >= SHARP, away, face)


def _nearest(shape: Shape, p: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the softened normal of the nearest segment, the way from it and the signed gap."""
    squared, t = segment_gaps(shape, p)
    which = squared.argmin(dim=1, keepdim=True)
    pick = which[..., None].expand(-1, -1, 2)
    share = t.gather(1, which)
    ends = [shape[name].gather(1, pick)[:, 0] for name in ("n_start", "n_end", "start", "end")]
    normal = _unit(ends[0] * (1 - share) + ends[1] * share)
    away = p - (ends[2] * (1 - share) + ends[3] * share)
    side = torch.where((away * normal).sum(1) < 0, -1.0, 1.0)
    return normal, away, away.norm(dim=1) * side


def _prism_normal(shape: Shape, q: torch.Tensor) -> torch.Tensor:
    flat, away, gap = _nearest(shape, q[:, :2])
    above = q[:, 2].abs() - shape["height"][:, 0]
    wall, cap = gap.clamp(min=0), above.clamp(min=0)
    total = torch.hypot(wall, cap).clamp(min=1e-9)
    outside = total > 1e-6
    side = torch.where(outside, wall / total, (gap > above).float())
    lift = torch.where(outside, cap / total, (gap <= above).float())
    # Around a convex corner of a rounded core the way from the corner is exact.
    corner = (shape["radius"][:, 0] >= SHARP) & ((away * flat).sum(1) < 0.97 * gap)
    direction = torch.where(corner[:, None], away / gap.clamp(min=1e-9)[:, None], flat)
    return torch.cat([direction * side[:, None], (q[:, 2].sign() * lift)[:, None]], dim=1)
