"""Render what the embedded upscaler is trained on: ``python -m tools.upscaler_pairs --out DIR``.

Two kinds of things, each at two resolutions: procedural furniture of the train split under random
light, and heaps of textured solids under a drawn studio. No test mesh is among them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import environment
from .evaluate_upscaler import SIZES, render
from .project import ROOT, SetupError

#: What is rendered, as ``maquette render`` is told.
KINDS = {
    "plain": ("--light", "random", "--seed", "61"),
    "bodies": ("--light", "hdri-studio", "--seed", "63"),
}
SHARED = ("--rig", "random-shell", "--views", "2", "--samples", "28")


def main(arguments: list[str]) -> int:
    """Render; returns the status of the first command that fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the datasets")
    parser.add_argument("--pieces", default="furniture:all:train:700000-700007", metavar="SOURCE")
    parser.add_argument("--bodies", type=int, default=44, help="textured heaps")
    options = parser.parse_args(arguments)
    try:
        backend = environment.backend()
        _, blender = environment.any_bpy()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    maquette, out = [str(backend), "-m", "maquette.backend"], options.out.resolve()
    heaps = out / "heaps"
    making = [str(backend), "-m", "maquette.backend.training.upscaler_bodies"]
    commands = [[*making, "--out", str(heaps), "--count", str(options.bodies)]]
    sources = {"plain": options.pieces, "bodies": heaps}
    commands += [
        render(maquette, [sources[kind]], out / f"{kind}-{name}", edge, (*SHARED, *words))
        for kind, words in KINDS.items()
        for name, edge in SIZES.items()
    ]
    for command in commands:
        env = {**os.environ, "MAQUETTE_BLENDER": str(blender)}
        done = subprocess.run(command, cwd=ROOT, env=env, check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
