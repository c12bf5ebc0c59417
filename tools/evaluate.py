"""Measure the embedded model on the test split: ``make evaluate [N=20]``.

Renders one Cycles picture of each piece into a dataset (``out/evaluate/pictures``, kept for the
next time), then runs ``maquette evaluate`` on them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

from . import environment
from .project import OUT, ROOT, SetupError

FOLDER = OUT / "evaluate"
#: How the pictures are made that every published figure is measured on.
PICTURES = {
    "--rig": "reference-front",
    "--light": "reference",
    "--quality": "draft",
    "--samples": "16",
    "--resolution": "256",
    "--views": "1",
}


def main(arguments: list[str]) -> int:
    """Render and measure; exit status 1 when either failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", type=int, default=200, help="per category")
    count = str(parser.parse_args(arguments).shapes)
    renders = FOLDER / "pictures"
    try:
        backend = environment.backend()
        _, blender = environment.any_bpy()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    service = [backend, "-m", "maquette.backend"]
    pieces = f"furniture:all:test:0-{int(count) - 1}"
    quality = [word for pair in PICTURES.items() for word in pair]
    # Small pictures leave most of several threads waiting; a worker for each core does not.
    run = ["--yes", "--device", "cpu", "--workers", os.cpu_count() or 1]
    measure = ["--count", count, "--renders", renders, "--out", FOLDER]
    variables = {**os.environ, "MAQUETTE_BLENDER": str(blender)}
    for command in (
        [*service, "render", pieces, *quality, *run, "--out", renders],
        [*service, "evaluate", *measure],
    ):
        words = [str(part) for part in command]
        if subprocess.run(words, cwd=ROOT, env=variables, check=False).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
