"""Render test meshes with every rig and look at the pictures: ``make training-sheets``.

Each mesh is rendered with every camera rig and every light rig. Every picture is measured: the
object must not touch the border, must not be dark or clipped, and must be there. Two sheets in
``docs`` show what was measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import environment
from .project import OUT, ROOT, SetupError

FOLDER = OUT / "training-sheets"
DATA = Path(os.environ.get("MAQUETTE_TEST_DATA", ROOT.parent / "shared" / "data"))


def main(arguments: list[str]) -> int:
    """Render, measure and lay out; exit status 1 when a picture has a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", nargs="+", default=[str(DATA / "meshes"), str(DATA / "props")])
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the sheets go")
    options = parser.parse_args(arguments)
    missing = [source for source in options.sources if not Path(source).exists()]
    if missing:
        print(f"There is no {missing[0]}; set MAQUETTE_TEST_DATA.", file=sys.stderr)
        return 1
    try:
        backend = environment.backend()
        _, blender = environment.any_bpy()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    for command in (
        [blender, "-m", "tools.blender.training_views", FOLDER, *options.sources],
        [backend, "-m", "tools.training_sheet_layout", FOLDER, options.docs],
    ):
        if subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
