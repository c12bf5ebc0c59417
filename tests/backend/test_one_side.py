"""A network that knows pictures from one side: both sides of a piece come out alike."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_network import SMALL

from maquette.backend.networks.alignment import mirrored_camera, project
from maquette.backend.networks.field import Look, NetworkField, look
from maquette.backend.networks.reconstructor import Reconstructor, picture_tensor
from maquette.backend.networks.weights_file import restore, restore_for, store
from maquette.backend.training.batches import Folder, ShardSource, sidedness
from maquette.backend.training.losses import side_loss
from maquette.backend.training.store import columns_of, save_shard
from maquette.backend.training.tasks import Portion
from maquette.backend.training.views import draw_pose, projection
from maquette.core.protocol import CATEGORIES

CPU = torch.device("cpu")
ONE_SIDED = replace(SMALL, one_sided=True, picture=64)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    pieces = [(category, seed) for category in CATEGORIES for seed in range(2)]
    save_shard(folder / "0", columns_of(pieces, views=3, edge=64))
    return folder


@pytest.fixture(scope="module")
def network() -> Reconstructor:
    torch.manual_seed(3)
    return Reconstructor(ONE_SIDED).eval()


def _looks(network: Reconstructor, shards: Path) -> list[tuple[Look, Look]]:
    batch = ShardSource([Folder(shards)], 8).draw_pictures(6, np.random.default_rng(0))
    pictures = batch.rgba.numpy()
    return [(look(network, p, CPU), look(network, p[:, ::-1], CPU)) for p in pictures]


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_mirrored_camera_shows_the_mirror_image(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.5, 0.5, (50, 3))
    pose = draw_pose(rng, points)
    intrinsics = np.array([[1.5, 0, 0.52], [0, 1.5, 0.47], [0, 0, 1]])
    matrix = projection(intrinsics, pose.rotation, np.array([0, 0, pose.distance]))
    camera, cloud = torch.from_numpy(matrix)[None], torch.from_numpy(points)[None]
    uv, depth = project(camera, cloud)
    mirrored = cloud * torch.tensor([-1.0, 1.0, 1.0])
    seen, far = project(mirrored_camera(camera), mirrored)
    torch.testing.assert_close(seen, uv * torch.tensor([-1.0, 1.0]) + torch.tensor([1.0, 0.0]))
    torch.testing.assert_close(far, depth)
    np.testing.assert_allclose(mirrored_camera(mirrored_camera(matrix)), matrix, atol=1e-12)
    # A camera stands where it stands: on the side of its own position.
    side = float(sidedness(camera)[0])
    assert side == pytest.approx(pose.position[0] / np.linalg.norm(pose.position), abs=1e-5)


def test_batches_are_of_one_side(shards: Path) -> None:
    rng = np.random.default_rng(1)
    both = sidedness(ShardSource([Folder(shards)], 8).draw_pictures(60, rng).matrix)
    assert (both < -0.2).any() and (both > 0.2).any()
    rng = np.random.default_rng(1)
    one = ShardSource([Folder(shards)], 8, one_sided=True).draw(Portion(0, 0, 1, 60), rng)
    torch.testing.assert_close(sidedness(one.matrix), both.abs())
    varied = ShardSource([Folder(shards)], 8, vary=1.0, one_sided=True)
    blended = sidedness(varied.draw(Portion(0, 0, 1, 60), rng).matrix)
    assert blended.min() > -0.25


def test_a_picture_and_its_mirror_image_become_mirror_images(
    network: Reconstructor, shards: Path
) -> None:
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (300, 3)).astype(np.float32)
    for one, other in _looks(network, shards):
        assert one.mirrored != other.mirrored
        here = NetworkField(network, one).distance(points)
        there = NetworkField(network, other).distance(points * np.float32([-1, 1, 1]))
        np.testing.assert_allclose(here, there, atol=1e-5)
        np.testing.assert_allclose(one.camera(), mirrored_camera(other.camera()), atol=1e-5)
        assert one.miss == pytest.approx(other.miss, abs=1e-5)


def test_the_side_of_a_picture_is_learned_by_what_tells_it_from_its_mirror_image() -> None:
    ones = torch.ones(2)
    cameras = []
    for seed in (1, 4):
        pose = draw_pose(np.random.default_rng(seed), np.random.default_rng(0).normal(size=(9, 3)))
        matrix = projection(np.eye(3), pose.rotation, np.array([0, 0, pose.distance]))
        camera = torch.from_numpy(matrix)
        right = bool(sidedness(camera[None])[0] > 0)
        cameras.append(camera if right else mirrored_camera(camera))

    class Batch:
        matrix = torch.stack(cameras)

    right, wrong = side_loss(2 * ones, -ones, Batch()), side_loss(-ones, 2 * ones, Batch())
    assert float(right) < 0.1
    assert float(wrong) > 2.0
    # Whoever looks from the middle is on no side.
    Batch.matrix = (Batch.matrix + mirrored_camera(Batch.matrix)) / 2
    assert float(side_loss(-ones, 2 * ones, Batch())) < 1e-3


def test_pictures_that_are_only_glimpsed_tell_their_side_alone(network: Reconstructor) -> None:
    picture = picture_tensor(torch.randint(0, 255, (3, 64, 64, 4), dtype=torch.uint8))
    with torch.no_grad():
        whole, part = network.encode(picture), network.encode(picture, 2)
    assert len(part.maps) == len(part.tokens) == len(part.category) == 2
    torch.testing.assert_close(part.maps, whole.maps[:2], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(part.side, whole.side, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(whole.only(1).maps, whole.maps[1:2])


def test_weights_of_both_sides_start_a_network_of_one(tmp_path: Path) -> None:
    torch.manual_seed(0)
    store(Reconstructor(SMALL), tmp_path / "both.safetensors")
    begun = restore_for(tmp_path / "both.safetensors", replace(SMALL, one_sided=True))
    assert begun.config.one_sided and begun.side is not None
    known = restore(tmp_path / "both.safetensors")
    torch.testing.assert_close(begun.triplane.state_dict(), known.triplane.state_dict())
    store(begun, tmp_path / "one.safetensors")
    again = restore_for(tmp_path / "one.safetensors", SMALL)
    assert again.config.one_sided
    torch.testing.assert_close(again.side.weight, begun.side.weight, atol=1e-3, rtol=1e-3)
