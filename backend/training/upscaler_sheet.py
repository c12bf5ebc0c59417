"""Enlarged pictures side by side, at the places where interpolating fails most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import uniform_filter

from ...core.upscalers import UPSCALERS

#: Rows of the sheet, edge of a cut-out in pixels of the enlarged pictures, and how large one of
#: those pixels is drawn.
_ROWS, _EDGE, _ZOOM = 5, 112, 2
_GAP, _HEAD = 6, 22


def draw_sheet(
    names: Sequence[str],
    low: Sequence[np.ndarray],
    made: Mapping[str, Sequence[np.ndarray]],
    high: Sequence[np.ndarray],
    path: Path,
) -> None:
    """Write a JPEG: a row for each of a few assets, columns input, every method, truth.

    Args:
        names: ``asset/view``; an asset is shown once.
        low, high: (h, w, 3) float in 0..1, the small pictures and the true ones.
        made: pictures by method; the first method decides what is hard.
    """
    first = next(iter(made.values()))
    errors = [
        uniform_filter(((a - b) ** 2).mean(2), _EDGE, mode="constant")
        for a, b in zip(first, high, strict=True)
    ]
    chosen: dict[str, int] = {}
    for index in sorted(range(len(errors)), key=lambda i: -errors[i].max()):
        chosen.setdefault(names[index].rpartition("/")[0], index)
    columns = ["input", *made, "truth"]
    side = _EDGE * _ZOOM
    size = (len(columns) * (side + _GAP) - _GAP, _HEAD + _ROWS * (side + _GAP) - _GAP)
    sheet = Image.new("RGB", size, (255, 255, 255))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for place, name in enumerate(columns):
        title = UPSCALERS[name].title if name in UPSCALERS else name.capitalize()
        draw.text((place * (side + _GAP) + 2, 2), title, (20, 20, 20), font)
    for row, index in enumerate(list(chosen.values())[:_ROWS]):
        scale = high[index].shape[0] // low[index].shape[0]
        middle = np.unravel_index(errors[index].argmax(), errors[index].shape)
        corner = [
            int(np.clip(m - _EDGE // 2, 0, n - _EDGE)) // scale * scale
            for m, n in zip(middle, high[index].shape[:2], strict=True)
        ]
        repeated = low[index].repeat(scale, 0).repeat(scale, 1)
        cells = [repeated, *(pictures[index] for pictures in made.values()), high[index]]
        for place, cell in enumerate(cells):
            top, left = corner
            part = np.rint(cell[top : top + _EDGE, left : left + _EDGE] * 255).astype(np.uint8)
            tile = Image.fromarray(part).resize((side, side), Image.Resampling.NEAREST)
            sheet.paste(tile, (place * (side + _GAP), _HEAD + row * (side + _GAP)))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path, quality=88)
