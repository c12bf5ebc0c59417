"""Closed meshes of tubes."""

from __future__ import annotations

import math

import numpy as np

from .primitives import Tube
from .shell import SHARP_EDGE_RADIUS, Shell, disc_strips, facets

#: Where two segments meet, a ring may lie inside the ball there by this much, metres; a sharper
#: bend ends one closed mesh and starts the next.
_BEND = 0.0004

#: Degrees above a ring at which the half ball at an end stops and a small disc closes it.
_POLE = 80.0


def tube_shell(tube: Tube, inset: float) -> Shell:
    """Return the mesh of a tube moved inwards by ``inset``: closed meshes one after another."""
    points, radii = np.array(tube.points, dtype=float), np.array(tube.radii, dtype=float)
    radii = np.maximum(radii - inset, 0.3 * radii)
    runs, count = _runs(points, radii), 0
    parts = []
    for first, last, start in runs:
        part = _run(points[first : last + 1], radii[first : last + 1], start)
        parts.append((part, count))
        count += len(part.vertices)
    return Shell(
        np.concatenate([p.vertices for p, _ in parts]),
        np.concatenate([p.normals for p, _ in parts]),
        np.concatenate([p.quads + o for p, o in parts]),
        np.concatenate([p.grain for p, _ in parts]),
    )


def _runs(points: np.ndarray, radii: np.ndarray) -> list[tuple[int, int, float]]:
    """Return (first point, last point, metres of tube before) of the parts that bend softly."""
    steps = np.diff(points, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    swallowed = lengths <= np.abs(np.diff(radii)) * 1.02 + 1e-7
    runs: list[tuple[int, int, float]] = []
    first, before = 0, 0.0
    for i in range(1, len(points)):
        hard = i == len(points) - 1 or swallowed[i] or swallowed[i - 1]
        if not hard:
            cosine = float(steps[i - 1] @ steps[i] / (lengths[i - 1] * lengths[i]))
            half = math.sqrt(max((1 + cosine) / 2, 0.0))
            hard = bool(cosine < 0.7 or radii[i] * (1 - half) > _BEND)
        if hard:
            runs.append((first, i, before))
            before += float(lengths[first:i].sum())
            first = i
    return runs


def _run(points: np.ndarray, radii: np.ndarray, start: float) -> Shell:
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    if len(points) == 2 and lengths[0] <= abs(radii[1] - radii[0]) * 1.02 + 1e-7:
        # One ball holds the other: what is left is the larger one.
        larger = int(np.argmax(radii))
        nudge = np.array([0.0, 0.0, 0.02 * radii[larger]])
        points = points[larger] + np.stack([-nudge, nudge])
        radii = np.full(2, radii[larger] * 0.98)
        lengths = np.array([2 * nudge[2]])
    ways = np.diff(points, axis=0) / lengths[:, None]
    tangents = np.concatenate([ways[:1], ways[:-1] + ways[1:], ways[-1:]])
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    lean = np.diff(radii) / lengths
    leans = np.concatenate([lean[:1], (lean[:-1] + lean[1:]) / 2, lean[-1:]])
    along = start + np.concatenate([[0.0], np.cumsum(lengths)])
    count = facets(float(radii.max()))
    # Rings as (middle, radius, tangent, how far the normal leans along it, place along the tube).
    caps = np.radians(np.linspace(0.0, _POLE, max(count // 8, 3) + 1))[1:]
    rows = [
        *(_cap_row(points[0], radii[0], tangents[0], along[0], -t) for t in caps[::-1]),
        *(
            (p, r, t, -math.atan(k), s)
            for p, r, t, k, s in zip(points, radii, tangents, leans, along, strict=True)
        ),
        *(_cap_row(points[-1], radii[-1], tangents[-1], along[-1], t) for t in caps),
    ]
    aside = np.cross(tangents[0], np.eye(3)[int(np.argmin(np.abs(tangents[0])))])
    turn = np.linspace(0.0, 2 * math.pi, count, endpoint=False)[:, None]
    vertices, normals, grain = [], [], []
    for middle, radius, tangent, angle, place in rows:
        # Carried along without twisting.
        aside = aside - (aside @ tangent) * tangent
        aside /= np.linalg.norm(aside)
        ring = np.cos(turn) * aside + np.sin(turn) * np.cross(tangent, aside)
        vertices.append(middle + max(radius, 0.3 * SHARP_EDGE_RADIUS) * ring)
        normals.append(math.cos(angle) * ring + math.sin(angle) * tangent)
        flat = np.full((count, 1), place)
        grain.append(np.concatenate([flat, radius * np.cos(turn), radius * np.sin(turn)], axis=1))
    here = np.arange(count)
    there = (here + 1) % count
    quads = [
        np.stack([here, there, there + count, here + count], axis=1) + ring * count
        for ring in range(len(rows) - 1)
    ]
    strips = disc_strips(count)
    quads += [strips[:, ::-1], strips + (len(rows) - 1) * count]
    return Shell(
        np.concatenate(vertices),
        np.concatenate(normals),
        np.concatenate(quads).astype(np.int32),
        np.concatenate(grain),
    )


def _cap_row(
    end: np.ndarray, radius: float, tangent: np.ndarray, along: float, angle: float
) -> tuple[np.ndarray, float, np.ndarray, float, float]:
    height = radius * math.sin(angle)
    return end + height * tangent, radius * math.cos(angle), tangent, angle, along + height
