"""Winding numbers of points with respect to triangle meshes, by counting signed crossings.

A line from a point to infinity crosses a closed surface outwards as often more than inwards as
the surface winds around the point. Where a surface has holes, the lines disagree; their mean over
all directions is the generalised winding number (Jacobson et al. 2013), which is estimated here
over 26 directions.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Pairs of triangle and cell, or of triangle and point, looked at in one go.
_CHUNK = 1 << 20
#: Lines for open surfaces; each gives two directions.
_LINES = 13
_FIRST_LINES = 4


def winding_number(vertices: np.ndarray, faces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return (N,) int: how often a closed surface winds around points (N, 3).

    Args:
        vertices: (V, 3); faces: (F, 3) whose directed edges cancel, counter-clockwise from
            outside.
    """
    return _crossings(vertices, faces, points)[0]


def mean_winding_number(vertices: np.ndarray, faces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return (N,) float64: the generalised winding number of a surface that may have holes.

    A point for which the first directions agree gets what they say; the others are looked at in
    all directions.
    """
    total = np.zeros(len(points))
    seen = np.zeros(len(points))
    low, high = np.full(len(points), np.inf), np.full(len(points), -np.inf)
    some = np.arange(len(points))
    for number, turn in enumerate(_turns()):
        if number == _FIRST_LINES:
            some = np.flatnonzero(low != high)
        for side in _crossings(vertices @ turn, faces, points[some] @ turn):
            total[some] += side
            seen[some] += 1
            low[some], high[some] = np.minimum(low[some], side), np.maximum(high[some], side)
    return total / seen


def _turns() -> Iterator[np.ndarray]:
    """Rotations that bring evenly spread directions upwards; none lies along a mesh's own axes."""
    for number in range(_LINES):
        # A Fibonacci lattice on the half sphere.
        height, angle = (number + 0.5) / _LINES, number * np.pi * (3 - 5**0.5) + 0.1
        ring = np.sqrt(1 - height**2)
        up = np.array([ring * np.cos(angle), ring * np.sin(angle), height])
        right = np.cross(up, [0.3, 0.5, 0.81])
        right /= np.linalg.norm(right)
        yield np.stack([right, np.cross(up, right), up], axis=1)


def _crossings(
    vertices: np.ndarray, faces: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(N,) int each: winding by the upward and by the downward half of each point's vertical."""
    above, below = np.zeros(len(points), int), np.zeros(len(points), int)
    corners = np.asarray(vertices, np.float64)[faces]
    area = _cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    upright = area == 0
    corners, area = corners[~upright], area[~upright]
    if not len(points) or not len(corners):
        return above, below
    points = np.asarray(points, np.float64)
    over = _over(corners, area)
    sign = np.sign(area)
    for face, point in _candidates(corners[..., :2], points[:, :2]):
        at, plane = points[point], over[face]
        second = plane[:, 0] * at[:, 0] + plane[:, 1] * at[:, 1] + plane[:, 2]
        third = plane[:, 3] * at[:, 0] + plane[:, 4] * at[:, 1] + plane[:, 5]
        # Points drawn by chance are never exactly over an edge, which would count twice.
        hit = np.flatnonzero((second >= 0) & (third >= 0) & (second + third <= 1))
        at, plane = at[hit], plane[hit]
        height = plane[:, 6] * at[:, 0] + plane[:, 7] * at[:, 1] + plane[:, 8]
        up, turns = height > at[:, 2], sign[face[hit]]
        above += np.bincount(point[hit], turns * up, len(points)).astype(int)
        below -= np.bincount(point[hit], turns * ~up, len(points)).astype(int)
    return above, below


def _over(corners: np.ndarray, area: np.ndarray) -> np.ndarray:
    """(F, 9): second and third barycentric coordinate and height over (x, y), each as the factors
    of x, of y and of 1."""
    a, b, c = (corners[:, i] for i in range(3))
    second = np.stack([c[:, 1] - a[:, 1], a[:, 0] - c[:, 0]], axis=1) / area[:, None]
    third = np.stack([a[:, 1] - b[:, 1], b[:, 0] - a[:, 0]], axis=1) / area[:, None]
    height = second * (b - a)[:, 2:] + third * (c - a)[:, 2:]
    parts = []
    for factors, start in ((second, 0.0), (third, 0.0), (height, a[:, 2])):
        parts += [factors, (start - (factors * a[:, :2]).sum(axis=1))[:, None]]
    return np.concatenate(parts, axis=1)


def _candidates(corners: np.ndarray, points: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of triangle and point that may lie over each other, from cells they share.

    Args:
        corners: (F, 3, 2); points: (N, 2).
    """
    low, high = points.min(axis=0), points.max(axis=0)
    cells = int(np.clip(np.sqrt(len(points)), 1, 512))
    scale = cells / np.maximum(high - low, 1e-12)
    place = np.clip((points - low) * scale, 0, cells - 1).astype(np.int64)
    number = place[:, 0] * cells + place[:, 1]
    order = np.argsort(number, kind="stable")
    begins = np.searchsorted(number[order], np.arange(cells * cells + 1))
    first = (corners.min(axis=1) - low) * scale
    last = (corners.max(axis=1) - low) * scale
    there = ((last >= 0) & (first <= cells)).all(axis=1)
    first = np.clip(np.floor(first), 0, cells - 1).astype(np.int64)
    spans = np.clip(np.floor(last), 0, cells - 1).astype(np.int64) - first + 1
    counts = np.where(there, spans.prod(axis=1), 0)
    for part in _parts(np.flatnonzero(counts), counts):
        face, step = _repeated(part, counts[part])
        column = first[face, 0] + step // spans[face, 1]
        cell = column * cells + first[face, 1] + step % spans[face, 1]
        held = begins[cell + 1] - begins[cell]
        for some in _parts(np.flatnonzero(held), held):
            pair, offset = _repeated(some, held[some])
            yield face[pair], order[begins[cell[pair]] + offset]


def _parts(chosen: np.ndarray, counts: np.ndarray) -> Iterator[np.ndarray]:
    """Split indices so that the sum of their counts stays near the chunk's size."""
    ends = np.cumsum(counts[chosen])
    begin = 0
    while begin < len(chosen):
        done = ends[begin - 1] if begin else 0
        end = max(int(np.searchsorted(ends, done + _CHUNK, side="right")), begin + 1)
        yield chosen[begin:end]
        begin = end


def _repeated(items: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each item ``counts`` times, and the number of each repetition from 0."""
    repeated = np.repeat(items, counts)
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return repeated, step


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    out: np.ndarray = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return out
