"""The second half of the cut-out sheet, in the backend's environment."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from maquette.backend.imaging.cutout import cut_out
from maquette.backend.imaging.decode import decode_image
from maquette.backend.imaging.matting import Matting
from maquette.backend.training.cutout_evaluate import intersection_over_union
from maquette.core.errors import MaquetteError
from maquette.core.protocol import Background

TILE, LINE, COLUMNS, GAP = 176, 34, 3, 8
PAPER, INK, OBJECT, GROUND = (246, 246, 247), (60, 60, 66), (110, 118, 134), (226, 227, 231)
MODELS = ("u2netp", "embedded")


def main(weights: Path, sheet: Path, pictures: list[Path]) -> None:
    """Write the sheet as JPEG, and say how much the networks agree."""
    matting = Matting(weights)
    width, height = len(MODELS) * TILE + GAP, TILE + LINE + GAP
    rows = -(-len(pictures) // COLUMNS)
    paper = Image.new("RGB", (COLUMNS * width + GAP, rows * height + GAP), PAPER)
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(12)
    agreed = []
    for number, picture in enumerate(pictures):
        x, y = GAP + number % COLUMNS * width, GAP + number // COLUMNS * height
        masks = _masks(picture, matting)
        for column, mask in enumerate(masks):
            paper.paste(_silhouette(mask), (x + column * TILE, y))
        share = intersection_over_union(masks[0] >= 128, masks[1] >= 128)
        agreed.append(share)
        draw.text((x + 4, y + TILE + 2), picture.name, INK, font)
        note = f"{' | '.join(MODELS)}; IoU of the two {share:.2f}"
        draw.text((x + 4, y + TILE + 16), note, OBJECT, font)
        print(f"{picture.name:36} IoU of the two {share:.3f}")
    paper.save(sheet, quality=88, optimize=True)
    print(f"{sheet}: {len(pictures)} pictures, mean IoU of the two {np.mean(agreed):.3f}")


def _masks(picture: Path, matting: Matting) -> list[np.ndarray]:
    """What each network cuts out of the picture, laid over white where it has alpha."""
    image = Image.fromarray(decode_image(picture.read_bytes()))
    over = Image.new("RGBA", image.size, (255, 255, 255, 255))
    rgba = np.asarray(Image.alpha_composite(over, image))
    masks = []
    for model in MODELS:
        try:
            masks.append(cut_out(rgba, Background.REMOVE, matting, model).rgba[..., 3])
        except MaquetteError as error:
            if error.problem.code != "no-object":
                raise
            masks.append(np.zeros(rgba.shape[:2], np.uint8))
    return masks


def _silhouette(mask: np.ndarray) -> Image.Image:
    """The mask in its frame, reduced to a tile."""
    scale = (TILE - 4) / max(mask.shape)
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    small = Image.fromarray(mask).resize(size, Image.Resampling.BOX)
    frame = Image.new("RGB", size, GROUND)
    frame.paste(OBJECT, mask=small)
    tile = Image.new("RGB", (TILE, TILE), PAPER)
    tile.paste(frame, ((TILE - size[0]) // 2, (TILE - size[1]) // 2))
    return tile


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(p) for p in sys.argv[3:]])
