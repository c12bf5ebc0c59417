"""A fast ray caster for pieces: colour, alpha and depth in milliseconds, in plain numpy.

Far from a path tracer, near enough to train on: one key light with hard shadows, a sky that
is brighter above, ambient occlusion from the exact distance, and the materials' patterns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .distance import nearest, signed_distance, to_local
from .primitives import Box, Frustum, Piece, Primitive

_FAR = np.float32(1e9)
_TRACE_STEPS = 24
_HIT = 4e-4


@dataclass(frozen=True)
class Light:
    """How a picture is lit.

    Attributes:
        direction: unit vector towards the key light, piece frame.
        key, fill, sky: strengths of the key light, of a shadowless light at the camera, and of
            the surroundings.
        warmth: key light's red over blue, 1 is neutral.
    """

    direction: tuple[float, float, float]
    key: float
    fill: float
    sky: float
    warmth: float = 1.0


@dataclass(frozen=True)
class Shot:
    """What the ray caster saw.

    Attributes:
        rgb: (H, W, 3) float32, linear, black where nothing was hit.
        hit: (H, W) bool.
        depth: (H, W) float32, distance along the camera's forward axis, metres; 0 for no hit.
    """

    rgb: np.ndarray
    hit: np.ndarray
    depth: np.ndarray


def cast(
    piece: Piece,
    position: np.ndarray,
    rotation: np.ndarray,
    intrinsics: np.ndarray,
    size: tuple[int, int],
    light: Light | None,
) -> Shot:
    """Cast one ray through every pixel centre.

    Args:
        piece: metres.
        position: (3,) camera position in the piece's frame.
        rotation: (3, 3) camera-to-world, columns are the OpenCV axes (x right, y down, z forward).
        intrinsics: (3, 3) pixels, pixel centres at +0.5.
        size: (height, width).
        light: None leaves the picture black (depth and alpha only).
    """
    height, width = size
    f_x, f_y = intrinsics[0, 0], intrinsics[1, 1]
    c_x, c_y = intrinsics[0, 2], intrinsics[1, 2]
    xs = ((np.arange(width) + 0.5 - c_x) / f_x).astype(np.float32)
    ys = ((np.arange(height) + 0.5 - c_y) / f_y).astype(np.float32)
    rot = rotation.astype(np.float32)
    origin = position.astype(np.float32)
    depth = np.full((height, width), _FAR, np.float32)
    owner = np.full((height, width), -1, np.int16)
    for index, primitive in enumerate(piece.primitives):
        window = _window(primitive, position, rotation, intrinsics, size)
        if window is None:
            continue
        rows, cols = window
        grid_x, grid_y = np.meshgrid(xs[cols], ys[rows])
        rays = np.stack([grid_x, grid_y, np.ones_like(grid_x)], -1).reshape(-1, 3) @ rot.T
        t = _intersect(primitive, origin, rays).reshape(grid_x.shape)
        closer = t < depth[rows, cols]
        depth[rows, cols][closer] = t[closer]
        owner[rows, cols][closer] = index
    hit = owner >= 0
    rgb = np.zeros((height, width, 3), np.float32)
    if light is not None and hit.any():
        y, x = np.nonzero(hit)
        rays = np.stack([xs[x], ys[y], np.ones(len(x), np.float32)], -1) @ rot.T
        points = origin + rays * depth[hit][:, None]
        rgb[hit] = _shade(piece, points, rays, owner[hit], light)
    return Shot(rgb, hit, np.where(hit, depth, 0).astype(np.float32))


def _window(
    primitive: Primitive,
    position: np.ndarray,
    rotation: np.ndarray,
    intrinsics: np.ndarray,
    size: tuple[int, int],
) -> tuple[slice, slice] | None:
    """Return the pixels that the primitive's bounding box may cover."""
    signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
    corners = (signs * _half(primitive)) @ np.array(primitive.rotation).T + primitive.centre
    camera = (corners - position) @ rotation
    if camera[:, 2].min() <= 1e-3:
        return slice(0, size[0]), slice(0, size[1])
    u = camera[:, 0] / camera[:, 2] * intrinsics[0, 0] + intrinsics[0, 2]
    v = camera[:, 1] / camera[:, 2] * intrinsics[1, 1] + intrinsics[1, 2]
    x0, x1 = max(int(u.min() - 0.5), 0), min(int(u.max() + 1.5), size[1])
    y0, y1 = max(int(v.min() - 0.5), 0), min(int(v.max() + 1.5), size[0])
    return None if x0 >= x1 or y0 >= y1 else (slice(y0, y1), slice(x0, x1))


def _half(primitive: Primitive) -> np.ndarray:
    if isinstance(primitive, Box):
        return np.array(primitive.half)
    r = max(primitive.radius_bottom, primitive.radius_top)
    return np.array([r, r, primitive.half_height])


def _slabs(
    primitive: Primitive, origin: np.ndarray, rays: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Entry and exit of rays through the primitive's bounding box, and both in its frame."""
    rot = np.array(primitive.rotation, np.float32)
    o = to_local(primitive, origin.reshape(-1, 3))
    d = rays @ rot
    half = _half(primitive).astype(np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1 / np.where(np.abs(d) < 1e-9, np.float32(1e-9), d)
        centre = -o * inverse
        reach = np.abs(half * inverse)
    near = (centre - reach).max(axis=1)
    far = (centre + reach).min(axis=1)
    return near, far, o, d


def _intersect(primitive: Primitive, origin: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """Ray parameter of the first hit, ``_FAR`` for a miss; (N, 3) -> (N,)."""
    near, far, o, d = _slabs(primitive, origin, rays)
    alive = (near < far) & (far > 0)
    t = np.where(alive, np.maximum(near, 0), _FAR)
    if isinstance(primitive, Box) and primitive.radius < 0.003:
        return t
    where = np.flatnonzero(alive)
    if len(where) == 0:
        return t
    local = _at_home(primitive)
    start, step = o[0], d[where]
    speed = np.linalg.norm(step, axis=1)
    now, end = t[where].copy(), far[where]
    t[where] = _FAR
    for _ in range(_TRACE_STEPS):
        gap = signed_distance(local, start + step * now[:, None])
        done = gap < _HIT
        t[where[done]] = now[done]
        now = now + gap / speed
        go = ~done & (now < end)
        if not go.any():
            break
        where, step, speed, now, end = where[go], step[go], speed[go], now[go], end[go]
    return t


def _at_home(primitive: Primitive) -> Piece:
    """The primitive alone, in its own frame."""
    if isinstance(primitive, Box):
        solid: Primitive = Box((0.0, 0.0, 0.0), primitive.half, primitive.radius)
    else:
        solid = Frustum(
            (0.0, 0.0, 0.0), primitive.half_height, primitive.radius_bottom, primitive.radius_top
        )
    return Piece("", 0, (solid,))


def _normals(primitive: Primitive, q: np.ndarray) -> np.ndarray:
    """Outward normals at surface points in the primitive's frame."""
    if isinstance(primitive, Box):
        half = np.array(primitive.half, np.float32)
        if primitive.radius >= 0.003:
            core = half - np.float32(primitive.radius)
            away = q - np.clip(q, -core, core)
            return away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
        axis = (np.abs(q) - half).argmax(axis=1)
        n = np.zeros_like(q)
        rows = np.arange(len(q))
        n[rows, axis] = np.sign(q[rows, axis])
        return n
    h = primitive.half_height
    slope = (primitive.radius_bottom - primitive.radius_top) / (2 * h)
    n = np.concatenate([q[:, :2], np.zeros((len(q), 1), np.float32)], axis=1)
    n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-6)
    n[:, 2] = slope
    n /= np.sqrt(1 + slope * slope)
    cap = np.abs(q[:, 2]) > h - 2 * _HIT
    n[cap] = 0
    n[cap, 2] = np.sign(q[cap, 2])
    return n


def _shade(
    piece: Piece, points: np.ndarray, rays: np.ndarray, owner: np.ndarray, light: Light
) -> np.ndarray:
    normals = np.empty_like(points)
    albedo = np.empty_like(points)
    for index in np.unique(owner):
        primitive = piece.primitives[index]
        mine = owner == index
        q = to_local(primitive, points[mine])
        rot = np.array(primitive.rotation, np.float32)
        normals[mine] = _normals(primitive, q) @ rot.T
        albedo[mine] = _pattern(piece, primitive, q)
    towards = np.array(light.direction, np.float32)
    lit = np.maximum(normals @ towards, 0)
    facing = np.flatnonzero(lit > 0)
    lit[facing[_shadowed(piece, points[facing] + normals[facing] * 2e-3, towards)]] = 0
    occlusion = np.ones(len(points), np.float32)
    for reach in (0.03, 0.12):
        gap = nearest(piece, points + normals * np.float32(reach))[0]
        occlusion *= 0.35 + 0.65 * np.clip(gap / reach, 0, 1)
    view = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    head = np.maximum(-(normals * view).sum(axis=1), 0)
    sky = light.sky * (0.65 + 0.35 * normals[:, 2]) * occlusion
    tint = np.array([light.warmth**0.5, 1.0, light.warmth**-0.5], np.float32)
    return albedo * (light.key * lit[:, None] * tint + (light.fill * head + sky)[:, None])


def _pattern(piece: Piece, primitive: Primitive, q: np.ndarray) -> np.ndarray:
    material = piece.materials[primitive.material]
    colour = np.broadcast_to(np.array(material.colour, np.float32), q.shape)
    if material.pattern == "plain" or material.contrast == 0:
        return colour
    if material.pattern == "wood":
        grain = int(np.argmax(_half(primitive)))
        across = np.delete(q, grain, axis=1)
        phase = across @ np.array([61.0, 83.0], np.float32) + 2.5 * np.sin(5 * q[:, grain])
        wave = np.sin(phase) * 0.6 + np.sin(phase * 3.1 + 1.3) * 0.4
    else:
        wave = np.sin(q[:, 0] * 700) * np.sin(q[:, 1] * 700 + q[:, 2] * 700)
    return colour * (1 + material.contrast * 0.6 * wave[:, None])


def _inner_half(primitive: Primitive) -> np.ndarray:
    """Half edges of a sharp box that a solid's own rounded surface never lies inside of."""
    half = _half(primitive).astype(np.float32)
    if isinstance(primitive, Box):
        return half - np.float32(0.3 * primitive.radius)
    return half * np.array([0.7, 0.7, 1.0], np.float32)


def _shadowed(piece: Piece, points: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Bool (N,): whether any solid, taken as a box, stands between the point and the light."""
    dark = np.zeros(len(points), bool)
    for primitive in piece.primitives:
        open_ = np.flatnonzero(~dark)
        if len(open_) == 0:
            break
        rot = np.array(primitive.rotation, np.float32)
        o = to_local(primitive, points[open_])
        d = towards @ rot
        inverse = 1 / np.where(np.abs(d) < 1e-6, np.float32(1e-6), d)
        half = _inner_half(primitive)
        near = (-o * inverse - np.abs(half * inverse)).max(axis=1)
        far = (-o * inverse + np.abs(half * inverse)).min(axis=1)
        dark[open_[(near < far) & (far > 1e-4)]] = True
    return dark
