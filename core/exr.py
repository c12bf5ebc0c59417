"""Reading and writing OpenEXR pictures without a library.

Blender's own Python brings none, and the service should not need one for pictures it wrote
itself. Read: scanline files of one or several parts with half, float and uint channels, without
compression or with RLE, ZIPS or ZIP. Written: one part, ZIP. Layout of the bytes as in "OpenEXR
File Layout" (Academy Software Foundation). Equal pictures give equal files on one zlib.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

_MAGIC = 20000630
_TYPES: dict[int, np.dtype[Any]] = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}
_NONE, _RLE, _ZIPS, _ZIP = 0, 1, 2, 3
_LINES = {_NONE: 1, _RLE: 1, _ZIPS: 1, _ZIP: 16}
_TILED, _DEEP, _MULTIPART = 0x200, 0x800, 0x1000
_LARGEST = 1 << 16
ROWS_IN_CHUNK = _LINES[_ZIP]


class ExrError(ValueError):
    """The bytes are no OpenEXR picture, are damaged, or use what is not read here."""


def read_exr(source: Path | bytes) -> dict[str, np.ndarray]:
    """Read all channels of all parts.

    Returns:
        Channel name to array (h, w) of float16, float32 or uint32, first row on top, ordered by
        name. Blender's multilayer files name channels ``ViewLayer.Pass.Component``. A part's
        name is put in front of channels that would otherwise collide.

    Raises:
        ExrError: not such a file; OSError: it cannot be read.
    """
    data = source if isinstance(source, bytes) else source.read_bytes()
    try:
        channels = _read(memoryview(data))
    except (struct.error, IndexError, UnicodeDecodeError, zlib.error, ValueError) as error:
        if isinstance(error, ExrError):
            raise
        raise ExrError(f"damaged OpenEXR data: {error}") from error
    return dict(sorted(channels.items()))


def stack(channels: Mapping[str, np.ndarray], layer: str, components: str) -> np.ndarray:
    """Return the components of one layer as (h, w, len(components)).

    ``layer`` is matched against the end of the channel's prefix, so that ``Combined`` finds
    ``ViewLayer.Combined.R``; an empty one takes channels without a prefix.

    Raises:
        KeyError: a component is missing, or the layer's name fits several.
    """
    found = []
    for component in components:
        names = [
            name
            for name in channels
            if (prefix := name.rpartition(".")[0]) == layer
            or (layer and prefix.endswith(f".{layer}"))
            if name.rpartition(".")[2] == component
        ]
        if len(names) != 1:
            raise KeyError(f"{len(names)} channels fit {layer}.{component}: {names}")
        found.append(channels[names[0]])
    return np.stack(found, axis=-1)


def encode_exr(channels: Mapping[str, np.ndarray]) -> bytes:
    """Encode channels (h, w) of float16, float32 or uint32 as a scanline file with ZIP.

    Raises:
        ValueError: there are none, or shapes or types do not fit.
    """
    ordered = sorted((name.encode(), array) for name, array in channels.items())
    if not ordered or len({array.shape for _, array in ordered}) != 1:
        raise ValueError("channels of one common shape are needed")
    kinds = {np.dtype(kind.newbyteorder("=")): code for code, kind in _TYPES.items()}
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
    codes = {np.dtype(kind.newbyteorder("=")): code for code, kind in _TYPES.items()}
    listing = b"".join(
        name.encode() + b"\0" + struct.pack("<i4xii", codes[kind], 1, 1)
        for name, kind in kinds.items()
    )
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    header = b"".join(
        f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value
        for name, kind, value in [
            ("channels", "chlist", listing + b"\0"),
            ("compression", "compression", bytes([_ZIP])),
            ("dataWindow", "box2i", window),
            ("displayWindow", "box2i", window),
            ("lineOrder", "lineOrder", b"\0"),
            ("pixelAspectRatio", "float", struct.pack("<f", 1.0)),
            ("screenWindowCenter", "v2f", struct.pack("<2f", 0.0, 0.0)),
            ("screenWindowWidth", "float", struct.pack("<f", 1.0)),
        ]
    )
    long_names = 0x400 if any(len(name.encode()) > 31 for name in kinds) else 0
    return struct.pack("<II", _MAGIC, 2 | long_names) + header + b"\0"


def as_bytes(channel: np.ndarray) -> np.ndarray:
    """A channel (h, w) as the bytes of its rows in a file, (h, w * size) uint8."""
    return np.ascontiguousarray(channel, channel.dtype.newbyteorder("<")).view(np.uint8)


def exr_chunk(top: int, rows: np.ndarray) -> bytes:
    """One chunk of at most :data:`ROWS_IN_CHUNK` rows; a row holds all its channels."""
    raw = rows.reshape(-1)
    packed = zlib.compress(_predict(raw), 4)
    body = packed if len(packed) < raw.size else raw.tobytes()
    return struct.pack("<ii", top, len(body)) + body


@dataclass(frozen=True)
class _Part:
    name: str
    channels: tuple[tuple[str, np.dtype], ...]
    compression: int
    window: tuple[int, int, int, int]

    @property
    def size(self) -> tuple[int, int]:
        left, top, right, bottom = self.window
        return right - left + 1, bottom - top + 1

    @property
    def row_bytes(self) -> int:
        return self.size[0] * sum(kind.itemsize for _, kind in self.channels)

    @property
    def chunks(self) -> int:
        return -(-self.size[1] // _LINES[self.compression])


def _read(data: memoryview) -> dict[str, np.ndarray]:
    magic, flags = struct.unpack_from("<II", data)
    if magic != _MAGIC or flags & 0xFF != 2:
        raise ExrError("not an OpenEXR file")
    if flags & (_TILED | _DEEP):
        raise ExrError("tiled and deep OpenEXR files are not read")
    several = bool(flags & _MULTIPART)
    parts, at = [], 8
    while True:
        attributes, at = _header(data, at)
        parts.append(_part(attributes))
        if not several:
            break
        if data[at] == 0:
            at += 1
            break
    at += 8 * sum(part.chunks for part in parts)  # the offset tables; chunks follow in order
    if at > len(data):
        raise ExrError("damaged OpenEXR data: it ends in the offset tables")
    rows = [np.zeros((part.size[1], part.row_bytes), np.uint8) for part in parts]
    for _ in range(sum(part.chunks for part in parts)):
        number = 0
        if several:
            (number,) = struct.unpack_from("<i", data, at)
            at += 4
        line, size = struct.unpack_from("<ii", data, at)
        body = bytes(data[at + 8 : at + 8 + size])
        if size < 0 or len(body) < size:
            raise ExrError("damaged OpenEXR data: it ends within a row")
        at += 8 + size
        part = parts[number]
        top = line - part.window[1]
        if not 0 <= top < part.size[1]:
            raise ExrError("damaged OpenEXR data: a row outside the picture")
        lines = min(_LINES[part.compression], part.size[1] - top)
        raw = _unpack(body, part.compression, lines * part.row_bytes)
        rows[number][top : top + lines] = raw.reshape(lines, part.row_bytes)
    return dict(_channels(parts, rows))


def _channels(parts: list[_Part], rows: list[np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    names = [name for part in parts for name, _ in part.channels]
    for part, lines in zip(parts, rows, strict=True):
        at, width = 0, part.size[0]
        for name, kind in part.channels:
            end = at + width * kind.itemsize
            values = np.ascontiguousarray(lines[:, at:end]).view(kind)
            full = f"{part.name}.{name}" if names.count(name) > 1 else name
            yield full, values.astype(kind.newbyteorder("="), copy=False)
            at = end


def _header(data: memoryview, at: int) -> tuple[dict[str, bytes], int]:
    found: dict[str, bytes] = {}
    while True:
        name, at = _text(data, at)
        if not name:
            return found, at
        _, at = _text(data, at)
        (size,) = struct.unpack_from("<i", data, at)
        if size < 0 or at + 4 + size > len(data):
            raise ExrError("damaged OpenEXR data: it ends in the header")
        found[name] = bytes(data[at + 4 : at + 4 + size])
        at += 4 + size


def _text(data: memoryview | bytes, at: int) -> tuple[str, int]:
    end = bytes(data[at : at + 256]).index(0)
    return bytes(data[at : at + end]).decode(), at + end + 1


def _part(attributes: dict[str, bytes]) -> _Part:
    try:
        listing, compression = attributes["channels"], attributes["compression"][0]
        window: Any = struct.unpack("<4i", attributes["dataWindow"])
    except KeyError as error:
        raise ExrError(f"damaged OpenEXR data: there is no {error} in the header") from error
    kind = attributes.get("type", b"scanlineimage").rstrip(b"\0")
    if kind != b"scanlineimage" or compression not in _LINES:
        raise ExrError(f"OpenEXR data of type {kind.decode()}, compression {compression}, not read")
    channels, at = [], 0
    while listing[at]:
        name, at = _text(listing, at)
        code, across, down = struct.unpack_from("<i4xii", listing, at)
        at += 16
        if code not in _TYPES or (across, down) != (1, 1):
            raise ExrError(f"the channel {name} has a type or sampling that is not read")
        channels.append((name, _TYPES[code]))
    name = attributes.get("name", b"").decode()
    part = _Part(name, tuple(channels), compression, window)
    if not channels or not (0 < part.size[0] <= _LARGEST and 0 < part.size[1] <= _LARGEST):
        raise ExrError("damaged OpenEXR data: no channels or an impossible size")
    return part


def _unpack(body: bytes, compression: int, size: int) -> np.ndarray:
    if len(body) != size and compression != _NONE:  # what did not shrink is stored as it is
        packed = _unrun(body) if compression == _RLE else _inflate(body, size)
        body = _unpredict(packed)
    if len(body) != size:
        raise ExrError("damaged OpenEXR data: rows of the wrong length")
    return np.frombuffer(body, np.uint8)


def _inflate(body: bytes, size: int) -> bytes:
    return zlib.decompressobj().decompress(body, size)


def _predict(raw: np.ndarray) -> bytes:
    """Split odd from even bytes and keep differences, which compress better."""
    split = np.concatenate([raw[0::2], raw[1::2]])
    out = split.copy()
    out[1:] = split[1:] - split[:-1] + np.uint8(128)
    return out.tobytes()


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
