"""How far the pictures of two renders are apart: the comparing half of ``make bench-render``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main(work: Path) -> int:
    """Print the largest difference of 255, and the share of pixels above 1, as JSON."""
    largest, above, count = 0, 0, 0
    for path in sorted((work / "theirs").glob("*/*.png")):
        ours = work / "ours" / "assets" / path.parent.name / "rgba" / path.name
        with Image.open(path) as one, Image.open(ours) as other:
            pair = [np.asarray(image.convert("RGBA"), dtype=np.int16) for image in (one, other)]
        seen = (pair[0][..., 3:] > 0) | (pair[1][..., 3:] > 0)
        apart = (np.abs(pair[0] - pair[1]) * seen).max(axis=2)
        largest = max(largest, int(apart.max()))
        above += int((apart > 1).sum())
        count += apart.size
    if not count:
        print("there are no pictures to compare", file=sys.stderr)
        return 1
    print(json.dumps({"largest": largest, "above_one": above / count}))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
