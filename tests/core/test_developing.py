"""From linear light to stored pictures, and what is measured on the way."""

from __future__ import annotations

import numpy as np
import pytest

from maquette.core.dataset.developing import (
    Exposure,
    automatic_gain,
    complaints,
    exposure,
    per_cover,
    straight_srgb,
    unit_normals,
)


def _picture(level: float, alpha: float = 1.0) -> np.ndarray:
    """A square of even light in a frame with a border of nothing."""
    linear = np.zeros((16, 16, 4), dtype=np.float32)
    linear[4:12, 4:12] = [level * alpha] * 3 + [alpha]
    return linear


def test_colours_are_standard_srgb_with_straight_alpha() -> None:
    picture = straight_srgb(_picture(0.2158605, alpha=0.25))
    assert picture.dtype == np.uint8
    assert picture[8, 8].tolist() == [128, 128, 128, 64]
    assert not picture[0].any()
    assert straight_srgb(_picture(7.0))[8, 8].tolist() == [255] * 4
    assert straight_srgb(_picture(1.0, alpha=0.001))[8, 8].tolist() == [0] * 4


def test_exposure_measures_the_object_and_not_the_frame() -> None:
    linear = _picture(0.5)
    linear[4:8, 4:12, :3] = 2.0
    linear[11, 4:12, :3] = 0.0
    seen = exposure(linear)
    assert seen == Exposure(0.25, pytest.approx(0.5 * 2 + 0.375 * 0.5), 0.5, 0.125, False)
    assert exposure(linear[4:12, 4:12], frame=512).cover == 0.125
    linear[0, 5, 3] = 0.01
    assert exposure(linear).cropped
    assert exposure(np.zeros((4, 4, 4), np.float32)).cover == 0


@pytest.mark.parametrize(
    ("level", "wrong"), [(0.3, ""), (0.01, "luminance"), (0.001, "black"), (1.5, "clipped")]
)
def test_faults_have_names(level: float, wrong: str) -> None:
    found = complaints(exposure(_picture(level)))
    assert (found == []) if not wrong else wrong in " ".join(found)
    assert complaints(exposure(np.zeros((4, 4, 4), np.float32))) == ["it shows nothing"]
    assert "border" in complaints(exposure(_picture(0.3)[4:12, 4:12]))[0]


@pytest.mark.parametrize("level", [0.005, 0.03, 0.3, 0.9, 3.0])
def test_gain_makes_a_picture_without_faults_or_leaves_it(level: float) -> None:
    linear = _picture(level)
    gain = automatic_gain(linear)
    assert (gain == 1.0) == (0.06 <= level <= 1.0)
    mended = linear * np.array([gain, gain, gain, 1.0], dtype=np.float32)
    assert not complaints(exposure(mended)) or level * 4 <= 0.02


def test_gain_does_not_clip_what_it_brightens() -> None:
    linear = _picture(0.01)
    linear[4, 4:12, :3] = 0.3
    gain = automatic_gain(linear)
    assert 1.0 < gain < 1.0 / 0.3


def test_sums_are_divided_by_cover() -> None:
    cover = np.array([[0.0, 0.25, 1.0]], dtype=np.float32)
    values = cover * 0.8
    assert per_cover(values, cover) == pytest.approx(np.array([[0.0, 0.8, 0.8]]))
    assert per_cover(np.stack([values] * 3, -1), cover).shape == (1, 3, 3)


def test_normals_have_length_one_where_something_is() -> None:
    normals = np.array([[[0, 0, 0.5], [0.3, 0.4, 0], [0, 0, 0], [1, 0, 0]]])
    seen = np.array([[True, True, True, False]])
    found = unit_normals(normals, seen)
    assert np.linalg.norm(found, axis=2)[0] == pytest.approx([1, 1, 0, 0])
