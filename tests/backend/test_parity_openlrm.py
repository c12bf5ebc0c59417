"""OpenLRM 1.0 and 1.1: picture to planes, field, rendered views and what training measures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from parity import DEPTH, EXACT, PICTURE, Fixture, fixture
from views import check_views

from maquette.backend.imaging import model_input
from maquette.backend.networks.lrm import LargeReconstructor
from maquette.backend.networks.published import openlrm
from maquette.backend.networks.vision import VisionConfig, dino_v2, normalise
from maquette.backend.networks.volume_rendering import TwoPass, box_span, camera_rays
from maquette.backend.training.view_losses import total_variation

NEWER = ("openlrm_1_1", "openlrm_1_1_packed")
ALL = (*NEWER, "openlrm_1_0")


@pytest.fixture(scope="module", params=ALL)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def stored(name: str) -> Fixture:
    return fixture(name)


@pytest.fixture(scope="module")
def model(name: str, stored: Fixture) -> LargeReconstructor:
    e, lrm = stored.config["encoder"], stored.config["lrm"]
    encoder = VisionConfig(e["dim"], e["depth"], e["heads"], e["patch_size"], e["pos_grid"])
    if name in NEWER:
        full = dino_v2(e["dim"], e["heads"])
        encoder = type(full)(**{**full.__dict__, "layers": e["depth"], "grid": e["pos_grid"]})
    config = openlrm(
        encoder,
        lrm["transformer_layers"],
        lrm["transformer_dim"],
        lrm["transformer_heads"],
        lrm["triplane_dim"],
        stored.config["image_size"],
        lrm["rendering_samples_per_ray"],
        name in NEWER,
        lrm["camera_embed_dim"],
        lrm["triplane_low_res"],
    )
    return stored.model(config)


@pytest.fixture(scope="module")
def planes(stored: Fixture, model: LargeReconstructor) -> torch.Tensor:
    return model.encode(stored["in.image"][:, None], stored["in.source_camera"][:, None])


def test_encoder(name: str, stored: Fixture, model: LargeReconstructor) -> None:
    side = stored.config["image_size"] // model.config.encoder.patch
    stored.check("mid.pos_embed_interp", model.encoder.position_table(side, side), EXACT)
    if name not in NEWER:
        stored.check("mid.pixel_values", normalise(stored["in.image"]), EXACT)
    stored.check("mid.encoder_feats", model.tokens(stored["in.image"][:, None]))


def test_camera_and_first_layer(name: str, stored: Fixture, model: LargeReconstructor) -> None:
    condition = model.camera(stored["in.source_camera"])
    stored.check("mid.camera_embed", condition)
    if name in NEWER:
        block = model.planes.blocks[0]
        stored.check("mid.block0_modln1", block.norm1(model.planes.tokens, condition))
        tokens = model.tokens(stored["in.image"][:, None])
        stored.check("mid.block0_out", block(model.planes.tokens, tokens, condition))


def test_planes(stored: Fixture, model: LargeReconstructor, planes: torch.Tensor) -> None:
    condition = model.camera(stored["in.source_camera"])
    tokens = model.planes.transform(model.tokens(stored["in.image"][:, None]), condition)
    stored.check("mid.tokens", tokens)
    stored.check("out.planes", planes)


def test_query(name: str, stored: Fixture, model: LargeReconstructor, planes: torch.Tensor) -> None:
    points = stored["in.query_points"]
    if name in NEWER:
        raw, _ = model.head(model.features(planes, points))
        stored.check("out.query_sigma_raw", raw)
    stored.check("out.query_sigma", model.value(planes, points))
    stored.check("out.query_rgb", model.colour(planes, points))
    line = torch.linspace(-1, 1, 9)
    grid = model.value(planes, torch.cartesian_prod(line, line, line)[None])
    stored.check("out.grid_sigma", grid.view(1, 9, 9, 9))


@pytest.mark.parametrize("draws", ["det", "noise"])
def test_rendering(
    name: str, draws: str, stored: Fixture, model: LargeReconstructor, planes: torch.Tensor
) -> None:
    newer = name in NEWER
    samples = model.config.samples
    outside = torch.finfo(torch.float32).min / (8 if newer else 3)
    way = TwoPass(samples, 1.0, outside)
    shown = check_views(stored, model, planes, draws, way, PICTURE, DEPTH)
    if newer and draws == "det":
        off = torch.nn.functional.mse_loss(shown, stored["in.loss_target"])
        stored.check("out.loss_mse", off[None])


@pytest.mark.parametrize("newer", NEWER)
def test_variation_of_planes(newer: str) -> None:
    stored = fixture(newer)
    stored.check("out.loss_tv", total_variation(stored["out.planes"])[None])


@pytest.mark.parametrize("newer", NEWER)
def test_rays_of_crops(newer: str) -> None:
    stored = fixture(newer)
    for view, camera in enumerate(stored["in.render_cameras"][0]):
        row, column = (int(n) for n in stored["in.render_anchors"][0, view])
        size = int(stored["in.render_resolutions"][0, view])
        origins, directions = camera_rays(
            camera[:16].view(4, 4), camera[16:].view(3, 3), size, 12, (row, column)
        )
        assert torch.allclose(origins, stored["mid.ray_origins"][view], atol=1e-5)
        assert torch.allclose(directions, stored["mid.ray_dirs"][view], atol=1e-5)
        near, far, hit = box_span(origins, directions, 1.0)
        theirs = stored["mid.ray_near"][view], stored["mid.ray_far"][view]
        assert torch.equal(hit, (theirs[1] > theirs[0])[:, 0])
        for ours, stored_end in zip((near, far), theirs, strict=True):
            assert torch.allclose(ours[hit], stored_end[hit], atol=1e-5, rtol=1e-5)


def test_preparation() -> None:
    stored = fixture("openlrm_preprocess")
    rgba = stored["in.rgba"].numpy()
    for size in (64, 256):
        off = np.abs(
            model_input.recentre(rgba, size).astype(int)
            - stored[f"out.recenter_{size}"].numpy().astype(int)
        )
        assert off.max() <= 5 and (off <= 2).mean() >= 0.99
    framed = stored["out.recenter_256"].numpy()
    stored.check("out.model_input_56", model_input.openlrm_resized(framed, 56), EXACT)
