"""Rendering the current scene from cameras in the neutral form.

Colour pictures always use the Standard view transform, whatever the scene says, so that a
surface's sRGB value in the picture is the one its light gives. They have straight alpha.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..core.cameras import Camera, project
from .overrides import Overrides
from .rigs import place_camera


@dataclass(frozen=True)
class RenderSettings:
    """How pictures are made with Cycles on the CPU.

    Attributes:
        samples: per pixel; every pixel gets as many.
        bounces: of light, diffuse and glossy.
        seed: of the sampling noise.
        threads: 0 takes every core.
        transparent: the world does not show; alpha is the object's cover.
    """

    samples: int = 28
    bounces: int = 3
    seed: int = 0
    threads: int = 0
    transparent: bool = True


#: What :func:`rendering` forces on a scene's colours; written into the manifests of datasets.
COLOUR_MANAGEMENT = {
    "view_transform": "Standard",
    "look": "None",
    "exposure": 0.0,
    "gamma": 1.0,
    "display_device": "sRGB",
    "alpha": "straight",
}


@contextmanager
def rendering(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[bpy.types.Object]:
    """Prepare a scene for rendering; yields the camera object to place.

    Data that Cycles built stays between pictures inside this context. On leaving it every
    changed setting is as before and the camera is gone.
    """
    data = bpy.data.cameras.new("Maquette camera")
    camera = bpy.data.objects.new("Maquette camera", data)
    scene.collection.objects.link(camera)
    try:
        with Overrides() as overrides:
            _set_cycles(scene, settings, overrides)
            _set_output(scene, settings, overrides)
            _set_colour(scene, overrides)
            overrides.set(scene, "camera", camera)
            yield camera
    finally:
        bpy.data.objects.remove(camera)
        bpy.data.cameras.remove(data)


def render_png(
    scene: bpy.types.Scene,
    camera_object: bpy.types.Object,
    camera: Camera,
    path: Path,
    *,
    around: np.ndarray | None = None,
) -> float:
    """Render one picture inside :func:`rendering` and write it as RGBA PNG.

    Args:
        around: world points (N, 3), all in front of the camera. Only the rectangle of the picture
            that holds them is traced, which saves a fifth of the time with one piece of furniture
            in the frame; the rest is transparent black.

    Returns the seconds it took: syncing the scene, tracing and writing the file.

    Raises:
        RuntimeError: Blender could not render or write.
    """
    begun = time.perf_counter()
    place_camera(camera_object, camera)
    render = scene.render
    render.resolution_x, render.resolution_y = camera.width, camera.height
    render.filepath = str(path)
    _set_border(render, camera, around)
    bpy.ops.render.render(write_still=True, scene=scene.name)
    return time.perf_counter() - begun


def render_pictures(
    scene: bpy.types.Scene,
    cameras: Sequence[Camera],
    paths: Sequence[Path],
    settings: RenderSettings,
) -> list[float]:
    """Render the scene as it is from every camera; returns seconds per picture.

    Raises:
        RuntimeError: Blender could not render or write.
    """
    with rendering(scene, settings) as camera_object:
        return [
            render_png(scene, camera_object, camera, path)
            for camera, path in zip(cameras, paths, strict=True)
        ]


def _set_border(
    render: bpy.types.RenderSettings, camera: Camera, around: np.ndarray | None
) -> None:
    """Limit the picture to some points, with a margin for the pixel filter."""
    render.use_border = around is not None
    if around is None:
        return
    pixels, _ = project(camera, around)
    size = np.array([camera.width, camera.height])
    left, top = np.clip((pixels.min(axis=0) - 2) / size, 0, 1).tolist()
    right, bottom = np.clip((pixels.max(axis=0) + 2) / size, 0, 1).tolist()
    render.border_min_x, render.border_max_x = left, right
    # Blender counts from the bottom.
    render.border_min_y, render.border_max_y = 1 - bottom, 1 - top


def read_png(path: Path) -> np.ndarray:
    """Return a picture file as (H, W, 4) uint8, sRGB, straight alpha, rows from the top.

    Raises:
        RuntimeError: the file is missing or not a picture.
    """
    image = bpy.data.images.load(str(path))
    try:
        image.alpha_mode = "CHANNEL_PACKED"  # keeps colours under zero alpha as they are
        width, height = image.size
        values = np.empty(width * height * 4, dtype=np.float32)
        image.pixels.foreach_get(values)
    finally:
        bpy.data.images.remove(image)
    return np.rint(values.reshape(height, width, 4)[::-1] * 255).astype(np.uint8)


def _set_cycles(scene: bpy.types.Scene, settings: RenderSettings, overrides: Overrides) -> None:
    render, cycles = scene.render, scene.cycles
    overrides.set(render, "engine", "CYCLES")
    overrides.set(render, "use_persistent_data", True)
    overrides.set(render, "threads_mode", "FIXED" if settings.threads else "AUTO")
    if settings.threads:
        overrides.set(render, "threads", settings.threads)
    values = {
        "device": "CPU",
        "samples": settings.samples,
        "seed": settings.seed,
        "use_animated_seed": False,
        "time_limit": 0.0,
        "use_adaptive_sampling": False,
        "use_denoising": False,
        "use_light_tree": False,
        "use_auto_tile": False,
        "max_bounces": settings.bounces,
        "diffuse_bounces": settings.bounces,
        "glossy_bounces": settings.bounces,
        "transmission_bounces": settings.bounces,
        "transparent_max_bounces": max(settings.bounces, 8),
        "caustics_reflective": False,
        "caustics_refractive": False,
        "film_exposure": 1.0,
    }
    for name, value in values.items():
        overrides.set(cycles, name, value)


def _set_output(scene: bpy.types.Scene, settings: RenderSettings, overrides: Overrides) -> None:
    render = scene.render
    image = render.image_settings
    overrides.keep(render, "border_min_x", "border_max_x", "border_min_y", "border_max_y")
    overrides.keep(image, "media_type", "file_format", "color_mode", "color_depth")
    overrides.set_if_there(image, "media_type", "IMAGE")
    for owner, name, value in [
        (image, "file_format", "PNG"),
        (image, "color_mode", "RGBA"),
        (image, "color_depth", "8"),
        (image, "color_management", "FOLLOW_SCENE"),
        (render, "film_transparent", settings.transparent),
        (render, "filepath", render.filepath),
        (render, "resolution_x", render.resolution_x),
        (render, "resolution_y", render.resolution_y),
        (render, "resolution_percentage", 100),
        (render, "pixel_aspect_x", 1.0),
        (render, "pixel_aspect_y", 1.0),
        (render, "use_border", False),
        (render, "use_crop_to_border", False),
        (render, "use_file_extension", False),
        (render, "use_overwrite", True),
        (render, "use_placeholder", False),
        (render, "use_compositing", False),
        (render, "use_sequencer", False),
        (render, "use_motion_blur", False),
        (render, "use_multiview", False),
        (render, "use_stamp", False),
        (render, "dither_intensity", 0.0),
    ]:
        overrides.set(owner, name, value)


def _set_colour(scene: bpy.types.Scene, overrides: Overrides) -> None:
    view = scene.view_settings
    overrides.keep(scene.display_settings, "display_device")
    overrides.keep(view, "view_transform", "look")
    overrides.set(scene.display_settings, "display_device", COLOUR_MANAGEMENT["display_device"])
    for name in ("view_transform", "look", "exposure", "gamma"):
        overrides.set(view, name, COLOUR_MANAGEMENT[name])
    overrides.set(view, "use_curve_mapping", False)
    overrides.set_if_there(view, "use_white_balance", False)
