"""Cameras in the one neutral form that Maquette stores.

World: Z up, right-handed. Camera axes: OpenCV's, x right, y down, z forward. Pixels: u to the
right and v downwards from the picture's top left corner, so that the centre of the first pixel
is (0.5, 0.5) and the picture spans [0, width] x [0, height].
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

PERSPECTIVE = "perspective"
ORTHOGRAPHIC = "orthographic"
PROJECTIONS = (PERSPECTIVE, ORTHOGRAPHIC)


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera, or one with parallel rays.

    Attributes:
        camera_to_world: (4, 4) float64, rigid; world units are the scene's.
        intrinsics: (3, 3) float64, K without skew. With (x, y, z) in camera axes, pixels are
            K @ (x/z, y/z, 1) of a perspective and K @ (x, y, 1) of an orthographic camera, so
            that focal lengths are in pixels and in pixels per world unit, respectively.
        width, height: of the picture, pixels.
        projection: ``"perspective"`` or ``"orthographic"``.
    """

    camera_to_world: np.ndarray
    intrinsics: np.ndarray
    width: int
    height: int
    projection: str = PERSPECTIVE

    @property
    def orthographic(self) -> bool:
        """True when rays are parallel."""
        return self.projection == ORTHOGRAPHIC

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict; the numbers read back are the same to the last bit."""
        return {
            "camera_to_world": np.asarray(self.camera_to_world).tolist(),
            "intrinsics": np.asarray(self.intrinsics).tolist(),
            "width": self.width,
            "height": self.height,
            "projection": self.projection,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Camera:
        """Read what :meth:`to_json` wrote; a camera without projection is a perspective one."""
        return cls(
            np.array(data["camera_to_world"], dtype=np.float64),
            np.array(data["intrinsics"], dtype=np.float64),
            int(data["width"]),
            int(data["height"]),
            str(data.get("projection", PERSPECTIVE)),
        )


def intrinsics_from_fov(fov_deg: float, width: int, height: int) -> np.ndarray:
    """Return K, (3, 3) float64 in pixels, of a vertical field of view in degrees.

    Pixels are square and the principal point is the middle of the picture.
    """
    focal = height / 2 / math.tan(math.radians(fov_deg) / 2)
    return np.array([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]])


def intrinsics_from_scale(pixels_per_unit: float, width: int, height: int) -> np.ndarray:
    """Return K, (3, 3) float64, of an orthographic camera; its axis meets the picture's middle."""
    return np.array(
        [[pixels_per_unit, 0.0, width / 2], [0.0, pixels_per_unit, height / 2], [0.0, 0.0, 1.0]]
    )


def vertical_fov_deg(camera: Camera) -> float:
    """Return the angle between the rays to the picture's top and bottom edge, in degrees.

    Parallel rays have an angle of 0.
    """
    if camera.orthographic:
        return 0.0
    focal, middle = camera.intrinsics[1, 1], camera.intrinsics[1, 2]
    up, down = math.atan2(middle, focal), math.atan2(camera.height - middle, focal)
    return math.degrees(up + down)


def look_at(
    position: np.ndarray, target: np.ndarray, up: tuple[float, float, float] = (0.0, 0.0, 1.0)
) -> np.ndarray:
    """Return camera-to-world, (4, 4) float64, of a camera at ``position`` that faces ``target``.

    ``up`` appears upwards in the picture. Looking straight along it, the picture's upper side
    is world +Y (then -X), so that the result is always defined.

    Raises:
        ValueError: when position and target are the same point.
    """
    position = np.asarray(position, dtype=np.float64)
    forward = np.asarray(target, dtype=np.float64) - position
    length = np.linalg.norm(forward)
    if length == 0:
        raise ValueError("a camera cannot look at its own position")
    forward = forward / length
    for candidate in (
        np.asarray(up, dtype=np.float64),
        np.array([0.0, 1.0, 0.0]),
        np.array([-1.0, 0.0, 0.0]),
    ):
        right = np.cross(forward, candidate / np.linalg.norm(candidate))
        if np.linalg.norm(right) > 1e-9:
            break
    right = right / np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0] = right
    pose[:3, 1] = np.cross(forward, right)
    pose[:3, 2] = forward
    pose[:3, 3] = position
    return pose


def rolled(pose: np.ndarray, roll_deg: float) -> np.ndarray:
    """Return a camera-to-world, (4, 4) float64, turned around its viewing axis.

    A positive roll turns the camera clockwise as seen from behind, and so the picture
    anticlockwise.
    """
    angle = math.radians(roll_deg)
    turn = np.eye(4)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    return np.asarray(pose, dtype=np.float64) @ turn


def orbit_direction(azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    """Return the unit vector (3,) from the object to a camera on an orbit.

    At azimuth 0 the camera stands at -Y, in front of a piece; a positive azimuth moves it
    towards +X, a positive elevation towards +Z.
    """
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    return np.array(
        [
            math.sin(azimuth) * math.cos(elevation),
            -math.cos(azimuth) * math.cos(elevation),
            math.sin(elevation),
        ]
    )


def orbit(
    azimuth_deg: float, elevation_deg: float, distance: float, target: np.ndarray
) -> np.ndarray:
    """Return camera-to-world, (4, 4) float64, of a camera on an orbit around ``target``.

    Angles as in :func:`orbit_direction`; ``distance`` in world units.
    """
    target = np.asarray(target, dtype=np.float64)
    return look_at(target + distance * orbit_direction(azimuth_deg, elevation_deg), target)


def project(camera: Camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project world points (N, 3).

    Returns:
        pixels (N, 2) and depth (N,), float64; depth is along the viewing direction in world
        units. Pixels of points at or behind the camera (depth <= 0) are NaN.
    """
    pose = camera.camera_to_world
    local = (np.asarray(points, dtype=np.float64).reshape(-1, 3) - pose[:3, 3]) @ pose[:3, :3]
    depth = local[:, 2]
    k = camera.intrinsics
    if camera.orthographic:
        pixels = local[:, :2] @ k[:2, :2].T + k[:2, 2]
        return np.where(depth[:, None] > 0, pixels, np.nan), depth
    image = local @ k.T
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = np.where(depth[:, None] > 0, image[:, :2] / depth[:, None], np.nan)
    return pixels, depth


def unproject(camera: Camera, pixels: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return the world points (N, 3) float64 of pixels (N, 2) at depths (N,)."""
    pixels = np.asarray(pixels, dtype=np.float64)
    depth = np.asarray(depth, dtype=np.float64).reshape(-1, 1)
    scale = np.ones_like(depth) if camera.orthographic else depth
    image = np.concatenate([pixels * scale, scale], axis=1)
    local = np.linalg.solve(camera.intrinsics, image.T).T
    local[:, 2] = depth[:, 0]
    return local @ camera.camera_to_world[:3, :3].T + camera.camera_to_world[:3, 3]


def solve_distance(
    points: np.ndarray,
    direction: np.ndarray,
    target: np.ndarray,
    *,
    intrinsics: np.ndarray,
    size: tuple[int, int],
    fill: float,
    roll_deg: float = 0.0,
) -> float:
    """Return the distance at which the points just fill a share of the frame.

    A camera at ``target + distance * direction`` that looks at ``target`` sees every point
    inside the frame shrunk by ``fill`` towards the principal point, and at least one on its
    border. Each point bounds the distance from below by a linear inequality, so the largest
    bound is the exact answer.

    Args:
        points: (N, 3), world.
        direction: (3,), unit vector from the target to the camera.
        intrinsics: (3, 3), K in pixels.
        size: (width, height), pixels.
        fill: 0 to 1; 1 lets the object touch the picture's border.
        roll_deg: see :func:`rolled`.
    """
    local = _seen_from(points, direction, target, roll_deg)
    principal = intrinsics[:2, 2]
    reach = np.where(local[:, :2] > 0, np.asarray(size) - principal, principal) * fill
    bounds = np.abs(local[:, :2]) * intrinsics[[0, 1], [0, 1]] / reach - local[:, 2:]
    return float(bounds.max())


def solve_scale(
    points: np.ndarray,
    direction: np.ndarray,
    target: np.ndarray,
    *,
    size: tuple[int, int],
    fill: float,
    roll_deg: float = 0.0,
) -> float:
    """Return the pixels per world unit at which parallel rays fill a share of the frame.

    Arguments as in :func:`solve_distance`; the principal point is the picture's middle.

    Raises:
        ValueError: all points lie on the axis, so that no scale fills the frame.
    """
    local = _seen_from(points, direction, target, roll_deg)
    shares = (np.abs(local[:, :2]) / (np.asarray(size) / 2)).max()
    if shares <= 0:
        raise ValueError("a single line of points cannot fill a frame")
    return float(fill / shares)


def _seen_from(
    points: np.ndarray, direction: np.ndarray, target: np.ndarray, roll_deg: float
) -> np.ndarray:
    """(N, 3): right, down and forward of the target, in world units, for a camera that side."""
    pose = look_at(np.asarray(target) + np.asarray(direction), target)
    if roll_deg:
        pose = rolled(pose, roll_deg)
    return (np.asarray(points, dtype=np.float64) - np.asarray(target)) @ pose[:3, :3]
