"""Training views the way well-known dataset scripts make them: ``plain_script.py JOB``.

A process for every asset; the scene is emptied and the file imported; the object is scaled to the
unit cube; for every view new lights are made and the old ones deleted, the camera is set, and
Blender renders and writes the PNG. Nothing is kept between views. This is the slow half of
``make bench-render``; JOB is a JSON file with ``asset`` (a GLB), ``views`` (camera, lights and
seed of each, as our own path has drawn them), ``settings`` and ``out``.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from pathlib import Path
from typing import Any

BEGUN = time.perf_counter()

import bpy  # noqa: E402
import numpy as np  # noqa: E402
from mathutils import Matrix, Vector  # noqa: E402


def main(job: dict[str, Any]) -> dict[str, float]:
    """Render all views; returns the seconds of each part."""
    imported = time.perf_counter()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    bpy.ops.import_scene.gltf(filepath=job["asset"])
    _normalise(job["centre"], job["scale"])
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    _settings(scene, job["settings"])
    ready = time.perf_counter()
    for number, view in enumerate(job["views"]):
        _lights(scene, view["light"])
        _aim(scene, camera, view["camera"])
        scene.cycles.seed = view["light"]["seed"]
        scene.render.filepath = str(Path(job["out"], f"{number:03d}.png"))
        bpy.ops.render.render(write_still=True)
    done = time.perf_counter()
    return {"start_s": imported - BEGUN, "load_s": ready - imported, "views_s": done - ready}


def _normalise(centre: list[float], scale: float) -> None:
    """Move what was imported into the unit cube, below an empty."""
    move = np.diag([scale, scale, scale, 1.0])
    move[:3, 3] = -scale * np.array(centre)
    bpy.context.view_layer.update()
    roots = [obj for obj in bpy.context.scene.objects if obj.parent is None]
    empty = bpy.data.objects.new("Root", None)
    bpy.context.scene.collection.objects.link(empty)
    for obj in roots:
        # Multiplied in double precision: a ray that grazes an edge tells the difference.
        matrix = move @ np.array(obj.matrix_world, dtype=np.float64)
        obj.parent = empty
        obj.matrix_basis = Matrix()
        obj.matrix_parent_inverse = Matrix(matrix.tolist())


def _settings(scene: bpy.types.Scene, settings: dict[str, Any]) -> None:
    render, cycles = scene.render, scene.cycles
    render.engine = "CYCLES"
    render.resolution_x = render.resolution_y = settings["size"]
    render.film_transparent = True
    render.image_settings.file_format = "PNG"
    render.image_settings.color_mode = "RGBA"
    render.dither_intensity = 0.0
    scene.view_settings.view_transform = "Standard"
    cycles.device = "CPU"
    cycles.samples = settings["samples"]
    cycles.use_denoising = cycles.use_adaptive_sampling = cycles.use_light_tree = False
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_auto_tile = False
    bounces = settings["bounces"]
    cycles.max_bounces = cycles.diffuse_bounces = cycles.glossy_bounces = bounces
    cycles.transmission_bounces = bounces
    cycles.transparent_max_bounces = max(bounces, 8)


def _lights(scene: bpy.types.Scene, light: dict[str, Any]) -> None:
    """Delete the lights of the last view and make those of this one."""
    for old in [obj for obj in scene.objects if obj.type == "LIGHT"]:
        bpy.data.objects.remove(old)
    if scene.world is not None:
        bpy.data.worlds.remove(scene.world)
    scene.world = bpy.data.worlds.new("World")
    scene.world.cycles.sampling_method = "NONE"
    if bpy.app.version < (5, 0, 0):
        scene.world.use_nodes = True
    background = scene.world.node_tree.nodes["Background"].inputs
    background["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    background["Strength"].default_value = light["world"]
    for one in light["lights"]:
        data = bpy.data.lights.new(one["name"], "SUN")
        data.energy = one["strength"] * math.pi
        data.color = one["colour"]
        data.angle = math.radians(one["softness_deg"])
        obj = bpy.data.objects.new(one["name"], data)
        obj.rotation_mode = "QUATERNION"
        obj.rotation_quaternion = Vector(one["direction"]).to_track_quat("Z", "Y")
        scene.collection.objects.link(obj)


def _aim(scene: bpy.types.Scene, obj: bpy.types.Object, camera: dict[str, Any]) -> None:
    data, width = obj.data, camera["width"]
    data.sensor_fit, data.sensor_width = "HORIZONTAL", 36.0
    data.lens = 36.0 * camera["intrinsics"][0][0] / width
    data.shift_x = (width / 2 - camera["intrinsics"][0][2]) / width
    data.shift_y = (camera["intrinsics"][1][2] - camera["height"] / 2) / width
    data.clip_start = 1e-3
    flip = Matrix.Diagonal((1.0, -1.0, -1.0, 1.0))
    obj.matrix_world = Matrix(camera["camera_to_world"]) @ flip


if __name__ == "__main__":
    told = main(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    Path(sys.argv[2]).write_text(json.dumps(told), "utf-8")
    os._exit(0)
