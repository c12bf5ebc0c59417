"""What a person is told about a picture before it is sent."""

from __future__ import annotations

import numpy as np
import pytest

from maquette.core.picture_check import MIN_SHARPNESS, check_picture


def picture(height: int, width: int, box: tuple[int, int, int, int] | None = None) -> np.ndarray:
    """A checked picture; alpha is 255 in the box (top, bottom, left, right), or everywhere."""
    y, x = np.mgrid[:height, :width]
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[..., :3] = (40 + 180 * ((x // 16 + y // 16) % 2))[..., None]
    if box is None:
        rgba[..., 3] = 255
    else:
        rgba[box[0] : box[1], box[2] : box[3], 3] = 255
    return rgba


def test_a_good_picture_needs_no_words() -> None:
    found = check_picture(picture(300, 400, (50, 250, 100, 300)))
    assert found.warnings == ()
    assert found.share == pytest.approx(200 * 200 / (300 * 400))
    assert found.extent == 0.5
    assert not found.touches
    assert found.sharpness > 0.3


def test_where_the_object_is_unknown_only_the_picture_is_judged() -> None:
    found = check_picture(picture(200, 200))
    assert (found.share, found.extent, found.touches, found.warnings) == (-1.0, -1.0, False, ())
    assert check_picture(picture(200, 200), masked=True).touches


@pytest.mark.parametrize(
    ("pixels", "word"),
    [
        (picture(64, 48), "64 pixels across"),
        (picture(400, 400, (100, 140, 100, 150)), "50 pixels across"),
        (picture(1000, 1000, (400, 600, 400, 500)), "20% of the frame"),
        (picture(300, 300, (0, 200, 50, 250)), "touches"),
        (picture(300, 300, (50, 300, 50, 250)), "touches"),
        (np.zeros((100, 100, 4), np.uint8), "no object"),
    ],
)
def test_what_is_wrong_is_named(pixels: np.ndarray, word: str) -> None:
    assert any(word in warning for warning in check_picture(pixels).warnings)


@pytest.mark.parametrize(("width", "blurred"), [(1.0, False), (3.0, False), (40.0, True)])
def test_blur_is_noticed(width: float, blurred: bool) -> None:
    """An edge that takes so many pixels from dark to light."""
    pixels = np.full((300, 300, 4), 255, np.uint8)
    edge = 128 + 100 * np.tanh((np.arange(300) - 150) / width)
    pixels[..., :3] = edge[None, :, None].astype(np.uint8)
    found = check_picture(pixels)
    assert found.sharpness >= 0
    assert (found.sharpness < MIN_SHARPNESS) == blurred
    assert any("blurred" in warning for warning in found.warnings) == blurred


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 3), (2, 700)])
def test_any_shape_is_answered(shape: tuple[int, int]) -> None:
    for alpha in (0, 255):
        found = check_picture(np.full((*shape, 4), alpha, np.uint8))
        assert (found.height, found.width) == shape
        assert np.isfinite([found.sharpness, found.share, found.extent]).all()


def test_an_even_picture_is_not_called_blurred() -> None:
    assert check_picture(np.full((200, 200, 4), 255, np.uint8)).sharpness == -1.0
