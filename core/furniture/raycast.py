"""A fast ray caster for pieces: colour, alpha and depth in milliseconds, in plain numpy.

Far from a path tracer, near enough to train on: one key light with hard shadows, a sky that
is brighter above, ambient occlusion from the exact distance, and the materials' patterns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .distance import nearest
from .primitives import Material, Piece
from .ray_forms import FAR
from .rays import Part, blocks, first_hit, normals, parts

#: Which end of a box, low or high, its eight corners have along each axis.
_CORNERS = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T


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
    depth = np.full((height, width), FAR, np.float32)
    owner = np.full((height, width), -1, np.int16)
    solids = parts(piece.primitives)
    for index, part in enumerate(solids):
        window = _window(part, position, rotation, intrinsics, size)
        if window is None:
            continue
        rows, cols = window
        grid_x, grid_y = np.meshgrid(xs[cols], ys[rows])
        rays = np.stack([grid_x, grid_y, np.ones_like(grid_x)], -1).reshape(-1, 3) @ rot.T
        t = first_hit(part, part.local(origin[None]), rays @ part.rotation).reshape(grid_x.shape)
        closer = t < depth[rows, cols]
        depth[rows, cols][closer] = t[closer]
        owner[rows, cols][closer] = index
    hit = owner >= 0
    rgb = np.zeros((height, width, 3), np.float32)
    if light is not None and hit.any():
        y, x = np.nonzero(hit)
        rays = np.stack([xs[x], ys[y], np.ones(len(x), np.float32)], -1) @ rot.T
        points = origin + rays * depth[hit][:, None]
        rgb[hit] = _shade(piece, solids, points, rays, owner[hit], light)
    return Shot(rgb, hit, np.where(hit, depth, 0).astype(np.float32))


def _window(
    part: Part,
    position: np.ndarray,
    rotation: np.ndarray,
    intrinsics: np.ndarray,
    size: tuple[int, int],
) -> tuple[slice, slice] | None:
    """Return the pixels that the part's bounding box may cover."""
    ends = np.stack([part.low, part.high])
    corners = ends[_CORNERS, np.arange(3)] @ part.rotation.T + part.centre
    camera = (corners - position) @ rotation
    if camera[:, 2].min() <= 1e-3:
        return slice(0, size[0]), slice(0, size[1])
    u = camera[:, 0] / camera[:, 2] * intrinsics[0, 0] + intrinsics[0, 2]
    v = camera[:, 1] / camera[:, 2] * intrinsics[1, 1] + intrinsics[1, 2]
    x0, x1 = max(int(u.min() - 0.5), 0), min(int(u.max() + 1.5), size[1])
    y0, y1 = max(int(v.min() - 0.5), 0), min(int(v.max() + 1.5), size[0])
    return None if x0 >= x1 or y0 >= y1 else (slice(y0, y1), slice(x0, x1))


def _shade(
    piece: Piece,
    solids: list[Part],
    points: np.ndarray,
    rays: np.ndarray,
    owner: np.ndarray,
    light: Light,
) -> np.ndarray:
    facing = np.empty_like(points)
    albedo = np.empty_like(points)
    for index in np.unique(owner):
        part = solids[index]
        mine = owner == index
        q = part.local(points[mine])
        facing[mine] = normals(part, q) @ part.rotation.T
        albedo[mine] = _pattern(piece.materials[part.solid.material], part, q)
    towards = np.array(light.direction, np.float32)
    lit = np.maximum(facing @ towards, 0)
    rows = np.flatnonzero(lit > 0)
    lit[rows[_shadowed(solids, points[rows] + facing[rows] * 2e-3, towards)]] = 0
    occlusion = np.ones(len(points), np.float32)
    for reach in (0.03, 0.12):
        gap = nearest(piece, points + facing * np.float32(reach), reach)[0]
        occlusion *= 0.35 + 0.65 * np.clip(gap / reach, 0, 1)
    view = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    head = np.maximum(-(facing * view).sum(axis=1), 0)
    sky = light.sky * (0.65 + 0.35 * facing[:, 2]) * occlusion
    tint = np.array([light.warmth**0.5, 1.0, light.warmth**-0.5], np.float32)
    return albedo * (light.key * lit[:, None] * tint + (light.fill * head + sky)[:, None])


def _pattern(material: Material, part: Part, q: np.ndarray) -> np.ndarray:
    colour = np.broadcast_to(np.array(material.colour, np.float32), q.shape)
    if material.contrast == 0:
        return colour
    if material.pattern in ("wood", "marble"):
        grain = int(np.argmax(part.high - part.low))
        across = np.delete(q, grain, axis=1)
        phase = across @ np.array([61.0, 83.0], np.float32) + 2.5 * np.sin(5 * q[:, grain])
        wave = np.sin(phase) * 0.6 + np.sin(phase * 3.1 + 1.3) * 0.4
    elif material.pattern == "fabric":
        wave = np.sin(q[:, 0] * 700) * np.sin(q[:, 1] * 700 + q[:, 2] * 700)
    else:
        return colour
    return colour * (1 + material.contrast * 0.6 * wave[:, None])


def _shadowed(solids: list[Part], points: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Bool (N,): whether any part stands between the point and the light."""
    dark = np.zeros(len(points), bool)
    for part in solids:
        open_ = np.flatnonzero(~dark)
        if len(open_) == 0:
            break
        dark[open_] = blocks(part, part.local(points[open_]), (towards @ part.rotation)[None])
    return dark
