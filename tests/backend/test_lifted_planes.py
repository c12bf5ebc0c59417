"""Planes of a lifted picture, against the same sums written plainly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from small_network import SMALL
from torch import Tensor

from maquette.backend.networks.alignment import aligned_features, concatenated, project
from maquette.backend.networks.lifted_planes import CELLS, LiftedPlanes
from maquette.backend.networks.reconstructor import Reconstructor
from maquette.backend.networks.triplane import XY_XZ_YZ, sample_triplane
from maquette.backend.training.views import projection, rotation_from_angles

FEATURES, NARROW, WIDTH = 5, 3, 7


def cameras() -> Tensor:
    """(2, 3, 4): two cameras that see the whole cube."""
    intrinsics = np.array([[1.9, 0, 0.5], [0, 1.9, 0.5], [0, 0, 1]])
    made = [
        projection(intrinsics, rotation_from_angles(azimuth, 20), np.array([0, 0, 3.0]))
        for azimuth in (-35, 50)
    ]
    return torch.from_numpy(np.stack(made)).float()


def maps(seed: int = 0) -> Tensor:
    """(2, F + 4, 16, 16)."""
    return torch.rand(2, FEATURES + 4, 16, 16, generator=torch.Generator().manual_seed(seed))


def plain(lifted: LiftedPlanes, seen: Tensor, matrix: Tensor) -> Tensor:
    """The planes, cell by cell: each reads itself and its mirror image."""
    narrow = torch.cat([lifted.narrow(seen[:, :-4]), seen[:, -4:]], dim=1)
    line = (torch.arange(CELLS) + 0.5) / CELLS - 0.5
    grid = torch.stack(torch.meshgrid(line, line, line, indexing="ij"), dim=-1)
    points = grid.reshape(1, -1, 3).expand(len(seen), -1, -1)
    own, depth = aligned_features(narrow, points, matrix)
    twin, _ = aligned_features(narrow, points * torch.tensor([-1.0, 1, 1]), matrix)
    cells = F.relu(lifted.into(torch.cat([own, twin, depth[..., None], points], dim=-1)))
    cells = cells.view(len(seen), CELLS, CELLS, CELLS, -1)
    # The first axis of a pair runs along a row's elements, the second from row to row.
    planes = [cells.mean(3 - sum(pair) + 1).permute(0, 3, 2, 1) for pair in XY_XZ_YZ]
    grown = [F.interpolate(p, (32, 32), mode="bilinear", align_corners=False) for p in planes]
    return torch.stack(grown, dim=1)


@torch.no_grad()
def test_planes_are_means_along_the_axes() -> None:
    torch.manual_seed(0)
    lifted, matrix = LiftedPlanes(FEATURES, NARROW, WIDTH), cameras()
    made = lifted(maps(), matrix)
    assert made.shape == (2, 3, WIDTH, 32, 32)
    assert torch.allclose(made, plain(lifted, maps(), matrix), atol=1e-5)
    assert not torch.allclose(made, lifted(maps(), matrix.flip(0)), atol=1e-2)


@torch.no_grad()
@pytest.mark.parametrize("axis", range(3))
def test_the_triplane_reads_a_plane_where_its_cells_are(axis: int) -> None:
    lifted = LiftedPlanes(FEATURES, NARROW, 1)
    lifted.into.weight.zero_()
    lifted.into.bias.fill_(1.0)
    lifted.into.weight[0, axis - 3] = 1.0  # what comes last are the cell's own coordinates
    planes = lifted(maps(), cameras())
    points = torch.rand(2, 50, 3, generator=torch.Generator().manual_seed(1)) * 0.9 - 0.45
    read = sample_triplane(planes, points)
    for number, pair in enumerate(XY_XZ_YZ):
        want = points[..., axis] + 1 if axis in pair else torch.ones(2, 50)
        assert torch.allclose(read[..., number], want, atol=1e-4)


@torch.no_grad()
def test_an_upright_rod_stands_out_in_the_plane_that_it_pierces() -> None:
    """All pixels of a rod agree on one column; elsewhere a column crosses it once at most."""
    matrix, edge = cameras()[:1], 64
    foot = torch.tensor([0.2, -0.15])
    height = torch.linspace(-0.45, 0.45, 400)
    rod = torch.cat([foot.expand(400, 2), height[:, None]], dim=1)[None]
    uv, _ = project(matrix, rod)
    seen = torch.zeros(1, FEATURES + 4, edge, edge)
    at = (uv[0] * edge).long()
    seen[0, -1, at[:, 1], at[:, 0]] = 1.0
    lifted = LiftedPlanes(FEATURES, NARROW, 1)
    lifted.into.weight.zero_()
    lifted.into.bias.zero_()
    lifted.into.weight[0, NARROW] = 1.0  # alpha, after the features
    plane = lifted(seen, matrix)[0, 0, 0]
    row, column = divmod(int(plane.argmax()), 32)
    found = (torch.tensor([column, row]) + 0.5) / 32 - 0.5
    assert (found - foot).abs().max() < 1.5 / CELLS
    assert plane.max() > 3 * plane.mean()


def test_joined_parts_have_the_precision_of_the_product() -> None:
    parts = [torch.rand(2, 4, 3), torch.rand(2, 4, 5)]
    assert torch.equal(concatenated(parts), torch.cat(parts, dim=-1))
    layer = torch.nn.Linear(8, 6)
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        assert concatenated(parts).dtype == torch.bfloat16
        assert torch.equal(layer(concatenated(parts)), layer(torch.cat(parts, dim=-1)))


def test_the_network_works_with_and_without_them() -> None:
    torch.manual_seed(0)
    picture = torch.rand(2, 4, SMALL.picture, SMALL.picture)
    points = torch.rand(2, 10, 3) - 0.5
    for config in (SMALL, replace(SMALL, lifted=0)):
        model = Reconstructor(config).train()
        encoding = model.encode(picture)
        planes = model.planes(encoding, cameras())
        assert planes.shape == (2, 3, config.triplane_channels + config.lifted, 32, 32)
        distance, colour = model.field(encoding, planes, cameras(), points)
        (distance.sum() + colour.sum()).backward()
        assert all(p.grad is not None for p in model.decoder.parameters())
        if model.lifted is not None:
            assert all(float(p.grad.abs().sum()) > 0 for p in model.lifted.parameters())
