"""A worker that obeys the protocol of ``core.batch`` and writes real, small assets.

What an asset does is in its name: ``crash...`` kills the process, ``once...`` kills it at the
first attempt, ``hang...`` sleeps, ``hold...`` waits for a file ``go``, ``slow...`` takes a while,
``bad...`` is refused, ``full...`` meets a full disk, ``odd...`` raises.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np


def main(arguments: list[str]) -> int:
    from maquette.core.batch.plan import Device
    from maquette.core.cameras import Camera
    from maquette.core.dataset import layout, records
    from maquette.core.dataset.recipe import Recipe
    from maquette.core.dataset.sources import AssetSource
    from maquette.core.png import encode_png

    marks = Path(arguments[0])
    say({"say": "ready", "blender": arguments[1], "devices": {}})
    for line in sys.stdin:
        request = json.loads(line)
        name = request["id"]
        recipe = Recipe.from_json(request["recipe"])
        source = AssetSource.from_json(request["asset"])
        assert Device.from_json(request["devices"][request["slot"]]).kind == "CPU"
        with (marks / "begun").open("a") as file:
            file.write(f"{name} {os.getpid()}\n")
        out = Path(request["out"])
        if problem := misbehave(name, marks):
            say({"say": "failed", "id": name, **problem})
            continue
        pose, k = np.eye(4), np.array([[8.0, 0, 4], [0, 8.0, 4], [0, 0, 1]])
        view = records.ViewRecord(Camera(pose, k, 8, 8))
        record = records.AssetRecord(
            name, recipe, source.record(), source.category, (view,) * recipe.views
        )
        with layout.AssetWriter(out, name) as writer:
            for number in range(recipe.views):
                if name.startswith("slow"):
                    time.sleep(0.05)
                pixels = np.full((8, 8, 4), number + recipe.seed, np.uint8)
                writer.add("rgba", number, encode_png(pixels))
                say({"say": "picture", "id": name, "view": number, "seconds": 0.5 + (number == 0)})
            writer.commit(record)
        seconds = 1.5 + 0.5 * (recipe.views - 1) + 0.25 * recipe.views
        say({"say": "done", "id": name, "seconds": seconds, "memory_bytes": 1000})
    return 0


def misbehave(name: str, marks: Path) -> dict | None:
    """Do what the name says; returns what is to be told."""
    first = not (marks / name).exists()
    (marks / name).touch()
    print(f"log of {name}", file=sys.stderr, flush=True)
    if name.startswith("crash") or (name.startswith("once") and first):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("hang"):
        time.sleep(1e6)
    while name.startswith("hold") and not (marks / "go").exists():
        time.sleep(0.01)
    told = {"bad": ("mesh-empty", True), "full": ("disk-full", False), "odd": ("odd", False)}
    for start, (code, final) in told.items():
        if name.startswith(start):
            return {"problem": {"code": code, "message": "A sentence."}, "final": final}
    return None


def say(message: dict) -> None:
    """One line on the standard output."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
