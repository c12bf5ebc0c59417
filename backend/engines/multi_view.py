"""Several pictures of one object, and the cameras that took them, as a model's input.

Two ways to know the cameras: the person names the sides, and each picture is then taken for one
from a distance of 4 with an angle of 30 degrees, level with the object; or the scene's cameras
are known, and the object is where the pictures' rays meet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.cameras import Camera, intrinsics_from_fov, orbit
from ...core.errors import Fix, MaquetteError
from ...core.protocol import SIDES
from ..imaging.framing import Box, frame_object, frame_square, object_box
from .base import View

#: The cameras that InstantMesh saw most: distance in its units, vertical angle in degrees.
DISTANCE, FOV_DEG = 4.0, 30.0
#: Share of a picture's edge that the object's longest side takes.
FILL = 0.8
#: Longest edge of the object in the model's units, whose box has edges of 2.
OBJECT_EDGE = 1.6
_AZIMUTH = {side: 90.0 * i for i, side in enumerate(SIDES)}
#: Rays that are nearly parallel do not tell where they meet.
_PARALLEL = 1e-3


@dataclass(frozen=True)
class Posed:
    """Framed pictures with cameras.

    Attributes:
        pictures: one (size, size, 4) uint8 per view.
        cameras: (V, 16) float32: camera-to-world 3x4 by rows, OpenGL axes, the model's world;
            then focal lengths and principal point in shares of the picture.
        centre, scale: of the object: model units are ``scale * (world - centre)``, turned.
    """

    pictures: tuple[np.ndarray, ...]
    cameras: np.ndarray
    centre: np.ndarray
    scale: float


def camera_numbers(
    camera_to_world: np.ndarray, intrinsics: np.ndarray, size: float, turn: np.ndarray
) -> np.ndarray:
    """(4, 4) OpenCV camera and (3, 3) K of a square picture -> (16,) float32.

    Args:
        turn: (3, 3) rotation from our world to the model's.
    """
    pose = np.empty((3, 4))
    pose[:, :3] = turn @ camera_to_world[:3, :3] @ np.diag([1.0, -1.0, -1.0])
    pose[:, 3] = turn @ camera_to_world[:3, 3]
    k = np.asarray(intrinsics) / size
    return np.concatenate([pose.ravel(), [k[0, 0], k[1, 1], k[0, 2], k[1, 2]]]).astype(np.float32)


def by_sides(views: Sequence[View], size: int, turn: np.ndarray) -> Posed:
    """Frame pictures of named sides; the object is equally high in all of them.

    Raises:
        MaquetteError: ``sides-unclear`` when a side is missing, unknown or named twice.
    """
    sides = [view.side for view in views]
    if len(set(sides)) != len(sides) or any(side not in SIDES for side in sides):
        raise MaquetteError(
            "sides-unclear",
            "It must be known from which side each picture was taken: front, right, back or "
            "left, each at most once.",
            Fix.CHOOSE_IMAGE,
            ", ".join(side or "no side" for side in sides),
        )
    boxes = [object_box(view.rgba) for view in views]
    widest = max(1.0, *(box.width / box.height for box in boxes))
    pictures = tuple(
        frame_object(view.rgba, size, _fill_of_height(box, FILL / widest))
        for view, box in zip(views, boxes, strict=True)
    )
    k = intrinsics_from_fov(FOV_DEG, size, size)
    origin = np.zeros(3)
    cameras = [
        camera_numbers(orbit(_AZIMUTH[side], 0.0, DISTANCE, origin), k, size, turn)
        for side in sides
    ]
    return Posed(pictures, np.stack(cameras), origin, 1.0)


def _fill_of_height(box: Box, share: float) -> float:
    """What :func:`frame_object` calls fill, for an object whose height takes so large a share."""
    return share * max(box.width, box.height) / box.height


def by_cameras(views: Sequence[View], size: int, turn: np.ndarray) -> Posed:
    """Frame pictures of known cameras, and find the object.

    Raises:
        MaquetteError: ``cameras-few``, ``cameras-parallel`` or ``cameras-miss``.
    """
    cameras = [_for_picture(view) for view in views]
    boxes = [object_box(view.rgba) for view in views]
    if len(views) < 2:
        raise MaquetteError(
            "cameras-few",
            "One camera does not tell how far the object is; at least two are needed.",
            Fix.CHOOSE_IMAGE,
        )
    centre, edge = _object(cameras, boxes)
    scale = OBJECT_EDGE / edge
    pictures, numbers = [], []
    for view, camera, box in zip(views, cameras, boxes, strict=True):
        left, top, square = frame_square(box, FILL)
        pictures.append(frame_object(view.rgba, size, FILL))
        k = camera.intrinsics.copy()
        k[:2, 2] -= (left, top)
        pose = camera.camera_to_world.copy()
        pose[:3, 3] = (pose[:3, 3] - centre) * scale
        numbers.append(camera_numbers(pose, k, square, turn))
    return Posed(tuple(pictures), np.stack(numbers), centre, scale)


def _for_picture(view: View) -> Camera:
    """The view's camera with K in the picture's own pixels."""
    camera = view.camera
    if camera is None or camera.orthographic:
        raise MaquetteError(
            "cameras-parallel",
            "Every picture needs a perspective camera; orthographic ones cannot be used.",
            Fix.CHOOSE_IMAGE,
        )
    height, width = view.rgba.shape[:2]
    k = np.array(camera.intrinsics, float)
    k[0] *= width / camera.width
    k[1] *= height / camera.height
    return Camera(np.array(camera.camera_to_world, float), k, width, height)


def _object(cameras: Sequence[Camera], boxes: Sequence[Box]) -> tuple[np.ndarray, float]:
    """Centre (3,) and longest edge of what all cameras see, world units."""
    origins = np.stack([c.camera_to_world[:3, 3] for c in cameras])
    directions = np.stack([_towards(c, b) for c, b in zip(cameras, boxes, strict=True)])
    # The point nearest to all rays: each one's plane of normals, added up.
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    total, known = across.sum(0), (across @ origins[:, :, None]).sum(0)[:, 0]
    if np.linalg.eigvalsh(total)[0] < _PARALLEL * len(cameras):
        # From the front and the back alone: half-way, on the rays' common line.
        centre = origins.mean(0)
    else:
        centre = np.linalg.solve(total, known)
    edges = []
    for camera, box, across_one in zip(cameras, boxes, across, strict=True):
        offset = centre - camera.camera_to_world[:3, 3]
        depth = float(offset @ camera.camera_to_world[:3, 2])
        edge = depth * max(
            box.width / camera.intrinsics[0, 0], box.height / camera.intrinsics[1, 1]
        )
        if depth <= 0 or np.linalg.norm(across_one @ offset) > edge:
            raise MaquetteError(
                "cameras-miss",
                "The cameras do not look at one common object. Point all of them at it, and "
                "check that each picture belongs to its camera.",
                Fix.CHOOSE_IMAGE,
            )
        edges.append(edge)
    return centre, float(max(edges))


def _towards(camera: Camera, box: Box) -> np.ndarray:
    """Unit direction (3,) in the world from the camera to the middle of a box in its picture."""
    middle = np.array([box.left + box.width / 2, box.top + box.height / 2, 1.0])
    ray = camera.camera_to_world[:3, :3] @ np.linalg.solve(camera.intrinsics, middle)
    return ray / math.sqrt(float(ray @ ray))
