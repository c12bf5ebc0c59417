"""Cut every picture of a folder out with two networks, side by side: ``make cutout-sheet``.

Each cell shows two silhouettes: by U²-Net Small through rembg, and by the network that comes with
Maquette. The pictures themselves are other people's and stay where they are.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import environment
from .contact_sheet import PICTURES, SUFFIXES
from .project import ROOT, SetupError


def main(arguments: list[str]) -> int:
    """Make the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, default=PICTURES / "images")
    parser.add_argument("--weights", type=Path, default=PICTURES / "weights", help="of U²-Net")
    parser.add_argument("--sheet", type=Path, default=ROOT / "docs" / "cutouts.jpg")
    options = parser.parse_args(arguments)
    if not options.pictures.is_dir():
        print(f"There is no folder {options.pictures}; set MAQUETTE_TEST_DATA.", file=sys.stderr)
        return 1
    pictures = sorted(p for p in options.pictures.iterdir() if p.suffix.lower() in SUFFIXES)
    try:
        backend = environment.backend()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    command = [backend, "-m", "tools.cutout_sheet_layout", options.weights, options.sheet]
    return subprocess.run(
        [str(part) for part in [*command, *pictures]], cwd=ROOT, env=os.environ, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
