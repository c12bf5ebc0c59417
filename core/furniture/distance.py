"""Exact signed distance, inside tests and surface samples of pieces.

Distances of single solids follow the closed forms of Quilez, "Distance functions"
(rounded box, capped cone). The union takes the smallest: exact outside and on the
surface; inside, where solids overlap, its magnitude is a lower bound of the distance.
"""

from __future__ import annotations

import numpy as np

from .primitives import Box, Frustum, Piece, Primitive


def to_local(primitive: Primitive, points: np.ndarray) -> np.ndarray:
    """Return (N, 3) points of the piece in the primitive's own frame."""
    local = points - np.asarray(primitive.centre, dtype=points.dtype)
    rotation = np.asarray(primitive.rotation, dtype=points.dtype)
    return local @ rotation  # rows times R equals R^T applied to each point


def primitive_distance(primitive: Primitive, points: np.ndarray) -> np.ndarray:
    """Signed distance of one solid, negative inside; (N, 3) -> (N,), same dtype and unit."""
    local = to_local(primitive, points)
    if isinstance(primitive, Box):
        return _box(primitive, local)
    return _frustum(primitive, local)


def _box(box: Box, q: np.ndarray) -> np.ndarray:
    d = np.abs(q) - (np.asarray(box.half, dtype=q.dtype) - q.dtype.type(box.radius))
    outside = np.sqrt((np.maximum(d, 0) ** 2).sum(axis=1))
    return outside + np.minimum(d.max(axis=1), 0) - q.dtype.type(box.radius)


def _frustum(f: Frustum, q: np.ndarray) -> np.ndarray:
    """Capped cone: nearest of the two caps and of the slanted side in the (radius, z) plane."""
    r = np.sqrt(q[:, 0] ** 2 + q[:, 1] ** 2)
    z = q[:, 2]
    h, r1, r2 = f.half_height, f.radius_bottom, f.radius_top
    cap_r = np.where(z < 0, r1, r2)
    ca_r, ca_z = r - np.minimum(r, cap_r), np.abs(z) - h
    k_r, k_z = r2 - r1, 2 * h
    t = np.clip(((r2 - r) * k_r + (h - z) * k_z) / (k_r**2 + k_z**2), 0.0, 1.0)
    cb_r, cb_z = r - r2 + k_r * t, z - h + k_z * t
    inside = (cb_r < 0) & (ca_z < 0)
    squared = np.minimum(ca_r**2 + ca_z**2, cb_r**2 + cb_z**2)
    return (np.where(inside, -1.0, 1.0) * np.sqrt(squared)).astype(q.dtype)


def signed_distance(piece: Piece, points: np.ndarray) -> np.ndarray:
    """Signed distance of the piece, negative inside.

    Args:
        points: (N, 3) floats, metres, in the piece's frame.

    Returns:
        (N,) metres, of the same dtype.
    """
    return nearest(piece, points)[0]


def nearest(piece: Piece, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (signed distance (N,), material index (N,) int16) of the nearest solid."""
    best = np.full(len(points), np.inf, dtype=points.dtype)
    material = np.zeros(len(points), dtype=np.int16)
    for primitive in piece.primitives:
        d = primitive_distance(primitive, points)
        closer = d < best
        best[closer] = d[closer]
        material[closer] = primitive.material
    return best, material


def is_inside(piece: Piece, points: np.ndarray) -> np.ndarray:
    """Return (N,) bool for (N, 3) points; the surface counts as inside."""
    return signed_distance(piece, points) <= 0


def sample_surface(
    piece: Piece, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw points evenly from the piece's outer surface.

    Points of one solid that lie inside another are rejected, so the surface is the union's.

    Returns:
        points (count, 3) float64 metres, outward normals (count, 3), materials (count,) int16.
    """
    areas = np.array([_area(p) for p in piece.primitives])
    points, normals, materials = [], [], []
    have = 0
    while have < count:
        draws = rng.multinomial(2 * count, areas / areas.sum())
        for i, (primitive, n) in enumerate(zip(piece.primitives, draws, strict=True)):
            if n == 0:
                continue
            local, normal = (
                _on_box(primitive, n, rng)
                if isinstance(primitive, Box)
                else _on_frustum(primitive, n, rng)
            )
            rotation = np.array(primitive.rotation)
            world = local @ rotation.T + np.array(primitive.centre)
            keep = np.ones(len(world), dtype=bool)
            for j, other in enumerate(piece.primitives):
                if j != i:
                    # Faces that touch are inner walls: a hair of tolerance drops both.
                    keep &= primitive_distance(other, world) > 1e-7
            points.append(world[keep])
            normals.append((normal @ rotation.T)[keep])
            materials.append(np.full(int(keep.sum()), primitive.material, dtype=np.int16))
            have += int(keep.sum())
    order = rng.permutation(have)[:count]
    return (
        np.concatenate(points)[order],
        np.concatenate(normals)[order],
        np.concatenate(materials)[order],
    )


def _area(p: Primitive) -> float:
    """Area of the sharp solid that :func:`_on_box` and :func:`_on_frustum` draw from."""
    if isinstance(p, Box):
        x, y, z = p.half
        return 8 * (x * y + y * z + x * z)
    slant = np.hypot(2 * p.half_height, p.radius_bottom - p.radius_top)
    return float(
        np.pi * (p.radius_bottom**2 + p.radius_top**2 + (p.radius_bottom + p.radius_top) * slant)
    )


def _on_box(box: Box, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Even on the sharp box, then moved onto the rounded one along the direction to its core.

    The rounding shrinks edge regions a little, so density there is higher by at most the ratio
    of areas; with radii of centimetres this is far below the noise of 100,000 samples.
    """
    half = np.array(box.half)
    faces = np.array([half[1] * half[2], half[0] * half[2], half[0] * half[1]])
    axis = rng.choice(3, size=n, p=faces / faces.sum())
    sign = rng.choice([-1.0, 1.0], size=n)
    points = rng.uniform(-1, 1, (n, 3)) * half
    rows = np.arange(n)
    points[rows, axis] = sign * half[axis]
    normals = np.zeros((n, 3))
    normals[rows, axis] = sign
    if box.radius > 0:
        core = np.clip(points, -(half - box.radius), half - box.radius)
        away = points - core
        normals = away / np.linalg.norm(away, axis=1, keepdims=True)
        points = core + normals * box.radius
    return points, normals


def _on_frustum(f: Frustum, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    r1, r2, h = f.radius_bottom, f.radius_top, f.half_height
    slant = np.hypot(2 * h, r1 - r2)
    weights = np.array([r1**2, r2**2, (r1 + r2) * slant])
    part = rng.choice(3, size=n, p=weights / weights.sum())
    angle = rng.uniform(0, 2 * np.pi, n)
    u = rng.random(n)
    # Along the side the density grows with the radius: invert the quadratic cumulative.
    side_r = np.sqrt(r1**2 + u * (r2**2 - r1**2))
    t = np.where(np.abs(r2 - r1) > 1e-9, (side_r - r1) / ((r2 - r1) or 1.0), u)
    cap_r = np.sqrt(u) * np.where(part == 0, r1, r2)
    radius = np.where(part == 2, side_r, cap_r)
    z = np.where(part == 0, -h, np.where(part == 1, h, -h + 2 * h * t))
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1)
    side = np.stack([np.cos(angle) * 2 * h, np.sin(angle) * 2 * h, np.full(n, r1 - r2)], axis=1)
    normals = np.where((part == 2)[:, None], side / slant, 0.0)
    normals[part == 0, 2] = -1.0
    normals[part == 1, 2] = 1.0
    return points, normals
