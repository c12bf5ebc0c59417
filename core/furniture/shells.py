"""Closed meshes of single solids, in their own frames."""

from __future__ import annotations

import math

import numpy as np

from .primitives import Box, Extrusion, Frustum, Lathe, Primitive
from .shell import SHARP_EDGE_RADIUS, TOLERANCE, Shell, disc_strips, facets, with_grain
from .shell_outline import outline_shell
from .shell_tube import tube_shell

#: Corners of a profile that turn by more than this many degrees stay corners.
_SMOOTH_BELOW = 35.0

#: How far along both lines a chamfer reaches, metres.
_BEVEL = 0.7 * SHARP_EDGE_RADIUS

#: Quads that the rings of a turned solid may have; its facets get longer when it has many rings.
_MOST_QUADS = 1200


def shell(primitive: Primitive, inset: float) -> Shell:
    """Return the closed mesh of a solid whose surface has been moved inwards by ``inset``."""
    if isinstance(primitive, Box):
        half = np.array(primitive.half) - inset
        return with_grain(*_rounded_box(half, primitive.radius))
    if isinstance(primitive, Frustum):
        h = primitive.half_height
        line = np.array([(primitive.radius_bottom, -h), (primitive.radius_top, h)])
        return with_grain(*_turned(line, inset))
    if isinstance(primitive, Lathe):
        return with_grain(*_turned(np.array(primitive.profile, dtype=float), inset))
    if isinstance(primitive, Extrusion):
        return with_grain(*outline_shell(primitive, inset))
    return tube_shell(primitive, inset)


def _rounded_box(half: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    # Just short of half the thickness, where the flat sides would collapse to lines.
    radius = min(max(radius, SHARP_EDGE_RADIUS), 0.995 * float(half.min()))
    inner = half - radius
    # `steps` facets span the 45 degrees from a face to the middle of an edge.
    angle = math.acos(max(1 - TOLERANCE / radius, 0.0))
    steps = int(np.clip(math.ceil(math.radians(22.5) / max(angle, 1e-6)), 1, 8))
    curve = np.tan(np.radians(np.linspace(-45.0, 0.0, steps + 1)))
    # Rows of a grid on the faces of a cube of edge 2, and the inner box's corner each belongs to.
    ticks = np.concatenate([curve, -curve[::-1]])
    sides = np.repeat([-1.0, 1.0], steps + 1)
    count = len(ticks)
    first, second = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    low = (first[:-1, :-1] * count + second[:-1, :-1]).ravel()
    grid = np.stack([low, low + count, low + count + 1, low + 1], axis=1)
    vertices: list[np.ndarray] = []
    normals: list[np.ndarray] = []
    quads: list[np.ndarray] = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for side in (-1.0, 1.0):
            bulge = np.empty((count * count, 3))
            corner = np.empty((count * count, 3))
            bulge[:, axis], corner[:, axis] = side, side
            bulge[:, u], corner[:, u] = ticks[first.ravel()], sides[first.ravel()]
            bulge[:, v], corner[:, v] = ticks[second.ravel()], sides[second.ravel()]
            normal = bulge / np.linalg.norm(bulge, axis=1, keepdims=True)
            offset = len(vertices) * count * count
            vertices.append(corner * inner + normal * radius)
            normals.append(normal)
            quads.append((grid if side > 0 else grid[:, ::-1]) + offset)
    return (
        np.concatenate(vertices),
        np.concatenate(normals),
        np.concatenate(quads).astype(np.int32),
    )


def _turned(line: np.ndarray, inset: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn (r, z) rows about Z."""
    low, high = line[:, 1].min() + inset, line[:, 1].max() - inset
    line = np.stack([line[:, 0] - inset, np.clip(line[:, 1], low, high)], axis=1)
    line[:, 0] = np.maximum(line[:, 0], 0.3 * SHARP_EDGE_RADIUS)
    rows = np.array(_bevelled(line))
    most = 2 * max(_MOST_QUADS // (2 * len(rows)), 8)
    count = min(facets(float(line[:, 0].max())), most)
    turn = np.linspace(0.0, 2 * math.pi, count, endpoint=False)
    cos, sin = np.cos(turn), np.sin(turn)
    rings = [np.stack([r * cos, r * sin, np.full(count, z)], axis=1) for r, z, _, _ in rows]
    shades = [np.stack([n * cos, n * sin, np.full(count, m)], axis=1) for _, _, n, m in rows]
    here = np.arange(count)
    there = (here + 1) % count
    quads = [
        np.stack([here, there, there + count, here + count], axis=1) + ring * count
        for ring in range(len(rows) - 1)
    ]
    strips = disc_strips(count)
    quads += [strips[:, ::-1], strips + (len(rows) - 1) * count]
    return (
        np.concatenate(rings),
        np.concatenate(shades),
        np.concatenate(quads).astype(np.int32),
    )


def _bevelled(line: np.ndarray) -> list[tuple[float, float, float, float]]:
    """Return (r, z, normal's r, normal's z) rows; sharp corners become two rows.

    The normals turn over the chamfer in between, so that it shades like a rounding.
    """
    apart = np.linalg.norm(np.diff(line, axis=0), axis=1) > 1e-7
    line = line[np.concatenate([[True], apart])]
    whole = np.concatenate([[[0.0, line[0, 1]]], line, [[0.0, line[-1, 1]]]])
    steps = np.diff(whole, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    ways = steps / lengths[:, None]
    normals = np.stack([ways[:, 1], -ways[:, 0]], axis=1)
    rows: list[tuple[float, float, float, float]] = []
    for i, point in enumerate(line):
        before, after = normals[i], normals[i + 1]
        if before @ after > math.cos(math.radians(_SMOOTH_BELOW)):
            mean = (before + after) / np.linalg.norm(before + after)
            rows.append((*point.tolist(), *mean.tolist()))
            continue
        back = point - ways[i] * min(_BEVEL, 0.45 * lengths[i])
        on = point + ways[i + 1] * min(_BEVEL, 0.45 * lengths[i + 1])
        rows.append((*back.tolist(), *before.tolist()))
        rows.append((*on.tolist(), *after.tolist()))
    return rows
