"""What the embedded model says of its own trustworthiness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_network import SMALL as SMALL_NETWORK

from maquette.backend.engines.base import View
from maquette.backend.engines.embedded import EmbeddedEngine
from maquette.backend.networks.confidence import Confidence
from maquette.backend.networks.reconstructor import Config, Reconstructor
from maquette.backend.networks.weights_file import restore, restore_for, store
from maquette.backend.training.confidence import Looks, fit_confidence, fit_regressions
from maquette.backend.training.cutout_foregrounds import blob
from maquette.backend.training.samples import draw_picture
from maquette.core.furniture.shapes import draw_piece
from maquette.core.protocol import JobSettings

SMALL = replace(SMALL_NETWORK, picture=64)


@pytest.fixture(scope="module")
def fitted() -> tuple[Reconstructor, float]:
    """A small network with drawn weights, and its confidence."""
    torch.manual_seed(3)
    made, fit = fit_confidence(Reconstructor(SMALL).eval(), 5, lambda line: None)
    return made, fit.separation


def test_confidence_is_a_share_and_survives_storing(
    fitted: tuple[Reconstructor, float], tmp_path: Path
) -> None:
    model, separation = fitted
    assert model.confidence is not None and 0 <= separation <= 1
    store(model, tmp_path / "w.safetensors")
    again = restore(tmp_path / "w.safetensors")
    assert again.config == model.config and again.confidence is not None
    known = (torch.randn(7, 64), torch.randn(7, 4), torch.randn(7, 5).softmax(dim=1))
    with torch.no_grad():
        told, kept = model.confidence(*known), again.confidence(*known)
    assert ((told >= 0) & (told <= 1)).all()
    torch.testing.assert_close(told, kept, atol=2e-2, rtol=0)


def test_what_is_far_from_usual_counts_as_unusual() -> None:
    confidence = Confidence(8, 5)
    near = confidence.evidence(torch.zeros(1, 8) + 0.1, torch.zeros(1, 4))
    far = confidence.evidence(torch.zeros(1, 8) + 5.0, torch.zeros(1, 4))
    assert far[0, 4] > near[0, 4]


def test_each_category_is_expected_to_reach_what_it_does() -> None:
    count = 400
    rng = np.random.default_rng(8)
    furniture = np.arange(count) % 2 == 0
    category = rng.integers(2, size=count)
    reached = np.where(category == 0, 0.3, 0.8) * furniture
    doubt = torch.from_numpy(rng.normal(size=(count, 4))).float()
    doubt[:, 0] += torch.from_numpy(np.where(furniture, -2.5, 2.5))
    likely = torch.eye(2)[torch.from_numpy(category)] * 0.98 + 0.01
    contexts = torch.from_numpy(rng.normal(size=(count, 8))).float()
    looks = Looks(contexts, doubt, likely, reached[:, None], furniture)
    confidence = Confidence(8, 2)
    fit_regressions(confidence, looks, torch.ones(count, dtype=torch.bool), 0)
    trust = confidence(contexts, doubt, likely).detach().numpy()
    for kind, iou in ((0, 0.3), (1, 0.8)):
        assert abs(trust[furniture & (category == kind)].mean() - iou) < 0.08
    assert trust[~furniture].mean() < 0.1


def test_the_level_moves_the_surface_outwards(fitted: tuple[Reconstructor, float]) -> None:
    from maquette.backend.networks.field import NetworkField, look

    model, _ = fitted
    picture = np.full((64, 64, 4), 255, np.uint8)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 3)).astype(np.float32)
    values = []
    for level in (0.0, 0.01):
        model.config = replace(model.config, level=level)
        field = NetworkField(model, look(model, picture, torch.device("cpu")))
        values.append(field.distance(points))
    np.testing.assert_allclose(values[0] - values[1], 0.01, atol=1e-6)


def test_weights_start_a_network_for_larger_pictures(tmp_path: Path) -> None:
    torch.manual_seed(0)
    small = Reconstructor(SMALL).eval()
    store(small, tmp_path / "w.safetensors")
    large = restore_for(tmp_path / "w.safetensors", replace(SMALL, picture=96))
    assert large.config.picture == 96 and large.encoder.position.shape == (1, 36, 64)
    same = restore_for(tmp_path / "w.safetensors", replace(SMALL, picture=64))
    torch.testing.assert_close(
        same.encoder.position, restore(tmp_path / "w.safetensors").encoder.position
    )
    encoding = large.encode(torch.rand(1, 4, 96, 96))
    assert encoding.surface.shape == (1, 3, 48, 48)


def test_pictures_of_other_sizes_than_multiples_of_16_are_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 16"):
        Config(picture=100)


def test_the_shipped_weights_doubt_what_is_no_furniture() -> None:
    engine = EmbeddedEngine()
    engine.load("cpu")
    chair = draw_picture(draw_piece("chair", 1_000_102), np.random.default_rng(2)).rgba
    thing = blob(np.random.default_rng(3))
    settings = JobSettings()
    trusted, doubted = (
        engine.reconstruct([View(p)], settings, lambda stage, share: None) for p in (chair, thing)
    )
    assert trusted.confidence > doubted.confidence
    assert any("does not look like the furniture" in note for note in doubted.notes)
