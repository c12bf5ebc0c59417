"""Coarse to fine loses nothing, and marching cubes closes whatever it is given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import trimesh
from scipy.spatial import cKDTree
from skimage import measure

from maquette.backend.meshing.marching import marching_cubes
from maquette.backend.meshing.refinement import (
    NodeField,
    Slope,
    SplitTest,
    Surroundings,
    coarse_pitch,
    refine,
)

FINE = 256


def box(points: torch.Tensor, centre: tuple[float, ...], half: tuple[float, ...]) -> torch.Tensor:
    """Signed distance in grid units, negative inside."""
    q = (points - torch.tensor(centre)).abs() - torch.tensor(half)
    return q.clamp_min(0).norm(dim=-1) + q.amax(dim=-1).clamp_max(0)


def rod(
    points: torch.Tensor, begin: tuple[float, ...], end: tuple[float, ...], radius: float
) -> torch.Tensor:
    """Signed distance of a capsule."""
    a, b = torch.tensor(begin), torch.tensor(end)
    along = ((points - a) @ (b - a) / ((b - a) @ (b - a))).clamp(0, 1)
    return (points - a - along[:, None] * (b - a)).norm(dim=-1) - radius


def straight_parts(p: torch.Tensor) -> list[torch.Tensor]:
    """Sheets and rods one cell thick that lie between the coarse points, every fourth one."""
    return [
        box(p, (60.0, 60.0, 30.1), (21.3, 17.7, 0.5)),  # between two coarse layers
        box(p, (41.9, 130.0, 60.0), (0.5, 15.2, 14.1)),
        box(p, (120.0, 45.6, 90.0), (9.9, 0.5, 30.3)),
        rod(p, (150.0, 61.4, 62.2), (201.7, 61.4, 62.2), 0.5),  # along an axis
        rod(p, (102.0, 170.2, 33.0), (102.0, 170.2, 97.0), 0.51),
        rod(p, (66.1, 101.9, 170.3), (67.0, 102.4, 170.9), 0.5),  # a crumb
    ]


def thin_parts(nodes: torch.Tensor) -> torch.Tensor:
    """These and some that lie along no axis, as one field, positive inside."""
    p = nodes.float()
    parts = straight_parts(p)
    parts.append(rod(p, (141.3, 142.2, 20.7), (222.1, 181.9, 93.6), 0.5))
    parts.append(rod(p, (33.4, 222.7, 141.2), (93.8, 221.4, 203.3), 0.5))
    tilted = torch.tensor([0.36, 0.48, 0.8])
    turned = p - torch.tensor([190.0, 190.0, 190.0])
    height = turned @ tilted
    across = (turned - height[:, None] * tilted).norm(dim=-1)
    disc = torch.stack([across - 24, height.abs() - 0.5], dim=-1)
    parts.append(disc.clamp_min(0).norm(dim=-1) + disc.amax(dim=-1).clamp_max(0))
    return -torch.stack(parts).amin(dim=0)


def dense(field: NodeField, resolution: int) -> torch.Tensor:
    """The field at every point."""
    line = torch.arange(resolution + 1)
    slabs = [field(torch.cartesian_prod(line[i : i + 1], line, line)) for i in line.tolist()]
    return torch.cat(slabs).view(resolution + 1, resolution + 1, resolution + 1)


def all_cells(resolution: int) -> torch.Tensor:
    """Every cell of a grid."""
    return torch.cartesian_prod(*[torch.arange(resolution)] * 3)


@pytest.fixture(scope="module")
def dense_mesh() -> tuple[torch.Tensor, torch.Tensor]:
    """The thin parts, asked everywhere."""
    values = dense(thin_parts, FINE)
    line = torch.arange(0, FINE + 1, coarse_pitch(FINE)).float()
    for part in straight_parts(torch.cartesian_prod(line, line, line)):
        assert part.min() > 0, "a coarse point sees the part"
    sign = (values > 0).numpy()
    near = np.zeros([FINE] * 3, bool)
    for x in (0, 1):
        for y in (0, 1):
            for z in (0, 1):
                near |= sign[x : FINE + x, y : FINE + y, z : FINE + z]
    return marching_cubes(values, torch.from_numpy(np.argwhere(near)))


@pytest.mark.parametrize("test", [Slope(1.0), Surroundings(0.5)])
def test_nothing_thin_is_lost(
    test: SplitTest, dense_mesh: tuple[torch.Tensor, torch.Tensor]
) -> None:
    found = refine(thin_parts, FINE, test)
    vertices, faces = marching_cubes(found.values, found.cells)
    wanted, wanted_faces = dense_mesh
    assert len(wanted) > 10_000
    assert torch.equal(vertices, wanted)
    assert torch.equal(faces.unique(dim=0), wanted_faces.unique(dim=0))
    assert found.queries <= 0.1 * (FINE + 1) ** 3


def test_what_the_slope_promises_holds_for_any_field_of_that_slope() -> None:
    """Bumps of random place and size, whose slope is nowhere above one."""
    generator = torch.Generator().manual_seed(5)
    for _ in range(5):
        centres = torch.rand(6, 3, generator=generator) * 64
        radii = torch.rand(6, generator=generator) * 2

        def field(
            nodes: torch.Tensor, c: torch.Tensor = centres, r: torch.Tensor = radii
        ) -> torch.Tensor:
            deep = (r - (nodes.float()[:, None] - c).norm(dim=-1)).amax(dim=1)
            return deep.clamp(-9, 0.3)

        found = refine(field, 64, Slope(1.0), coarse=8)
        values = dense(field, 64)
        wanted, _ = marching_cubes(values, all_cells(64))
        got, _ = marching_cubes(found.values, found.cells)
        assert torch.equal(got, wanted)
        assert found.queries < values.numel() / 2


def test_a_field_that_no_test_narrows_is_asked_everywhere() -> None:
    def noise(nodes: torch.Tensor) -> torch.Tensor:
        return torch.sin(nodes.float() @ torch.tensor([12.9, 78.2, 37.7]))

    found = refine(noise, 32, Surroundings(0.5), coarse=8)
    assert found.queries == 33**3


def test_cancelling_stops_the_work() -> None:
    asked = []

    def field(nodes: torch.Tensor) -> torch.Tensor:
        asked.append(len(nodes))
        return 8 - (nodes.float() - 32).norm(dim=-1)

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        refine(field, 64, Surroundings(0.5), coarse=16, progress=stop)
    assert len(asked) == 1


class TestMarchingCubes:
    """Closed, outward, and where another implementation puts the vertices."""

    def test_noise_becomes_a_closed_manifold(self) -> None:
        values = torch.full((20, 20, 20), -1.0)
        generator = torch.Generator().manual_seed(1)
        values[1:-1, 1:-1, 1:-1] = torch.randn(18, 18, 18, generator=generator)
        vertices, faces = marching_cubes(values, all_cells(19))
        mesh = trimesh.Trimesh(vertices.numpy(), faces.numpy(), process=False)
        assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0

    @pytest.mark.parametrize(
        "shape",
        [
            lambda p: 9.3 - (p - 12.2).norm(dim=-1),
            lambda p: -box(p, (12.1, 11.7, 12.4), (7.2, 4.4, 6.6)),
        ],
    )
    def test_vertices_lie_where_skimage_puts_them(
        self, shape: Callable[[torch.Tensor], torch.Tensor]
    ) -> None:
        values = dense(lambda nodes: shape(nodes.float()), 24)
        vertices, faces = marching_cubes(values, all_cells(24))
        theirs, their_faces, _, _ = measure.marching_cubes(
            values.numpy(), 0.0, gradient_direction="ascent"
        )
        assert vertices.shape == theirs.shape and len(faces) == len(their_faces)
        assert cKDTree(theirs).query(vertices.numpy())[0].max() < 2e-3
        mesh = trimesh.Trimesh(vertices.numpy(), faces.numpy(), process=False)
        assert mesh.is_watertight and mesh.volume > 0

    def test_nothing_inside_gives_an_empty_mesh(self) -> None:
        vertices, faces = marching_cubes(torch.full((5, 5, 5), -1.0), all_cells(4))
        assert vertices.shape == (0, 3) and faces.shape == (0, 3)
