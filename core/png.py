"""Writing and reading PNG pictures without a library, as Blender's own Python has none."""

from __future__ import annotations

import struct
import zlib

import numpy as np

START = b"\x89PNG\r\n\x1a\n"
#: Channels to PNG's colour type, and back.
KINDS = {1: 0, 2: 4, 3: 2, 4: 6}
_CHANNELS = {kind: channels for channels, kind in KINDS.items()}


def encode_png(pixels: np.ndarray, *, compact: bool = False) -> bytes:
    """Encode a picture.

    Args:
        pixels: (h, w, 3 or 4) uint8, sRGB, or (h, w) uint8 or uint16, grey values or numbers;
            first row on top.
        compact: filter the rows and try harder; about half as large and four times as slow.

    Raises:
        ValueError: the array has another shape or type.
    """
    colour = pixels.ndim == 3 and pixels.shape[2] in (3, 4) and pixels.dtype == np.uint8
    grey = pixels.ndim == 2 and pixels.dtype in (np.uint8, np.uint16)
    if not colour and not grey:
        raise ValueError(f"expected (h, w, 3 or 4) uint8 or (h, w), got {pixels.shape}")
    height, width = pixels.shape[:2]
    channels = pixels.shape[2] if colour else 1
    values = np.ascontiguousarray(pixels, pixels.dtype.newbyteorder(">"))
    lines = values.reshape(height, width * channels).view(np.uint8)
    if compact:
        rows = filtered(lines, channels * pixels.itemsize)
    else:
        rows = np.concatenate([np.zeros((height, 1), np.uint8), lines], axis=1)
    depth = 8 * pixels.itemsize
    header = struct.pack(">IIBBBBB", width, height, depth, KINDS[channels], 0, 0, 0)
    return (
        START
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 6 if compact else 1))
        + chunk(b"IEND", b"")
    )


def decode_png(data: bytes) -> np.ndarray:
    """Decode a picture without palette and interlacing.

    Returns:
        (h, w) when grey, else (h, w, channels); uint8 or uint16, first row on top.

    Raises:
        ValueError: it is something else, or damaged.
    """
    try:
        return _decode(data)
    except (struct.error, zlib.error, IndexError, KeyError) as error:
        raise ValueError(f"damaged PNG data: {error!r}") from error


def _decode(data: bytes) -> np.ndarray:
    if data[:8] != START:
        raise ValueError("not a PNG file")
    header, packed, at = b"", [], 8
    while True:
        (size,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        (check,) = struct.unpack_from(">I", data, at + 8 + size)
        if zlib.crc32(kind + body) != check:
            raise ValueError("damaged PNG data: a checksum differs")
        if kind == b"IHDR":
            header = body
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"IEND":
            break
        at += 12 + size
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if depth not in (8, 16) or colour not in _CHANNELS or interlaced:
        raise ValueError("PNG files with a palette, few bits or interlacing are not read")
    channels = _CHANNELS[colour]
    step = channels * depth // 8
    size = height * (1 + width * step)
    raw = zlib.decompressobj().decompress(b"".join(packed), size)
    if len(raw) != size or not size:
        raise ValueError("damaged PNG data: rows are missing")
    rows = np.frombuffer(raw, np.uint8).reshape(height, 1 + width * step)
    lines = _unfiltered(rows, step)
    values = lines.view(">u2").astype(np.uint16) if depth == 16 else lines
    return values.reshape((height, width) if channels == 1 else (height, width, channels))


def filtered(lines: np.ndarray, step: int) -> np.ndarray:
    """Choose for each row no filter, Sub or Up by the smallest sum of differences."""
    sub, up = lines.copy(), lines.copy()
    sub[:, step:] -= lines[:, :-step]
    up[1:] -= lines[:-1]
    options = np.stack([lines, sub, up])
    cost = np.abs(options.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64)
    best = cost.argmin(axis=0)
    chosen = options[best, np.arange(len(lines))]
    return np.concatenate([best[:, None].astype(np.uint8), chosen], axis=1)


def _unfiltered(rows: np.ndarray, step: int) -> np.ndarray:
    lines = rows[:, 1:].copy()
    above = np.zeros(lines.shape[1], np.uint8)
    for kind, line in zip(rows[:, 0].tolist(), lines, strict=True):
        if kind == 1:
            line[:] = np.cumsum(line.reshape(-1, step), axis=0, dtype=np.uint8).reshape(-1)
        elif kind == 2:
            np.add(line, above, out=line)
        elif kind in (3, 4):
            _running(line, above, step, kind)
        elif kind != 0:
            raise ValueError(f"damaged PNG data: there is no filter {kind}")
        above = line
    return lines


def _running(line: np.ndarray, above: np.ndarray, step: int, kind: int) -> None:
    """Undo Average (3) or Paeth (4), byte by byte; only pictures of other programs have them."""
    up, out = above.tolist(), line.tolist()
    for i, value in enumerate(out):
        a = out[i - step] if i >= step else 0
        b, c = up[i], up[i - step] if i >= step else 0
        if kind == 3:
            guess = (a + b) // 2
        else:
            to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
            guess = a if to_a <= to_b and to_a <= to_c else b if to_b <= to_c else c
        out[i] = (value + guess) & 255
    line[:] = out


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a file, with its length and checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
