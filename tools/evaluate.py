"""Measure the embedded model: ``make evaluate [N=20]`` and ``make evaluate-real``.

Renders pictures with Cycles into a dataset (``out/evaluate*/pictures``, kept for the next time),
then runs ``maquette evaluate`` on them. The test split is one picture of each piece, in the
canonical frame; the real meshes are those of ``MAQUETTE_TEST_DATA``, 8 pictures of each, aligned
by yaw and scale, because nobody says where their front is.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from pathlib import Path

from . import environment
from .contact_sheet import PICTURES as TEST_DATA
from .project import OUT, ROOT, SetupError

#: How the pictures are made that every published figure is measured on.
PICTURES = {
    "--rig": "reference-front",
    "--light": "reference",
    "--quality": "draft",
    "--samples": "16",
    "--resolution": "256",
}
ENGINES = ("embedded", "silhouette-box", "nearest")
#: Pieces a category of the split on which the methods without learning are measured too.
COMPARED = 40
QUALITY = ROOT / "docs" / "quality.md"


def main(arguments: list[str]) -> int:
    """Render and measure; exit status 1 when either failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--real", action="store_true", help="the real meshes")
    parser.add_argument("--shapes", type=int, default=200, help="of the split, per category")
    parser.add_argument("--weights", type=Path, help="instead of the embedded ones")
    parser.add_argument(
        "--docs", action="store_true", help="write the figures into docs/quality.md"
    )
    options = parser.parse_args(arguments)
    folder = OUT / ("evaluate-real" if options.real else "evaluate")
    try:
        sources, views, how = _real(folder) if options.real else _split(options.shapes)
        backend = environment.backend()
        _, blender = environment.any_bpy()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    service = [backend, "-m", "maquette.backend"]
    pictures = [word for pair in PICTURES.items() for word in pair]
    cores = os.cpu_count() or 1
    # Small pictures leave most of several threads waiting; a worker for each core does not.
    run = ["--views", views, "--yes", "--device", "cpu", "--workers", cores]
    measure = ["--engines", *ENGINES, "--workers", cores, "--out", folder, *how]
    measure += ["--weights", options.weights] if options.weights else []
    section = "real-meshes" if options.real else "test-split"
    measure += ["--docs", QUALITY, "--section", section] if options.docs else []
    renders = folder / "pictures"
    variables = {**os.environ, "MAQUETTE_BLENDER": str(blender)}
    for command in (
        [*service, "render", sources, *pictures, *run, "--out", renders],
        [*service, "evaluate", "--dataset", renders, *measure],
    ):
        words = [str(part) for part in command]
        if subprocess.run(words, cwd=ROOT, env=variables, check=False).returncode:
            return 1
    print(f"See {folder / 'report.html'}")
    return 0


def _split(shapes: int) -> tuple[str, int, list[str]]:
    """What is rendered of the test split, with how many views, and how it is measured."""
    return (
        f"furniture:all:test:0-{shapes - 1}",
        1,
        ["--count", str(shapes), "--others", str(COMPARED)],
    )


def _real(folder: Path) -> tuple[str, int, list[str]]:
    """The same of the real meshes; their names start with their categories."""
    meshes = sorted((TEST_DATA / "meshes").glob("*.glb"))
    if not meshes:
        raise SetupError(f"There are no meshes in {TEST_DATA / 'meshes'}; set MAQUETTE_TEST_DATA.")
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "meshes.csv"
    with listed.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["path", "category"])
        rows.writerows([path.resolve(), path.name.partition("_")[0]] for path in meshes)
    return str(listed), 8, ["--align", "yaw"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
