"""Our half of ``make bench-render``: ``bench_views.py JOB REPORT``, in Blender's Python.

JOB is a JSON file with ``task``: ``export`` writes pieces of furniture as GLB files; ``render``
renders them as a dataset by the code that every worker runs; ``memory`` renders the same asset
over and over and reads the memory that the process occupies.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tools.run_module import make_importable

BEGUN = time.perf_counter()


def main(job: dict[str, Any]) -> dict[str, Any]:
    """Do the task; returns its figures."""
    make_importable()
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    with Path(os.devnull).open("w") as sink:
        os.dup2(sink.fileno(), 1)
    return {"export": _export, "render": _render, "memory": _memory}[job["task"]](job)


def _export(job: dict[str, Any]) -> dict[str, Any]:
    import bpy

    from maquette.core.dataset.sources import resolve_sources
    from maquette.core.furniture.shapes import draw_piece
    from maquette.scene.furniture import build_piece, remove_piece

    for source in resolve_sources(job["sources"]):
        piece = draw_piece(source.category, source.extra["seed"])
        obj = build_piece(piece, bpy.context.scene.collection)
        if job["heavy"]:
            _make_heavy(obj)
        path = str(Path(job["out"], f"{source.id}.glb"))
        bpy.ops.export_scene.gltf(filepath=path, export_format="GLB")
        remove_piece(obj)
    return {}


def _make_heavy(obj: Any) -> None:
    """Divide every face into 64 and cover the object with one large picture of noise."""
    import bmesh
    import bpy
    import numpy as np

    divided = bmesh.new()
    divided.from_mesh(obj.data)
    bmesh.ops.subdivide_edges(divided, edges=divided.edges, cuts=7, use_grid_fill=True)
    divided.to_mesh(obj.data)
    divided.free()
    layer = obj.data.uv_layers.new()
    flat = np.random.default_rng(0).random(2 * len(obj.data.loops), dtype=np.float32)
    layer.data.foreach_set("uv", flat)
    edge = 4096
    image = bpy.data.images.new("noise", edge, edge)
    pixels = np.random.default_rng(1).random((edge * edge // 64, 4), dtype=np.float32)
    image.pixels.foreach_set(np.repeat(pixels, 64, axis=0).ravel())
    image.pack()
    for material in obj.data.materials:
        tree = material.node_tree
        texture = tree.nodes.new("ShaderNodeTexImage")
        texture.image = image
        shader = next(node for node in tree.nodes if node.type == "BSDF_PRINCIPLED")
        tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])


def _render(job: dict[str, Any]) -> dict[str, Any]:
    from maquette.core.dataset.recipe import Recipe
    from maquette.core.dataset.sources import resolve_sources
    from maquette.scene.asset_render import render_asset

    recipe = Recipe.from_json(job["recipe"])
    ready = time.perf_counter()
    for source in resolve_sources(job["sources"]):
        render_asset(source, recipe, Path(job["out"]))
    return {"start_s": ready - BEGUN, "views_s": time.perf_counter() - ready}


def _memory(job: dict[str, Any]) -> dict[str, Any]:
    from maquette.core.dataset.recipe import Recipe
    from maquette.core.dataset.sources import resolve_sources
    from maquette.scene.asset_render import render_asset

    recipe = Recipe.from_json(job["recipe"])
    seen: list[float] = []
    for source in resolve_sources(job["sources"]):
        render_asset(source, recipe, Path(job["out"]), lambda view: seen.append(_resident_mb()))
    return {"resident_mb": seen}


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    told = main(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    Path(sys.argv[2]).write_text(json.dumps(told), "utf-8")
    sys.stderr.flush()
    os._exit(0)  # some versions of the module hang while they are taken down
