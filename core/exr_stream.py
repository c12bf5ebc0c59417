"""Writing large OpenEXR pictures row by row."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np

from .exr import ROWS_IN_CHUNK, as_bytes, exr_chunk, exr_start


class ExrStream:
    """Takes rows from the top; holds no more than those of a chunk.

    Args:
        file: open for writing, and able to go back to the table of chunks.
        channels: their names, in the order of the last axis of what is written.
        dtype: ``float16`` or ``float32``, of all channels.
    """

    def __init__(
        self, file: BinaryIO, width: int, height: int, channels: str, dtype: np.dtype
    ) -> None:
        self._file = file
        self._height, self._width, self._top = height, width, 0
        self._order = sorted(range(len(channels)), key=lambda index: channels[index])
        self._rest = np.zeros((0, width, len(channels)), dtype)
        kinds = {channels[index]: dtype for index in self._order}
        file.write(exr_start(kinds, width, height))
        self._table = file.tell()
        self._places: list[int] = []
        file.write(bytes(8 * -(-height // ROWS_IN_CHUNK)))

    def write(self, rows: np.ndarray) -> None:
        """Write the next rows, (n, width, channels).

        Raises:
            ValueError: they are too wide or too many.
        """
        if rows.shape[1:] != self._rest.shape[1:]:
            raise ValueError(f"rows of {rows.shape} do not fit")
        rows = np.concatenate([self._rest, rows.astype(self._rest.dtype, copy=False)])
        last = self._top + len(rows) >= self._height
        while len(rows) >= ROWS_IN_CHUNK or (last and len(rows)):
            self._put(rows[:ROWS_IN_CHUNK])
            rows = rows[ROWS_IN_CHUNK:]
        self._rest = rows.copy()

    def close(self) -> None:
        """Fill in the table; the file stays open.

        Raises:
            ValueError: rows are missing.
        """
        if self._top != self._height:
            raise ValueError(f"{self._height - self._top} rows are missing")
        self._file.seek(self._table)
        self._file.write(struct.pack(f"<{len(self._places)}Q", *self._places))
        self._file.seek(0, 2)

    def _put(self, rows: np.ndarray) -> None:
        if self._top + len(rows) > self._height:
            raise ValueError(f"rows of {rows.shape} are too many")
        packed = np.concatenate([as_bytes(rows[..., index]) for index in self._order], axis=1)
        self._places.append(self._file.tell())
        self._file.write(exr_chunk(self._top, packed))
        self._top += len(rows)
