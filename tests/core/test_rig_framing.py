"""What every rig keeps: everything in the frame, cameras that aim, the same from the same seed."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rig_strategies import camera_rigs, clouds

from maquette.core import presets
from maquette.core.cameras import Camera, project
from maquette.core.rigs import draw_phase, draw_shot, shared_reach

PRESETS = presets.preset_names("cameras")
SIZES = st.sampled_from([(64, 64), (96, 64), (50, 90)])


def _wide(cloud):
    """Points that no direction sees as one point."""
    points = np.array(cloud)
    singular = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    assume(singular[1] > 0.05)
    return points


def _reach(shot, points):
    """Share of the frame that the points reach, for those before the camera."""
    pixels, depth = project(shot.camera, points)
    middle = np.array([shot.camera.width, shot.camera.height]) / 2
    front = depth > 1e-6
    return float((np.abs(pixels[front] - middle) / middle).max(initial=0.0)), front.all()


def _shots(rig, points, size, seed, views):
    phase = draw_phase(rig, np.random.default_rng([seed, 1]))
    return [
        draw_shot(
            rig,
            points,
            size,
            np.random.default_rng([seed, 2, view]),
            view=view,
            views=views,
            phase=phase,
        )
        for view in range(views)
    ]


@pytest.mark.parametrize("name", PRESETS)
@given(clouds, SIZES, st.integers(0, 2**31), st.integers(1, 9))
def test_every_preset_frames_every_object_as_it_says(name, cloud, size, seed, views):
    rig, points = presets.load_camera_rig(name), _wide(cloud)
    assume(rig.projection == "perspective" or np.ptp(points, axis=0).min() > 0.05)
    reaches = []
    for shot in _shots(rig, points, size, seed, views):
        reach, front = _reach(shot, points)
        assert rig.fill.low - 1e-9 <= shot.fill <= rig.fill.high + 1e-9
        assert reach <= shot.fill + 1e-6
        reaches.append(reach / shot.fill if front else 1.0)
    # Exactly as full as it says: each view, or of a shared distance the one that needs most room.
    full = max(reaches) if rig.shared_distance else min(reaches)
    assert full == pytest.approx(1.0, abs=1e-6)


@given(camera_rigs(), clouds, SIZES, st.integers(0, 2**31), st.integers(1, 9))
def test_every_rig_sees_every_point_and_looks_at_its_target(rig, cloud, size, seed, views):
    points = _wide(cloud)
    assume(rig.projection == "perspective" or np.ptp(points, axis=0).min() > 0.05)
    for shot in _shots(rig, points, size, seed, views):
        reach, _ = _reach(shot, points)
        assert reach <= shot.fill + 1e-6
        pose, target = shot.camera.camera_to_world, np.array(shot.target)
        assert np.allclose(pose[:3, :3].T @ pose[:3, :3], np.eye(3), atol=1e-9)
        aim = target - pose[:3, 3]
        assert np.linalg.norm(aim) == pytest.approx(shot.distance)
        assert np.allclose(np.cross(aim, pose[:3, 2]), 0, atol=1e-9 * shot.distance + 1e-12)
        assert shot.camera.projection == rig.projection
        pixels, _ = project(shot.camera, target)
        assert pixels[0] == pytest.approx(np.array(size) / 2, abs=1e-6)


@given(camera_rigs(), clouds, st.integers(0, 2**31), st.integers(1, 9))
def test_a_view_is_the_same_whatever_else_is_drawn(rig, cloud, seed, views):
    points = _wide(cloud)
    assume(rig.projection == "perspective" or np.ptp(points, axis=0).min() > 0.05)
    first = [shot.to_json() for shot in _shots(rig, points, (64, 64), seed, views)]
    again = [shot.to_json() for shot in reversed(_shots(rig, points, (64, 64), seed, views))]
    assert first == again[::-1]


@given(camera_rigs(), clouds, st.integers(1, 9))
def test_a_shared_reach_given_is_the_one_that_is_worked_out(rig, cloud, views):
    points = _wide(cloud)
    assume(rig.projection == "perspective" or np.ptp(points, axis=0).min() > 0.05)
    phase = draw_phase(rig, np.random.default_rng(3))
    reach = shared_reach(rig, points, (64, 64), views=views, phase=phase)
    assert (reach is not None) == rig.shared_distance
    for view in range(views):
        keywords = {"view": view, "views": views, "phase": phase}
        own = draw_shot(rig, points, (64, 64), np.random.default_rng(0), **keywords)
        given_it = draw_shot(
            rig, points, (64, 64), np.random.default_rng(0), **keywords, reach=reach
        )
        assert own.to_json() == given_it.to_json()


@given(camera_rigs(), clouds, st.integers(0, 2**31))
def test_stored_cameras_of_both_kinds_are_the_same(rig, cloud, seed):
    points = _wide(cloud)
    assume(rig.projection == "perspective" or np.ptp(points, axis=0).min() > 0.05)
    camera = _shots(rig, points, (64, 48), seed, 1)[0].camera
    again = Camera.from_json(json.loads(json.dumps(camera.to_json())))
    assert again.orthographic == (rig.projection == "orthographic")
    assert np.array_equal(project(again, points)[0], project(camera, points)[0], equal_nan=True)


def test_orthographic_views_keep_sizes():
    rig = presets.load_camera_rig("orthographic-six")
    box = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.2, 0.2) for z in (-0.3, 0.3)])
    widths = []
    for view in range(6):
        shot = draw_shot(rig, box, (100, 100), np.random.default_rng(0), view=view, views=6)
        pixels, depth = project(shot.camera, box)
        assert depth.min() > 0
        widths.append(np.ptp(pixels, axis=0).round(6).tolist())
    # The longest side is 1 and fills 0.9 of the frame; the six stand in the file's order.
    assert widths == [[90, 54], [36, 54], [90, 54], [36, 54], [90, 36], [90, 36]]


def test_upstream_views_stand_where_upstream_has_them():
    points = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.4, 0.4) for z in (-0.5, 0.5)])
    rng = np.random.default_rng(0)
    rig = presets.load_camera_rig("zero123plus")
    shots = [draw_shot(rig, points, (64, 64), rng, view=i, views=6) for i in range(6)]
    assert [shot.azimuth_deg for shot in shots] == [30, 90, 150, 210, 270, 330]
    assert [shot.elevation_deg for shot in shots] == [20, -10] * 3
    assert {shot.fov_deg for shot in shots} == {30}
    assert len({shot.distance for shot in shots}) == 1
    rig = presets.load_camera_rig("openlrm")
    front = draw_shot(rig, points, (64, 64), rng, view=0, views=32).camera.camera_to_world
    # OpenLRM's canonical pose, in Blender's axes: right +X, up +Z, looking along +Y.
    assert np.allclose(front[:3, :3] @ np.diag([1, -1, -1]), [[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    assert front[0, 3] == pytest.approx(0)
    assert front[1, 3] < -0.5
    assert rig.fov_deg.low == pytest.approx(np.degrees(2 * np.arctan(16 / 24)), abs=0.01)
