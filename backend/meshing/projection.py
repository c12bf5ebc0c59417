"""The picture itself on the parts of the mesh that it shows.

Networks blur; the picture is sharp. A point of the surface takes the picture's colour where the
picture's camera sees it: turned towards the camera, nothing of the mesh before it, and inside of
the object's outline. Towards the limits of each of these, the picture fades out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from ..imaging.framing import object_box
from .raster import depth_buffer

#: Edge in pixels of the picture in which is told what hides what.
_BUFFER = 1024
#: A point counts as hidden when the mesh is nearer to the camera by more than this, cube units.
_BIAS = 0.012
#: Cosines between normal and view, between which the picture fades in.
_GRAZING, _FULL = 0.15, 0.55
#: The picture fades out over this share of its edge towards the object's outline and towards
#: what hides something: there background and foreground mix, and shapes never fit quite.
_FEATHER = 0.012


@dataclass(frozen=True)
class Shot:
    """A picture and its camera.

    Attributes:
        rgba: (H, W, 4) uint8, sRGB, straight alpha.
        matrix: (3, 4) float64 from the unit cube to ``(u w, v w, w)``: u to the right and v down
            in shares of the picture, w positive and growing with depth.
        fitted: whether the camera is that of this very picture. Otherwise it is one that the
            engine assumes, and the object's box in the picture is laid over the mesh's.
    """

    rgba: np.ndarray
    matrix: np.ndarray
    fitted: bool = True


def paint(
    colours: np.ndarray,
    points: np.ndarray,
    normals: np.ndarray,
    mesh: tuple[np.ndarray, np.ndarray],
    shot: Shot,
) -> np.ndarray:
    """Blend the picture over colours.

    Args:
        colours: (N, 3) sRGB 0..1 of points on the surface.
        points, normals: (N, 3), unit cube; unit normals pointing outwards.
        mesh: vertices (V, 3) and faces (F, 3), which hide things.

    Returns:
        (N, 3) sRGB.
    """
    if not shot.fitted:
        shot = fitted(shot, mesh[0])
    hidden = _hidden_map(mesh, shot)
    pixels = shot.rgba.astype(np.float32) / 255
    sure = _inner(pixels[..., 3] > 0.5, min(pixels.shape[:2]) * _FEATHER)
    uv, depth = project(shot.matrix, points)
    inside = ((uv > 0) & (uv < 1)).all(axis=1)
    facing = (normals * towards_camera(shot.matrix, points)).sum(axis=1)
    weight = _smooth((facing - _GRAZING) / (_FULL - _GRAZING)) * inside
    weight *= _read(sure[..., None], uv)[:, 0]
    weight *= _unhidden(hidden, uv, depth)
    premultiplied = np.concatenate([pixels[..., :3] * pixels[..., 3:], pixels[..., 3:]], axis=2)
    seen = _read(premultiplied, uv)
    picture = seen[:, :3] / np.maximum(seen[:, 3:], 1e-3)
    blended = colours + (np.clip(picture, 0, 1) - colours) * weight[:, None]
    return blended.astype(np.float32)


def project(matrix: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) points of the unit cube to (N, 2) shares of the picture and (N,) depth.

    Depth is in cube units from the plane of the camera.
    """
    ends = points @ matrix[:, :3].T + matrix[:, 3]
    w = np.maximum(ends[:, 2:], 1e-6)
    return ends[:, :2] / w, w[:, 0] / max(float(np.linalg.norm(matrix[2, :3])), 1e-6)


def towards_camera(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, 3) unit vectors from points to the camera."""
    linear = matrix[:, :3]
    if np.linalg.norm(linear[2]) < 1e-6:  # all rays parallel
        forward = np.cross(linear[0], linear[1])
        return np.broadcast_to(-forward / np.linalg.norm(forward), points.shape)
    centre = -np.linalg.solve(linear, matrix[:, 3])
    away = centre - points
    unit: np.ndarray = away / np.linalg.norm(away, axis=1, keepdims=True)
    return unit


def fitted(shot: Shot, vertices: np.ndarray) -> Shot:
    """Shift and stretch the camera's picture so that the mesh's box is the object's."""
    uv, _ = project(shot.matrix, vertices)
    low, high = uv.min(axis=0), uv.max(axis=0)
    box, (height, width) = object_box(shot.rgba), shot.rgba.shape[:2]
    wanted_low = np.array([box.left / width, box.top / height])
    wanted = np.array([box.width / width, box.height / height])
    scale = wanted / np.maximum(high - low, 1e-6)
    matrix = shot.matrix.copy()
    for axis in range(2):
        shift = wanted_low[axis] - scale[axis] * low[axis]
        matrix[axis] = scale[axis] * shot.matrix[axis] + shift * shot.matrix[2]
    return replace(shot, matrix=matrix, fitted=True)


def _hidden_map(mesh: tuple[np.ndarray, np.ndarray], shot: Shot) -> np.ndarray:
    """(B, B) depth up to which the camera sees."""
    uv, depth = project(shot.matrix, mesh[0])
    return depth_buffer(uv * _BUFFER, depth, mesh[1], _BUFFER)


def _unhidden(buffer: np.ndarray, uv: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(N,) 1 where the nearest surface is the point's own, fading to 0 near what hides."""
    size = len(buffer)
    reach = max(1, round(_FEATHER * size / 2))
    finite = np.where(np.isfinite(buffer), buffer, 1e9)
    around = ndimage.minimum_filter(finite, 2 * reach + 1)
    pixel = np.clip((uv * size).astype(np.int64), 0, size - 1)
    at = pixel[:, 1], pixel[:, 0]
    # On a slope the neighbourhood is nearer, too; twice the reach in depth allows for 60 degrees.
    own = depth <= finite[at] + _BIAS
    clear = depth <= around[at] + _BIAS + 4 * reach / size
    return own * np.where(clear, 1.0, 0.35)


def _inner(mask: np.ndarray, reach: float) -> np.ndarray:
    """(H, W) float: 0 outside of and at the mask's edge, 1 from ``2 * reach`` pixels inside."""
    padded = np.pad(mask, 1)
    distance = ndimage.distance_transform_edt(padded)[1:-1, 1:-1]
    faded: np.ndarray = _smooth((distance - 1) / max(2 * reach, 1.0))
    return faded


def _smooth(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _read(picture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Read (H, W, C) bilinearly at (N, 2) shares of it: (N, C)."""
    height, width = picture.shape[:2]
    at = [uv[:, 1] * height - 0.5, uv[:, 0] * width - 0.5]
    return np.stack(
        [
            ndimage.map_coordinates(picture[..., c], at, order=1, mode="nearest")
            for c in range(picture.shape[2])
        ],
        axis=1,
    )
