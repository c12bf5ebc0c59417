"""TripoSR: from a picture with alpha to planes, field and rendered views."""

from __future__ import annotations

import pytest
import torch
from parity import EXACT, EXP_DENSITY, PICTURE, Fixture, fixture

from maquette.backend.imaging import model_input
from maquette.backend.networks.lrm import LargeReconstructor
from maquette.backend.networks.published import triposr
from maquette.backend.networks.vision import VisionConfig
from maquette.backend.networks.volume_rendering import box_span, render_midpoints


@pytest.fixture(scope="module")
def stored() -> Fixture:
    return fixture("triposr")


@pytest.fixture(scope="module")
def model(stored: Fixture) -> LargeReconstructor:
    e = stored.config["encoder"]
    encoder = VisionConfig(
        e["dim"], e["depth"], e["heads"], e["patch_size"], e["pos_grid"], pooler=True
    )
    tsr = stored.config["tsr"]
    config = triposr(
        encoder,
        tsr["backbone"]["num_layers"],
        tsr["backbone"]["in_channels"],
        tsr["backbone"]["num_attention_heads"],
        tsr["post_processor"]["out_channels"],
        tsr["cond_image_size"],
        tsr["renderer"]["num_samples_per_ray"],
        tsr["tokenizer"]["plane_size"],
        tsr["decoder"]["n_neurons"],
    )
    return stored.model(config)


def test_preparation(stored: Fixture) -> None:
    rgba = stored["in.prep_rgba"].numpy()
    padded = model_input.pad_to_share(rgba, stored.config["foreground_ratio"])
    assert (padded == stored["out.prep_resized_rgba"].numpy()).all()
    grey = (model_input.over(padded, 0.5) * 255).astype("uint8")
    assert (grey == stored["out.prep_rgb_on_grey"].numpy()).all()
    size = stored.config["tsr"]["cond_image_size"]
    made = model_input.triposr_picture(rgba, size)
    stored.check("mid.rgb_cond", made.permute(0, 2, 3, 1), EXACT)


def test_encoder(stored: Fixture, model: LargeReconstructor) -> None:
    stored.check("mid.pos_embed_interp", model.encoder.position_table(4, 4), EXACT)
    stored.check("mid.image_tokens", model.tokens(_images(stored)))


def test_planes(stored: Fixture, model: LargeReconstructor) -> None:
    columns = model.planes.tokens.transpose(0, 1).flatten(1)[None]
    stored.check("mid.triplane_tokens_in", columns, EXACT)
    tokens = model.planes.transform(model.tokens(_images(stored)))
    stored.check("mid.backbone_out", tokens.mT)
    stored.check("out.scene_codes", model.encode(_images(stored)))


def test_query(stored: Fixture, model: LargeReconstructor) -> None:
    planes = model.encode(_images(stored))
    points = stored["in.query_points"][None]
    density, colour = model.head(model.features(planes, points))
    stored.check("out.query_density", density[0])
    stored.check("out.query_features", colour[0])
    stored.check("out.query_density_act", model.value(planes, points)[0], EXP_DENSITY)
    stored.check("out.query_color", model.colour(planes, points)[0])
    line = torch.linspace(-0.87, 0.87, 9)
    grid = model.value(planes, torch.cartesian_prod(line, line, line)[None])
    stored.check("out.grid_density_act", grid.view(9, 9, 9), EXP_DENSITY)


def test_rendering(stored: Fixture, model: LargeReconstructor) -> None:
    planes = model.encode(_images(stored))
    origins, directions = (stored[name].flatten(0, 2) for name in ("in.rays_o", "in.rays_d"))
    near, far, _ = box_span(origins, directions, 0.87 * (1 - 1e-3))
    stored.check("mid.ray_near", near.view(3, 12, 12, 1), EXACT)
    stored.check("mid.ray_far", far.view(3, 12, 12, 1), EXACT)
    assert bool((far - near > 0.01).all()) == bool(stored["mid.ray_valid"].all())

    def field(points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        flat = points.flatten(0, 1)[None]
        value, colour = model.value(planes, flat), model.colour(planes, flat)
        return value.view(*points.shape[:2], 1), colour.view(points.shape)

    seen = render_midpoints(field, origins, directions, 0.87, model.config.samples)
    stored.check("out.render_rgb", seen.rgb.view(3, 12, 12, 3), PICTURE)


def test_a_ray_that_misses_is_white() -> None:
    origins = torch.tensor([[5.0, 5.0, 5.0]])
    directions = torch.nn.functional.normalize(torch.tensor([[1.0, 0.2, 0.3]]), dim=-1)

    def full(points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.full((*points.shape[:2], 1), 9.0), torch.zeros(points.shape)

    seen = render_midpoints(full, origins, directions, 0.87, 16)
    assert seen.rgb.eq(1).all() and seen.weight.eq(0).all()


def _images(stored: Fixture) -> torch.Tensor:
    return stored["mid.rgb_cond"].permute(0, 3, 1, 2)[:, None]
