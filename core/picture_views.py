"""What is known of each picture of an object: the side it shows, or the camera that took it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .cameras import PROJECTIONS, Camera
from .errors import Fix, MaquetteError
from .protocol import MAX_PICTURES, SIDES

_LARGEST_EDGE = 1_000_000


@dataclass(frozen=True, eq=False)
class PictureView:
    """One picture's side (of :data:`.protocol.SIDES`, or "") and camera, where they are known."""

    side: str = ""
    camera: Camera | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "side": self.side,
            "camera": self.camera.to_json() if self.camera is not None else None,
        }


def views_from_json(data: Any) -> tuple[PictureView, ...]:
    """Check and read a list of views.

    Raises:
        MaquetteError: ``views-invalid`` says which entry is wrong, ``pictures-many``.
    """
    if not isinstance(data, list):
        raise _invalid("they are not a list")
    if len(data) > MAX_PICTURES:
        raise MaquetteError(
            "pictures-many",
            f"At most {MAX_PICTURES} pictures can be sent, not {len(data)}.",
            Fix.CHOOSE_IMAGE,
        )
    return tuple(_view(entry, f"number {index + 1}") for index, entry in enumerate(data))


def _view(data: Any, which: str) -> PictureView:
    if not isinstance(data, dict):
        raise _invalid(f"{which} is not an object")
    side, camera = data.get("side", ""), data.get("camera")
    if side not in ("", *SIDES):
        raise _invalid(f"the side of {which} is not one of {', '.join(SIDES)}")
    if camera is None:
        return PictureView(side)
    try:
        read = Camera.from_json(camera)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _invalid(f"the camera of {which} cannot be read", repr(error)) from error
    if not _sound(read):
        raise _invalid(f"the camera of {which} has numbers that cannot be")
    return PictureView(side, read)


def _sound(camera: Camera) -> bool:
    pose, k = camera.camera_to_world, camera.intrinsics
    if pose.shape != (4, 4) or k.shape != (3, 3) or camera.projection not in PROJECTIONS:
        return False
    if not (0 < camera.width < _LARGEST_EDGE and 0 < camera.height < _LARGEST_EDGE):
        return False
    if not (np.isfinite(pose).all() and np.isfinite(k).all()):
        return False
    rigid = np.abs(pose[:3, :3] @ pose[:3, :3].T - np.eye(3)).max() < 1e-3
    proper = math.isclose(float(np.linalg.det(pose[:3, :3])), 1.0, abs_tol=1e-3)
    return bool(rigid and proper and k[0, 0] > 0 and k[1, 1] > 0)


def _invalid(why: str, detail: str = "") -> MaquetteError:
    return MaquetteError(
        "views-invalid", f"What was sent about the pictures is wrong: {why}.", Fix.NONE, detail
    )
