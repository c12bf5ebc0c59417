"""A picture of what the scene's camera sees, drawn by the viewport's engine."""

from __future__ import annotations

import uuid
from pathlib import Path

import bpy

from ..core.errors import MaquetteError
from .overrides import Overrides

EDGE = 1024


def camera_picture(context: bpy.types.Context, folder: Path) -> bpy.types.Image:
    """Draw the camera's view with the viewport's engine, on a transparent ground.

    This takes a moment and not a full render, so Blender does not stand still. The picture
    is packed: its file is gone with the session.

    Raises:
        MaquetteError: ``no-viewport`` where Blender has no window to draw in.
    """
    scene = context.scene
    path = draw_camera(context, scene.camera, folder)
    image = bpy.data.images.load(str(path))
    image.name = f"{scene.camera.name} View"
    image.pack()
    path.unlink(missing_ok=True)
    return image


def draw_camera(context: bpy.types.Context, camera: bpy.types.Object, folder: Path) -> Path:
    """Draw what a camera of the scene sees as :func:`camera_picture` does, into a new PNG file.

    Raises:
        MaquetteError: ``no-viewport`` where Blender has no window to draw in.
    """
    scene = context.scene
    path = folder / f"camera-{uuid.uuid4().hex}.png"
    render = scene.render
    longest = max(render.resolution_x, render.resolution_y)
    with Overrides() as overrides:
        overrides.set(scene, "camera", camera)
        overrides.set(render, "filepath", str(path))
        overrides.set(render, "resolution_percentage", max(1, min(100, 100 * EDGE // longest)))
        overrides.set(render, "film_transparent", True)
        overrides.set_if_there(render.image_settings, "media_type", "IMAGE")
        overrides.set(render.image_settings, "file_format", "PNG")
        overrides.set(render.image_settings, "color_mode", "RGBA")
        overrides.set(render.image_settings, "color_depth", "8")
        try:
            bpy.ops.render.opengl(write_still=True, view_context=False)
        except RuntimeError as error:
            raise _undrawable(str(error)) from error
    if not path.is_file():
        raise _undrawable("no file was written")
    return path


def _undrawable(detail: str) -> MaquetteError:
    return MaquetteError(
        "no-viewport", "The camera's view can only be drawn in a window.", detail=detail
    )
