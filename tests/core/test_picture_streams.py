"""Pictures written row by row are those written at once."""

from __future__ import annotations

import io

import numpy as np
import pytest

from maquette.core.exr import encode_exr, read_exr
from maquette.core.exr_stream import ExrStream
from maquette.core.png import decode_png
from maquette.core.png_stream import PngStream


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("cuts", [(150,), (1, 149), (64, 64, 22), (0, 70, 80)])
def test_png_rows_come_back(dtype: str, channels: int, cuts: tuple[int, ...]) -> None:
    rng = np.random.default_rng(channels)
    pixels = rng.integers(0, np.iinfo(dtype).max, (150, 7, channels), dtype, endpoint=True)
    pixels[40:80] = pixels[40]  # rows that repeat take another filter
    file = io.BytesIO()
    stream, top = PngStream(file, 7, 150, channels, np.dtype(dtype)), 0
    for count in cuts:
        stream.write(pixels[top : top + count])
        top += count
    stream.close()
    back = decode_png(file.getvalue())
    assert back.dtype == dtype
    assert np.array_equal(back.reshape(pixels.shape), pixels)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("cuts", [(50,), (1, 49), (16, 16, 18), (33, 17)])
def test_exr_rows_are_the_same_bytes_as_the_whole(dtype: str, cuts: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).normal(0, 40, (50, 9, 4)).astype(dtype)
    file = io.BytesIO()
    stream, top = ExrStream(file, 9, 50, "RGBA", np.dtype(dtype)), 0
    for count in cuts:
        stream.write(pixels[top : top + count])
        top += count
    stream.close()
    channels = {name: np.ascontiguousarray(pixels[..., i]) for i, name in enumerate("RGBA")}
    assert file.getvalue() == encode_exr(channels)
    back = read_exr(file.getvalue())
    assert all(np.array_equal(back[name], channels[name]) for name in "RGBA")


def test_too_many_and_too_few_rows_are_refused() -> None:
    for make in (
        lambda: PngStream(io.BytesIO(), 4, 20, 1, np.dtype("uint8")),
        lambda: ExrStream(io.BytesIO(), 4, 20, "Y", np.dtype("float32")),
    ):
        with pytest.raises(ValueError, match="missing"):
            make().close()
        with pytest.raises(ValueError, match="rows of"):
            make().write(np.zeros((3, 5, 1), np.uint8))
        with pytest.raises(ValueError, match="rows of"):
            make().write(np.zeros((60, 4, 1), np.uint8))
