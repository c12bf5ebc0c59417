"""The fast path of large models says what the plain one says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import trimesh
from scipy.spatial import cKDTree
from tiny_models import TINY, tiny_engine

from maquette.backend.engines.base import View
from maquette.backend.meshing.node_field import TriplaneNodes
from maquette.backend.meshing.plane_surface import extract
from maquette.backend.meshing.projection import project
from maquette.backend.networks import attention, precision
from maquette.backend.networks.heads import DensityHead
from maquette.backend.networks.lrm import LargeReconstructor
from maquette.backend.networks.plane_field import PlaneField
from maquette.backend.networks.precision import half_of, halve

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


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", TINY)
def test_half_precision_keeps_the_planes_and_saves_memory(name: str, dtype: torch.dtype) -> None:
    engine, stored = tiny_engine(name)
    model = LargeReconstructor(engine.model.config)
    model.load_state_dict(stored.weights, strict=True)
    model.eval().requires_grad_(False)
    before = sum(p.numel() * p.element_size() for p in model.parameters())
    c = model.config
    views = 1 if "instantmesh" not in name else 4
    images = torch.rand(1, views, 3, c.picture, c.picture)
    cameras = torch.rand(1, views, 16)
    whole = model.encode(images, cameras)
    halve(model, dtype)
    assert sum(p.numel() * p.element_size() for p in model.parameters()) < 0.8 * before
    assert next(model.head.parameters()).dtype == torch.float32
    half = model.encode(images, cameras)
    assert half.dtype == torch.float32 and not torch.equal(half, whole)
    assert not torch.equal(half, half.to(dtype).float()), "the planes themselves are not rounded"
    assert (half - whole).norm() < 0.02 * whole.norm()


@pytest.mark.parametrize(("able", "dtype"), [(True, torch.bfloat16), (False, torch.float16)])
def test_older_cards_take_the_half_precision_that_they_have(
    able: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cards before Ampere emulate bfloat16, many of those with 6 GB among them."""

    def supported(including_emulation: bool = True) -> bool:
        return able or including_emulation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    assert half_of("cuda:0") is dtype


@pytest.mark.parametrize(("slower", "dtype"), [(0.5, torch.bfloat16), (2.0, None), (0.95, None)])
def test_processors_take_bfloat16_only_where_it_is_measured_to_be_faster(
    slower: float, dtype: torch.dtype | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some have instructions for it that take twice as long as float32's."""
    threads = torch.get_num_threads()

    def seconds(matrix: torch.Tensor) -> float:
        assert torch.get_num_threads() == 1, "threads that wait for each other are no measure"
        return slower if matrix.dtype == torch.bfloat16 else 1.0

    monkeypatch.setattr(precision, "_seconds", seconds)
    precision._faster_in_bfloat16.cache_clear()
    try:
        assert half_of("cpu") is dtype
        assert torch.get_num_threads() == threads
        with precision.faster_products("cpu"):
            assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is (dtype or torch.float32)
    finally:
        precision._faster_in_bfloat16.cache_clear()


def test_the_picture_lies_over_the_mesh_as_the_model_saw_it() -> None:
    """Right, up and near of the unit cube are right, up and near in every first picture."""
    for name in TINY:
        engine, _ = tiny_engine(name)
        count = engine.info().fewest
        rgba = np.zeros((32, 32, 4), np.uint8)
        rgba[4:28, 4:28] = 255
        sides = ("front", "right", "back", "left")[:count] if count > 1 else ("",)
        views = [View(rgba, side) for side in sides]
        shot = engine._shots(views, engine.prepare(views))[0]
        points = np.array([[0, 0, 0], [0.3, 0, 0], [0, 0, 0.3], [0, -0.3, 0.0]])
        uv, depth = project(shot.matrix, points)
        assert uv[0] == pytest.approx((0.5, 0.5), abs=0.05), name
        assert uv[1, 0] > uv[0, 0] + 0.05 and uv[1, 1] == pytest.approx(uv[0, 1], abs=0.02)
        assert uv[2, 1] < uv[0, 1] - 0.05 and uv[2, 0] == pytest.approx(uv[0, 0], abs=0.02)
        assert depth[3] < depth[0] - 0.2


@pytest.mark.parametrize("tiles", [False, True])
def test_attention_in_half_precision_is_attention(
    tiles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = torch.Generator().manual_seed(4)
    q, k, v = (torch.randn(2, 3, n, 16, generator=generator) for n in (700, 1100, 1100))
    whole = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    monkeypatch.setattr(attention, "_BLOCK", 3 * 1100 * 64)
    monkeypatch.setattr(attention, "TILES", tiles)
    made = attention.attend(q.bfloat16(), k.bfloat16(), v.bfloat16())
    assert made.dtype == torch.bfloat16
    assert (made.float() - whole).norm() < 0.01 * whole.norm()
    assert torch.equal(attention.attend(q, k, v), whole)
