"""The demo inside Blender: ``python -m tools.blender.demo ZIP PICTURE FOLDER ENGINE``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import bpy

from . import job, preview, session

WORDS = {
    "send": "send, once the service has started",
    "queue": "queue, until the model is loaded",
    "between": "between: wire, and waiting for the timer",
}


def main(extension: Path, picture: Path, folder: Path, engine: str) -> int:
    """Leave ``scene.blend``, ``mesh.glb`` and ``preview.png`` in the folder; print timings."""
    began = time.perf_counter()
    session.install(extension)
    say(f"Blender {bpy.app.version_string} with {extension.name} installed")
    installed = time.perf_counter()
    try:
        run = job.reconstruct(picture, engine=engine, on_stage=lambda stage: say(f"  {stage}"))
    except RuntimeError as error:
        say(str(error))
        return 1
    finally:
        job.stop_service()
    obj = bpy.data.objects[run.object_name]
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "scene.blend"), check_existing=False)
    export(obj, folder / "mesh.glb")
    rendering = time.perf_counter()
    preview.write(obj, picture, folder / "preview.png")
    rows = {
        "start Blender's module, install the zip": installed - began,
        "click to object, service start included": run.seconds["total"],
        **{f"  {WORDS.get(k, k)}": v for k, v in run.seconds.items() if k != "total"},
        "render the preview": time.perf_counter() - rendering,
    }
    size = " x ".join(f"{edge:.2f}" for edge in obj.dimensions)
    kind = run.result["category"] or "object"
    say(f"\n{obj.name}: {kind}, {size} m, {run.result['faces']} faces")
    say("\n".join(f"{value:8.2f} s  {name}" for name, value in rows.items()))
    return 0


def export(obj: bpy.types.Object, path: Path) -> None:
    """Write the one object as GLB."""
    bpy.ops.object.select_all(action="DESELECT")
    obj.select_set(True)
    bpy.ops.export_scene.gltf(filepath=str(path), use_selection=True, export_format="GLB")


def say(text: str) -> None:
    """Tell the person; standard output belongs to Blender's own messages."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    zip_path, image, out, engine_name = sys.argv[1:]
    sys.exit(main(Path(zip_path), Path(image), Path(out), engine_name))
