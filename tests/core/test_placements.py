"""Even spacing: of angles, of areas, of points on the sphere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core import placements, presets
from maquette.core.cameras import orbit_direction
from maquette.core.rigs import draw_phase, draw_shot
from maquette.core.spread import Spread

CIRCLE, SPHERE = Spread(0, 360), Spread(-90, 90)
BALL = np.random.default_rng(0).normal(size=(200, 3))
BALL /= np.linalg.norm(BALL, axis=1, keepdims=True)


def _directions(name, views, phase=(0.0, 0.0)):
    rig = presets.load_camera_rig(name)
    rng = np.random.default_rng(0)
    shots = [
        draw_shot(rig, BALL, (64, 64), rng, view=view, views=views, phase=phase, reach=3.0)
        for view in range(views)
    ]
    return np.array([orbit_direction(shot.azimuth_deg, shot.elevation_deg) for shot in shots])


@pytest.mark.parametrize("name", ["fibonacci-sphere", "hammersley-sphere", "trellis"])
@given(st.integers(16, 200), st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)))
def test_a_sphere_is_covered_evenly(name, views, phase):
    directions = _directions(name, views, phase)
    # Every cap of a third of the sphere holds about a third of the views.
    for axis in np.vstack([np.eye(3), -np.eye(3), np.ones((1, 3)) / np.sqrt(3)]):
        share = (directions @ axis > 1 / 3).mean()
        assert share == pytest.approx(1 / 3, abs=2.5 / np.sqrt(views))
    assert np.linalg.norm(directions.mean(axis=0)) < 3 / views + 0.12


@given(st.integers(8, 150))
def test_neighbours_on_a_fibonacci_sphere_are_equally_far(views):
    directions = _directions("fibonacci-sphere", views)
    cosines = directions @ directions.T - 2 * np.eye(views)
    nearest = np.arccos(np.clip(cosines.max(axis=1), -1, 1))
    ideal = np.sqrt(4 * np.pi / views)
    assert nearest.min() > 0.55 * ideal
    assert nearest.max() < 1.3 * ideal


def test_a_hemisphere_stays_above_the_ground():
    directions = _directions("hemisphere", 36)
    assert directions[:, 2].min() > 0
    assert directions[:, 2].mean() == pytest.approx(0.5, abs=0.02)


@given(st.integers(1, 60))
def test_rings_share_the_views_and_divide_the_circle(views):
    rig = presets.load_camera_rig("rings")
    placed = [placements.ring(rig.azimuth_deg, rig.rings_deg, view, views) for view in range(views)]
    counts = [sum(e == ring for _, e in placed) for ring in rig.rings_deg]
    assert sum(counts) == views
    assert max(counts) - min(counts) <= 1
    for ring in rig.rings_deg:
        azimuths = np.array([a for a, e in placed if e == ring])
        if len(azimuths) > 1:
            assert np.allclose(np.diff(azimuths), 360 / len(azimuths))


@given(st.integers(0, 2**20))
def test_the_radical_inverse_mirrors_the_digits(number):
    digits = f"{number:b}"[::-1]
    expected = sum(int(digit) / 2 ** (place + 1) for place, digit in enumerate(digits))
    assert placements.radical_inverse(number) == expected


def test_a_shell_is_drawn_evenly_by_area():
    rig = presets.load_camera_rig("random-shell")
    rng = np.random.default_rng(0)
    heights = [
        np.sin(np.radians(draw_shot(rig, BALL, (64, 64), rng).elevation_deg)) for _ in range(3000)
    ]
    low = np.sin(np.radians(-60))
    assert min(heights) >= low
    assert np.mean(heights) == pytest.approx((1 + low) / 2, abs=0.03)
    assert np.std(heights) == pytest.approx((1 - low) / np.sqrt(12), rel=0.04)


def test_only_turned_rigs_are_turned():
    rng = np.random.default_rng(0)
    assert draw_phase(presets.load_camera_rig("fibonacci-sphere"), rng) == (0.0, 0.0)
    one, two = (draw_phase(presets.load_camera_rig("trellis"), rng) for _ in range(2))
    assert one != two
    assert not np.allclose(_directions("trellis", 20, one), _directions("trellis", 20, two))
