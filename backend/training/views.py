"""How ray-cast training pictures look at a piece: the distribution of cameras and lights.

Cameras are those of a rig, by default of furniture-training, which Cycles pictures are trained on
as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...core.camera_rigs import CameraRig
from ...core.cameras import PERSPECTIVE
from ...core.errors import MaquetteError
from ...core.furniture.raycast import Light
from ...core.placements import Placement
from ...core.presets import load_camera_rig

#: The rig of training pictures, unless another is asked for.
RIG = "furniture-training"


def load_random_rig(name: str) -> CameraRig:
    """Read a rig whose views are drawn from ranges.

    Raises:
        MaquetteError: ``rig-not-random``, and those of ``core.presets.load_camera_rig``.
    """
    rig = load_camera_rig(name)
    drawn = rig.placement is Placement.RANDOM and rig.place is None
    if not drawn or rig.projection != PERSPECTIVE:
        raise MaquetteError(
            "rig-not-random",
            f"Training pictures are drawn from ranges of directions and lenses, and “{rig.title}” "
            "places its views otherwise. Take a rig whose spacing is random.",
        )
    return rig


TRAINING = load_random_rig(RIG)


@dataclass(frozen=True)
class Pose:
    """A camera that looks at the origin of the unit cube.

    Attributes:
        rotation: (3, 3) float64, world to camera, OpenCV axes.
        distance: from the origin, in units of the cube.
    """

    rotation: np.ndarray
    distance: float

    @property
    def position(self) -> np.ndarray:
        """(3,) camera position in the unit cube's frame."""
        return -self.distance * self.rotation[2]


def rotation_from_angles(azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    """World-to-camera rotation of a camera at azimuth 0 in front of the piece (at -Y)."""
    a, e = np.radians([azimuth_deg, elevation_deg])
    back = np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])
    right = np.array([np.cos(a), np.sin(a), 0.0])
    return np.stack([right, np.cross(-back, right), -back])


def draw_pose(rng: np.random.Generator, points: np.ndarray, rig: CameraRig = TRAINING) -> Pose:
    """Draw a camera.

    Args:
        points: (N, 3) in the unit cube, what has to fill the frame.
        rig: its ranges of azimuth, elevation, field of view and filling are drawn from, each
            picture anew; its offsets do not matter, since the pictures are framed again.
    """
    azimuth, elevation = rig.azimuth_deg.draw(rng), rig.elevation_deg.draw(rng)
    rotation = rotation_from_angles(azimuth, elevation)
    half_angle = np.radians(rig.fov_deg.draw(rng)) / 2
    reach = np.tan(half_angle) * rig.fill.draw(rng)
    local = points @ rotation.T
    # |x| <= reach * (d + z) for every point: the nearest distance that satisfies all of them.
    distance = (np.abs(local[:, :2]).max(axis=1) / reach - local[:, 2]).max()
    return Pose(rotation, float(distance))


def draw_light(rng: np.random.Generator, rotation: np.ndarray) -> Light:
    """Draw a key light above, within 80 degrees of the camera's side, and its companions."""
    camera = -rotation[2]
    side = np.arctan2(camera[1], camera[0]) + np.radians(rng.uniform(-80, 80))
    height = np.radians(rng.uniform(15, 80))
    direction = np.array(
        [np.cos(side) * np.cos(height), np.sin(side) * np.cos(height), np.sin(height)]
    )
    x, y, z = direction.tolist()
    return Light(
        (x, y, z),
        key=float(rng.uniform(0.1, 1.2)),
        fill=float(rng.uniform(0.0, 0.35)),
        sky=float(rng.uniform(0.25, 0.9)),
        warmth=float(rng.uniform(0.85, 1.25)),
    )


def projection(intrinsics: np.ndarray, rotation: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """Return the (3, 4) matrix to pixel coordinates, scaled so that its corner element is 1.

    Args:
        intrinsics: (3, 3); divide its first two rows by the picture's edge for 0..1 coordinates.
        rotation, translation: world to camera.
    """
    matrix = intrinsics @ np.concatenate([rotation, np.reshape(translation, (3, 1))], axis=1)
    return matrix / matrix[2, 3]
