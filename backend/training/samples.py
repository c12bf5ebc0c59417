"""What the network trains on: pictures with their correspondences, points with distances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.camera_rigs import CameraRig
from ...core.colour import linear_to_srgb
from ...core.furniture.distance import nearest
from ...core.furniture.primitives import Piece, normalisation
from ...core.furniture.raycast import cast
from ...core.furniture.sampling import sample_surface
from ...core.furniture.tessellate import tessellate
from .views import TRAINING, draw_light, draw_pose, projection

#: Edge of the network's input picture and of its dense maps, pixels.
PICTURE, MAP = 128, 64
#: Share of the picture that the object's longer side fills.
FILL = 0.85
#: Rays along an edge for each element of the dense maps; odd, see surface_map.
_RAYS = 3
#: Share of a piece's points that are drawn evenly over the cube; they come last.
EVEN = 0.25


@dataclass(frozen=True)
class PictureSample:
    """One picture.

    Attributes:
        rgba: (PICTURE, PICTURE, 4) uint8, sRGB, straight alpha.
        surface: (MAP, MAP, 3) float16, unit-cube position of the visible surface at the centre
            of each element; meaningful where ``hit``.
        hit: (MAP, MAP) bool.
        matrix: (3, 4) float32, unit cube to picture coordinates 0..1 (x right, y down).
    """

    rgba: np.ndarray
    surface: np.ndarray
    hit: np.ndarray
    matrix: np.ndarray


@dataclass(frozen=True)
class PointSample:
    """Points of one piece.

    Attributes:
        points: (N, 3) float16, unit cube.
        distance: (N,) float16, exact signed distance in units of the cube.
        albedo: (N, 3) uint8, sRGB albedo of the nearest solid.
    """

    points: np.ndarray
    distance: np.ndarray
    albedo: np.ndarray


def draw_points(piece: Piece, count: int, rng: np.random.Generator) -> PointSample:
    """Draw points: most near the surface at two scales, then ``EVEN`` of them over the cube."""
    centre, scale = normalisation(piece)
    near = count - int(count * EVEN)
    on, _, _ = sample_surface(piece, near, rng)
    spread = np.where(np.arange(near) % 3 == 0, 0.04, 0.010)[:, None]
    points = (on - centre) * scale + rng.normal(size=(near, 3)) * spread
    points = np.concatenate([points, rng.uniform(-0.5, 0.5, (count - near, 3))])
    points = np.clip(points, -0.5, 0.5).astype(np.float16)
    # Distances belong to the rounded points, or half a float16 step would blur thin boards.
    distance, material = nearest(piece, points.astype(np.float64) / scale + centre)
    colours = linear_to_srgb(np.array([m.colour for m in piece.materials]))
    albedo = np.rint(colours[material] * 255).astype(np.uint8)
    return PointSample(points, (distance * scale).astype(np.float16), albedo)


def draw_picture(
    piece: Piece, rng: np.random.Generator, edge: int = PICTURE, rig: CameraRig = TRAINING
) -> PictureSample:
    """Draw one ray-cast picture, framed as the service frames a cut-out picture.

    Args:
        edge: of the picture; its dense maps have half of it.
        rig: of the cameras, see :func:`.views.draw_pose`.
    """
    size = edge // 2
    cast_at = _RAYS * size
    centre, scale = normalisation(piece)
    points = (tessellate(piece).vertices - centre) * scale
    pose = draw_pose(rng, points, rig)
    camera = points @ pose.rotation.T + [0, 0, pose.distance]
    flat = camera[:, :2] / camera[:, 2:]
    low, high = flat.min(axis=0), flat.max(axis=0)
    focal = FILL * rng.uniform(0.96, 1.04) / (high - low).max()
    middle = 0.5 - focal * (low + high) / 2 + rng.uniform(-0.012, 0.012, 2)
    intrinsics = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]])
    pixels = np.diag([cast_at, cast_at, 1.0]) @ intrinsics
    light = draw_light(rng, pose.rotation)
    shot = cast(
        piece,
        pose.position / scale + centre,
        pose.rotation.T,
        pixels,
        (cast_at, cast_at),
        light,
    )
    matrix = projection(intrinsics, pose.rotation, np.array([0, 0, pose.distance]))
    surface, hit = surface_map(
        shot.depth, shot.hit, pose.rotation, pose.position, pixels, scale, size
    )
    rgba = _shrink(shot.rgb, shot.hit, edge)
    return PictureSample(rgba, surface, hit, matrix.astype(np.float32))


def surface_map(
    depth: np.ndarray,
    hit: np.ndarray,
    rotation: np.ndarray,
    position: np.ndarray,
    intrinsics: np.ndarray,
    scale: float,
    size: int = MAP,
) -> tuple[np.ndarray, np.ndarray]:
    """Turn a metric depth picture into unit-cube positions at the map's resolution.

    The depth picture's edge must be an odd multiple of the map's ``size`` (or that itself), so that
    a pixel centre lies on each map element's centre.
    """
    step = depth.shape[0] // size
    at = np.arange(size) * step + step // 2
    z = depth[np.ix_(at, at)] * scale
    u, v = np.meshgrid(at + 0.5, at + 0.5)
    x = (u - intrinsics[0, 2]) / intrinsics[0, 0] * z
    y = (v - intrinsics[1, 2]) / intrinsics[1, 1] * z
    world = np.stack([x, y, z], -1) @ rotation + position
    seen = hit[np.ix_(at, at)]
    return np.where(seen[..., None], world, 0).astype(np.float16), seen


def _shrink(rgb: np.ndarray, hit: np.ndarray, edge: int) -> np.ndarray:
    """Area-average a linear picture to an edge; straight alpha, sRGB."""
    from PIL import Image

    alpha = hit.astype(np.float32)
    planes = [rgb[..., i] * alpha for i in range(3)] + [alpha]
    small = np.stack(
        [np.asarray(Image.fromarray(p).resize((edge, edge), Image.Resampling.BOX)) for p in planes],
        axis=-1,
    )
    colour = small[..., :3] / np.maximum(small[..., 3:], 1e-6)
    out = np.concatenate([linear_to_srgb(colour), small[..., 3:]], axis=-1)
    return np.rint(np.clip(out, 0, 1) * 255).astype(np.uint8)
