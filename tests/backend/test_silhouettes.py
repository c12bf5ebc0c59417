"""The outline's agreement, on a shape that was drawn from a known side."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from maquette.backend.evaluation.drawing import draw, orbit_camera
from maquette.backend.evaluation.shapes import Mesh, normalised
from maquette.backend.evaluation.silhouettes import best_agreement


def _chair() -> Mesh:
    seat = trimesh.creation.box(extents=(0.5, 0.5, 0.1))
    back = trimesh.creation.box(extents=(0.5, 0.06, 0.5))
    back.apply_translation((0, 0.22, 0.25))
    arm = trimesh.creation.box(extents=(0.06, 0.5, 0.2))
    arm.apply_translation((0.25, 0, 0.1))
    mesh = trimesh.util.concatenate([seat, back, arm])
    grey = np.full((len(mesh.vertices), 3), 0.5, np.float32)
    return normalised(Mesh(np.asarray(mesh.vertices), np.asarray(mesh.faces), grey), *mesh.bounds)


@pytest.mark.parametrize(("azimuth", "elevation"), [(-45, 24), (30, 12)])
def test_the_camera_of_the_picture_is_found(azimuth: int, elevation: int) -> None:
    mesh = _chair()
    picture = draw(mesh, orbit_camera(azimuth, elevation, 200))
    found = best_agreement(picture, Mesh(mesh.vertices * 3 + 1, mesh.faces, mesh.colours))
    assert (found.azimuth_deg, found.elevation_deg) == (azimuth, elevation)
    assert found.iou > 0.95


def test_another_shape_agrees_less() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=0.4)
    grey = np.full((len(ball.vertices), 3), 0.5, np.float32)
    picture = draw(_chair(), orbit_camera(30, 12, 200))
    mesh = Mesh(np.asarray(ball.vertices), np.asarray(ball.faces), grey)
    assert best_agreement(picture, mesh).iou < 0.8
