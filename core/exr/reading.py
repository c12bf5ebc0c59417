"""Reading OpenEXR pictures."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .packing import LINES, MAGIC, NONE, TYPES, ExrError, unpack

_TILED, _DEEP, _MULTIPART = 0x200, 0x800, 0x1000
_LARGEST = 1 << 16


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
        return -(-self.size[1] // LINES[self.compression])


def _read(data: memoryview) -> dict[str, np.ndarray]:
    magic, flags = struct.unpack_from("<II", data)
    if magic != MAGIC or flags & 0xFF != 2:
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
    if not several and (plain := _plain_rows(data, at, parts[0])) is not None:
        return dict(_channels(parts, [plain]))
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
        lines = min(LINES[part.compression], part.size[1] - top)
        raw = unpack(body, part.compression, lines * part.row_bytes)
        rows[number][top : top + lines] = raw.reshape(lines, part.row_bytes)
    return dict(_channels(parts, rows))


def _plain_rows(data: memoryview, at: int, part: _Part) -> np.ndarray | None:
    """The rows of an uncompressed part at once, if they follow each other in order; else None."""
    if part.compression != NONE:
        return None
    count, size = part.chunks, 8 + part.row_bytes
    if len(data) < at + count * size:
        return None
    table = np.frombuffer(data, np.uint8, count * size, at).reshape(count, size)
    heads = np.ascontiguousarray(table[:, :8]).view("<i4")
    lines = part.window[1] + np.arange(count)
    if (heads[:, 0] != lines).any() or (heads[:, 1] != part.row_bytes).any():
        return None
    return table[:, 8:]


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
    if kind != b"scanlineimage" or compression not in LINES:
        raise ExrError(f"OpenEXR data of type {kind.decode()}, compression {compression}, not read")
    channels, at = [], 0
    while listing[at]:
        name, at = _text(listing, at)
        code, across, down = struct.unpack_from("<i4xii", listing, at)
        at += 16
        if code not in TYPES or (across, down) != (1, 1):
            raise ExrError(f"the channel {name} has a type or sampling that is not read")
        channels.append((name, TYPES[code]))
    name = attributes.get("name", b"").decode()
    part = _Part(name, tuple(channels), compression, window)
    if not channels or not (0 < part.size[0] <= _LARGEST and 0 < part.size[1] <= _LARGEST):
        raise ExrError("damaged OpenEXR data: no channels or an impossible size")
    return part
