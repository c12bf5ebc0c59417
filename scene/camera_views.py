"""The cameras of a scene as pictures with known poses."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..core.errors import MaquetteError
from ..core.picture_views import PictureView
from ..core.protocol import MAX_PICTURES
from .camera_picture import draw_camera
from .pictures import picture_file
from .rigs import read_camera


@dataclass(frozen=True)
class CameraView:
    """A picture's file and the camera that belongs to it."""

    path: Path
    view: PictureView


def scene_cameras(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected cameras, or all of the scene, in the order of their names."""
    every = [obj for obj in context.scene.objects if obj.type == "CAMERA"]
    chosen = [obj for obj in every if obj.select_get(view_layer=context.view_layer)]
    return sorted(chosen or every, key=lambda obj: obj.name)


def camera_views(context: bpy.types.Context, folder: Path) -> list[CameraView]:
    """Pictures of the scene's cameras: their background pictures, else what they see.

    Raises:
        MaquetteError: ``cameras-few``, ``pictures-many``, ``cameras-parallel``, or the pictures
            cannot be had.
    """
    cameras = scene_cameras(context)
    if len(cameras) < 2:
        raise MaquetteError(
            "cameras-few",
            "At least two cameras that see the object from different sides are needed.",
        )
    if len(cameras) > MAX_PICTURES:
        raise MaquetteError(
            "pictures-many",
            f"There are {len(cameras)} cameras; at most {MAX_PICTURES} can be used. "
            "Select those that see the object.",
        )
    for camera in cameras:
        if camera.data.type != "PERSP":
            raise MaquetteError(
                "cameras-parallel",
                f"The camera “{camera.name}” is not a perspective one and cannot be used.",
            )
    context.view_layer.update()  # or cameras that were just moved stand where they were
    return [_view(context, camera, folder) for camera in cameras]


def _view(context: bpy.types.Context, camera: bpy.types.Object, folder: Path) -> CameraView:
    photo = background_picture(camera)
    if photo is not None:
        path = picture_file(photo, folder, f"view-{uuid.uuid4().hex}")
        width, height = photo.size
        if width == 0 or height == 0:
            raise MaquetteError(
                "image-empty", f"The background picture of “{camera.name}” cannot be read."
            )
    else:
        path = draw_camera(context, camera, folder)
        width, height = _size(path)
    return CameraView(path, PictureView("", read_camera(camera, width, height)))


def background_picture(camera: bpy.types.Object) -> bpy.types.Image | None:
    """The picture behind what a camera sees, the first that is shown; None without one."""
    if not camera.data.show_background_images:
        return None
    shown = (b for b in camera.data.background_images if b.show_background_image)
    return next((b.image for b in shown if b.source == "IMAGE" and b.image is not None), None)


def _size(path: Path) -> tuple[int, int]:
    """Width and height of a PNG file, from its header."""
    head = path.read_bytes()[16:24]
    return int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
