"""The overlap of volumes as a loss, and the volumes that it counts by."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from maquette.backend.training.batches import Batch
from maquette.backend.training.losses import STEP, field_losses, overlap_loss
from maquette.backend.training.point_volumes import point_volumes
from maquette.backend.training.samples import EVEN, draw_points
from maquette.core.furniture.distance import is_inside
from maquette.core.furniture.primitives import normalisation
from maquette.core.furniture.shapes import draw_piece
from maquette.core.protocol import CATEGORIES

#: Far more than a stored piece has, so that chance hardly counts.
MANY = 60_000


@pytest.mark.parametrize("category", CATEGORIES)
def test_points_near_the_surface_weigh_as_much_as_the_space_around_them(category: str) -> None:
    piece = draw_piece(category, 1_000_003)
    rng = np.random.default_rng(5)
    drawn = draw_points(piece, MANY, rng)
    distance = drawn.distance.astype(np.float32)
    volume = point_volumes(distance, int(MANY * EVEN))
    centre, scale = normalisation(piece)
    cube = rng.uniform(-0.5, 0.5, (200_000, 3))
    truth = is_inside(piece, cube / scale + centre).mean()
    assert volume.sum() == pytest.approx(1, abs=1e-4)
    assert volume[distance < 0].sum() == pytest.approx(truth, rel=0.06)
    # A plain share of the points would be far off, or there would be nothing to weigh.
    assert (distance < 0).mean() > 1.5 * truth


@given(st.integers(1, 400), st.integers(1, 100), st.integers(0, 2**32 - 1))
def test_volumes_are_positive_and_fill_the_cube(near: int, even: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    distance = np.concatenate([rng.normal(0, 0.02, near), rng.uniform(-0.2, 0.6, even)])
    volume = point_volumes(distance.astype(np.float16), even)
    assert volume.shape == distance.shape
    assert volume.dtype == np.float32
    assert (volume > 0).all()
    assert volume.sum() == pytest.approx(1, abs=1e-4)


def batch_of(distance: Tensor) -> Batch:
    """Points that all stand for the same volume."""
    volume = torch.full_like(distance, 1 / distance.shape[1])
    albedo = torch.zeros(*distance.shape, 3)
    made = SimpleNamespace(distance=distance, volume=volume, albedo=albedo)
    return cast(Batch, made)


def test_the_loss_is_one_minus_the_iou_of_what_is_certainly_inside() -> None:
    far = 40 * STEP
    truth = torch.tensor([[-far, -far, -far, far, far, far]])
    guess = torch.tensor([[far, -far, -far, -far, far, far]])
    assert float(overlap_loss(truth, batch_of(truth))) == pytest.approx(0, abs=1e-4)
    assert float(overlap_loss(guess, batch_of(truth))) == pytest.approx(1 - 2 / 4, abs=1e-4)
    assert float(overlap_loss(-truth, batch_of(truth))) == pytest.approx(1, abs=1e-4)


def board(middle: Tensor, thickness: float, across: Tensor) -> Tensor:
    """(B, N) distances of points ``across`` (N,) from boards about ``middle`` (B,)."""
    return (across[None] - middle[:, None]).abs() - thickness / 2


def test_a_board_whose_place_is_unsure_is_kept_and_made_thicker() -> None:
    # A board 0.02 thick whose middle is off by 0.015 as a rule: nowhere is it more likely than not.
    across = torch.linspace(-0.1, 0.1, 401)
    middles = torch.randn(500, generator=torch.Generator().manual_seed(3)) * 0.015
    batch = batch_of(board(middles, 0.02, across))
    thicknesses = torch.linspace(-0.02, 0.08, 51).tolist()

    def best(term: str) -> float:
        tried = []
        for thickness in thicknesses:
            guess = board(torch.zeros(1), thickness, across).expand(500, -1)
            colour = torch.zeros(*guess.shape, 3)
            tried.append(float(field_losses(guess, colour, batch)[term]))
        return thicknesses[int(np.argmin(tried))]

    assert best("occupancy") < 0.015
    assert 0.025 < best("overlap") < 0.06
