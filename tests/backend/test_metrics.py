"""The measures against shapes whose values are known in closed form."""

import math

import numpy as np
import pytest

from maquette.backend.training.metrics import (
    Surface,
    compare_surfaces,
    inside_volume,
    iou,
    sample_mesh,
)

_COUNT = 100_000


def _sphere(radius: float, rng: np.random.Generator) -> Surface:
    normals = rng.normal(size=(_COUNT, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Surface(radius * normals, normals)


def test_iou_of_two_boxes_with_a_known_overlap() -> None:
    """Unit cubes, one moved by a quarter along x: overlap 3/4, union 5/4."""
    points = np.random.default_rng(0).uniform(-1, 1, (_COUNT, 3))
    one = (np.abs(points) < 0.5).all(axis=1)
    two = (np.abs(points - [0.25, 0, 0]) < 0.5).all(axis=1)
    assert iou(one, two) == pytest.approx(0.6, abs=0.01)
    assert iou(one, one) == 1.0
    assert iou(one, np.zeros_like(one)) == 0.0


def _expected_nearest(gap: float, density: float) -> float:
    """Mean distance to the nearest of points scattered on a surface ``gap`` away.

    The lateral offset r of the nearest point has r^2 exponential with mean 1 / (pi density), so
    the mean of sqrt(gap^2 + r^2) is known in closed form.
    """
    scaled = math.pi * density * gap**2
    return gap + math.exp(scaled) * math.erfc(math.sqrt(scaled)) / (2 * math.sqrt(density))


def test_two_concentric_spheres() -> None:
    """Each point is as far from the other surface as the radii differ; the edge is 1."""
    rng = np.random.default_rng(1)
    true = _sphere(0.5, rng)
    density = _COUNT / (4 * math.pi * 0.5**2)
    for radius, expected_f in ((0.48, 0.0), (0.495, 1.0)):  # the F-score counts up to 0.01
        chamfer, normals, f_score = compare_surfaces(_sphere(radius, rng), true, edge=1.0)
        assert chamfer == pytest.approx(_expected_nearest(0.5 - radius, density) / 0.1, rel=0.01)
        assert normals == pytest.approx(1.0, abs=0.001)
        assert f_score == pytest.approx(expected_f, abs=0.001)


def test_f_score_counts_both_directions() -> None:
    """Half of the true plane is covered: precision 1, recall 1/2 (and a rim of 1 %)."""
    rng = np.random.default_rng(2)
    flat = np.zeros((_COUNT, 3))
    flat[:, :2] = rng.uniform(-0.5, 0.5, (_COUNT, 2))
    up = np.tile([0.0, 0, 1], (_COUNT, 1))
    half = flat.copy()
    half[:, 0] = -np.abs(half[:, 0])
    _, _, f_score = compare_surfaces(Surface(half, up), Surface(flat, up), edge=1.0)
    recall = 0.5 + 0.01
    assert f_score == pytest.approx(2 * recall / (1 + recall), abs=0.01)


def test_mesh_samples_are_even_and_have_face_normals() -> None:
    """A unit right triangle and one of a quarter of its area, far off."""
    vertices = np.array(
        [[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 0, 0], [5.5, 0, 0], [5, 0, 0.5]], float
    )
    faces = np.array([[0, 1, 2], [3, 4, 5]])
    sample = sample_mesh(vertices, faces, _COUNT, np.random.default_rng(3))
    first = sample.points[:, 0] < 2
    assert first.mean() == pytest.approx(0.8, abs=0.01)
    assert sample.points[first].mean(axis=0) == pytest.approx([1 / 3, 1 / 3, 0], abs=0.01)
    assert np.allclose(sample.normals[first], [0, 0, 1])
    assert np.allclose(sample.normals[~first], [0, -1, 0])


def test_inside_volume_reads_the_grid_trilinearly() -> None:
    axis = np.linspace(-0.5, 0.5, 33)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    values = np.sqrt(x**2 + y**2 + z**2) - 0.3
    points = np.random.default_rng(4).uniform(-0.5, 0.5, (_COUNT, 3))
    true = np.linalg.norm(points, axis=1) < 0.3
    assert iou(inside_volume(values, points), true) > 0.98
