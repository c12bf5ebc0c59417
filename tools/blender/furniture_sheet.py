"""The picture of the furniture source: what the embedded model has learned from.

``.bpy/VERSION/bin/python -m tools.blender.furniture_sheet docs/furniture.png``

One row a category, the first pieces of the validation split as they come, on a ground that shows
their shadows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..run_module import make_importable

COLUMNS = 6
TILE = 256
SAMPLES, BOUNCES = 16, 3  # and a denoiser
GROUND = 0.86  # sRGB, 0 to 1
#: Where the cameras stand: in front, from the right and the left in turns, looking down a little.
AZIMUTH_DEG, ELEVATION_DEG = (32.0, -28.0), 20.0


def main(target: Path) -> int:
    """Render the pieces and write them as one PNG."""
    make_importable()
    from maquette.core.furniture.splits import seeds
    from maquette.core.protocol import CATEGORIES
    from maquette.scene.render import RenderSettings, rendering
    from maquette.scene.rigs import LightingObjects

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    lighting = LightingObjects(scene)
    settings = RenderSettings(samples=SAMPLES, bounces=BOUNCES, denoise=True)
    with rendering(scene, settings) as camera:
        rows = []
        for category in CATEGORIES:
            tiles = [
                _tile(category, seed, number, camera, lighting)
                for number, seed in enumerate(seeds("val", COLUMNS))
            ]
            rows.append(np.concatenate(tiles, axis=1))
    lighting.remove()
    _write(np.concatenate(rows), target)
    return 0


def _tile(
    category: str, seed: int, number: int, camera: bpy.types.Object, lighting: Any
) -> np.ndarray:
    """Return the picture of one piece, (TILE, TILE, 3) float, sRGB."""
    from maquette.core import cameras, presets
    from maquette.core.furniture.shapes import draw_piece
    from maquette.core.rigs import draw_lighting
    from maquette.scene.furniture import build_piece, remove_piece
    from maquette.scene.render import read_png, render_picture

    scene = bpy.context.scene
    obj = build_piece(draw_piece(category, seed), scene.collection, normalised=True)
    corners = np.array([tuple(v.co) for v in obj.data.vertices])
    ground = _ground(float(corners[:, 2].min()))
    azimuth = AZIMUTH_DEG[number % len(AZIMUTH_DEG)]
    middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
    direction = cameras.orbit_direction(azimuth, ELEVATION_DEG)
    intrinsics, size = cameras.intrinsics_from_fov(24.0, TILE, TILE), (TILE, TILE)
    distance = cameras.solve_distance(
        corners, direction, middle, intrinsics=intrinsics, size=size, fill=0.84
    )
    pose = cameras.orbit(azimuth, ELEVATION_DEG, distance, middle)
    light = presets.load_light_rig("softbox")
    lighting.apply(draw_lighting(light, azimuth, np.random.default_rng(seed)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "piece.png")
        render_picture(scene, camera, cameras.Camera(pose, intrinsics, TILE, TILE), path)
        picture = read_png(path) / 255
    remove_piece(obj)
    remove_piece(ground)
    cover = picture[..., 3:]
    return picture[..., :3] * cover + GROUND * (1 - cover)


def _ground(height: float) -> Any:
    """Add a plane that shows nothing but the shadows on it."""
    mesh = bpy.data.meshes.new("ground")
    reach = 20.0
    corners = [(-reach, -reach, height), (reach, -reach, height), (reach, reach, height)]
    mesh.from_pydata([*corners, (-reach, reach, height)], [], [(0, 1, 2, 3)])
    obj = bpy.data.objects.new("ground", mesh)
    obj.is_shadow_catcher = True
    bpy.context.scene.collection.objects.link(obj)
    return obj


def _write(picture: np.ndarray, target: Path) -> None:
    """Write (H, W, 3) float sRGB values, rows from the top, as PNG."""
    height, width = picture.shape[:2]
    image = bpy.data.images.new("sheet", width, height, alpha=False)
    values = np.ones((height, width, 4), dtype=np.float32)
    values[..., :3] = picture[::-1]
    image.pixels.foreach_set(values.ravel())
    image.filepath_raw = str(target.resolve())
    image.file_format = "PNG"
    image.save()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
