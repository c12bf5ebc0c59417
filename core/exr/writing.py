"""Writing OpenEXR pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import numpy as np

from .packing import MAGIC, ROWS_IN_CHUNK, TYPES, ZIP, predict


def encode_exr(channels: Mapping[str, np.ndarray]) -> bytes:
    """Encode channels (h, w) of float16, float32 or uint32 as a scanline file with ZIP.

    Raises:
        ValueError: there are none, or shapes or types do not fit.
    """
    ordered = sorted((name.encode(), array) for name, array in channels.items())
    if not ordered or len({array.shape for _, array in ordered}) != 1:
        raise ValueError("channels of one common shape are needed")
    kinds = {np.dtype(kind.newbyteorder("=")): code for code, kind in TYPES.items()}
    if any(a.ndim != 2 or a.dtype not in kinds or 0 in a.shape for _, a in ordered):
        raise ValueError("channels must be (h, w) float16, float32 or uint32")
    height, width = ordered[0][1].shape
    kinds_by_name = {name.decode(): array.dtype for name, array in ordered}
    start = exr_start(kinds_by_name, width, height)
    rows = np.concatenate([as_bytes(array) for _, array in ordered], axis=1)
    chunks = [
        exr_chunk(top, rows[top : top + ROWS_IN_CHUNK]) for top in range(0, height, ROWS_IN_CHUNK)
    ]
    places, place = [], len(start) + 8 * len(chunks)
    for chunk in chunks:
        places.append(place)
        place += len(chunk)
    return start + struct.pack(f"<{len(places)}Q", *places) + b"".join(chunks)


def exr_start(kinds: Mapping[str, np.dtype], width: int, height: int) -> bytes:
    """What stands before the table of chunks in a scanline file with ZIP.

    Args:
        kinds: type of each channel by name, in the order of the names' bytes.
    """
    codes = {np.dtype(kind.newbyteorder("=")): code for code, kind in TYPES.items()}
    listing = b"".join(
        name.encode() + b"\0" + struct.pack("<i4xii", codes[kind], 1, 1)
        for name, kind in kinds.items()
    )
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    header = b"".join(
        f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value
        for name, kind, value in [
            ("channels", "chlist", listing + b"\0"),
            ("compression", "compression", bytes([ZIP])),
            ("dataWindow", "box2i", window),
            ("displayWindow", "box2i", window),
            ("lineOrder", "lineOrder", b"\0"),
            ("pixelAspectRatio", "float", struct.pack("<f", 1.0)),
            ("screenWindowCenter", "v2f", struct.pack("<2f", 0.0, 0.0)),
            ("screenWindowWidth", "float", struct.pack("<f", 1.0)),
        ]
    )
    long_names = 0x400 if any(len(name.encode()) > 31 for name in kinds) else 0
    return struct.pack("<II", MAGIC, 2 | long_names) + header + b"\0"


def as_bytes(channel: np.ndarray) -> np.ndarray:
    """A channel (h, w) as the bytes of its rows in a file, (h, w * size) uint8."""
    return np.ascontiguousarray(channel, channel.dtype.newbyteorder("<")).view(np.uint8)


def exr_chunk(top: int, rows: np.ndarray) -> bytes:
    """One chunk of at most :data:`ROWS_IN_CHUNK` rows; a row holds all its channels."""
    raw = rows.reshape(-1)
    packed = zlib.compress(predict(raw), 4)
    body = packed if len(packed) < raw.size else raw.tobytes()
    return struct.pack("<ii", top, len(body)) + body
