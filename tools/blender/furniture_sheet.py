"""The picture of the furniture source in the README.

``.bpy/VERSION/bin/python -m tools.blender.furniture_sheet docs/furniture.png``

One row a category, drawn from the validation split, lit by a camera and a light preset on a
neutral ground that catches the shadows.
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
GROUND = 0.82  # sRGB, 0 to 1


def main(target: Path) -> int:
    """Render the pieces and write them as one PNG."""
    make_importable()
    from maquette.core.furniture.splits import seeds
    from maquette.core.protocol import CATEGORIES

    bpy.ops.wm.read_factory_settings(use_empty=True)
    numbers = seeds("val", COLUMNS)
    rows = [_row(category, numbers) for category in CATEGORIES]
    _write(np.concatenate(rows), target)
    return 0


def _row(category: str, numbers: list[int]) -> np.ndarray:
    """Return the pieces of one category side by side, (TILE, COLUMNS * TILE, 3) float, sRGB."""
    from maquette.core import presets
    from maquette.core.furniture.shapes import draw_piece
    from maquette.core.rigs import draw_lighting, draw_shot
    from maquette.scene.furniture import build_piece, remove_piece
    from maquette.scene.render import RenderSettings, read_png, render_pictures
    from maquette.scene.rigs import LightingObjects

    scene = bpy.context.scene
    cameras = presets.load_camera_rig("reference-front")
    lights = presets.load_light_rig("softbox")
    lighting = LightingObjects(scene)
    tiles = []
    for seed in numbers:
        rng = np.random.default_rng(seed)
        obj = build_piece(draw_piece(category, seed), scene.collection, normalised=True)
        corners = np.array([tuple(v.co) for v in obj.data.vertices])
        ground = _ground(float(corners[:, 2].min()))
        shot = draw_shot(cameras, corners, (TILE, TILE), rng)
        lighting.apply(draw_lighting(lights, shot.azimuth_deg, rng))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "piece.png")
            settings = RenderSettings(samples=48, bounces=3)
            render_pictures(scene, [shot.camera], [path], settings)
            picture = read_png(path) / 255
        cover = picture[..., 3:]
        tiles.append(picture[..., :3] * cover + GROUND * (1 - cover))
        remove_piece(obj)
        remove_piece(ground)
    lighting.remove()
    return np.concatenate(tiles, axis=1)


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
