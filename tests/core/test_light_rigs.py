"""Light: the card's model against what was measured, calibration, frames, surroundings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rig_strategies import light_rigs

from maquette.core import calibration, environments, presets
from maquette.core.cameras import orbit_direction
from maquette.core.errors import MaquetteError
from maquette.core.rigs import (
    Card,
    Light,
    Lighting,
    LightRig,
    Spread,
    card_reading,
    draw_lighting,
)

# Share of a sun's strength on a white diffuse card, by its angle and by the card's angle to it,
# rendered by Cycles 4.2.23 and 5.2.3 with 256 samples.
MEASURED_ANGLES = (0, 30, 60, 80, 100)
MEASURED = {
    1: (1.0, 0.866, 0.5, 0.1736, 0.0),
    40: (1.0, 0.866, 0.5, 0.1882, 0.0145),
    80: (1.0, 0.866, 0.5062, 0.2568, 0.0832),
    120: (1.0, 0.8659, 0.5595, 0.353, 0.1794),
    160: (1.0, 0.891, 0.6671, 0.4906, 0.3169),
}


@pytest.mark.parametrize("softness", MEASURED)
def test_a_disc_lights_the_card_as_cycles_has_it(softness):
    for angle, measured in zip(MEASURED_ANGLES, MEASURED[softness], strict=True):
        shares = calibration.disc_reading(
            orbit_direction(0, 0), orbit_direction(angle, 0), softness
        )
        assert shares == pytest.approx(measured, abs=0.004)


@given(st.floats(0, 360), st.floats(-90, 90))
def test_an_even_map_lights_every_side_alike(azimuth, elevation):
    even = np.full((64, 128, 3), 0.7)
    reading = calibration.map_reading(orbit_direction(azimuth, elevation), even)
    assert reading == pytest.approx(0.7, rel=2e-3)


def test_a_map_is_laid_out_as_the_azimuth_says():
    directions = environments.map_directions(64)
    assert np.allclose(directions[32, 96], orbit_direction(0, 0), atol=0.05)
    assert np.allclose(directions[32, 64], orbit_direction(90, 0), atol=0.05)
    assert np.allclose(directions[0, 5], [0, 0, 1], atol=0.05)
    assert environments.pixel_angles(64).sum() * 128 == pytest.approx(4 * np.pi)
    spot = np.zeros((64, 128, 3))
    spot[32, 96] = 1.0
    turned = environments.turned_map(spot, 90)
    assert turned[32, 64, 0] == 1.0


@pytest.mark.parametrize("name", sorted(environments.MAPS))
@settings(max_examples=20)
@given(st.integers(0, 2**31))
def test_our_surroundings_leave_no_side_dark(name, seed):
    picture = environments.MAPS[name](np.random.default_rng(seed))
    assert picture.shape == (environments.HEIGHT, 2 * environments.HEIGHT, 3)
    assert np.isfinite(picture).all()
    assert picture.min() > 0
    sides = [calibration.map_reading(orbit_direction(a, 0), picture) for a in range(0, 360, 45)]
    assert max(sides) / min(sides) < 6
    assert np.array_equal(picture, environments.MAPS[name](np.random.default_rng(seed)))


@given(st.integers(0, 2**31), st.integers(1, 60), st.integers(1, 90))
def test_a_small_map_keeps_the_mean(seed, height, width):
    picture = np.random.default_rng(seed).uniform(0, 5, (height * 4, width * 4, 4))
    small = environments.small_map(picture, 8)
    assert small.shape[2] == 3
    if height % 2 == 0 and width % 4 == 0:
        assert small.mean() == pytest.approx(picture[..., :3].mean())
    assert small.min() >= picture.min()
    assert small.max() <= picture.max()


@given(light_rigs(), st.integers(0, 2**31))
def test_every_calibrated_rig_gives_the_card_its_light(rig, seed):
    assume(rig.card is not Card.NONE)
    assume(rig.environment is None or rig.environment.map != "file")
    lighting = draw_lighting(rig, 0.0, np.random.default_rng(seed))
    assert card_reading(lighting, rig.card) == pytest.approx(1.0, rel=1e-6)


@settings(max_examples=8)
@given(st.floats(-360, 360), st.floats(-80, 80), st.integers(0, 2**31))
def test_the_exposure_does_not_depend_on_the_view(azimuth, elevation, seed):
    for name in presets.preset_names("lights"):
        rig = presets.load_light_rig(name)
        front, view = (
            draw_lighting(rig, a, np.random.default_rng(seed), camera_elevation_deg=e)
            for a, e in ((0.0, 0.0), (azimuth, elevation))
        )
        assert view.world == front.world
        assert [i.strength for i in view.lights] == [i.strength for i in front.lights]


@given(st.floats(-180, 180), st.floats(-89, 89))
def test_frames_follow_the_camera_as_they_say(azimuth, elevation):
    rng = np.random.default_rng(0)
    head = draw_lighting(
        presets.load_light_rig("headlight"), azimuth, rng, camera_elevation_deg=elevation
    )
    assert head.lights[0].direction == pytest.approx(
        orbit_direction(azimuth, elevation).tolist(), abs=1e-9
    )
    box = draw_lighting(
        presets.load_light_rig("softbox"), azimuth, rng, camera_elevation_deg=elevation
    )
    assert box.lights[0].direction == pytest.approx(
        orbit_direction(azimuth - 15, 50).tolist(), abs=1e-9
    )
    studio = draw_lighting(presets.load_light_rig("studio"), azimuth, rng)
    assert studio.lights[0].direction == pytest.approx(orbit_direction(-40, 40).tolist(), abs=1e-9)


def test_what_is_drawn_for_an_asset_is_the_same_for_its_views():
    for name in ("random", "four-suns", "hdri", "hdri-studio"):
        rig = presets.load_light_rig(name)
        assert rig.per_asset
        one, two = (draw_lighting(rig, a, np.random.default_rng(5)) for a in (0.0, 77.0))
        assert one == two
        assert one != draw_lighting(rig, 0.0, np.random.default_rng(6))


def test_warm_light_counts_by_its_luminance():
    warm = Light("a", (0.0, -1.0, 0.0), 0.5, 0.0, (1.5, 1.0, 0.5))
    expected = 0.5 * (1.5 * 0.2126 + 0.7152 + 0.5 * 0.0722)
    assert card_reading(Lighting(0.0, (warm,)), Card.FRONT) == pytest.approx(expected)
    assert card_reading(Lighting(0.3, ()), Card.ROUND) == pytest.approx(0.3)


def test_a_rig_without_light_says_so():
    none = Spread(0.0, 0.0)
    rig = LightRig("dark", "Dark", none, (), card=Card.ROUND)
    with pytest.raises(MaquetteError, match="Dark") as caught:
        draw_lighting(rig, 0.0, np.random.default_rng(0))
    assert caught.value.problem.code == "light-dark"
