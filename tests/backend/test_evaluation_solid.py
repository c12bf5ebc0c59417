"""What meshes enclose: against trimesh and scipy where they are closed, by thought elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy.spatial import Delaunay

from maquette.backend.evaluation.shapes import GREY, Mesh, MeshShape
from maquette.backend.evaluation.solid import make_solid

_COUNT = 4000


def _hull(seed: int) -> trimesh.Trimesh:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(int(rng.integers(5, 60)), 3)) * rng.uniform(0.05, 0.4, 3)
    return trimesh.convex.convex_hull(points)


def _around(mesh: trimesh.Trimesh, seed: int) -> np.ndarray:
    low, high = mesh.bounds
    margin = 0.1 * (high - low)
    return np.random.default_rng(seed).uniform(low - margin, high + margin, (_COUNT, 3))


def _inside_hull(mesh: trimesh.Trimesh, points: np.ndarray) -> np.ndarray:
    """Below the plane of every face."""
    offsets = (mesh.face_normals * mesh.triangles[:, 0]).sum(axis=1)
    inside: np.ndarray = (points @ mesh.face_normals.T <= offsets).all(axis=1)
    return inside


@pytest.mark.parametrize("seed", range(8))
def test_inside_of_random_hulls(seed: int) -> None:
    """Against the planes of the faces, and against scipy's simplices."""
    mesh = _hull(seed)
    points = _around(mesh, seed)
    found = make_solid(mesh.vertices, mesh.faces).inside(points)
    assert np.array_equal(found, _inside_hull(mesh, points))
    assert np.array_equal(found, Delaunay(mesh.vertices).find_simplex(points) >= 0)


@pytest.mark.parametrize("seed", range(4))
def test_volume_is_trimeshs(seed: int) -> None:
    """A torus, which is not convex, turned at random."""
    mesh = trimesh.creation.torus(
        0.35,
        0.1,
        transform=trimesh.transformations.random_rotation_matrix(
            np.random.default_rng(seed).random(3)
        ),
    )
    low, high = mesh.bounds
    points = np.random.default_rng(seed).uniform(low, high, (60_000, 3))
    filled = make_solid(mesh.vertices, mesh.faces).inside(points).mean() * np.prod(high - low)
    assert filled == pytest.approx(mesh.volume, rel=0.03)


def _box(extents: tuple[float, float, float], shift: tuple[float, float, float]) -> trimesh.Trimesh:
    made = trimesh.creation.box(extents=extents)
    made.apply_translation(shift)
    return made


def _joined(*parts: trimesh.Trimesh) -> tuple[np.ndarray, np.ndarray]:
    made = trimesh.util.concatenate(parts)
    return np.asarray(made.vertices), np.asarray(made.faces)


_PLACES = np.random.default_rng(9).uniform(-0.6, 0.6, (_COUNT, 3))


def _in_box(extents: tuple[float, float, float], shift: tuple[float, float, float]) -> np.ndarray:
    inside: np.ndarray = (np.abs(_PLACES - shift) < np.array(extents) / 2).all(axis=1)
    return inside


_ONE, _TWO = ((0.6, 0.5, 0.4), (0.0, 0.0, 0.0)), ((0.4, 0.3, 0.7), (0.2, 0.1, 0.1))


def test_overlapping_parts_are_one_solid_whichever_way_they_look() -> None:
    one, two = _box(*_ONE), _box(*_TWO)
    two.invert()
    found = make_solid(*_joined(one, two)).inside(_PLACES)
    assert np.array_equal(found, _in_box(*_ONE) | _in_box(*_TWO))


def test_doubled_faces_count_once() -> None:
    """A box whose every face is there twice, looking out and in."""
    one, inner = _box(*_ONE), _box(*_ONE)
    inner.invert()
    assert np.array_equal(make_solid(*_joined(one, inner)).inside(_PLACES), _in_box(*_ONE))


def test_a_part_turned_inwards_within_another_is_a_cavity() -> None:
    outer, hole = ((0.8, 0.8, 0.8), (0.0, 0.0, 0.0)), ((0.4, 0.4, 0.4), (0.1, 0.0, 0.0))
    inner = _box(*hole)
    inner.invert()
    found = make_solid(*_joined(_box(*outer), inner)).inside(_PLACES)
    assert np.array_equal(found, _in_box(*outer) & ~_in_box(*hole))


def test_faces_that_look_any_way_are_put_right() -> None:
    vertices, faces = _joined(_box(*_ONE))
    turned = np.random.default_rng(0).random(len(faces)) < 0.5
    faces = np.where(turned[:, None], faces[:, ::-1], faces)
    assert np.array_equal(make_solid(vertices, faces).inside(_PLACES), _in_box(*_ONE))


def test_a_box_without_its_bottom_is_still_filled() -> None:
    """As furniture is often made, since nobody sees it from below."""
    mesh = _box(*_ONE)
    open_ = mesh.face_normals[:, 2] > -0.5
    found = make_solid(mesh.vertices, mesh.faces[open_]).inside(_PLACES)
    true = _in_box(*_ONE)
    assert (found & true).sum() / (found | true).sum() > 0.9
    # Far from the hole there is no doubt.
    away = _PLACES[:, 2] > 0.0
    assert np.array_equal(found[away], true[away])


def test_a_sheet_encloses_nothing() -> None:
    vertices = np.array([[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    assert not make_solid(vertices, faces).inside(_PLACES).any()


def test_hidden_walls_are_no_surface() -> None:
    """Samples of two boxes that overlap lie on the outside of both."""
    vertices, faces = _joined(_box(*_ONE), _box(*_TWO))
    grey = np.full((len(vertices), 3), GREY, np.float32)
    drawn = MeshShape(Mesh(vertices, faces, grey)).surface(3000, np.random.default_rng(0))
    for extents, shift in (_ONE, _TWO):
        deep = np.abs(drawn.points - shift) < np.array(extents) / 2 - 1e-3
        assert not deep.all(axis=1).any()
