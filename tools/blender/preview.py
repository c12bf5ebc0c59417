"""A picture of a result: the input beside four views of the mesh, made with Cycles."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import bpy
import numpy as np

from .session import part

AZIMUTHS_DEG = (-35.0, 55.0, 145.0, 235.0)
ELEVATION_DEG = 20.0
FOV_DEG = 30.0
TILE = 256
GROUND = np.array([236, 236, 238], dtype=np.float32)


def write(obj: bpy.types.Object, picture: Path, target: Path, samples: int = 32) -> None:
    """Write the preview of one mesh object as PNG: ``picture`` twice the size of a view, then
    views from the front left, front right, back right and back left.

    Raises:
        RuntimeError: Blender could not read the picture or render.
    """
    render, png = part("scene.render"), part("core.png")
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{i}.png" for i in range(len(AZIMUTHS_DEG))]
        _render_views(obj, paths, samples)
        views = [_on_ground(render.read_png(path)) for path in paths]
    rows = [np.hstack(views[:2]), np.hstack(views[2:])]
    shown = _fit(_on_ground(render.read_png(picture)), 2 * TILE)
    sheet = np.hstack([shown, np.vstack(rows)])
    target.write_bytes(png.encode_png(sheet))


def _render_views(obj: bpy.types.Object, paths: list[Path], samples: int) -> None:
    cameras, render, rigs = part("core.cameras"), part("scene.render"), part("scene.rigs")
    rig = part("core.presets").load_light_rig("studio-three-point")
    scene = bpy.context.scene
    bpy.context.view_layer.update()
    matrix = np.array(obj.matrix_world)
    local = np.array([vertex.co for vertex in obj.data.vertices])
    points = local @ matrix[:3, :3].T + matrix[:3, 3]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    intrinsics = cameras.intrinsics_from_fov(FOV_DEG, TILE, TILE)
    lighting = rigs.LightingObjects(scene)
    try:
        settings = render.RenderSettings(samples=samples)
        with render.rendering(scene, settings) as camera_object:
            for azimuth, path in zip(AZIMUTHS_DEG, paths, strict=True):
                direction = cameras.orbit_direction(azimuth, ELEVATION_DEG)
                distance = cameras.solve_distance(
                    points, direction, middle, intrinsics=intrinsics, size=(TILE, TILE), fill=0.85
                )
                pose = cameras.orbit(azimuth, ELEVATION_DEG, distance, middle)
                drawn = part("core.rigs").draw_lighting(rig, azimuth, np.random.default_rng(0))
                lighting.apply(drawn)
                camera = cameras.Camera(pose, intrinsics, TILE, TILE)
                render.render_picture(scene, camera_object, camera, path)
    finally:
        lighting.remove()


def _on_ground(rgba: np.ndarray) -> np.ndarray:
    """Lay (H, W, 4) uint8 over the plain ground; returns (H, W, 3) uint8."""
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return np.rint(rgba[..., :3] * alpha + GROUND * (1 - alpha)).astype(np.uint8)


def _fit(rgb: np.ndarray, size: int) -> np.ndarray:
    """Scale (H, W, 3) uint8 into the middle of a square of ``size`` pixels, keeping its shape."""
    height, width = rgb.shape[:2]
    scale = size / max(height, width)
    shape = max(1, round(height * scale)), max(1, round(width * scale))
    sheet = np.empty((size, size, 3), dtype=np.float32)
    sheet[:] = GROUND
    top, left = (size - shape[0]) // 2, (size - shape[1]) // 2
    sheet[top : top + shape[0], left : left + shape[1]] = _resample(rgb, shape)
    return np.rint(np.clip(sheet, 0, 255)).astype(np.uint8)


def _resample(rgb: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Average over areas along each axis; exact for enlarging and shrinking alike."""
    for axis, count in enumerate(shape):
        source = rgb.shape[axis]
        sums = np.concatenate(
            [
                np.zeros_like(rgb.take([0], axis), dtype=np.float64),
                rgb.cumsum(axis, dtype=np.float64),
            ],
            axis,
        )
        edges = np.linspace(0, source, count + 1)
        low = np.minimum(edges.astype(int), source - 1)
        share = (edges - low).reshape([-1 if i == axis else 1 for i in range(3)])
        at = sums.take(low, axis) + share * (sums.take(low + 1, axis) - sums.take(low, axis))
        rgb = np.diff(at, axis=axis) * (count / source)
    return rgb
