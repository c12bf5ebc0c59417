"""The measures against shapes whose values are known in closed form, and against scipy."""

import math

import numpy as np
import pytest
from scipy.spatial import cKDTree

from maquette.backend.evaluation.metrics import (
    Surface,
    Volume,
    compare_surfaces,
    iou,
    sample_mesh,
)

_COUNT = 100_000


def _sphere(radius: float, rng: np.random.Generator) -> Surface:
    normals = rng.normal(size=(_COUNT, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return Surface(radius * normals, normals)


def _box(low: np.ndarray, high: np.ndarray, points: np.ndarray) -> np.ndarray:
    inside: np.ndarray = ((points >= low) & (points <= high)).all(axis=1)
    return inside


def _iou_of_boxes(low: np.ndarray, high: np.ndarray, shift: np.ndarray) -> float:
    rng = np.random.default_rng(0)
    points = rng.uniform(low, high, (_COUNT, 3))
    beyond = rng.uniform(low + shift, high + shift, (_COUNT, 3))
    true = Volume(low, high, points, np.ones(_COUNT, bool))
    made = Volume(low + shift, high + shift, beyond, np.ones(_COUNT, bool))
    return iou(true, _box(low + shift, high + shift, points), made)


@pytest.mark.parametrize("quarters", [0, 1, 2, 4, 7])
def test_iou_of_two_boxes_with_a_known_overlap(quarters: int) -> None:
    """Unit cubes, one moved by q quarters along x: overlap 1 - q/4, union 1 + q/4."""
    shift = np.array([quarters / 4, 0, 0])
    expected = max(1 - quarters / 4, 0) / min(1 + quarters / 4, 2)
    found = _iou_of_boxes(np.full(3, -0.5), np.full(3, 0.5), shift)
    assert found == pytest.approx(expected, abs=0.01)
    if quarters == 0:
        assert found == 1.0


def test_iou_counts_what_lies_beyond_the_true_shape() -> None:
    """A cube of half the edge in the middle of a larger one, either being the true one."""
    rng = np.random.default_rng(1)
    small, large = np.full(3, 0.25), np.full(3, 0.5)
    for true_half, made_half in ((small, large), (large, small)):
        points = rng.uniform(-true_half, true_half, (_COUNT, 3))
        others = rng.uniform(-made_half, made_half, (_COUNT, 3))
        whole = np.ones(_COUNT, bool)
        found = iou(
            Volume(-true_half, true_half, points, whole),
            _box(-made_half, made_half, points),
            Volume(-made_half, made_half, others, whole),
        )
        assert found == pytest.approx(1 / 8, abs=0.005)


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


def test_distances_are_those_of_a_plain_search() -> None:
    """Against scipy's own answers, asked for in the points' order."""
    rng = np.random.default_rng(5)
    for _ in range(5):
        made, true = rng.normal(size=(2, 700, 3)) * rng.uniform(0.1, 1, (2, 1, 3))
        normals = rng.normal(size=(2, 700, 3))
        normals /= np.linalg.norm(normals, axis=2, keepdims=True)
        found = compare_surfaces(Surface(made, normals[0]), Surface(true, normals[1]), edge=2.0)
        to_true, at_true = cKDTree(true).query(made)
        to_made, at_made = cKDTree(made).query(true)
        assert found[0] == pytest.approx((to_true.mean() + to_made.mean()) / 2 / 0.2)
        agree = [
            np.abs((normals[0] * normals[1][at_true]).sum(axis=1)).mean(),
            np.abs((normals[1] * normals[0][at_made]).sum(axis=1)).mean(),
        ]
        assert found[1] == pytest.approx(np.mean(agree))
        near = [(to_true < 0.02).mean(), (to_made < 0.02).mean()]
        assert found[2] == pytest.approx(2 * near[0] * near[1] / max(sum(near), 1e-12))


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
