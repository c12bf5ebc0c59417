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
from typing import Any

import bpy
import numpy as np

from ..core.cameras import Camera, project
from ..core.errors import MaquetteError
from .compat import EEVEE
from .overrides import Overrides
from .rigs import place_camera


@dataclass(frozen=True)
class RenderSettings:
    """How pictures are made.

    Attributes:
        samples: per pixel; every pixel gets as many unless ``adaptive_threshold`` says otherwise.
        bounces: of light, diffuse and glossy.
        seed: of the sampling noise.
        threads: 0 takes every core.
        transparent: the world does not show; alpha is the object's cover.
        engine: ``"cycles"`` or ``"eevee"``.
        gpu: Cycles renders on the cards that ``scene.devices`` has chosen.
        denoise: with OpenImageDenoise, which not every build of Blender has.
        adaptive_threshold: noise level at which Cycles leaves a pixel; 0 never does.
        raw: pictures are written as multilayer OpenEXR, 32 bits, uncompressed, instead of PNG.
    """

    samples: int = 28
    bounces: int = 3
    seed: int = 0
    threads: int = 0
    transparent: bool = True
    engine: str = "cycles"
    gpu: bool = False
    denoise: bool = False
    adaptive_threshold: float = 0.0
    raw: bool = False


# How far beyond a point Cycles' filter may spread it, pixels.
_FILTER_PX = 2.0

#: What :func:`rendering` forces on a scene's colours; written into the manifests of datasets.
COLOUR_MANAGEMENT = {
    "view_transform": "Standard",
    "look": "None",
    "exposure": 0.0,
    "gamma": 1.0,
    "display_device": "sRGB",
    "alpha": "straight",
}


class Preparation:
    """A scene that is prepared for rendering until :meth:`close`.

    Data that Cycles built stays between pictures in the meantime. A preparation that is dropped
    without being closed leaves everything as it is, so that nothing happens while Blender ends.

    Attributes:
        camera: the camera object to place.
    """

    def __init__(self, scene: bpy.types.Scene, settings: RenderSettings) -> None:
        """Prepare it.

        Raises:
            MaquetteError: ``denoiser-missing``.
        """
        data = bpy.data.cameras.new("Maquette camera")
        self.camera = bpy.data.objects.new("Maquette camera", data)
        scene.collection.objects.link(self.camera)
        self._overrides = Overrides()
        try:
            _set_engine(scene, settings, self._overrides)
            _set_output(scene, settings, self._overrides)
            _set_colour(scene, self._overrides)
            self._overrides.set(scene, "camera", self.camera)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Put every changed setting back and remove the camera."""
        self._overrides.restore()
        data = self.camera.data
        bpy.data.objects.remove(self.camera)
        bpy.data.cameras.remove(data)


def forget_built_data(scene: bpy.types.Scene) -> None:
    """Have Cycles build everything anew for the next picture.

    Needed when a picture has been removed and another may have been made: Cycles knows pictures
    by their place in memory, and shows the old one when the new one has the same.
    """
    scene.render.use_persistent_data = False
    scene.render.use_persistent_data = True


@contextmanager
def rendering(scene: bpy.types.Scene, settings: RenderSettings) -> Iterator[bpy.types.Object]:
    """Prepare a scene for rendering as long as the context lasts; yields the camera object."""
    preparation = Preparation(scene, settings)
    try:
        yield preparation.camera
    finally:
        preparation.close()


def render_picture(
    scene: bpy.types.Scene,
    camera_object: bpy.types.Object,
    camera: Camera,
    path: Path,
    *,
    window: Window | None = None,
) -> float:
    """Render one picture of a prepared scene and write it: RGBA PNG, or EXR when raw.

    Args:
        window: of the picture, see :func:`window_around`. Only this part is traced, which saves a
            third of the time with one piece of furniture in the frame, and its pixels are the
            same. A PNG is transparent black around it; an EXR holds nothing else.

    Returns the seconds it took: syncing the scene, tracing and writing the file.

    Raises:
        RuntimeError: Blender could not render or write.
    """
    begun = time.perf_counter()
    place_camera(camera_object, camera)
    render = scene.render
    render.resolution_x, render.resolution_y = camera.width, camera.height
    render.filepath = str(path)
    _set_border(render, camera, window)
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
            render_picture(scene, camera_object, camera, path)
            for camera, path in zip(cameras, paths, strict=True)
        ]


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture, in whole pixels from its top left corner."""

    left: int
    top: int
    right: int
    bottom: int

    def paste(self, pixels: np.ndarray, width: int, height: int) -> np.ndarray:
        """Return the whole picture, (height, width, ...), 0 around ``pixels``."""
        whole = np.zeros((height, width, *pixels.shape[2:]), dtype=pixels.dtype)
        whole[self.top : self.bottom, self.left : self.right] = pixels
        return whole


def window_around(camera: Camera, points: np.ndarray) -> Window:
    """Return the rectangle that holds some points, with a margin for the pixel filter.

    Args:
        points: (N, 3), world, all in front of the camera; some of them in the picture.
    """
    pixels, _ = project(camera, points)
    size = np.array([camera.width, camera.height])
    low = np.clip(np.floor(pixels.min(axis=0) - _FILTER_PX), 0, size - 1).astype(int)
    high = np.clip(np.ceil(pixels.max(axis=0) + _FILTER_PX), low + 1, size).astype(int)
    return Window(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def _set_border(render: bpy.types.RenderSettings, camera: Camera, window: Window | None) -> None:
    """Limit the picture to a window."""
    render.use_border = window is not None
    if window is None:
        return
    # Blender drops what is behind the comma, so a quarter of a pixel keeps rounding harmless.
    # It counts from the bottom.
    render.border_min_x = (window.left + 0.25) / camera.width
    render.border_max_x = (window.right + 0.25) / camera.width
    render.border_min_y = (camera.height - window.bottom + 0.25) / camera.height
    render.border_max_y = (camera.height - window.top + 0.25) / camera.height


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


def _set_engine(scene: bpy.types.Scene, settings: RenderSettings, overrides: Overrides) -> None:
    render, cycles = scene.render, scene.cycles
    engine = EEVEE if settings.engine == "eevee" else "CYCLES"
    # Setting an engine that is set already hangs some versions.
    if render.engine != engine:
        overrides.set(render, "engine", engine)
    if settings.engine == "eevee":
        overrides.set(scene.eevee, "taa_render_samples", settings.samples)
        overrides.set_if_there(scene.eevee, "use_raytracing", False)
        return
    overrides.set(render, "use_persistent_data", True)
    overrides.set(render, "threads_mode", "FIXED" if settings.threads else "AUTO")
    if settings.threads:
        overrides.set(render, "threads", settings.threads)
    values = {
        "device": "GPU" if settings.gpu else "CPU",
        "samples": settings.samples,
        "seed": settings.seed,
        "use_animated_seed": False,
        "time_limit": 0.0,
        "use_adaptive_sampling": settings.adaptive_threshold > 0,
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
    if settings.adaptive_threshold > 0:
        overrides.set(cycles, "adaptive_threshold", settings.adaptive_threshold)
        overrides.set(cycles, "adaptive_min_samples", 0)
    _set_denoiser(cycles, settings, overrides)


def _set_denoiser(cycles: Any, settings: RenderSettings, overrides: Overrides) -> None:
    overrides.set(cycles, "use_denoising", settings.denoise)
    if not settings.denoise:
        return
    try:
        overrides.set(cycles, "denoiser", "OPENIMAGEDENOISE")
    except TypeError as error:
        raise MaquetteError(
            "denoiser-missing",
            "This build of Blender has no OpenImageDenoise. Render without denoising, or with a "
            "Blender from blender.org.",
            detail=str(error),
        ) from error
    overrides.set(cycles, "denoising_input_passes", "RGB_ALBEDO_NORMAL")
    overrides.set(cycles, "denoising_prefilter", "ACCURATE")
    overrides.set_if_there(cycles, "denoising_quality", "HIGH")


def _set_output(scene: bpy.types.Scene, settings: RenderSettings, overrides: Overrides) -> None:
    render = scene.render
    image = render.image_settings
    overrides.keep(render, "border_min_x", "border_max_x", "border_min_y", "border_max_y")
    overrides.keep(image, "media_type", "file_format", "color_mode", "color_depth", "exr_codec")
    if settings.raw:
        overrides.set_if_there(image, "media_type", "MULTI_LAYER_IMAGE")
        form = {"file_format": "OPEN_EXR_MULTILAYER", "color_depth": "32", "exr_codec": "NONE"}
        # All passes in one part are read at once.
        overrides.set_if_there(image, "use_exr_interleave", True)
    else:
        overrides.set_if_there(image, "media_type", "IMAGE")
        form = {"file_format": "PNG", "color_mode": "RGBA", "color_depth": "8"}
    for name, value in form.items():
        overrides.set(image, name, value)
    for owner, name, value in [
        (image, "color_management", "FOLLOW_SCENE"),
        (render, "film_transparent", settings.transparent),
        (render, "filepath", render.filepath),
        (render, "resolution_x", render.resolution_x),
        (render, "resolution_y", render.resolution_y),
        (render, "resolution_percentage", 100),
        (render, "pixel_aspect_x", 1.0),
        (render, "pixel_aspect_y", 1.0),
        (render, "use_border", False),
        (render, "use_crop_to_border", settings.raw),
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
