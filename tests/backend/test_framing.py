"""The object is centred, fills the stated share, and its colours do not bleed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from maquette.backend.imaging.framing import frame_object, object_box, touches_border
from maquette.core.errors import MaquetteError


def block(height: int, width: int, top: int, left: int, tall: int, wide: int) -> np.ndarray:
    """A red block on transparent green."""
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[..., 1] = 255
    rgba[top : top + tall, left : left + wide] = (255, 0, 0, 255)
    return rgba


@settings(max_examples=60, deadline=None)
@given(
    left=st.integers(0, 60),
    top=st.integers(0, 60),
    wide=st.integers(8, 120),
    tall=st.integers(8, 120),
    size=st.sampled_from([48, 64, 128, 257]),
    fill=st.floats(0.5, 1.0),
)
@example(left=0, top=0, wide=8, tall=8, size=257, fill=1.0)
def test_object_is_centred_and_fills(
    left: int, top: int, wide: int, tall: int, size: int, fill: float
) -> None:
    framed = frame_object(block(200, 200, top, left, tall, wide), size, fill)
    assert framed.shape == (size, size, 4)
    weights = framed[..., 3].astype(float)
    across, down = weights.sum(0), weights.sum(1)
    middle = (np.arange(size) + 0.5) / size
    assert np.average(middle, weights=across) == pytest.approx(0.5, abs=1.0 / size)
    assert np.average(middle, weights=down) == pytest.approx(0.5, abs=1.0 / size)
    longest = max(across.max() if tall >= wide else 0, down.max() if wide >= tall else 0)
    assert longest / 255 / size == pytest.approx(fill, abs=2.5 / size)
    seen = framed[framed[..., 3] > 16]
    assert (seen[:, 0] > 230).all()
    assert (seen[:, 1] < 26).all()


def test_area_resampling_keeps_the_mean() -> None:
    rng = np.random.default_rng(0)
    rgba = np.dstack([rng.integers(0, 255, (512, 512, 3), np.uint8), np.full((512, 512), 255)])
    framed = frame_object(rgba.astype(np.uint8), 64, 1.0)
    assert np.abs(framed[..., :3].mean((0, 1)) - rgba[..., :3].mean((0, 1))).max() < 1.0
    assert framed[..., :3].std() < 12  # averaged over 8 x 8 pixels, not picked


def test_nothing_to_frame() -> None:
    with pytest.raises(MaquetteError, match="no-object"):
        object_box(np.zeros((8, 8, 4), np.uint8))


def test_touching_the_border() -> None:
    assert not touches_border(block(64, 64, 1, 1, 62, 62))
    assert touches_border(block(64, 64, 0, 10, 20, 20))
    assert touches_border(block(64, 64, 10, 44, 20, 20))
