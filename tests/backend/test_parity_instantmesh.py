"""InstantMesh: several views to planes, and from planes by both of its heads."""

from __future__ import annotations

import pytest
import torch
from parity import DEPTH, EXACT, PICTURE, Fixture, fixture
from views import check_views

from maquette.backend.networks.heads import SurfaceHead, grid_points
from maquette.backend.networks.lrm import LargeReconstructor
from maquette.backend.networks.published import instantmesh
from maquette.backend.networks.vision import VisionConfig, normalise
from maquette.backend.networks.volume_rendering import TwoPass


@pytest.fixture(scope="module", params=["instantmesh_nerf", "instantmesh_mesh"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def stored(name: str) -> Fixture:
    return fixture(name)


@pytest.fixture(scope="module")
def model(name: str, stored: Fixture) -> LargeReconstructor:
    return _model(name, stored)


def _model(name: str, stored: Fixture) -> LargeReconstructor:
    e, m = stored.config["encoder"], stored.config["model"]
    encoder = VisionConfig(
        e["dim"], e["depth"], e["heads"], e["patch_size"], e["pos_grid"], camera=True
    )
    config = instantmesh(
        encoder,
        m["transformer_layers"],
        m["transformer_dim"],
        m["transformer_heads"],
        m["triplane_dim"],
        name == "instantmesh_mesh",
        m["rendering_samples_per_ray"],
        stored.config["image_size"],
        m["triplane_low_res"],
        m.get("grid_res", 128),
    )
    return stored.model(config)


def test_encoder(stored: Fixture, model: LargeReconstructor) -> None:
    stored.check("mid.pixel_values_view0", normalise(stored["in.images"][:, 0]), EXACT)
    stored.check("mid.pos_embed_interp", model.encoder.position_table(3, 3), EXACT)
    stored.check("mid.camera_embed", model.encoder.camera(stored["in.cameras"]))
    tokens = model.tokens(stored["in.images"], stored["in.cameras"])
    stored.check("mid.encoder_feats", tokens.view(6, 10, 32))


def test_planes_and_colours(stored: Fixture, model: LargeReconstructor) -> None:
    planes = model.encode(stored["in.images"], stored["in.cameras"])
    stored.check("out.planes", planes)
    stored.check("out.query_rgb", model.colour(planes, stored["in.query_points"]))


@pytest.mark.parametrize("draws", ["det", "noise"])
def test_volume(draws: str) -> None:
    stored = fixture("instantmesh_nerf")
    model = _model("instantmesh_nerf", stored)
    planes = stored["out.planes"]
    stored.check("out.query_sigma", model.value(planes, stored["in.query_points"]))
    line = torch.linspace(-1, 1, 9)
    grid = model.value(planes, torch.cartesian_prod(line, line, line)[None])
    stored.check("out.grid_sigma", grid.view(1, 9, 9, 9))
    way = TwoPass(model.config.samples, 1.0, torch.finfo(torch.float32).min / 3, mean_depth=False)
    check_views(stored, model, planes, draws, way, PICTURE, DEPTH)


def test_surface() -> None:
    stored = fixture("instantmesh_mesh")
    model = _model("instantmesh_mesh", stored)
    assert isinstance(model.head, SurfaceHead)
    points, corners = grid_points(model.config.head)
    stored.check("mid.grid_verts", points, EXACT)
    assert torch.equal(corners.int(), stored["mid.grid_cubes"])
    features = model.features(stored["out.planes"], points[None])
    stored.check("mid.sdf", model.head.value(features))
    stored.check("mid.deformation_raw", model.head.deformation(features))
    moved = model.head.moved(features)
    stored.check("mid.deformation", moved)
    stored.check("mid.verts_deformed", points + moved)
    stored.check("mid.weight", model.head.cell_weights(features[:, corners]))
    vertices = stored["out.mesh_vertices"][None]
    stored.check("out.vertex_rgb", model.colour(stored["out.planes"], vertices))
