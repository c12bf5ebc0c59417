"""The cameras of models, as matrices that lay a picture over their meshes."""

from __future__ import annotations

import numpy as np

from ..meshing.projection import Shot


def model_shot(rgba: np.ndarray, camera: np.ndarray, turn: np.ndarray, edge: float) -> Shot:
    """A shot from the camera that a model takes a picture for.

    Args:
        rgba: (H, W, 4) uint8, the cut-out picture as it was sent. How it was framed for the
            model does not matter: the object's box is laid over the mesh's.
        camera: (16,) camera-to-world 3x4 by rows (OpenGL axes, the model's world), then focal
            lengths and principal point in shares of the picture.
        turn: (3, 3) rotation from our axes to the model's.
        edge: of the unit cube in the model's units.
    """
    pose = np.asarray(camera[:12], np.float64).reshape(3, 4)
    fx, fy, cx, cy = (float(number) for number in camera[12:])
    to_camera = np.diag([1.0, -1.0, -1.0]) @ pose[:, :3].T  # OpenCV axes
    extrinsic = np.concatenate(
        [to_camera @ turn * edge, (-to_camera @ pose[:, 3])[:, None]], axis=1
    )
    intrinsic = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
    return Shot(rgba, intrinsic @ extrinsic, fitted=False)


def camera_numbers_at(distance: float, fov_deg: float, axis: int, sign: float) -> np.ndarray:
    """(16,) camera on a horizontal axis of the model's world that looks at its centre, Z up."""
    away = np.zeros(3)
    away[axis] = sign
    up = np.array([0.0, 0.0, 1.0])
    pose = np.stack([np.cross(up, away), up, away, away * distance], axis=1)
    focal = 0.5 / np.tan(np.radians(fov_deg) / 2)
    return np.concatenate([pose.ravel(), [focal, focal, 0.5, 0.5]])
