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


@dataclass(frozen=True, eq=False)
class Camera:
    """A pinhole camera.

    Attributes:
        camera_to_world: (4, 4) float64, rigid; world units are the scene's.
        intrinsics: (3, 3) float64, K in pixels, without skew.
        width, height: of the picture, pixels.
    """

    camera_to_world: np.ndarray
    intrinsics: np.ndarray
    width: int
    height: int

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict; the numbers read back are the same to the last bit."""
        return {
            "camera_to_world": np.asarray(self.camera_to_world).tolist(),
            "intrinsics": np.asarray(self.intrinsics).tolist(),
            "width": self.width,
            "height": self.height,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Camera:
        """Read what :meth:`to_json` wrote."""
        return cls(
            np.array(data["camera_to_world"], dtype=np.float64),
            np.array(data["intrinsics"], dtype=np.float64),
            int(data["width"]),
            int(data["height"]),
        )


def intrinsics_from_fov(fov_deg: float, width: int, height: int) -> np.ndarray:
    """Return K, (3, 3) float64 in pixels, of a vertical field of view in degrees.

    Pixels are square and the principal point is the middle of the picture.
    """
    focal = height / 2 / math.tan(math.radians(fov_deg) / 2)
    return np.array([[focal, 0.0, width / 2], [0.0, focal, height / 2], [0.0, 0.0, 1.0]])


def vertical_fov_deg(camera: Camera) -> float:
    """Return the angle between the rays to the picture's top and bottom edge, in degrees."""
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
    image = local @ camera.intrinsics.T
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = np.where(depth[:, None] > 0, image[:, :2] / depth[:, None], np.nan)
    return pixels, depth


def unproject(camera: Camera, pixels: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return the world points (N, 3) float64 of pixels (N, 2) at depths (N,)."""
    depth = np.asarray(depth, dtype=np.float64).reshape(-1, 1)
    image = np.concatenate([np.asarray(pixels, dtype=np.float64) * depth, depth], axis=1)
    local = np.linalg.solve(camera.intrinsics, image.T).T
    return local @ camera.camera_to_world[:3, :3].T + camera.camera_to_world[:3, 3]


def solve_distance(
    points: np.ndarray,
    direction: np.ndarray,
    target: np.ndarray,
    *,
    intrinsics: np.ndarray,
    size: tuple[int, int],
    fill: float,
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
    """
    pose = look_at(np.asarray(target) + np.asarray(direction), target)
    local = (np.asarray(points, dtype=np.float64) - np.asarray(target)) @ pose[:3, :3]
    principal = intrinsics[:2, 2]
    reach = np.where(local[:, :2] > 0, np.asarray(size) - principal, principal) * fill
    bounds = np.abs(local[:, :2]) * intrinsics[[0, 1], [0, 1]] / reach - local[:, 2:]
    return float(bounds.max())
