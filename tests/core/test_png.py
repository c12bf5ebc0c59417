"""The PNG writer and reader, against another library and the specification."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.colour import linear_to_srgb, srgb_to_linear
from maquette.core.png import decode_png, encode_png

SHAPES = [((5, 7, 3), "uint8"), ((5, 7, 4), "uint8"), ((5, 7), "uint8"), ((5, 7), "uint16")]


@pytest.mark.parametrize("channels", [3, 4])
def test_pixels_come_back(channels):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    read = np.asarray(image.open(io.BytesIO(encode_png(pixels))))
    assert np.array_equal(read, pixels)


def test_other_arrays_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        encode_png(np.zeros((4, 4, 3), dtype=np.float32))


@pytest.mark.parametrize(("shape", "dtype"), SHAPES)
@pytest.mark.parametrize("compact", [False, True])
def test_what_is_written_is_read_here_and_elsewhere(shape, dtype, compact):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(2).integers(0, np.iinfo(dtype).max, shape).astype(dtype)
    pixels[1:4] = pixels[0]  # rows that are best filtered
    data = encode_png(pixels, compact=compact)
    assert np.array_equal(decode_png(data), pixels)
    assert np.array_equal(np.asarray(image.open(io.BytesIO(data))), pixels)


def test_compact_files_are_smaller():
    slope = np.add.outer(np.arange(64), np.arange(64)).astype(np.uint8)
    assert len(encode_png(slope, compact=True)) < len(encode_png(slope)) / 2


@given(st.lists(st.integers(0, 4), min_size=6, max_size=6), st.integers(0, 2**32 - 1))
def test_every_filter_is_undone(kinds, seed):
    """Against the definition of the filters (PNG specification, section 9), byte by byte."""
    lines = np.random.default_rng(seed).integers(0, 256, (6, 12)).astype(int)
    rows = bytearray()
    for y, kind in enumerate(kinds):
        rows.append(kind)
        for x in range(12):
            a = lines[y, x - 3] if x >= 3 else 0
            b = lines[y - 1, x] if y else 0
            c = lines[y - 1, x - 3] if y and x >= 3 else 0
            paeth = min((a, b, c), key=lambda v: abs(a + b - c - v))
            rows.append(int(lines[y, x] - [0, a, b, (a + b) // 2, paeth][kind]) % 256)
    written = encode_png(np.zeros((6, 4, 3), np.uint8))
    start = written.index(b"IDAT")
    chunk = b"IDAT" + zlib.compress(bytes(rows))
    chunk = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    data = written[: start - 4] + chunk + written[-12:]
    assert np.array_equal(decode_png(data).reshape(6, 12), lines)


@pytest.mark.parametrize("where", [3, 30, 50, -20])
def test_damage_is_noticed(where):
    data = bytearray(encode_png(np.full((9, 9, 3), 77, np.uint8)))
    data[where] ^= 0x10
    with pytest.raises(ValueError, match="PNG"):
        decode_png(bytes(data))
    with pytest.raises(ValueError, match="PNG"):
        decode_png(bytes(data[:-13]))


def test_srgb_has_the_known_values():
    known = linear_to_srgb(np.array([0.0, 0.0031308, 0.2140411, 1.0, 2.0]))
    assert known == pytest.approx([0.0, 0.04045, 0.5, 1.0, 1.0], abs=1e-4)


def test_srgb_decodes_what_was_encoded() -> None:
    linear = np.linspace(0, 1, 101)
    assert np.allclose(srgb_to_linear(linear_to_srgb(linear)), linear, atol=1e-6)
