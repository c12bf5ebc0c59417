"""COCO's run-length code of masks: columns from the left, runs of 0 and 1 in turn from 0.

The compressed form writes each run, from the third on as the difference to the one before last,
in groups of 5 bits as printable characters, lowest group first, as COCO's API does.
"""

from __future__ import annotations

import numpy as np


def runs(mask: np.ndarray) -> list[int]:
    """Return the lengths of the runs of a mask (h, w) bool; the first counts zeros."""
    flat = np.asarray(mask, dtype=bool).reshape(mask.shape).T.reshape(-1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat]))).tolist()
    return [b - a for a, b in zip([0, *edges], [*edges, len(flat)], strict=True)]


def compressed(mask: np.ndarray) -> str:
    """Return the compressed code of a mask (h, w) bool."""
    counts, text = runs(mask), []
    for i, count in enumerate(counts):
        left = count - counts[i - 2] if i > 2 else count
        while True:
            group, left = left & 0x1F, left >> 5
            more = left != -1 if group & 0x10 else left != 0
            text.append(chr(48 + (group | 0x20 * more)))
            if not more:
                break
    return "".join(text)


def expanded(text: str, height: int, width: int) -> np.ndarray:
    """Return the mask (height, width) bool of a compressed code.

    Raises:
        ValueError: the code is of another size.
    """
    counts: list[int] = []
    value = shift = 0
    for letter in text:
        group = ord(letter) - 48
        value |= (group & 0x1F) << shift
        shift += 5
        if not group & 0x20:
            if group & 0x10:
                value -= 1 << shift
            counts.append(value + counts[-2] if len(counts) > 2 else value)
            value = shift = 0
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return flat.reshape(width, height).T
