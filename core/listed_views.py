"""From a camera that stands somewhere to the view of a rig that puts it there again."""

from __future__ import annotations

import math

import numpy as np

from .camera_rigs import ListedView
from .cameras import Camera, look_at, orbit_direction, vertical_fov_deg
from .errors import MaquetteError

_DIGITS = 7


def listed_view(camera: Camera, points: np.ndarray, name: str) -> ListedView:
    """Return the view that gives this camera when it is drawn for the same points.

    The point looked at is the one on the camera's axis that is nearest to the middle of the
    points' bounding box; angles and shares are rounded to seven digits.

    Args:
        points: (N, 3), world; what the camera looks at.
        name: of the camera, for errors.

    Raises:
        MaquetteError: ``camera-unlisted`` when the camera's lens is shifted, when it looks away
            from the points or stands among them.
    """
    k, pose = camera.intrinsics, camera.camera_to_world
    middle = np.array([camera.width, camera.height]) / 2
    if np.abs(k[:2, 2] - middle).max() > 1e-3 * middle.max():
        raise _unlisted(name, "its lens is shifted")
    low, high = points.min(axis=0), points.max(axis=0)
    centre, longest = (low + high) / 2, float((high - low).max())
    forward = pose[:3, 2]
    distance = float((centre - pose[:3, 3]) @ forward)
    if distance <= 0:
        raise _unlisted(name, "it looks away from the object")
    target = pose[:3, 3] + distance * forward
    x, y, z = -forward
    azimuth = _rounded(math.degrees(math.atan2(x, -y)) % 360.0)
    elevation = _rounded(math.degrees(math.asin(max(-1.0, min(1.0, z)))))
    upright = look_at(orbit_direction(azimuth, elevation), np.zeros(3))
    right = upright[:3, :3].T @ pose[:3, 0]
    roll = _rounded(math.degrees(math.atan2(right[1], right[0])))
    local = (points - pose[:3, 3]) @ pose[:3, :3]
    if camera.orthographic:
        reach = np.abs(local[:, :2]) * k[0, 0]
    elif local[:, 2].min() <= 0:
        raise _unlisted(name, "it stands within the object")
    else:
        reach = np.abs(local[:, :2]) * k[0, 0] / local[:, 2:]
    offset_x, offset_y, offset_z = (_rounded(v) for v in (target - centre) / longest)
    return ListedView(
        azimuth_deg=azimuth,
        elevation_deg=elevation,
        roll_deg=roll if abs(roll) > 1e-4 else 0.0,
        fov_deg=None if camera.orthographic else _rounded(vertical_fov_deg(camera)),
        fill=_rounded(float((reach / middle).max())),
        offset=(offset_x, offset_y, offset_z),
    )


def _rounded(value: float) -> float:
    rounded = round(float(value), _DIGITS)
    return 0.0 if rounded == 0 else rounded


def _unlisted(name: str, why: str) -> MaquetteError:
    return MaquetteError(
        "camera-unlisted", f"The camera “{name}” cannot be saved in a preset: {why}."
    )
