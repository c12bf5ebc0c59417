"""Closed forms of where rays first meet cones, round cones and prisms.

All in single precision and the solid's own frame: ``start`` (1, 3) or (N, 3), ``way`` (N, 3) of any
length; the answer (N,) counts in lengths of ``way`` and is ``FAR`` for a miss.
"""

from __future__ import annotations

import itertools

import numpy as np

from .primitives import Extrusion, Tube

FAR = np.float32(1e9)


def turned(
    profile: tuple[tuple[float, float], ...], start: np.ndarray, way: np.ndarray
) -> np.ndarray:
    """Cones between neighbours of a profile, and the discs at its ends."""
    line = np.array(profile, np.float32)
    line = np.concatenate([[[0, line[0, 1]]], line, [[0, line[-1, 1]]]]).astype(np.float32)
    # From the place where a ray is nearest to the axis numbers are small and roots are exact.
    flat = np.maximum(_dot(way[:, :2], way[:, :2]), 1e-12)
    shift = -(start[:, 0] * way[:, 0] + start[:, 1] * way[:, 1]) / flat
    o = start + way * shift[:, None]
    oo, od = _dot(o[:, :2], o[:, :2]), _dot(o[:, :2], way[:, :2])
    best = np.full(len(way), FAR)
    slack = np.float32(1e-6)
    for (r0, z0), (r1, z1) in itertools.pairwise(line.tolist()):
        if abs(z1 - z0) < 1e-6:
            if abs(r1 - r0) < 1e-7:
                continue
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                t = (np.float32(z0) - o[:, 2]) / way[:, 2]
                rr = oo + t * (2 * od + t * flat)
            low, high = min(r0, r1), max(r0, r1)
            good = (rr <= (high + slack) ** 2) & (rr >= max(low - slack, 0) ** 2)
            _keep(best, t, shift, good)
            continue
        m = np.float32((r1 - r0) / (z1 - z0))
        base = np.float32(r0) + m * (o[:, 2] - np.float32(z0))
        a = flat - (m * way[:, 2]) ** 2
        b = od - m * base * way[:, 2]
        c = oo - base**2
        root = b * b - a * c
        good = root >= 0
        root = np.sqrt(np.maximum(root, 0))
        # Both roots without the difference of near numbers.
        q = -(b + np.where(b < 0, -root, root))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            for t in (q / a, c / q):
                z = o[:, 2] + t * way[:, 2]
                between = (z >= min(z0, z1) - slack) & (z <= max(z0, z1) + slack)
                # The cone's other half lies behind its tip.
                _keep(best, t, shift, good & between & (base + m * t * way[:, 2] >= -slack))
    return best


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Row by row; numpy sums rows of three slowly."""
    product: np.ndarray = np.einsum("ij,ij->i", a, b)
    return product


def _keep(best: np.ndarray, t: np.ndarray, shift: np.ndarray, good: np.ndarray) -> None:
    t = t + shift
    np.minimum(best, np.where(good & (t > 0), t, FAR), out=best)


def round_cone(tube: Tube, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """The balls and the cone that touches both; the axis is z.

    A point belongs to the cone where the ball that is nearest to it, at height s, lies between
    the two: its equation is c x = r + k z with k the growth per metre and c = sqrt(1 - k^2).
    """
    length, (first, last) = tube.points[1][2], tube.radii
    dd = _dot(way, way)
    middle = np.array([0, 0, length / 2], np.float32)
    shift = -_dot(np.broadcast_to(start - middle, way.shape), way) / dd
    o = start + way * shift[:, None]
    best = np.full(len(way), FAR)
    for height, radius in ((0.0, first), (length, last)):
        away = o - np.array([0, 0, height], np.float32)
        b = _dot(away, way)
        root = b * b - dd * (_dot(away, away) - np.float32(radius) ** 2)
        _keep(best, (-b - np.sqrt(np.maximum(root, 0))) / dd, shift, root >= 0)
    growth = (last - first) / max(length, 1e-9)
    if abs(growth) >= 1:
        return best
    k, cc = np.float32(growth), np.float32(1 - growth * growth)
    oz, dz = o[:, 2], way[:, 2]
    od = _dot(o[:, :2], way[:, :2])
    base = np.float32(first) + k * oz
    a = cc * _dot(way[:, :2], way[:, :2]) - (k * dz) ** 2
    b = cc * od - k * dz * base
    c = cc * _dot(o[:, :2], o[:, :2]) - base**2
    root = b * b - a * c
    good = root >= 0
    a = np.where(np.abs(a) < 1e-12, np.float32(1e-12), a)
    for sign in (-1, 1):
        t = (-b + sign * np.sqrt(np.maximum(root, 0))) / a
        z = oz + t * dz
        wide = np.float32(first) + k * z  # c times the distance from the axis
        place = z + k * wide / cc
        _keep(best, t, shift, good & (wide >= 0) & (place >= 0) & (place <= length))
    return best


def prism(e: Extrusion, start: np.ndarray, way: np.ndarray, grown: float) -> np.ndarray:
    """Walls and caps of an extrusion with sharp edges, pushed outwards by ``grown`` metres."""
    corners = np.array(e.outline)
    edges = np.roll(corners, -1, axis=0) - corners
    edges /= np.maximum(np.linalg.norm(edges, axis=1, keepdims=True), 1e-9)
    out = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    both = out + np.roll(out, 1, axis=0)
    corners = corners + grown * both / np.maximum(
        1 + (out * np.roll(out, 1, axis=0)).sum(axis=1, keepdims=True), 0.25
    )
    high = np.float32(e.half_height + grown)
    best = np.full(len(way), FAR)
    origin = np.broadcast_to(start, way.shape)
    size = max((1 << 16) // len(corners), 64)
    for i in range(0, len(way), size):
        rows = slice(i, i + size)
        best[rows] = _walls(corners.astype(np.float32), high, origin[rows], way[rows])
    return best


def _walls(corners: np.ndarray, high: np.float32, o: np.ndarray, d: np.ndarray) -> np.ndarray:
    following = np.roll(corners, -1, axis=0)
    e_x, e_y = (following - corners).T[:, :, None]
    w_x, w_y = corners[:, :1] - o[:, 0], corners[:, 1:] - o[:, 1]
    d_x, d_y, d_z = d.T
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # o + t d = corner + u e in the plane.
        scale = 1 / (d_x * e_y - d_y * e_x)
        t = (w_x * e_y - w_y * e_x) * scale
        u = (w_x * d_y - w_y * d_x) * scale
        z = o[:, 2] + t * d_z
        good = (u >= -1e-5) & (u <= 1 + 1e-5) & (np.abs(z) <= high) & (t > 0)
        best = np.where(good, t, FAR).min(axis=0)
        side = np.where(d_z > 0, -high, high)
        cap = (side - o[:, 2]) / d_z
        x, y = o[:, 0] + cap * d_x, o[:, 1] + cap * d_y
        rise_x = x - corners[:, :1] < e_x / e_y * (y - corners[:, 1:])
        spans = (y >= corners[:, 1:]) != (y >= following[:, 1:])
        inside = np.logical_xor.reduce(spans & rise_x, axis=0)
        return np.where(inside & (cap > 0) & (cap < best), cap, best)
