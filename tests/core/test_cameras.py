"""The neutral camera: projections, round trips, framing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.cameras import (
    Camera,
    intrinsics_from_fov,
    look_at,
    orbit,
    orbit_direction,
    project,
    solve_distance,
    unproject,
    vertical_fov_deg,
)

azimuths = st.floats(-360, 360)
elevations = st.floats(-89.9, 89.9)
fovs = st.floats(5, 110)
sizes = st.tuples(st.integers(16, 2048), st.integers(16, 2048))
coordinates = st.floats(-0.5, 0.5)
clouds = st.lists(st.tuples(coordinates, coordinates, coordinates), min_size=4, max_size=40)


def _camera(azimuth: float, elevation: float, fov: float, size: tuple[int, int]) -> Camera:
    pose = orbit(azimuth, elevation, 3.0, np.array([0.1, -0.2, 0.3]))
    return Camera(pose, intrinsics_from_fov(fov, *size), *size)


@given(azimuths, elevations, fovs, sizes)
def test_poses_are_rigid_and_upright(azimuth, elevation, fov, size):
    pose = _camera(azimuth, elevation, fov, size).camera_to_world
    assert np.allclose(pose[:3, :3].T @ pose[:3, :3], np.eye(3), atol=1e-12)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
    assert abs(pose[2, 0]) < 1e-9  # the horizon is level
    assert pose[2, 1] < 0  # picture-down goes down in the world


@given(azimuths, elevations, fovs, sizes, clouds)
def test_unproject_undoes_project(azimuth, elevation, fov, size, cloud):
    camera = _camera(azimuth, elevation, fov, size)
    points = np.array(cloud)
    pixels, depth = project(camera, points)
    again = unproject(camera, pixels, depth)
    assert np.abs(again - points).max() < 1e-9
    assert np.abs(project(camera, again)[0] - pixels).max() < 1e-4


@given(azimuths, elevations, fovs, sizes, clouds)
def test_stored_cameras_project_alike(azimuth, elevation, fov, size, cloud):
    camera = _camera(azimuth, elevation, fov, size)
    again = Camera.from_json(json.loads(json.dumps(camera.to_json())))
    assert np.array_equal(project(again, np.array(cloud))[0], project(camera, np.array(cloud))[0])


@given(fovs, sizes)
def test_field_of_view_reaches_the_edges(fov, size):
    camera = _camera(20, 10, fov, size)
    assert vertical_fov_deg(camera) == pytest.approx(fov)
    # A ray tilted by half the field of view meets the middle of the picture's top edge.
    pose = camera.camera_to_world
    tilt = np.radians(fov / 2)
    ray = np.cos(tilt) * pose[:3, 2] - np.sin(tilt) * pose[:3, 1]
    pixels, _ = project(camera, pose[:3, 3] + 2.0 * ray)
    assert pixels[0] == pytest.approx([size[0] / 2, 0.0], abs=1e-6)


@given(
    azimuths,
    elevations,
    fovs,
    sizes,
    clouds.filter(lambda c: np.ptp(np.array(c), axis=0).max() > 0.05),
    st.floats(0.2, 1.0),
)
def test_solved_distance_fills_the_frame(azimuth, elevation, fov, size, cloud, fill):
    points = np.array(cloud)
    target = points.mean(axis=0)
    intrinsics = intrinsics_from_fov(fov, *size)
    direction = orbit_direction(azimuth, elevation)
    distance = solve_distance(
        points, direction, target, intrinsics=intrinsics, size=size, fill=fill
    )
    camera = Camera(look_at(target + distance * direction, target), intrinsics, *size)
    pixels, depth = project(camera, points)
    front = depth > 1e-6  # a point that the camera touches has no place in the picture
    middle = np.array(size) / 2
    reach = (np.abs(pixels[front] - middle) / middle).max()
    assert depth.min() > -1e-9
    assert reach <= fill + 1e-6
    if front.all():
        assert reach == pytest.approx(fill, abs=1e-6)


def test_orbit_conventions():
    target = np.zeros(3)
    front = orbit(0, 0, 2.0, target)
    assert front[:3, 3] == pytest.approx([0, -2, 0])
    assert front[:3, 2] == pytest.approx([0, 1, 0])  # looks along +Y
    assert front[:3, 0] == pytest.approx([1, 0, 0])  # world +X is to the right
    assert orbit(90, 0, 2.0, target)[:3, 3] == pytest.approx([2, 0, 0])
    assert orbit(0, 90, 2.0, target)[:3, 3] == pytest.approx([0, 0, 2])


def test_looking_straight_down_is_defined():
    pose = look_at(np.array([0, 0, 2.0]), np.zeros(3))
    assert pose[:3, 2] == pytest.approx([0, 0, -1])
    assert -pose[:3, 1] == pytest.approx([0, 1, 0])  # world +Y is up in the picture


def test_looking_at_oneself_is_refused():
    with pytest.raises(ValueError, match="own position"):
        look_at(np.zeros(3), np.zeros(3))


def test_points_behind_the_camera_have_no_pixel():
    camera = Camera(orbit(0, 0, 1.0, np.zeros(3)), intrinsics_from_fov(40, 64, 64), 64, 64)
    pixels, depth = project(camera, np.array([[0, -3.0, 0], [0, 0, 0]]))
    assert np.isnan(pixels[0]).all()
    assert depth == pytest.approx([-2, 1])
    assert pixels[1] == pytest.approx([32, 32])
