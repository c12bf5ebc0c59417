"""The PNG writer, read back by another library."""

from __future__ import annotations

import io

import numpy as np
import pytest

from maquette.core.colour import linear_to_srgb, srgb_to_linear
from maquette.core.png import encode_png


@pytest.mark.parametrize("channels", [3, 4])
def test_pixels_come_back(channels):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, channels), dtype=np.uint8)
    read = np.asarray(image.open(io.BytesIO(encode_png(pixels))))
    assert np.array_equal(read, pixels)


def test_other_arrays_are_refused():
    with pytest.raises(ValueError, match="uint8"):
        encode_png(np.zeros((4, 4, 3), dtype=np.float32))


def test_srgb_has_the_known_values():
    known = linear_to_srgb(np.array([0.0, 0.0031308, 0.2140411, 1.0, 2.0]))
    assert known == pytest.approx([0.0, 0.04045, 0.5, 1.0, 1.0], abs=1e-4)


def test_srgb_decodes_what_was_encoded() -> None:
    linear = np.linspace(0, 1, 101)
    assert np.allclose(srgb_to_linear(linear_to_srgb(linear)), linear, atol=1e-6)
