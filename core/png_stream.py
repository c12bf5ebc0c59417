"""Writing large PNG pictures row by row."""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO

import numpy as np

from .png import KINDS, START, chunk, filtered

_ROWS = 64


class PngStream:
    """Takes rows from the top; holds no more than a few of them.

    Args:
        file: open for writing.
        channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA.
        dtype: ``uint8`` or ``uint16``.
    """

    def __init__(
        self, file: BinaryIO, width: int, height: int, channels: int, dtype: np.dtype
    ) -> None:
        self._file = file
        self._left = height
        self._bytes = width * channels * dtype.itemsize
        self._step = channels * dtype.itemsize
        self._above = np.zeros((1, self._bytes), np.uint8)
        self._packer = zlib.compressobj(4)
        depth = 8 * dtype.itemsize
        header = struct.pack(">IIBBBBB", width, height, depth, KINDS[channels], 0, 0, 0)
        file.write(START + chunk(b"IHDR", header))

    def write(self, rows: np.ndarray) -> None:
        """Write the next rows, (n, width, channels) of the stated type.

        Raises:
            ValueError: they are too wide or too many.
        """
        for top in range(0, len(rows), _ROWS):
            part = rows[top : top + _ROWS]
            lines = np.ascontiguousarray(part, part.dtype.newbyteorder(">"))
            lines = lines.reshape(len(part), -1).view(np.uint8)
            if lines.shape[1] != self._bytes or len(lines) > self._left:
                raise ValueError(f"rows of {rows.shape} do not fit")
            self._left -= len(lines)
            joined = filtered(np.concatenate([self._above, lines]), self._step)[1:]
            self._above = lines[-1:].copy()
            self._put(self._packer.compress(joined.tobytes()))

    def close(self) -> None:
        """Write the end; the file stays open.

        Raises:
            ValueError: rows are missing.
        """
        if self._left:
            raise ValueError(f"{self._left} rows are missing")
        self._put(self._packer.flush())
        self._file.write(chunk(b"IEND", b""))

    def _put(self, packed: bytes) -> None:
        if packed:
            self._file.write(chunk(b"IDAT", packed))
