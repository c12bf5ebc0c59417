"""Measure the embedded model on the test split: ``make evaluate [N=20]``.

Renders one Cycles picture of each piece (kept in ``out/evaluate`` for the next time), then runs
``maquette evaluate`` on them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from . import environment
from .project import OUT, ROOT, SetupError

FOLDER = OUT / "evaluate"
RENDERER = "maquette.scene.render_furniture"


def main(arguments: list[str]) -> int:
    """Render and measure; exit status 1 when either failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", type=int, default=200, help="per category")
    count = str(parser.parse_args(arguments).shapes)
    renders = FOLDER / "renders"
    try:
        backend = environment.backend()
        _, blender = environment.any_bpy()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    quality = ["--size", "256", "--samples", "16", "--threads", "0"]
    pictures = ["--split", "test", "--count", count, *quality, "--out", renders]
    measure = ["--count", count, "--renders", renders, "--out", FOLDER]
    for command in (
        [blender, ROOT / "tools" / "run_module.py", RENDERER, *pictures],
        [backend, "-m", "maquette.backend", "evaluate", *measure],
    ):
        if subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
