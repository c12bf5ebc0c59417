"""One asset rendered by a Blender that has done nothing before: ``PACKAGE JOB``.

PACKAGE is the folder of the extension, JOB a JSON text with ``asset``, ``recipe`` and ``out``.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path


def main(package: str, job: str) -> None:
    """Render it."""
    import bpy

    spec = importlib.util.spec_from_file_location(
        "fresh", Path(package, "__init__.py"), submodule_search_locations=[package]
    )
    sys.modules["fresh"] = importlib.util.module_from_spec(spec)
    asset_render = importlib.import_module("fresh.scene.asset_render")
    recipe = importlib.import_module("fresh.core.dataset.recipe").Recipe
    source = importlib.import_module("fresh.core.dataset.sources").AssetSource
    wanted = json.loads(job)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    asset_render.render_asset(
        source.from_json(wanted["asset"]),
        recipe.from_json(wanted["recipe"]),
        Path(wanted["out"]),
    )
    # Some versions of the module hang or crash while they are taken down.
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
