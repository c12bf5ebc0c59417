"""Closed meshes of extrusions."""

from __future__ import annotations

import math

import numpy as np

from .polygons import fill
from .primitives import Extrusion
from .shell import SHARP_EDGE_RADIUS, TOLERANCE

#: Corners of an outline that turn by more than this many degrees stay corners.
_SMOOTH_BELOW = 25.0

#: (offset from the core's wall, z, angle of the normal above the plane) of one ring.
_Row = tuple[float, float, float]


def outline_shell(e: Extrusion, inset: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (vertices, normals, quads) of an extrusion moved inwards by ``inset``."""
    rows = _rows(e, inset)
    base, way, shade = _columns(np.array(e.outline, dtype=float), e.radius)
    cap_ring = base + rows[0][0] * way
    apart = np.abs(np.roll(cap_ring, -1, axis=0) - cap_ring).max(axis=1) > 1e-9
    own = np.flatnonzero(np.roll(apart, 1))  # the first column at each place of the cap
    rim, inner, cap_quads = fill(cap_ring[own])
    if len(rim) > len(own):
        base, way, shade = (_with_middles(values, apart) for values in (base, way, shade))
        shade /= np.linalg.norm(shade, axis=1, keepdims=True)
    count = len(base)
    vertices, normals = [], []
    for offset, z, angle in rows:
        flat = base + offset * way
        vertices.append(np.concatenate([flat, np.full((count, 1), z)], axis=1))
        up = np.full((count, 1), math.sin(angle))
        normals.append(np.concatenate([shade * math.cos(angle), up], axis=1))
    here = np.arange(count)
    there = (here + 1) % count
    quads = [
        np.stack([here, there, there + count, here + count], axis=1) + ring * count
        for ring in range(len(rows) - 1)
    ]
    flat = np.concatenate([rim, inner])
    for side, row in ((-1.0, rows[0]), (1.0, rows[-1])):
        offset = len(rows) * count + (len(flat) if side > 0 else 0)
        quads.append((cap_quads if side > 0 else cap_quads[:, ::-1]) + offset)
        vertices.append(np.concatenate([flat, np.full((len(flat), 1), row[1])], axis=1))
        normals.append(np.tile([0.0, 0.0, side], (len(flat), 1)))
    return np.concatenate(vertices), np.concatenate(normals), np.concatenate(quads).astype(np.int32)


def _rows(e: Extrusion, inset: float) -> list[_Row]:
    r, h = e.radius, e.half_height
    if r < SHARP_EDGE_RADIUS:
        top = h + r - inset
        rim = min(SHARP_EDGE_RADIUS, 0.6 * top)
        upper = [(r - inset, top - rim, 0.0), (r - inset - 0.4 * rim, top, math.pi / 2)]
    else:
        angle = math.acos(max(1 - TOLERANCE / r, 0.0))
        steps = int(np.clip(math.ceil(math.pi / 4 / angle), 2, 8))
        turns = np.linspace(0.0, math.pi / 2, steps + 1)
        grown = r - inset
        upper = [(grown * math.cos(t), h + grown * math.sin(t), float(t)) for t in turns]
        upper[-1] = (0.0, h + grown, math.pi / 2)
    lower = [(offset, -z, -angle) for offset, z, angle in reversed(upper)]
    # Without a wall both halves share the ring in the middle.
    return lower + (upper if upper[0][1] > 1e-7 else upper[1:])


def _columns(corners: np.ndarray, radius: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the core's point, the way outwards per metre of offset and the shading normal of
    each vertical line of the wall, (C, 2) each."""
    corners = corners[np.abs(np.roll(corners, 1, axis=0) - corners).max(axis=1) > 1e-7]
    edges = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(edges, axis=1)
    ways = edges / lengths[:, None]
    normals = np.stack([ways[:, 1], -ways[:, 0]], axis=1)
    base: list[np.ndarray] = []
    out: list[np.ndarray] = []
    shade: list[np.ndarray] = []
    for i, corner in enumerate(corners):
        a, b = normals[i - 1], normals[i]
        turn = math.atan2(a[0] * b[1] - a[1] * b[0], a @ b)
        # Along it both neighbouring walls move outwards at the same pace.
        bisector = (a + b) / max(1 + a @ b, 0.15)
        if abs(turn) <= math.radians(_SMOOTH_BELOW):
            base.append(corner)
            out.append(bisector)
            shade.append((a + b) / np.linalg.norm(a + b))
        elif turn > 0 and radius >= SHARP_EDGE_RADIUS:
            step = 2 * math.acos(max(1 - TOLERANCE / radius, 0.0))
            for t in np.linspace(0.0, turn, max(math.ceil(turn / step), 2) + 1).tolist():
                c, s = math.cos(t), math.sin(t)
                base.append(corner)
                out.append(np.array([c * a[0] - s * a[1], s * a[0] + c * a[1]]))
                shade.append(out[-1])
        else:
            for way, length, normal in (
                (-ways[i - 1], lengths[i - 1], a),
                (ways[i], lengths[i], b),
            ):
                base.append(corner + way * min(SHARP_EDGE_RADIUS, 0.3 * length))
                out.append(bisector)
                shade.append(normal)
    return np.array(base), np.array(out), np.array(shade)


def _with_middles(values: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Insert the mean of two neighbours where the edge between them is ``apart``."""
    middles = (values + np.roll(values, -1, axis=0)) / 2
    both = np.stack([values, middles], axis=1).reshape(-1, values.shape[1])
    keep = np.stack([np.ones(len(apart), bool), apart], axis=1).ravel()
    return both[keep]
