"""One picture that shows what a dataset holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..png import encode_png
from ..resample import over, shrink_rgba
from .layout import asset_folder
from .pictures import read_pass

_CELL, _COLUMNS, _MOST = 128, 8, 40
_GROUND = 0.75


def contact_sheet(out: Path, assets: Sequence[str]) -> bytes | None:
    """Return a PNG with the first view of up to 40 assets, spread over all; None without any.

    Raises:
        OSError, ValueError: a picture is missing or damaged.
    """
    if not assets:
        return None
    count = min(len(assets), _MOST)
    chosen = [assets[i * len(assets) // count] for i in range(count)]
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    sheet = np.full((rows * _CELL, columns * _CELL, 3), round(_GROUND * 255), np.uint8)
    for number, name in enumerate(chosen):
        picture = read_pass(asset_folder(out, name), "rgba", 0)
        scale = _CELL / max(picture.shape[:2])
        height, width = (max(round(side * scale), 1) for side in picture.shape[:2])
        top = number // columns * _CELL + (_CELL - height) // 2
        left = number % columns * _CELL + (_CELL - width) // 2
        sheet[top : top + height, left : left + width] = over(
            shrink_rgba(picture, width, height), _GROUND
        )
    return encode_png(sheet, compact=True)
