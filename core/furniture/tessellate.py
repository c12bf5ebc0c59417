"""Meshes of the furniture solids, in plain numpy.

Every primitive becomes one closed shell with exact normals; shells of a piece overlap where
its primitives do, which a renderer does not mind.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .primitives import Box, Piece, Primitive

#: Edges that the specification calls sharp are rounded by this much, metres: a perfectly sharp
#: edge catches no light and gives a picture away as synthetic.
SHARP_EDGE_RADIUS = 0.001

#: Primitives of one piece are shrunk by a different multiple of this, metres. Where two of them
#: end in the same plane a path tracer would otherwise see each lie in the other's shadow.
_STEP = 0.000015
_STEPS = 32

#: How far a facet may lie inside the true surface, metres.
TOLERANCE = 0.00025


@dataclass(frozen=True, eq=False)
class Tessellation:
    """A polygon mesh.

    Attributes:
        vertices: (V, 3) float64, metres, the piece's frame.
        normals: (V, 3) float64, unit, outwards.
        quads: (F, 4) int32, counter-clockwise seen from outside.
        local: (V, 3) float64, metres; coordinates in the primitive's own frame with its longest
            edge along x, moved by a fixed amount per primitive so that no two boards share
            their grain.
        material: (F,) int32, index into the piece's materials.
    """

    vertices: np.ndarray
    normals: np.ndarray
    quads: np.ndarray
    local: np.ndarray
    material: np.ndarray


def tessellate(piece: Piece) -> Tessellation:
    """Return the mesh of a whole piece; its bounds agree with ``primitives.bounds`` to 1e-3 m."""
    parts = [tessellate_primitive(p, number) for number, p in enumerate(piece.primitives)]
    offsets = np.cumsum([0, *(len(part.vertices) for part in parts)])
    return Tessellation(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.quads + o for part, o in zip(parts, offsets, strict=False)]),
        np.concatenate([part.local for part in parts]),
        np.concatenate([part.material for part in parts]),
    )


def tessellate_primitive(primitive: Primitive, number: int = 0) -> Tessellation:
    """Return the mesh of one primitive; ``number`` shifts the grain and, by less than half a
    millimetre, the surface."""
    inset = number % _STEPS * _STEP
    if isinstance(primitive, Box):
        half = np.array(primitive.half) - inset
        vertices, normals, quads = _rounded_box(half, primitive.radius)
    else:
        radii = np.array([primitive.radius_bottom, primitive.radius_top]) - inset
        height = primitive.half_height - inset
        half = np.array([radii.max(), radii.max(), height])
        vertices, normals, quads = _frustum(height, *radii.tolist())
    rotation = np.array(primitive.rotation)
    # Irrational steps: the offsets of different primitives never line up.
    shift = (number * np.array([0.618034, 0.414214, 0.732051])) % 1.0 * 7.0
    return Tessellation(
        vertices @ rotation.T + np.array(primitive.centre),
        normals @ rotation.T,
        quads,
        np.roll(vertices, -int(np.argmax(half)), axis=1) + shift,
        np.full(len(quads), primitive.material, dtype=np.int32),
    )


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


def _frustum(height: float, bottom: float, top: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    widest = max(bottom, top)
    angle = math.acos(max(1 - TOLERANCE / widest, 0.0))
    count = 2 * int(np.clip(math.ceil(math.pi / max(angle, 1e-6) / 2), 6, 64))
    # Chamfered rims; the normals turn over the chamfer, so that it shades like a rounding.
    rim = min(SHARP_EDGE_RADIUS, height / 2)
    low, high = min(rim, bottom / 2), min(rim, top / 2)
    slope = np.array([2 * height, bottom - top])
    slope = slope / np.linalg.norm(slope)
    profile = [
        (bottom - low, -height, 0.0, -1.0),
        (bottom, -height + rim, *slope),
        (top, height - rim, *slope),
        (top - high, height, 0.0, 1.0),
    ]
    turn = np.linspace(0.0, 2 * math.pi, count, endpoint=False)
    cos, sin = np.cos(turn), np.sin(turn)
    rings = [np.stack([r * cos, r * sin, np.full(count, z)], axis=1) for r, z, _, _ in profile]
    shades = [np.stack([n * cos, n * sin, np.full(count, m)], axis=1) for _, _, n, m in profile]
    here = np.arange(count)
    there = (here + 1) % count
    quads = [
        np.stack([here, there, there + count, here + count], axis=1) + ring * count
        for ring in range(len(profile) - 1)
    ]
    # Caps are strips of quads from one side of the disc to the other.
    left = np.arange(count // 2 - 1)
    strip = np.stack([left, left + 1, count - 2 - left, count - 1 - left], axis=1)
    quads += [strip[:, ::-1], strip + (len(profile) - 1) * count]
    return (
        np.concatenate(rings),
        np.concatenate(shades),
        np.concatenate(quads).astype(np.int32),
    )
