"""Invented things on disk: ``python -m maquette.backend.training.cutout_invented --out DIR``.

They are stored as renders are, so that a run that starts again need not draw them again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from .cutout_foregrounds import blob

#: Things in a folder, and the edge of the canvas they are drawn on, pixels.
_FOLDER, _EDGE = 50, 192


def write_invented(out: Path, number: int, seed: int = 0) -> Path:
    """Draw one folder of things unless it is there."""
    folder = out / f"{number:04d}"
    if not folder.exists():
        part = out / f"{number:04d}.part"
        part.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([seed, number])
        for index in range(_FOLDER):
            Image.fromarray(blob(rng, _EDGE)).save(part / f"{index}.png")
        part.rename(folder)
    return folder


def main() -> None:
    """Run the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folders", type=int, default=24, help="of 50 things each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    for number in range(args.folders):
        print(write_invented(args.out, number, args.seed), flush=True)


if __name__ == "__main__":
    main()
