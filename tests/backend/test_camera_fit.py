"""The camera from correspondences."""

import numpy as np
import pytest
import torch

from maquette.backend.networks.alignment import project
from maquette.backend.networks.camera_fit import camera_matrix, camera_parts, fit_camera
from maquette.backend.training.views import draw_pose, projection, rotation_from_angles


def _scene(seed: int, count: int = 1500) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Points of a box-like cloud, a random training camera, and the points' pictures."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.5, 0.5, (count, 3)) * rng.uniform(0.3, 0.95, 3)
    pose = draw_pose(rng, points)
    focal = 0.85 / np.ptp((points @ pose.rotation.T)[:, :2], axis=0).max() * pose.distance
    intrinsics = np.array([[focal, 0, 0.52], [0, focal, 0.47], [0, 0, 1]])
    matrix = projection(intrinsics, pose.rotation, np.array([0, 0, pose.distance]))
    cloud = torch.from_numpy(points).float()[None]
    uv, _ = project(torch.from_numpy(matrix).float()[None], cloud)
    return cloud, uv, matrix


@pytest.mark.parametrize("seed", range(12))
def test_exact_correspondences_give_the_camera(seed: int) -> None:
    points, uv, matrix = _scene(seed)
    fitted = fit_camera(points, uv, torch.ones(points.shape[:2]))
    made, depth = project(fitted, points)
    assert (made - uv).norm(dim=-1).max() < 2e-3
    _, true_depth = project(torch.from_numpy(matrix).float()[None], points)
    assert (depth - true_depth).abs().max() < 0.05


@pytest.mark.parametrize("seed", range(6))
def test_noise_and_outliers_do_little_harm(seed: int) -> None:
    points, uv, matrix = _scene(seed)
    generator = torch.Generator().manual_seed(seed)
    noisy = points + 0.02 * torch.randn(points.shape, generator=generator)
    noisy[:, ::10] = torch.rand(noisy[:, ::10].shape, generator=generator) - 0.5
    fitted = fit_camera(noisy, uv, torch.ones(points.shape[:2]))
    forward = fitted[0, 2, :3].numpy()
    cosine = forward @ matrix[2, :3] / np.linalg.norm(forward) / np.linalg.norm(matrix[2, :3])
    assert np.degrees(np.arccos(cosine)) < 5


@pytest.mark.parametrize("reverse", [0.0, -0.3])
def test_without_perspective_the_camera_still_looks_at_the_piece(reverse: float) -> None:
    """Noise may even turn perspective round: what is farther looks larger."""
    points = torch.rand(1, 800, 3, generator=torch.Generator().manual_seed(0)) - 0.5
    rotation = torch.from_numpy(rotation_from_angles(30, 20)).float()
    turned = points @ rotation.T
    uv = 0.5 + 0.8 * turned[..., :2] / (1 + reverse * turned[..., 2:])
    fitted = fit_camera(points, uv, torch.ones(1, 800))
    _, depth = project(fitted, points)
    assert float((depth - turned[..., 2]).abs().max()) < 0.15


def test_weight_zero_leaves_a_correspondence_out() -> None:
    points, uv, _ = _scene(0)
    weight = torch.ones(points.shape[:2])
    wrong = points.clone()
    wrong[:, :500] = 0.5
    weight[:, :500] = 0
    assert torch.allclose(fit_camera(wrong, uv, weight), fit_camera(points, uv, weight), atol=1e-4)


def test_camera_matrix_is_a_pinhole_that_looks_at_the_centre() -> None:
    rotation = torch.from_numpy(rotation_from_angles(30, 20)).float()[None]
    matrix = camera_matrix(
        rotation, torch.tensor([[0.5, 0.4]]), torch.tensor([0.8]), torch.tensor([0.5])
    )
    uv, depth = project(matrix, torch.zeros(1, 1, 3))
    assert uv[0, 0].tolist() == pytest.approx([0.5, 0.4])
    assert depth.item() == pytest.approx(0, abs=1e-6)
    behind = rotation[:, 2][:, None] * 0.3
    assert project(matrix, behind)[1].item() == pytest.approx(0.3, abs=1e-5)


def test_camera_parts_are_what_the_matrix_was_made_of() -> None:
    parts = (
        torch.from_numpy(np.stack([rotation_from_angles(30, 20), rotation_from_angles(-70, 5)])),
        torch.tensor([[0.5, 0.4], [0.6, 0.55]]).double(),
        torch.tensor([0.8, 1.3]).double(),
        torch.tensor([0.5, 0.2]).double(),
    )
    for found, given in zip(camera_parts(camera_matrix(*parts)), parts, strict=True):
        assert torch.allclose(found, given, atol=1e-6)
