"""Rendering the furniture source into training, validation and test pictures.

Run by a Python that has bpy::

    python -m maquette.scene.render_furniture --split train --count 500 --views 3 \
        --size 192 --samples 10 --out DIR

Layout: ``DIR/<category>/<seed>/<view>.png`` (RGBA, straight alpha, Standard view transform)
and ``DIR/<category>/<seed>/views.json``. The latter is written last and in one step, so a
piece that has it is complete; a rerun renders only what is missing or was made otherwise.
Categories take turns, so that a run that is stopped leaves as many pieces of each.

Pieces are in the unit cube (``primitives.normalisation``), Z up, front to -Y. Camera and light
of a picture depend on split, category, seed and view only, never on what else is rendered.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ..core.furniture.fingerprint import fingerprint
from ..core.furniture.primitives import normalisation
from ..core.furniture.shapes import draw_piece
from ..core.furniture.splits import SPLITS, seeds
from ..core.furniture.tessellate import tessellate
from ..core.presets import load_camera_rig, load_light_rig
from ..core.protocol import CATEGORIES
from ..core.rigs import CameraRig, LightRig, draw_lighting, draw_shot
from .furniture import build_piece, remove_piece
from .render import COLOUR_MANAGEMENT, RenderSettings, render_picture, rendering, window_around
from .rigs import LightingObjects

MANIFEST_NAME = "views.json"
FORMAT = 1


@dataclass(frozen=True)
class Recipe:
    """Everything but the piece that decides what its pictures look like."""

    split: str
    views: int
    size: int
    samples: int
    bounces: int
    camera_rig: str
    light_rig: str
    blender: str

    def matches(self, manifest: dict[str, Any]) -> bool:
        """True when these pictures were made by this recipe, or by it and with more views."""
        made = manifest.get("recipe", {})
        wanted = asdict(self)
        enough = made.get("views", 0) >= wanted.pop("views")
        return enough and all(made.get(key) == value for key, value in wanted.items())


def view_generator(split: str, category: str, seed: int, view: int) -> np.random.Generator:
    """Return the generator that draws camera and light of one picture."""
    words = [zlib.crc32(split.encode()), zlib.crc32(category.encode()), seed, view]
    return np.random.default_rng(words)


def is_done(folder: Path, category: str, seed: int, recipe: Recipe) -> bool:
    """True when a piece's pictures are complete, made by ``recipe``, and show what the source
    draws today."""
    try:
        manifest = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    if not recipe.matches(manifest):
        return False
    return bool(manifest.get("piece_sha256") == fingerprint(draw_piece(category, seed)))


class FurnitureRenderer:
    """Renders pieces one after another in the current scene, keeping lights and settings."""

    def __init__(
        self, camera_object: bpy.types.Object, lighting: LightingObjects, recipe: Recipe
    ) -> None:
        self._camera_object = camera_object
        self._lighting = lighting
        self._recipe = recipe
        self._camera_rig: CameraRig = load_camera_rig(recipe.camera_rig)
        self._light_rig: LightRig = load_light_rig(recipe.light_rig)

    def render(self, category: str, seed: int, folder: Path) -> float:
        """Render one piece into ``folder``; returns the seconds spent, building included."""
        begun = time.perf_counter()
        recipe, scene = self._recipe, bpy.context.scene
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MANIFEST_NAME).unlink(missing_ok=True)
        piece = draw_piece(category, seed)
        centre, scale = normalisation(piece)
        points = (tessellate(piece).vertices - centre) * scale
        obj = build_piece(piece, scene.collection, normalised=True)
        views = []
        try:
            for view in range(recipe.views):
                rng = view_generator(recipe.split, category, seed, view)
                shot = draw_shot(
                    self._camera_rig,
                    points,
                    (recipe.size, recipe.size),
                    rng,
                    view=view,
                    views=recipe.views,
                )
                lighting = draw_lighting(self._light_rig, shot.azimuth_deg, rng)
                self._lighting.apply(lighting)
                scene.cycles.seed = int(rng.integers(2**31 - 1))
                name = f"{view}.png"
                seconds = render_picture(
                    scene,
                    self._camera_object,
                    shot.camera,
                    folder / name,
                    window=window_around(shot.camera, points),
                )
                views.append(
                    {
                        "file": name,
                        "camera": shot.to_json(),
                        "lighting": asdict(lighting),
                        "cycles_seed": scene.cycles.seed,
                        "seconds": round(seconds, 4),
                    }
                )
        finally:
            remove_piece(obj)
        manifest = {
            "format": FORMAT,
            "category": category,
            "seed": seed,
            "piece_sha256": fingerprint(piece),
            "recipe": asdict(recipe),
            "frame": "unit cube, Z up, front -Y",
            "camera_convention": "camera_to_world, OpenCV axes (x right, y down, z forward); "
            "intrinsics in pixels, centre of the first pixel at (0.5, 0.5)",
            "normalisation": {"centre": centre.tolist(), "scale": scale},
            "colour_management": COLOUR_MANAGEMENT,
            "views": views,
        }
        part = folder / f"{MANIFEST_NAME}.part"
        part.write_text(json.dumps(manifest), "utf-8")
        part.replace(folder / MANIFEST_NAME)
        return time.perf_counter() - begun


def render_all(
    out: Path,
    categories: Sequence[str],
    numbers: Sequence[int],
    recipe: Recipe,
    *,
    threads: int = 1,
    stop_after_s: float = float("inf"),
) -> int:
    """Render what is missing; returns how many pieces were rendered.

    Args:
        numbers: seeds, taken in order; every category gets each before the next one's turn.
        stop_after_s: no new piece is begun after as many seconds.
    """
    scene = bpy.context.scene
    settings = RenderSettings(samples=recipe.samples, bounces=recipe.bounces, threads=threads)
    todo = [(category, seed) for seed in numbers for category in categories]
    todo = [(c, s) for c, s in todo if not is_done(out / c / str(s), c, s, recipe)]
    lighting = LightingObjects(scene)
    begun = time.perf_counter()
    done = 0
    try:
        with rendering(scene, settings) as camera_object:
            renderer = FurnitureRenderer(camera_object, lighting, recipe)
            for category, seed in todo:
                if time.perf_counter() - begun > stop_after_s:
                    break
                renderer.render(category, seed, out / category / str(seed))
                done += 1
                if done % 50 == 0 or done == len(todo):
                    rate = (time.perf_counter() - begun) / (done * recipe.views)
                    print(f"{done}/{len(todo)} pieces, {rate:.3f} s a picture", file=sys.stderr)
    finally:
        lighting.remove()
    return done


def main(argv: Sequence[str] | None = None) -> int:
    """Run from a shell; see the module's text."""
    parser = argparse.ArgumentParser(prog="render_furniture", description=__doc__.split("\n")[0])
    parser.add_argument("--split", choices=SPLITS, required=True)
    parser.add_argument("--category", nargs="+", choices=CATEGORIES, default=list(CATEGORIES))
    parser.add_argument("--count", type=int, required=True, help="pieces a category")
    parser.add_argument("--start", type=int, default=0, help="leave out as many of the split")
    parser.add_argument("--views", type=int, default=1)
    parser.add_argument("--size", type=int, default=192, help="edge of the pictures, pixels")
    parser.add_argument("--samples", type=int, default=10)
    parser.add_argument("--bounces", type=int, default=2)
    parser.add_argument("--cameras", default="reference-front", help="camera rig")
    parser.add_argument("--lights", default="reference", help="light rig")
    parser.add_argument("--threads", type=int, default=1, help="0 takes every core")
    parser.add_argument("--stop-after", type=float, default=float("inf"), help="seconds")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(argv)
    recipe = Recipe(
        split=options.split,
        views=options.views,
        size=options.size,
        samples=options.samples,
        bounces=options.bounces,
        camera_rig=options.cameras,
        light_rig=options.lights,
        blender=bpy.app.version_string,
    )
    bpy.ops.wm.read_factory_settings(use_empty=True)
    # Blender prints lines for every picture; progress goes to stderr instead.
    with Path(os.devnull).open("w") as sink:
        os.dup2(sink.fileno(), 1)
    render_all(
        options.out.resolve(),
        options.category,
        seeds(options.split, options.count, options.start),
        recipe,
        threads=options.threads,
        stop_after_s=options.stop_after,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
