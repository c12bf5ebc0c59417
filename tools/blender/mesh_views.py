"""Four Cycles views and a few facts of every GLB in a folder, for the contact sheet."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy
import numpy as np

from ..run_module import make_importable

AZIMUTHS_DEG = (-35.0, 35.0, 90.0, 145.0)
ELEVATION_DEG, FOV_DEG, TILE = 20.0, 30.0, 224
GROUND = 0.965


def main(folder: Path) -> int:
    """Write STEM-0.png to STEM-3.png and STEM.json beside each STEM.glb."""
    make_importable()
    from maquette.core.glb import read_glb
    from maquette.scene.import_mesh import COLOUR_ATTRIBUTE, fill_mesh
    from maquette.scene.materials import vertex_colour_material

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    for path in sorted(folder.glob("*.glb")):
        data = path.read_bytes()
        parsed = read_glb(data)
        mesh = bpy.data.meshes.new(path.stem)
        fill_mesh(mesh, parsed)
        mesh.materials.append(vertex_colour_material(path.stem, COLOUR_ATTRIBUTE, (0.5, 0.5, 0.5)))
        obj = bpy.data.objects.new(path.stem, mesh)
        scene.collection.objects.link(obj)
        _render(obj, [folder / f"{path.stem}-{i}.png" for i in range(len(AZIMUTHS_DEG))])
        facts = {"faces": len(parsed.triangles), "category": _category(data)}
        (folder / f"{path.stem}.json").write_text(json.dumps(facts))
        bpy.data.objects.remove(obj)
        bpy.data.meshes.remove(mesh)
    return 0


def _category(glb: bytes) -> str:
    length = int.from_bytes(glb[12:16], "little")
    asset = json.loads(glb[20 : 20 + length])["asset"]
    return str(asset.get("extras", {}).get("maquette", {}).get("category", ""))


def _render(obj: bpy.types.Object, paths: list[Path]) -> None:
    from maquette.core import cameras
    from maquette.core.png import encode_png
    from maquette.core.presets import load_light_rig
    from maquette.core.rigs import draw_lighting
    from maquette.scene.render import RenderSettings, read_png, render_pictures
    from maquette.scene.rigs import LightingObjects

    scene = bpy.context.scene
    points = np.array([tuple(vertex.co) for vertex in obj.data.vertices])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    intrinsics = cameras.intrinsics_from_fov(FOV_DEG, TILE, TILE)
    lighting = LightingObjects(scene)
    for azimuth, path in zip(AZIMUTHS_DEG, paths, strict=True):
        direction = cameras.orbit_direction(azimuth, ELEVATION_DEG)
        distance = cameras.solve_distance(
            points, direction, middle, intrinsics=intrinsics, size=(TILE, TILE), fill=0.9
        )
        pose = cameras.orbit(azimuth, ELEVATION_DEG, distance, middle)
        rig = load_light_rig("studio-three-point")
        lighting.apply(draw_lighting(rig, azimuth, np.random.default_rng(0)))
        camera = cameras.Camera(pose, intrinsics, TILE, TILE)
        render_pictures(scene, [camera], [path], RenderSettings(samples=24))
        rgba = read_png(path).astype(np.float32) / 255
        flat = rgba[..., :3] * rgba[..., 3:] + GROUND * (1 - rgba[..., 3:])
        path.write_bytes(encode_png(np.rint(flat * 255).astype(np.uint8)))
    lighting.remove()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
