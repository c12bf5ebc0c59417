"""Measure what enlarges renders: ``make evaluate-upscaler``.

Renders two views of every test mesh at two resolutions, enlarges the small ones by resampling and
by networks, and compares them with the large ones. Prints a table in Markdown and draws
``docs/upscaling.jpg``. The general network's file is looked for among the test data.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import environment
from .project import OUT, ROOT, SetupError

FOLDER = OUT / "upscaling"
DATA = Path(os.environ.get("MAQUETTE_TEST_DATA", ROOT.parent / "shared" / "data"))
SIZES = {"low": 128, "high": 512}
#: No seed, rig and light of these is used by ``tools.upscaler_pairs``, and no mesh.
RENDER = ("--rig", "random-shell", "--light", "studio", "--views", "2", "--seed", "20")


def main(arguments: list[str]) -> int:
    """Render what is not there yet, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the renders lie")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="where the sheet goes")
    options, more = parser.parse_known_args(arguments)
    sources = [DATA / "meshes", DATA / "props"]
    missing = [source for source in sources if not source.is_dir()]
    if missing:
        print(f"There is no {missing[0]}; set MAQUETTE_TEST_DATA.", file=sys.stderr)
        return 1
    try:
        backend = environment.backend()
        _, blender = environment.any_bpy()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    maquette = [str(backend), "-m", "maquette.backend"]
    places = {
        "MAQUETTE_BLENDER": str(blender),
        "MAQUETTE_CHECKPOINTS": os.environ.get("MAQUETTE_CHECKPOINTS", str(DATA / "weights")),
    }
    commands = [
        render(maquette, sources, options.folder / name, edge, RENDER)
        for name, edge in SIZES.items()
    ]
    commands.append(
        [
            *(*maquette, "evaluate-upscaler", "--low", str(options.folder / "low")),
            *(
                "--high",
                str(options.folder / "high"),
                "--json",
                str(options.folder / "scores.json"),
            ),
            *("--sheet", str(options.docs / "upscaling.jpg"), *more),
        ]
    )
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **places}, check=False)
        if done.returncode:
            return done.returncode
    return 0


def render(
    maquette: list[str], sources: list[Path], out: Path, edge: int, more: tuple[str, ...]
) -> list[str]:
    """The command that renders colour alone, at one size."""
    return [
        *(*maquette, "render", *map(str, sources), "--out", str(out), "--resolution", str(edge)),
        *("--name", "upscaling", "--passes", "rgba", "--device", "cpu", "--yes", *more),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
