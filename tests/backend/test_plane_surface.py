"""The fast path of large models says what the plain one says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from scipy.spatial import cKDTree
from tiny_models import TINY, tiny_engine

from maquette.backend.meshing.node_field import TriplaneNodes
from maquette.backend.meshing.plane_surface import extract
from maquette.backend.networks.heads import DensityHead
from maquette.backend.networks.plane_field import PlaneField

CELLS = 64


def smooth_field(name: str) -> PlaneField:
    """A tiny model over planes that vary slowly, with its level in the middle of their values."""
    engine, _ = tiny_engine(name)
    model = engine.model
    generator = torch.Generator().manual_seed(2)
    channels = model.config.planes.channels
    coarse = torch.randn(3, channels, 4, 4, generator=generator) * 2
    planes = torch.nn.functional.interpolate(coarse, size=(16, 16), mode="bicubic")[None]
    field = PlaneField(model, planes, engine.turn())
    line = torch.linspace(-0.4, 0.4, 12)
    values = field.values(torch.cartesian_prod(line, line, line))
    if isinstance(model.head, DensityHead):
        model.config = replace(model.config, level=float(values.quantile(0.9)))
    else:
        model.head.sdf[-1].bias.data -= values.quantile(0.1)
    return PlaneField(model, planes, engine.turn())


@pytest.mark.parametrize("name", TINY)
def test_grid_points_are_answered_as_any_others(name: str) -> None:
    field = smooth_field(name)
    nodes = torch.cartesian_prod(*[torch.arange(0, CELLS + 1, 7)] * 3)
    points = (nodes / CELLS - 0.5) * field.edge
    raw = TriplaneNodes(field.model, field.planes, CELLS, field.edge / 2).raw(nodes)
    features = field.model.features(field.planes, points[None])
    torch.testing.assert_close(raw, field.model.head.value(features)[0, :, 0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", [n for n in TINY if "mesh-" not in n])
def test_the_mesh_is_that_of_a_dense_grid(name: str) -> None:
    from skimage import measure

    field = smooth_field(name)
    line = torch.linspace(-0.5, 0.5, CELLS + 1)
    values = field.values(torch.cartesian_prod(line, line, line))
    grid = values.view(CELLS + 1, CELLS + 1, CELLS + 1).numpy() - field.level
    for axis in range(3):
        border = np.moveaxis(grid, axis, 0)
        border[0] = border[0].clip(max=-1e-3)
        border[-1] = border[-1].clip(max=-1e-3)
    theirs, _, _, _ = measure.marching_cubes(grid, 0.0, gradient_direction="ascent")
    made = extract(field, CELLS)
    mesh = trimesh.Trimesh(made.vertices, made.faces, process=False)
    assert mesh.is_watertight and mesh.volume > 0
    off = cKDTree(theirs / CELLS - 0.5).query(made.vertices)[0] * CELLS
    assert np.quantile(off, 0.99) < 0.05 and off.max() < 0.5
    missed = cKDTree(made.vertices).query(theirs / CELLS - 0.5)[0] * CELLS
    assert (missed < 0.5).mean() > 0.95  # loose crumbs are left out


def test_a_distance_heads_mesh_lies_where_its_distance_is_zero() -> None:
    field = smooth_field("instantmesh-mesh-base")
    made = extract(field, CELLS)
    mesh = trimesh.Trimesh(made.vertices, made.faces, process=False)
    assert mesh.is_watertight and mesh.volume > 0
    cells = field.model.config.head.cells
    reach = 1.5 / cells
    steps = torch.randn(len(made.vertices), 24, 3, generator=torch.Generator().manual_seed(0))
    around = torch.from_numpy(made.vertices)[:, None] + steps * reach
    signs = field.values(around.reshape(-1, 3)).view(len(made.vertices), -1) < 0
    inner = torch.from_numpy(np.abs(made.vertices).max(axis=1) < 0.4)
    both = signs.any(dim=1) & (~signs).any(dim=1)
    assert both[inner].float().mean() > 0.9
