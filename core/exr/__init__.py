"""Reading and writing OpenEXR pictures without a library.

Blender's own Python brings none, and the service should not need one for pictures it wrote
itself. Read: scanline files of one or several parts with half, float and uint channels, without
compression or with RLE, ZIPS or ZIP. Written: one part, ZIP. Layout of the bytes as in "OpenEXR
File Layout" (Academy Software Foundation). Equal pictures give equal files on one zlib.
"""

from __future__ import annotations

from .packing import ROWS_IN_CHUNK, ExrError
from .reading import read_exr, stack
from .writing import as_bytes, encode_exr, exr_chunk, exr_start

__all__ = [
    "ROWS_IN_CHUNK",
    "ExrError",
    "as_bytes",
    "encode_exr",
    "exr_chunk",
    "exr_start",
    "read_exr",
    "stack",
]
