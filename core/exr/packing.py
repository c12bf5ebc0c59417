"""How rows of an OpenEXR picture are packed, and the numbers that its header uses."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

MAGIC = 20000630
TYPES: dict[int, np.dtype[Any]] = {
    0: np.dtype("<u4"),
    1: np.dtype("<f2"),
    2: np.dtype("<f4"),
}
NONE, RLE, ZIPS, ZIP = 0, 1, 2, 3
#: Rows that are packed together, by compression.
LINES = {NONE: 1, RLE: 1, ZIPS: 1, ZIP: 16}
#: Rows of a chunk as they are written here.
ROWS_IN_CHUNK = LINES[ZIP]


class ExrError(ValueError):
    """The bytes are no OpenEXR picture, are damaged, or use what is not read here."""


def unpack(body: bytes, compression: int, size: int) -> np.ndarray:
    """Return the (size,) uint8 bytes of some rows.

    Raises:
        ExrError: there are more or fewer; zlib.error, IndexError: damaged.
    """
    if len(body) != size and compression != NONE:  # what did not shrink is stored as it is
        packed = _unrun(body) if compression == RLE else _inflate(body, size)
        body = _unpredict(packed)
    if len(body) != size:
        raise ExrError("damaged OpenEXR data: rows of the wrong length")
    return np.frombuffer(body, np.uint8)


def predict(raw: np.ndarray) -> bytes:
    """Split odd from even bytes and keep differences, which compress better."""
    split = np.concatenate([raw[0::2], raw[1::2]])
    out = split.copy()
    out[1:] = split[1:] - split[:-1] + np.uint8(128)
    return out.tobytes()


def _inflate(body: bytes, size: int) -> bytes:
    return zlib.decompressobj().decompress(body, size)


def _unpredict(body: bytes) -> bytes:
    values = np.frombuffer(body, np.uint8).copy()
    values[1:] += np.uint8(128)
    split = np.cumsum(values, dtype=np.uint8)
    out = np.empty_like(split)
    half = (len(split) + 1) // 2
    out[0::2], out[1::2] = split[:half], split[half:]
    return out.tobytes()


def _unrun(body: bytes) -> bytes:
    out, at = bytearray(), 0
    while at < len(body):
        count = body[at] - 256 if body[at] > 127 else body[at]
        if count < 0:
            out += body[at + 1 : at + 1 - count]
            at += 1 - count
        else:
            out += body[at + 1 : at + 2] * (count + 1)
            at += 2
    return bytes(out)
