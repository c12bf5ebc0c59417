"""Even random points on the surfaces of single solids, in their own frames.

A function per kind returns points (M, 3) and outward normals (M, 3). Parts of a surface that lie
inside the solid itself (a tube's joints, a bay of an outline) are drawn and then left out, so M is
below the number asked for by as much as the area of those parts.
"""

from __future__ import annotations

import itertools
import math

import numpy as np

from .fields import local_distance
from .primitives import Box, Extrusion, Frustum, Lathe, Primitive, Tube

_Sample = tuple[np.ndarray, np.ndarray]

#: Metres inside which a point on one part of a solid counts as covered by another part.
_COVERED = 1e-7


def patch_area(p: Primitive) -> float:
    """Area in square metres that :func:`on_primitive` spreads its points over, covered parts
    included."""
    if isinstance(p, Box):
        x, y, z = p.half
        return 8 * (x * y + y * z + x * z)
    if isinstance(p, Frustum | Lathe):
        return float(_ring_areas(_profile(p)).sum())
    if isinstance(p, Extrusion):
        return float(sum(_extrusion_areas(p)[0]))
    return float(sum(_tube_areas(p)))


def on_primitive(p: Primitive, count: int, rng: np.random.Generator) -> _Sample:
    """Draw ``count`` points, less the covered ones, evenly from the surface of a solid."""
    if isinstance(p, Box):
        return _on_box(p, count, rng)
    if isinstance(p, Frustum | Lathe):
        return _on_rings(_profile(p), count, rng)
    if isinstance(p, Extrusion):
        points, normals = _on_extrusion(p, count, rng)
    else:
        points, normals = _on_tube(p, count, rng)
    keep = local_distance(p, points) > -_COVERED
    return points[keep], normals[keep]


def _on_box(box: Box, n: int, rng: np.random.Generator) -> _Sample:
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


def _profile(p: Frustum | Lathe) -> np.ndarray:
    """Return the (r, z) line from the axis to the axis, (S + 1, 2)."""
    if isinstance(p, Frustum):
        h = p.half_height
        return np.array([(0, -h), (p.radius_bottom, -h), (p.radius_top, h), (0, h)])
    low, high = p.profile[0][1], p.profile[-1][1]
    return np.array([(0.0, low), *p.profile, (0.0, high)])


def _ring_areas(line: np.ndarray) -> np.ndarray:
    slant = np.linalg.norm(np.diff(line, axis=0), axis=1)
    areas: np.ndarray = np.pi * (line[:-1, 0] + line[1:, 0]) * slant
    return areas


def _on_rings(line: np.ndarray, n: int, rng: np.random.Generator) -> _Sample:
    """Draw from the surface that a line in the (r, z) half plane sweeps around the axis."""
    areas = _ring_areas(line)
    ring = rng.choice(len(areas), size=n, p=areas / areas.sum())
    start, end = line[:-1][ring], line[1:][ring]
    # Along a segment the density grows with the radius: invert the quadratic cumulative.
    u = rng.random(n)
    radius = np.sqrt(start[:, 0] ** 2 + u * (end[:, 0] ** 2 - start[:, 0] ** 2))
    change = end[:, 0] - start[:, 0]
    slanted = np.abs(change) > 1e-9
    t = np.where(slanted, (radius - start[:, 0]) / np.where(slanted, change, 1.0), u)
    z = start[:, 1] + t * (end[:, 1] - start[:, 1])
    angle = rng.uniform(0, 2 * np.pi, n)
    cos, sin = np.cos(angle), np.sin(angle)
    out = end[:, 1] - start[:, 1]
    normals = np.stack([cos * out, sin * out, -change], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return np.stack([radius * cos, radius * sin, z], axis=1), normals


def _turns(corners: np.ndarray) -> np.ndarray:
    """Return the angle (S,) by which an outline turns left at each corner, radians."""
    after = np.roll(corners, -1, axis=0) - corners
    before = np.roll(after, 1, axis=0)
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    angle: np.ndarray = np.arctan2(cross, (before * after).sum(axis=1))
    return angle


def _extrusion_areas(e: Extrusion) -> tuple[list[float], np.ndarray, np.ndarray]:
    """Areas of the caps, of the strips along the edges and of those around the corners, with
    the lengths of the edges and the turns of the corners that bulge outwards."""
    corners = np.array(e.outline)
    following = np.roll(corners, -1, axis=0)
    lengths = np.linalg.norm(following - corners, axis=1)
    turns = np.maximum(_turns(corners), 0.0)
    area = 0.5 * (corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0]).sum()
    h, r = e.half_height, e.radius
    strip = 2 * h + math.pi * r  # over the wall and both roundings
    # A full turn of the corner's profile: a cylinder's side and a ball.
    wedge = 2 * h * r + 2 * r * r
    return [2 * float(area), strip * lengths.sum(), wedge * turns.sum()], lengths, turns


def _on_extrusion(e: Extrusion, n: int, rng: np.random.Generator) -> _Sample:
    areas, lengths, turns = _extrusion_areas(e)
    corners = np.array(e.outline)
    caps, strips, wedges = rng.multinomial(n, np.array(areas) / sum(areas)).tolist()
    parts = [_on_caps(e, corners, caps, rng)]
    h, r = e.half_height, e.radius
    edges = np.roll(corners, -1, axis=0) - corners
    outwards = np.stack([edges[:, 1], -edges[:, 0]], axis=1) / np.maximum(lengths, 1e-12)[:, None]
    if strips:
        which = rng.choice(len(corners), size=strips, p=lengths / lengths.sum())
        base = corners[which] + edges[which] * rng.random(strips)[:, None]
        # Where on the profile of wall and roundings, unrolled: up from the middle of the wall.
        place = rng.uniform(-1, 1, strips) * (h + math.pi / 2 * r)
        bend = np.maximum(np.abs(place) - h, 0) / (r or 1.0)
        parts.append(_raised(base, outwards[which], bend, np.clip(place, -h, h), place, r))
    if wedges:
        which = rng.choice(len(corners), size=wedges, p=turns / turns.sum())
        first = np.roll(outwards, 1, axis=0)[which]
        angle = np.arctan2(first[:, 1], first[:, 0]) + rng.random(wedges) * turns[which]
        way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        # Equal heights on a ball have equal areas (Archimedes), and the wall's are equal anyway.
        place = rng.uniform(-1, 1, wedges) * (h + r)
        bend = np.arcsin(np.clip(np.maximum(np.abs(place) - h, 0) / (r or 1.0), 0, 1))
        parts.append(_raised(corners[which], way, bend, np.clip(place, -h, h), place, r))
    return np.concatenate([p for p, _ in parts]), np.concatenate([m for _, m in parts])


def _raised(
    base: np.ndarray,
    outwards: np.ndarray,
    bend: np.ndarray,
    core_z: np.ndarray,
    side: np.ndarray,
    radius: float,
) -> _Sample:
    """Points over (N, 2) places on an outline whose normal has bent up or down by an angle."""
    flat = outwards * np.cos(bend)[:, None]
    normals = np.concatenate([flat, (np.sign(side) * np.sin(bend))[:, None]], axis=1)
    core = np.concatenate([base, core_z[:, None]], axis=1)
    return core + radius * normals, normals


def _on_caps(e: Extrusion, corners: np.ndarray, n: int, rng: np.random.Generator) -> _Sample:
    low, high = corners.min(axis=0), corners.max(axis=0)
    probe = Extrusion((0.0, 0.0, 0.0), e.outline, 1.0)
    found = np.empty((0, 2))
    while len(found) < n:
        tries = np.zeros((2 * n + 16, 3))
        tries[:, :2] = rng.uniform(low, high, (len(tries), 2))
        found = np.concatenate([found, tries[local_distance(probe, tries) < 0, :2]])
    side = rng.choice([-1.0, 1.0], size=n)
    points = np.concatenate([found[:n], (side * (e.half_height + e.radius))[:, None]], axis=1)
    normals = np.zeros((n, 3))
    normals[:, 2] = side
    return points, normals


def _tube_areas(t: Tube) -> list[float]:
    """Areas of the balls and of the cones between them, in this order."""
    balls = [4 * math.pi * r * r for r in t.radii]
    cones = []
    for (a, b), (first, last) in zip(
        itertools.pairwise(np.array(t.points)), itertools.pairwise(t.radii), strict=True
    ):
        length, slope = float(np.linalg.norm(b - a)), first - last
        if length <= abs(slope):
            cones.append(0.0)
            continue
        cos = math.sqrt(1 - (slope / length) ** 2)
        # The cone touches the balls on circles of radius cos * r; its side is cos * length long.
        cones.append(math.pi * cos * (first + last) * cos * length)
    return balls + cones


def _on_tube(t: Tube, n: int, rng: np.random.Generator) -> _Sample:
    areas = np.array(_tube_areas(t))
    counts = rng.multinomial(n, areas / areas.sum())
    points, normals = [], []
    for (centre, radius), count in zip(
        zip(np.array(t.points), t.radii, strict=True), counts[: len(t.points)], strict=True
    ):
        way = rng.normal(size=(count, 3))
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        points.append(centre + radius * way)
        normals.append(way)
    for i, count in enumerate(counts[len(t.points) :]):
        if count == 0:
            continue
        start, end = np.array(t.points[i]), np.array(t.points[i + 1])
        first, last = t.radii[i], t.radii[i + 1]
        length = float(np.linalg.norm(end - start))
        axis = (end - start) / length
        lean = (first - last) / length
        cos = math.sqrt(1 - lean * lean)
        u = rng.random(count)
        radius = np.sqrt(first**2 + u * (last**2 - first**2))
        t_ = (radius - first) / (last - first) if abs(last - first) > 1e-9 else u
        aside = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
        aside /= np.linalg.norm(aside)
        angle = rng.uniform(0, 2 * np.pi, count)[:, None]
        way = np.cos(angle) * aside + np.sin(angle) * np.cross(axis, aside)
        way = cos * way + lean * axis
        points.append(start + (t_ * length)[:, None] * axis + radius[:, None] * way)
        normals.append(way)
    return np.concatenate(points), np.concatenate(normals)
