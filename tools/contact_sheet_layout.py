"""The second half of the contact sheet, in the backend's environment: silhouettes and layout.

Where no truth is known, a result is judged by its outline alone (``evaluation/silhouettes.py``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from maquette.backend.evaluation.mesh_files import read_mesh
from maquette.backend.evaluation.page import put_section
from maquette.backend.evaluation.silhouettes import (
    AZIMUTHS_DEG,
    ELEVATIONS_DEG,
    Agreement,
    best_agreement,
)
from maquette.backend.evaluation.tables import markdown
from maquette.backend.imaging.cutout import cut_out
from maquette.backend.imaging.decode import decode_image
from maquette.backend.imaging.framing import frame_object
from maquette.backend.imaging.matting import Matting
from maquette.core.errors import MaquetteError
from maquette.core.protocol import Background

from .contact_sheet import FURNITURE

TILE, LINE, COLUMNS, GAP, VIEWS = 160, 34, 2, 8, 4
PAPER, INK, OBJECT = (246, 246, 247), (60, 60, 66), (150, 156, 168)
BEST, WORST = (58, 138, 77), (181, 72, 47)
#: How many are marked.
MARKED = 2


@dataclass(frozen=True, eq=False)
class Row:
    """One picture and what became of it.

    Attributes:
        rgba: cut out, or None when there was nothing to cut out.
        note: on the result, in a few words.
        agreement: of the outlines; None without a mesh.
    """

    picture: Path
    rgba: np.ndarray | None
    note: str
    agreement: Agreement | None

    @property
    def furniture(self) -> bool:
        """Whether the picture shows what the model is made for."""
        return self.picture.stem in FURNITURE


def main() -> None:
    """Write the sheet, the one with the pictures themselves and, if wanted, the section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--docs", type=Path)
    options = parser.parse_args()
    rows = [_row(options.folder, picture) for picture in options.pictures]
    marks = _marks(rows)
    _sheet(options.folder, rows, marks, False).save(options.sheet, quality=88, optimize=True)
    _sheet(options.folder, rows, marks, True).save(options.folder / "with-pictures.jpg", quality=88)
    text = section(rows, marks, options.sheet.name)
    print(text)
    if options.docs is not None:
        put_section(options.docs, "pictures", text)


def _row(folder: Path, picture: Path) -> Row:
    try:
        cut = cut_out(decode_image(picture.read_bytes()), Background.AUTO, Matting(folder))
        path = folder / f"{picture.stem}.glb"
        if not path.is_file():
            return Row(picture, cut.rgba, "no mesh", None)
        facts = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        note = f"{facts['category'] or 'unknown'}, {facts['faces']:,} faces"
        return Row(picture, cut.rgba, note, best_agreement(cut.rgba, read_mesh(path)))
    except MaquetteError as error:
        return Row(picture, None, error.problem.message, None)


def _marks(rows: Sequence[Row]) -> dict[Path, str]:
    """Best and worst of the furniture by agreement; what has no mesh is the worst there is."""
    ours = [row for row in rows if row.furniture]
    ours.sort(key=lambda row: row.agreement.iou if row.agreement else -1.0)
    marked = min(MARKED, len(ours) // 2)
    worst = {row.picture: "worst" for row in ours[:marked]}
    return worst | {row.picture: "best" for row in ours[len(ours) - marked :]}


def section(rows: Sequence[Row], marks: dict[Path, str], sheet: str) -> str:
    """What is told of the pictures, as Markdown."""
    shown = [
        [
            row.picture.name,
            "yes" if row.furniture else "no",
            f"{row.agreement.iou:.3f}" if row.agreement else "–",
            row.note,
            marks.get(row.picture, ""),
        ]
        for row in rows
    ]
    ours = [row.agreement.iou for row in rows if row.furniture and row.agreement]
    cameras = len(AZIMUTHS_DEG) * len(ELEVATIONS_DEG)
    return "\n\n".join(
        [
            f"![Input and four views of each result]({sheet})",
            "From left to right: the outline of what was cut out, the result from the front left, "
            "the front right, the right and the back. No truth is known for these pictures. Best "
            "and worst of those that show furniture are marked by the one thing that can be "
            "measured: intersection over union of the cut-out's outline and the result's, both "
            f"framed alike, for the best of {cameras} cameras of the front half. It says nothing "
            "of depth or of the back.",
            markdown(["picture", "furniture", "outline IoU", "result", ""], shown),
            f"Mean of the furniture: {np.mean(ours):.3f}." if ours else "No furniture was made.",
        ]
    )


def _sheet(
    folder: Path, rows: Sequence[Row], marks: dict[Path, str], with_pictures: bool
) -> Image.Image:
    width, height = (VIEWS + 1) * TILE + GAP, TILE + LINE + GAP
    lines = -(-len(rows) // COLUMNS)
    paper = Image.new("RGB", (COLUMNS * width + GAP, lines * height + GAP), PAPER)
    for number, row in enumerate(rows):
        at = (GAP + number % COLUMNS * width, GAP + number // COLUMNS * height)
        _cell(paper, at, folder, row, marks.get(row.picture, ""), with_pictures)
    return paper


def _cell(
    paper: Image.Image,
    at: tuple[int, int],
    folder: Path,
    row: Row,
    mark: str,
    with_pictures: bool,
) -> None:
    draw = ImageDraw.Draw(paper)
    x, y = at
    if row.rgba is not None:
        paper.paste(_input(row.rgba, with_pictures), at)
    for column in range(VIEWS if row.agreement else 0):
        with Image.open(folder / f"{row.picture.stem}-{column}.png") as image:
            paper.paste(image.resize((TILE, TILE)), (x + (column + 1) * TILE, y))
    font = ImageFont.load_default(12)
    draw.text((x + 4, y + TILE + 2), row.picture.name, INK, font)
    note = row.note if row.agreement is None else f"{row.note}, outline {row.agreement.iou:.2f}"
    if not row.furniture:
        note += ", not furniture"
    draw.text((x + 4, y + TILE + 16), note, OBJECT, font)
    if mark:
        colour = BEST if mark == "best" else WORST
        draw.rectangle((x, y, x + (VIEWS + 1) * TILE, y + TILE), outline=colour, width=2)
        draw.text((x + (VIEWS + 1) * TILE - 40, y + TILE + 2), mark, colour, font)


def _input(rgba: np.ndarray, with_pictures: bool) -> Image.Image:
    framed = Image.fromarray(frame_object(rgba, TILE))
    tile = Image.new("RGB", (TILE, TILE), PAPER)
    if with_pictures:
        tile.paste(framed, mask=framed.getchannel("A"))
    else:
        tile.paste(OBJECT, mask=framed.getchannel("A"))
    return tile


if __name__ == "__main__":
    main()
