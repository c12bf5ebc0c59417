"""The EXR reader and writer, against each other and against the layout's definition."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from maquette.core.exr import ExrError, encode_exr, read_exr, stack

KINDS = {"float16": 1, "float32": 2, "uint32": 0}


@st.composite
def pictures(draw):
    shape = draw(st.tuples(st.integers(1, 40), st.integers(1, 9)))
    names = draw(st.lists(st.text("ABxyz.", min_size=1, max_size=40), min_size=1, unique=True))
    return {
        name: draw(arrays.arrays(draw(st.sampled_from(sorted(KINDS))), shape)) for name in names[:4]
    }


def bits(array):
    return array.dtype, array.shape, array.tobytes()


def by_hand(parts, compression, flags=2):
    """Write a file the plain way, rows one after another, without the project's code.

    ``parts``: list of (name, {channel: array}); several make a multi-part file.
    """
    several = len(parts) > 1
    lines = 16 if compression == 3 else 1
    header, tables, chunks = b"", 0, b""
    for number, (name, channels) in enumerate(parts):
        ordered = sorted(channels.items())
        height, width = ordered[0][1].shape
        window = struct.pack("<4i", 0, 5, width - 1, height + 4)  # does not begin at 0
        listing = b"".join(
            key.encode() + b"\0" + struct.pack("<iiii", KINDS[a.dtype.name], 0, 1, 1)
            for key, a in ordered
        )
        attributes = [
            ("channels", "chlist", listing + b"\0"),
            ("compression", "compression", bytes([compression])),
            ("dataWindow", "box2i", window),
            ("displayWindow", "box2i", window),
            ("lineOrder", "lineOrder", b"\0"),
            ("name", "string", name.encode()),
            ("type", "string", b"scanlineimage"),
        ]
        for key, kind, value in attributes:
            header += f"{key}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value
        header += b"\0"
        for top in range(0, height, lines):
            raw = b"".join(
                a[y].tobytes() for y in range(top, min(top + lines, height)) for _, a in ordered
            )
            body = pack(raw, compression)
            chunks += struct.pack("<i", number) if several else b""
            chunks += struct.pack("<ii", top + 5, len(body)) + body
            tables += 1
    header += b"\0" if several else b""
    start = struct.pack("<II", 20000630, flags | (0x1000 if several else 0))
    return start + header + b"\0" * 8 * tables + chunks


def pack(raw, compression):
    if compression == 0:
        return raw
    split = raw[0::2] + raw[1::2]
    steps = bytes([split[0], *((b - a + 128) % 256 for a, b in pairwise(split))])
    packed = runs(steps) if compression == 1 else zlib.compress(steps)
    return packed if len(packed) < len(raw) else raw


def runs(data):
    """RLE with runs of equal bytes from 3 on, and stretches of others."""
    out, at = b"", 0
    while at < len(data):
        end = at
        while end < len(data) and end - at < 128 and data[end] == data[at]:
            end += 1
        if end - at >= 3:
            out += bytes([end - at - 1, data[at]])
        else:
            end = min(at + 2, len(data))
            out += bytes([256 - (end - at)]) + data[at:end]
        at = end
    return out


@given(pictures())
def test_what_is_written_is_read(channels):
    read = read_exr(encode_exr(channels))
    assert {k: bits(v) for k, v in read.items()} == {k: bits(v) for k, v in channels.items()}


@given(pictures())
def test_equal_pictures_are_equal_bytes(channels):
    turned = dict(reversed(channels.items()))
    assert encode_exr(turned) == encode_exr(channels)


@pytest.mark.parametrize("compression", [0, 1, 2, 3])
@settings(max_examples=25)
@given(pictures())
def test_all_kept_compressions_are_read(compression, channels):
    read = read_exr(by_hand([("", channels)], compression))
    assert {k: bits(v) for k, v in read.items()} == {k: bits(v) for k, v in channels.items()}


@pytest.mark.parametrize("compression", [1, 3])
def test_flat_rows_shrink_and_are_read(compression):
    channels = {"Z": np.zeros((40, 50), np.float32), "A": np.ones((40, 50), np.float16)}
    data = by_hand([("", channels)], compression)
    assert len(data) < 4000
    read = read_exr(data)
    assert {k: bits(v) for k, v in read.items()} == {k: bits(v) for k, v in channels.items()}


def test_parts_are_told_apart_by_their_names():
    left = {"R": np.full((3, 4), 1, np.float32), "only": np.full((3, 4), 3, np.float32)}
    right = {"R": np.full((20, 4), 2, np.float16)}
    read = read_exr(by_hand([("left", left), ("right", right)], 3))
    assert sorted(read) == ["left.R", "only", "right.R"]
    assert bits(read["right.R"]) == bits(right["R"])
    assert bits(read["left.R"]) == bits(left["R"])


def test_components_are_stacked_in_the_order_asked_for():
    plane = np.zeros((2, 3), np.float32)
    channels = {f"View Layer.Combined.{c}": plane + i for i, c in enumerate("ABGR")}
    channels["View Layer.Depth.Z"] = plane + 9
    assert stack(channels, "Combined", "RGBA")[0, 0].tolist() == [3, 2, 1, 0]
    assert stack(channels, "View Layer.Depth", "Z").shape == (2, 3, 1)
    with pytest.raises(KeyError):
        stack(channels, "Normal", "XYZ")
    with pytest.raises(KeyError, match="2 channels"):
        stack(channels | {"Other.Combined.R": plane}, "Combined", "R")


@pytest.mark.parametrize("flags", [3, 2 | 0x200, 2 | 0x800])
def test_other_kinds_are_refused(flags):
    with pytest.raises(ExrError):
        read_exr(by_hand([("", {"R": np.zeros((2, 2), np.float32)})], 0, flags))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_library_reads_what_is_written(kind, tmp_path):
    library = pytest.importorskip("OpenEXR")
    values = np.random.default_rng(4).normal(0, 50, (37, 21)).astype(kind)
    (tmp_path / "a.exr").write_bytes(encode_exr({"V.Depth.Z": values, "V.Depth.A": values[::-1]}))
    with library.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        read = {name: channel.pixels for name, channel in file.channels().items()}
    assert {k: bits(v) for k, v in read.items()} == {
        "V.Depth.Z": bits(values),
        "V.Depth.A": bits(values[::-1]),
    }


@pytest.mark.parametrize("compression", ["NO", "RLE", "ZIPS", "ZIP"])
def test_what_the_library_writes_is_read(compression, tmp_path):
    library = pytest.importorskip("OpenEXR")
    flat = np.zeros((37, 210), np.float16)
    noise = np.random.default_rng(4).normal(0, 50, (37, 210)).astype(np.float32)
    header = {
        "compression": getattr(library, f"{compression}_COMPRESSION"),
        "type": library.scanlineimage,
    }
    path = tmp_path / "a.exr"
    library.File(header, {"R": flat, "G": noise, "B": noise[::-1].copy()}).write(str(path))
    read = read_exr(path)
    assert bits(read["R"]) == bits(flat)
    assert bits(read["G"]) == bits(noise)
    assert bits(read["B"]) == bits(noise[::-1])


def test_the_library_s_parts_are_read(tmp_path):
    library = pytest.importorskip("OpenEXR")
    planes = [np.full((20, 30), i, np.float32) for i in range(2)]
    parts = [
        library.Part({"name": f"part{i}", "type": library.scanlineimage}, {"Z": plane})
        for i, plane in enumerate(planes)
    ]
    library.File(parts).write(str(tmp_path / "a.exr"))
    read = read_exr(tmp_path / "a.exr")
    assert {name: bits(plane) for name, plane in read.items()} == {
        "part0.Z": bits(planes[0]),
        "part1.Z": bits(planes[1]),
    }


def test_a_compression_that_loses_bits_is_refused():
    with pytest.raises(ExrError, match="compression 6"):
        read_exr(by_hand([("", {"R": np.zeros((2, 2), np.float32)})], 6))


@given(st.data())
def test_damaged_files_are_refused_or_read_but_never_crash(data):
    whole = encode_exr({"R": np.arange(60, dtype=np.float32).reshape(20, 3)})
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(ExrError):
        read_exr(whole[:cut])
    broken = bytearray(whole)
    broken[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(ExrError):
        read_exr(bytes(broken))


@pytest.mark.parametrize(
    "channels",
    [
        {},
        {"R": np.zeros((2, 2))},
        {"R": np.zeros(4, np.float32)},
        {"R": np.zeros((2, 2), np.float32), "G": np.zeros((2, 3), np.float32)},
        {"R": np.zeros((0, 2), np.float32)},
    ],
)
def test_other_arrays_are_refused(channels):
    with pytest.raises(ValueError, match="channels"):
        encode_exr(channels)
