"""Renders assets with every camera rig and every light rig: ``training_views.py FOLDER SOURCE...``.

Runs in Blender's Python. Each rig makes a dataset of its own in FOLDER, ``cameras/NAME`` and
``lights/NAME``. An asset that is complete is left as it is.
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from tools.run_module import make_importable

SIZE, SAMPLES, VIEWS = 128, 16, 4


def main(folder: Path, arguments: list[str]) -> int:
    """Render what is missing."""
    make_importable()
    import bpy

    from maquette.core.dataset.layout import is_complete
    from maquette.core.dataset.recipe import Recipe
    from maquette.core.dataset.sources import resolve_sources
    from maquette.core.presets import CAMERAS, LIGHTS, preset_names
    from maquette.scene.asset_render import AssetRenderer
    from maquette.scene.assets.load import load_asset

    bpy.ops.wm.read_factory_settings(use_empty=True)
    with Path(os.devnull).open("w") as sink:
        os.dup2(sink.fileno(), 1)
    cameras, lights = preset_names(CAMERAS), preset_names(LIGHTS)
    look = Recipe("", "", "normal", SIZE, SIZE, views=VIEWS, samples=SAMPLES, exposure_gain=True)
    # The lights take turns in the first half, and are all shown from the same place in the second.
    wanted = {
        f"cameras/{name}": replace(look, cameras=name, lights=lights[number % len(lights)])
        for number, name in enumerate(cameras)
    }
    for name in lights:
        wanted[f"lights/{name}"] = replace(look, cameras="openlrm", lights=name, views=1)
    sources = resolve_sources(arguments)
    begun = time.monotonic()
    for number, source in enumerate(sources, start=1):
        digest = source.sha256()
        missing = {
            name: recipe
            for name, recipe in wanted.items()
            if not is_complete(folder / name, source.id, recipe, digest)
        }
        if missing:
            asset = load_asset(source)
            for name, recipe in missing.items():
                renderer = AssetRenderer(recipe)
                renderer.render_loaded(source, asset, folder / name)
                renderer.close()
            asset.remove()
        seconds = time.monotonic() - begun
        print(f"{number} of {len(sources)} assets, {seconds:.0f} s: {source.id}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    status = main(Path(sys.argv[1]), sys.argv[2:])
    sys.stderr.flush()
    os._exit(status)  # some versions of the module hang while they are taken down
