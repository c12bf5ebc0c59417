"""Where rays meet single solids, in the solids' own frames, in single precision.

A tube is looked at as its links, one round cone each, so that a ray is compared with those that
its pixel may show and no others.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .fields import local_distance
from .primitives import Box, Extrusion, Frustum, Lathe, Primitive, Tube, own_box, pose
from .ray_forms import FAR, prism, round_cone, turned
from .ray_normals import extruded_normals, turned_normals

#: Metres from the surface at which marching stops.
HIT = 4e-4

_MARCHES = 64

#: Roundings below this many metres are taken for sharp edges.
_SHARP = 0.003


@dataclass(frozen=True, eq=False)
class Part:
    """A solid, or one link of a tube, with its frame as arrays.

    Attributes:
        solid: what it is, or belongs to.
        shape: the solid alone in its own frame; for a link a tube of two points.
        centre, rotation: (3,), (3, 3) float32; part to piece.
        low, high: (3,) float32, its box in its own frame.
    """

    solid: Primitive
    shape: Primitive
    centre: np.ndarray
    rotation: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def local(self, points: np.ndarray) -> np.ndarray:
        """Return points (N, 3) of the piece in the part's frame."""
        return (points - self.centre) @ self.rotation


def parts(primitives: Iterable[Primitive]) -> list[Part]:
    """Return the parts of all solids."""
    out = []
    for solid in primitives:
        if isinstance(solid, Tube):
            ends = zip(
                itertools.pairwise(solid.points), itertools.pairwise(solid.radii), strict=True
            )
            out += [_link(solid, points, radii) for points, radii in ends]
            continue
        centre, rotation = pose(solid)
        low, high = own_box(solid)
        out.append(Part(solid, solid, *(_single(v) for v in (centre, rotation, low, high))))
    return out


def _single(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32)


def _link(
    solid: Tube,
    points: tuple[tuple[float, float, float], ...],
    radii: tuple[float, ...],
) -> Part:
    """A link's own frame has its origin at the first ball and z towards the second."""
    start, end = np.array(points[0]), np.array(points[1])
    length = float(np.linalg.norm(end - start))
    axis = (end - start) / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])
    x = np.cross(axis, np.eye(3)[int(np.argmin(np.abs(axis)))])
    x /= np.linalg.norm(x)
    rotation = np.stack([x, np.cross(axis, x), axis], axis=1)
    shape = Tube(((0.0, 0.0, 0.0), (0.0, 0.0, length)), radii)
    low, high = own_box(shape)
    return Part(solid, shape, *(_single(v) for v in (start, rotation, low, high)))


def box_window(
    low: np.ndarray, high: np.ndarray, start: np.ndarray, way: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ray parameters (N,) of entry into a box and of exit; entry > exit is a miss."""
    enter = leave = None
    # Axis by axis: numpy reduces rows of three slowly.
    for axis in range(3):
        d = way[:, axis]
        inverse = 1 / np.where(np.abs(d) < 1e-9, np.float32(1e-9), d)
        first = (low[axis] - start[:, axis]) * inverse
        second = (high[axis] - start[:, axis]) * inverse
        near, far = np.minimum(first, second), np.maximum(first, second)
        enter = near if enter is None else np.maximum(enter, near)
        leave = far if leave is None else np.minimum(leave, far)
    assert enter is not None and leave is not None
    return enter, leave


def first_hit(part: Part, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Ray parameter of the first hit from outside, ``FAR`` for a miss.

    Args:
        start: (1, 3) or (N, 3) float32, the part's frame.
        way: (N, 3) float32, the part's frame, of any length.
    """
    near, far = box_window(part.low, part.high, start, way)
    alive = (near < far) & (far > 0)
    t = np.where(alive, np.maximum(near, 0), FAR)
    shape = part.shape
    if isinstance(shape, Box) and shape.radius < _SHARP:
        return t
    rows = np.flatnonzero(alive)
    if len(rows) == 0:
        return t
    origin = start[rows] if len(start) > 1 else start
    t[rows] = _exact(shape, origin, way[rows], t[rows], far[rows])
    return t


def blocks(part: Part, start: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Bool (N,): whether rays from ``start`` (N, 3) meet the part; roundings count as corners."""
    low, high = part.low, part.high
    shape = part.shape
    if isinstance(shape, Box):
        # The solid's own rounded surface never lies inside of this one.
        low, high = low + np.float32(0.3 * shape.radius), high - np.float32(0.3 * shape.radius)
    near, far = box_window(low, high, start, way)
    dark = (near < far) & (far > 1e-4)
    if isinstance(shape, Box):
        return dark
    rows = np.flatnonzero(dark)
    if len(rows) == 0:
        return dark
    shared = way if len(way) > 1 else np.broadcast_to(way, start.shape)
    origin, step = start[rows], shared[rows]
    if isinstance(shape, Extrusion):
        t = prism(shape, origin, step, grown=0.5 * shape.radius)
    else:
        t = _exact(shape, origin, step, near[rows], far[rows])
    dark[rows] = t < FAR
    return dark


def _exact(
    shape: Primitive, start: np.ndarray, way: np.ndarray, near: np.ndarray, far: np.ndarray
) -> np.ndarray:
    if isinstance(shape, Frustum):
        h = shape.half_height
        return turned(((shape.radius_bottom, -h), (shape.radius_top, h)), start, way)
    if isinstance(shape, Lathe):
        return turned(shape.profile, start, way)
    if isinstance(shape, Tube):
        return round_cone(shape, start, way)
    if isinstance(shape, Box):
        return _marched(shape, start, way, near, far)
    first = prism(shape, start, way, grown=shape.radius)
    rows = np.flatnonzero(first < FAR)
    if shape.radius < _SHARP or len(rows) == 0:
        return first
    # Rounding takes away from the sharp solid: go on from there.
    origin = start[rows] if len(start) > 1 else start
    first[rows] = _marched(shape, origin, way[rows], first[rows], far[rows])
    return first


def _marched(
    shape: Primitive, start: np.ndarray, way: np.ndarray, near: np.ndarray, far: np.ndarray
) -> np.ndarray:
    """Step by the distance until the surface is there."""
    t = np.full(len(way), FAR)
    where = np.arange(len(way))
    speed = np.sqrt(np.einsum("ij,ij->i", way, way))
    now, end = near.copy(), far
    origin = np.broadcast_to(start, way.shape)
    for _ in range(_MARCHES):
        gap = local_distance(shape, origin + way * now[:, None])
        done = gap < HIT
        t[where[done]] = now[done]
        now = now + gap / speed
        go = ~done & (now < end)
        if not go.any():
            break
        where, origin, way = where[go], origin[go], way[go]
        speed, now, end = speed[go], now[go], end[go]
    return t


def normals(part: Part, q: np.ndarray) -> np.ndarray:
    """Outward normals (N, 3) at surface points (N, 3) in the part's frame."""
    shape = part.shape
    if isinstance(shape, Box):
        return _box_normals(shape, q)
    if isinstance(shape, Tube):
        length, (first, last) = shape.points[1][2], shape.radii
        growth = np.clip((last - first) / max(length, 1e-9), -0.999, 0.999)
        aside = np.sqrt(q[:, 0] ** 2 + q[:, 1] ** 2)
        lean = np.float32(growth / math.sqrt(1 - growth * growth))
        place = np.clip(q[:, 2] + lean * aside, 0, np.float32(length))
        away = q - place[:, None] * np.array([0, 0, 1], np.float32)
        return away / np.maximum(np.sqrt(np.einsum("ij,ij->i", away, away)), 1e-6)[:, None]
    if isinstance(shape, Extrusion):
        return extruded_normals(shape, q)
    return turned_normals(shape, q)


def _box_normals(box: Box, q: np.ndarray) -> np.ndarray:
    half = np.array(box.half, np.float32)
    if box.radius >= _SHARP:
        core = half - np.float32(box.radius)
        away = q - np.clip(q, -core, core)
        return away / np.maximum(np.sqrt(np.einsum("ij,ij->i", away, away)), 1e-6)[:, None]
    axis = (np.abs(q) - half).argmax(axis=1)
    n = np.zeros_like(q)
    rows = np.arange(len(q))
    n[rows, axis] = np.sign(q[rows, axis])
    return n
