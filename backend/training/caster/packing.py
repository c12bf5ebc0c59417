"""Pieces as tensors: one table a kind of solid, rows for all pieces of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ....core.furniture.primitives import Box, Extrusion, Frustum, Lathe, Material, Piece
from ....core.furniture.ray_normals import outwards, softened
from ....core.furniture.rays import Part, parts

KINDS = ("box", "prism", "lathe", "cone")

#: What a surface is made of, in the order of the columns of ``Packed.materials``.
PATTERNS = ("plain", "wood", "fabric", "leather", "painted", "metal", "glass", "marble")


@dataclass(frozen=True, eq=False)
class Table:
    """All solids of one kind in a batch.

    Attributes:
        kind: one of :data:`KINDS`.
        first: number of the first row among the rows of all tables.
        slots: (K, B) int64: row of the k-th solid of this kind in each piece, -1 for none.
        centre, rotation: (M, 3), (M, 3, 3) float32: own frame to piece, metres.
        low, high: (M, 3) float32: bounding box in the own frame.
        material: (M,) int64: row of ``Packed.materials``.
        shift: (M, 3) float32: moves the texture, so that no two boards share their grain.
        grain: (M,) int64: own axis along which the grain runs.
        shape: numbers of the kind, (M, ...) float32.
    """

    kind: str
    first: int
    slots: torch.Tensor
    centre: torch.Tensor
    rotation: torch.Tensor
    low: torch.Tensor
    high: torch.Tensor
    material: torch.Tensor
    shift: torch.Tensor
    grain: torch.Tensor
    shape: dict[str, torch.Tensor]


@dataclass(frozen=True, eq=False)
class Packed:
    """A batch of pieces.

    Attributes:
        tables: a table for every kind that occurs.
        materials: (Q, 8) float32: colour, contrast, roughness, metallic, transmission, pattern.
        size: number of pieces B.
    """

    tables: list[Table]
    materials: torch.Tensor
    size: int


def pack(pieces: Sequence[Piece], device: torch.device | str = "cpu") -> Packed:
    """Return the pieces as tensors on a device."""
    materials: list[list[float]] = []
    rows: dict[str, list[tuple[int, int, int, Part]]] = {kind: [] for kind in KINDS}
    for number, piece in enumerate(pieces):
        start = len(materials)
        materials += [_material(m) for m in piece.materials]
        for index, part in enumerate(parts(piece.primitives)):
            kind = _kind(part)
            rows[kind].append((number, index, start + part.solid.material, part))
    tables: list[Table] = []
    first = 0
    for kind, found in rows.items():
        if found:
            tables.append(_table(kind, first, found, len(pieces), device))
            first += len(found)
    return Packed(tables, torch.tensor(materials, device=device), len(pieces))


def _material(m: Material) -> list[float]:
    pattern = PATTERNS.index(m.pattern) if m.pattern in PATTERNS else 0
    return [*m.colour, m.contrast, m.roughness, m.metallic, m.transmission, float(pattern)]


def _kind(part: Part) -> str:
    if isinstance(part.shape, Box):
        return "box"
    if isinstance(part.shape, Extrusion):
        return "prism"
    return "lathe" if isinstance(part.shape, Lathe | Frustum) else "cone"


def _table(
    kind: str,
    first: int,
    rows: list[tuple[int, int, int, Part]],
    size: int,
    device: torch.device | str,
) -> Table:
    taken = [0] * size
    places = []
    for number, _, _, _ in rows:
        places.append((taken[number], number))
        taken[number] += 1
    slots = torch.full((max(taken), size), -1, dtype=torch.int64)
    for row, (slot, number) in enumerate(places):
        slots[slot, number] = row

    def single(values: Sequence[np.ndarray]) -> torch.Tensor:
        return torch.tensor(np.stack(values), dtype=torch.float32, device=device)

    solids = [part for _, _, _, part in rows]
    index = np.array([index for _, index, _, _ in rows])[:, None]
    shift = (index * np.array([0.618034, 0.414214, 0.732051])) % 1.0 * 7.0
    return Table(
        kind,
        first,
        slots.to(device),
        single([p.centre for p in solids]),
        single([p.rotation for p in solids]),
        single([p.low for p in solids]),
        single([p.high for p in solids]),
        torch.tensor([m for _, _, m, _ in rows], device=device),
        torch.tensor(shift, dtype=torch.float32, device=device),
        torch.tensor([int(np.argmax(p.high - p.low)) for p in solids], device=device),
        {name: single(values) for name, values in _numbers(kind, solids).items()},
    )


def _numbers(kind: str, solids: list[Part]) -> dict[str, list[np.ndarray]]:
    shapes: list[Any] = [part.shape for part in solids]
    if kind == "box":
        return {"half": [np.array(s.half) for s in shapes], "radius": _column(shapes, "radius")}
    if kind == "cone":
        return {
            "length": [np.array([s.points[1][2]]) for s in shapes],
            "first": [np.array([s.radii[0]]) for s in shapes],
            "last": [np.array([s.radii[1]]) for s in shapes],
        }
    if kind == "prism":
        lines = [np.array([*s.outline, s.outline[0]]) for s in shapes]
        numbers = _segments(lines, closed=True)
        grown = [_grown(line[:-1], s.radius) for line, s in zip(lines, shapes, strict=True)]
        sharp = _segments([np.concatenate([g, g[:1]]) for g in grown], closed=True)
        numbers["grown_start"], numbers["grown_end"] = sharp["start"], sharp["end"]
        numbers["height"] = _column(shapes, "half_height")
        numbers["radius"] = _column(shapes, "radius")
        return numbers
    return _segments([_profile(s) for s in shapes], closed=False)


def _column(shapes: list[Any], name: str) -> list[np.ndarray]:
    return [np.array([getattr(s, name)]) for s in shapes]


def _profile(shape: Lathe | Frustum) -> np.ndarray:
    """Return the (r, z) line from the axis to the axis."""
    if isinstance(shape, Frustum):
        h = shape.half_height
        return np.array([(0, -h), (shape.radius_bottom, -h), (shape.radius_top, h), (0, h)])
    p = shape.profile
    return np.array([(0.0, p[0][1]), *p, (0.0, p[-1][1])])


def _grown(corners: np.ndarray, distance: float) -> np.ndarray:
    """Move the edges of an outline outwards, keeping its corners sharp."""
    out = outwards(corners, np.roll(corners, -1, axis=0))
    before = np.roll(out, 1, axis=0)
    turn = np.maximum(1 + (out * before).sum(axis=1, keepdims=True), 0.25)
    grown: np.ndarray = corners + distance * (out + before) / turn
    return grown


def _segments(lines: list[np.ndarray], closed: bool) -> dict[str, list[np.ndarray]]:
    """Ends of all segments and the softened normals there, as many for every line.

    What is missing is filled up with segments of no length at the line's end.
    """
    most = max(len(line) for line in lines) - 1
    named: dict[str, list[np.ndarray]] = {k: [] for k in ("start", "end", "n_start", "n_end")}
    for line in lines:
        keep = np.append(np.abs(np.diff(line, axis=0)).max(axis=1) > 1e-7, True)
        start, end = line[keep][:-1], line[keep][1:]
        out = outwards(start, end)
        before = np.roll(out, 1, axis=0) if closed else np.concatenate([out[:1], out[:-1]])
        after = np.roll(out, -1, axis=0) if closed else np.concatenate([out[1:], out[-1:]])
        pad = ((0, most - len(start)), (0, 0))
        named["start"].append(np.concatenate([start, np.repeat(end[-1:], pad[0][1], axis=0)]))
        named["end"].append(np.concatenate([end, np.repeat(end[-1:], pad[0][1], axis=0)]))
        named["n_start"].append(np.pad(softened(before, out, out), pad, mode="edge"))
        named["n_end"].append(np.pad(softened(out, after, out), pad, mode="edge"))
    return named
