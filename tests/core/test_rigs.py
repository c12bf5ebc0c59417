"""Presets on disk and drawing from them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core import presets
from maquette.core.cameras import project
from maquette.core.errors import MaquetteError
from maquette.core.rigs import Spread, draw_lighting, draw_shot

CUBE = np.array([[x, y, z] for x in (-0.4, 0.4) for y in (-0.2, 0.2) for z in (-0.5, 0.5)])


def test_every_preset_on_disk_can_be_read():
    for name in presets.preset_names("cameras"):
        assert presets.load_camera_rig(name).views >= 1
    for name in presets.preset_names("lights"):
        rig = presets.load_light_rig(name)
        assert rig.lights or rig.environment
    for name in presets.preset_names("quality"):
        assert presets.load_quality(name).samples >= 1
    assert "reference-front" in presets.preset_names("cameras")
    assert {"headlight", "random", "softbox", "studio-three-point"} <= set(
        presets.preset_names("lights")
    )
    assert presets.preset_names("quality") == ["draft", "fine", "normal"]


@given(st.integers(0, 2**32), st.sampled_from([(96, 96), (200, 120), (90, 160)]))
def test_reference_shots_stay_in_their_ranges(seed, size):
    rig = presets.load_camera_rig("reference-front")
    shot = draw_shot(rig, CUBE, size, np.random.default_rng(seed))
    assert -75 <= shot.azimuth_deg <= 75
    assert 0 <= shot.elevation_deg <= 40
    assert 25 <= shot.fov_deg <= 50
    assert 0.7 <= shot.fill <= 0.9
    pixels, depth = project(shot.camera, CUBE)
    reach = np.abs(pixels / (np.array(size) / 2) - 1).max()
    assert depth.min() > 0
    assert reach == pytest.approx(shot.fill, abs=1e-6)


def test_turntable_divides_the_circle():
    rig = presets.load_camera_rig("turntable")
    rng = np.random.default_rng(0)
    shots = [draw_shot(rig, CUBE, (64, 64), rng, view=i, views=8) for i in range(8)]
    assert [s.azimuth_deg for s in shots] == pytest.approx([0, 45, 90, 135, 180, 225, 270, 315])


def test_spread_follows_its_shape():
    rng = np.random.default_rng(1)
    peaked = np.array([Spread(0, 40, 18).draw(rng) for _ in range(4000)])
    assert peaked.min() >= 0
    assert peaked.max() <= 40
    assert peaked.mean() == pytest.approx((0 + 18 + 40) / 3, abs=0.6)
    even = np.array([Spread(-2, 2).draw(rng) for _ in range(4000)])
    assert even.std() == pytest.approx(4 / np.sqrt(12), rel=0.05)
    assert Spread(3, 3).draw(rng) == 3


@given(st.integers(0, 2**32), st.floats(-75, 75))
def test_random_light_keeps_its_exposure(seed, azimuth):
    rig = presets.load_light_rig("reference")
    lighting = draw_lighting(rig, azimuth, np.random.default_rng(seed))
    assert lighting.lights[0].name == "key"
    brightness = lighting.world + sum(light.strength for light in lighting.lights) / 2
    assert 0.65 <= brightness <= 1.05 + 1e-9
    for light in lighting.lights:
        assert np.linalg.norm(light.direction) == pytest.approx(1)


def test_camera_lights_turn_with_the_camera():
    rig = presets.load_light_rig("headlight")
    light = draw_lighting(rig, 90.0, np.random.default_rng(0)).lights[0]
    assert light.direction == pytest.approx((1, 0, 0), abs=1e-9)


def test_same_seed_same_picture():
    rig, lights = presets.load_camera_rig("reference-front"), presets.load_light_rig("reference")
    drawn = []
    for _ in range(2):
        rng = np.random.default_rng([1, 2, 3])
        shot = draw_shot(rig, CUBE, (64, 64), rng)
        drawn.append((shot.to_json(), draw_lighting(lights, shot.azimuth_deg, rng)))
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("title = 3", "title"),
        ("title = 'x'\nazimuth_deg = [3, 1]", "azimuth_deg"),
        ("title = 'x'\nazimuth_deg = 'far'", "azimuth_deg"),
        ("title = 'x'\nazimuth_deg = [1, 2, 3, 4]", "azimuth_deg"),
        ("title = ", "cannot be used"),
    ],
)
def test_broken_presets_name_file_and_key(tmp_path, text, word):
    (tmp_path / "cameras").mkdir()
    (tmp_path / "cameras" / "mine.toml").write_text(text)
    with pytest.raises(MaquetteError) as caught:
        presets.load_camera_rig("mine", tmp_path)
    assert caught.value.problem.code == "preset-invalid"
    assert "cameras/mine.toml" in caught.value.problem.message
    assert word in caught.value.problem.message


def test_unknown_preset_lists_the_known():
    with pytest.raises(MaquetteError) as caught:
        presets.load_light_rig("../../etc/passwd")
    assert caught.value.problem.code == "preset-unknown"
    assert "softbox" in caught.value.problem.message
