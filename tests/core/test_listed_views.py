"""Cameras that stand somewhere, as views of a rig that puts them there again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rig_strategies import clouds

from maquette.core.cameras import (
    Camera,
    intrinsics_from_fov,
    intrinsics_from_scale,
    orbit,
    project,
    rolled,
)
from maquette.core.errors import MaquetteError
from maquette.core.extremes import extremes
from maquette.core.listed_views import listed_view
from maquette.core.rigs import CameraRig, Placement, Spread, draw_shot

ONE = Spread(1.0, 1.0)


def _rig(view, projection):
    return CameraRig(
        "mine",
        "Mine",
        ONE,
        ONE,
        Spread(40.0, 40.0),
        ONE,
        Spread(0.0, 0.0),
        placement=Placement.LISTED,
        listed=(view,),
        projection=projection,
    )


@given(
    clouds,
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.floats(10, 100),
    st.tuples(*[st.floats(-0.3, 0.3)] * 3),
    st.booleans(),
)
def test_a_camera_stands_again_where_it_stood(
    cloud, azimuth, elevation, roll, fov, target, parallel
):
    points = np.array(cloud)
    singular = np.linalg.svd(points - points.mean(axis=0), compute_uv=False)
    assume(singular[1] > 0.05)
    pose = rolled(orbit(azimuth, elevation, 3.0, np.array(target)), roll)
    size = (80, 80)
    if parallel:
        camera = Camera(pose, intrinsics_from_scale(fov, *size), *size, "orthographic")
    else:
        camera = Camera(pose, intrinsics_from_fov(fov, *size), *size)
    view = listed_view(camera, points, "camera")
    rig = _rig(view, camera.projection)
    again = draw_shot(rig, points, size, np.random.default_rng(0)).camera
    if parallel:
        # A roll below a ten-thousandth of a degree, 1.7e-6, is taken for none.
        assert np.allclose(again.camera_to_world[:3, :3], pose[:3, :3], atol=2e-6)
    else:
        assert np.allclose(again.camera_to_world, pose, atol=2e-5)
    assert np.abs(project(again, points)[0] - project(camera, points)[0]).max() < 1e-3


@pytest.mark.parametrize(
    ("change", "why"), [("shift", "shifted"), ("away", "away"), ("within", "within")]
)
def test_cameras_that_no_view_expresses_are_refused(change, why):
    points = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
    pose = orbit(0, 0, 0.2 if change == "within" else 3.0, np.zeros(3))
    if change == "away":
        pose = pose @ np.diag([-1.0, 1.0, -1.0, 1.0])
    intrinsics = intrinsics_from_fov(40, 64, 64)
    if change == "shift":
        intrinsics[0, 2] += 5
    with pytest.raises(MaquetteError, match=why) as caught:
        listed_view(Camera(pose, intrinsics, 64, 64), points, "left")
    assert caught.value.problem.code == "camera-unlisted"
    assert "left" in caught.value.problem.message


@given(st.integers(0, 2**31), st.integers(1, 60_000))
def test_the_outermost_points_keep_box_and_outline(seed, count):
    points = np.random.default_rng(seed).normal(size=(count, 3)) * [1.0, 0.5, 2.0]
    few = extremes(points)
    assert len(few) <= 256
    assert np.array_equal(few.min(axis=0), points.min(axis=0))
    assert np.array_equal(few.max(axis=0), points.max(axis=0))
    if count <= 20_000:
        for axis in np.random.default_rng(1).normal(size=(5, 3)):
            assert np.ptp(few @ axis) >= 0.93 * np.ptp(points @ axis)
