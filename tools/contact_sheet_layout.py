"""The second half of the contact sheet, in the backend's environment: silhouettes and layout."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from maquette.backend.imaging.cutout import cut_out
from maquette.backend.imaging.decode import decode_image
from maquette.backend.imaging.framing import frame_object
from maquette.backend.imaging.matting import Matting
from maquette.core.errors import MaquetteError
from maquette.core.protocol import Background

TILE, LINE, COLUMNS, GAP = 176, 34, 3, 8
PAPER, INK, OBJECT = (246, 246, 247), (60, 60, 66), (150, 156, 168)


def main(folder: Path, sheet: Path, pictures: list[Path]) -> None:
    """Write the sheet as JPEG."""
    width, height = 3 * TILE + GAP, TILE + LINE + GAP
    rows = -(-len(pictures) // COLUMNS)
    paper = Image.new("RGB", (COLUMNS * width + GAP, rows * height + GAP), PAPER)
    for number, picture in enumerate(pictures):
        at = (GAP + number % COLUMNS * width, GAP + number // COLUMNS * height)
        _cell(paper, at, folder, picture)
    paper.save(sheet, quality=88, optimize=True)


def _cell(paper: Image.Image, at: tuple[int, int], folder: Path, picture: Path) -> None:
    draw = ImageDraw.Draw(paper)
    x, y = at
    try:
        cut = cut_out(decode_image(picture.read_bytes()), Background.AUTO, Matting(folder))
        paper.paste(_silhouette(cut.rgba), at)
        mesh = folder / f"{picture.stem}.json"
        note = "no mesh"
        if mesh.exists():
            told = json.loads(mesh.read_text())
            note = f"{told['category'] or 'unknown'}, {told['faces']:,} faces"
    except MaquetteError as error:
        note = error.problem.message
    for column in range(2):
        view = folder / f"{picture.stem}-{column}.png"
        if view.exists():
            with Image.open(view) as image:
                paper.paste(image.resize((TILE, TILE)), (x + (column + 1) * TILE, y))
    font = ImageFont.load_default(12)
    draw.text((x + 4, y + TILE + 2), picture.name, INK, font)
    draw.text((x + 4, y + TILE + 16), note, OBJECT, font)


def _silhouette(rgba: np.ndarray) -> Image.Image:
    alpha = Image.fromarray(frame_object(rgba, TILE)[..., 3])
    tile = Image.new("RGB", (TILE, TILE), PAPER)
    tile.paste(OBJECT, mask=alpha)
    return tile


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(p) for p in sys.argv[3:]])
