"""The second half of the training sheets, in the backend's environment: measuring and layout."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from maquette.core.dataset.developing import Exposure, complaints
from maquette.core.dataset.layout import asset_folder, asset_ids, read_manifest
from maquette.core.dataset.pictures import read_pass
from maquette.core.resample import over, shrink_rgba

TILE, HEAD, SIDE = 72, 40, 150
GROUND, PAPER, INK = 0.82, (246, 246, 247), (60, 60, 66)
#: Which views of each dataset the sheets show; all are measured.
SHOWN = {"cameras": (0, 2), "lights": (0,)}


def main(folder: Path, docs: Path) -> int:
    """Write the sheets and print every fault; exit status 1 when there are some."""
    count, faults = 0, []
    for kind, views in SHOWN.items():
        rigs = sorted(path.name for path in (folder / kind).iterdir())
        for rig in rigs:
            for name in asset_ids(folder / kind / rig):
                found = _faults(folder / kind / rig, name)
                count += len(found)
                faults += [f"{kind}/{rig}, {name}, view {v}: {f}" for v, f in found if f]
        sheet = docs / f"training-views-{kind}.jpg"
        _sheet(folder / kind, rigs, views).save(sheet, quality=86, optimize=True)
        print(sheet)
    print(*faults, sep="\n")
    print(f"{count} pictures measured, {len(faults)} with a fault")
    return 1 if faults or not count else 0


def _faults(dataset: Path, name: str) -> list[tuple[int, str]]:
    """View and fault, or "", of every picture; measured in the picture as it is on the disk."""
    folder = asset_folder(dataset, name)
    record, _ = read_manifest(folder)
    found = []
    for view, seen in enumerate(record.views):
        measured = Exposure.from_json(seen.report)
        wrong = complaints(measured)
        alpha = read_pass(folder, "rgba", view)[..., 3]
        if alpha[[0, -1]].any() or alpha[:, [0, -1]].any():
            wrong.append("the file's alpha touches the border")
        found.append((view, "; ".join(wrong)))
    return found


def _sheet(folder: Path, rigs: list[str], views: tuple[int, ...]) -> Image.Image:
    assets = sorted({name for rig in rigs for name in asset_ids(folder / rig)})
    width = SIDE + TILE * len(rigs) * len(views)
    sheet = Image.new("RGB", (width, HEAD + TILE * len(assets)), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for column, rig in enumerate(rigs):
        left = SIDE + TILE * len(views) * column
        words = rig.replace("-", "\n", 1) if len(rig) > 10 * len(views) else rig
        draw.text((left + 4, 6), words, INK, font)
        for row, name in enumerate(assets):
            top = HEAD + TILE * row
            for number, view in enumerate(views):
                pixels = read_pass(asset_folder(folder / rig, name), "rgba", view)
                tile = np.asarray(over(shrink_rgba(pixels, TILE, TILE), GROUND))
                sheet.paste(Image.fromarray(tile), (left + TILE * number, top))
    for row, name in enumerate(assets):
        words = name.replace("_", " ")[:24]
        draw.text((4, HEAD + TILE * row + TILE // 2 - 6), words, INK, font)
    return sheet


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
