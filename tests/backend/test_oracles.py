"""Truth in place of what the network found: in the same frame, whichever side it looked at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from maquette.backend.engines.embedded import WEIGHTS
from maquette.backend.networks.alignment import project
from maquette.backend.networks.field import Look, look
from maquette.backend.networks.weights_file import restore_unfitted
from maquette.backend.training.oracles import Truth, draw_truth, measure, told
from maquette.core.furniture.splits import seeds


@pytest.fixture(scope="module")
def looks() -> list[tuple[Look, Truth]]:
    model = restore_unfitted(WEIGHTS)
    truths = [draw_truth("chair", seed, model.config.picture) for seed in seeds("val", 6)]
    return [(look(model, truth.rgba, torch.device("cpu")), truth) for truth in truths]


def test_the_true_camera_shows_points_where_the_picture_does(
    looks: list[tuple[Look, Truth]],
) -> None:
    assert {found.mirrored for found, _ in looks} == {False, True}
    for found, truth in looks:
        true = told(found, truth)["the camera"]
        seen = torch.from_numpy(found.as_seen(truth.points))[None]
        uv = project(true.matrix, seen)[0][0].numpy()
        given = project(torch.from_numpy(truth.matrix)[None], torch.from_numpy(truth.points)[None])
        u, v = given[0][0].numpy().T
        np.testing.assert_allclose(uv[:, 0], 1 - u if found.mirrored else u, atol=1e-5)
        np.testing.assert_allclose(uv[:, 1], v, atol=1e-5)


def test_the_true_surface_lies_on_its_own_pixels(looks: list[tuple[Look, Truth]]) -> None:
    for found, truth in looks:
        both = told(found, truth)["camera and visible surface"]
        hit = truth.hit[:, ::-1] if found.mirrored else truth.hit
        points = both.encoding.surface.flatten(2).transpose(1, 2)
        uv = project(both.matrix, points)[0][0].view(*hit.shape, 2).numpy()
        rows, columns = np.nonzero(hit)
        at = np.stack([columns, rows], axis=1) + 0.5
        np.testing.assert_allclose(uv[hit], at / len(hit), atol=2e-3)
        # What is not shown stays as it was found.
        off = (both.encoding.surface - found.encoding.surface)[0].abs().sum(dim=0).numpy()
        assert off[~hit].max() == 0
        assert off[hit].max() > 0


def test_truth_helps() -> None:
    found = measure(restore_unfitted(WEIGHTS), 2, lambda message: None)
    means = {name: np.mean(list(by.values())) for name, by in found.items()}
    assert means["camera and visible surface"] > means["nothing"] + 0.02
