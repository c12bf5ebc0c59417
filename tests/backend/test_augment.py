"""What happens to pictures before the network sees them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from maquette.backend.training import augment
from maquette.backend.training.augment import augmented


def _discs(count: int = 48, size: int = 64) -> Tensor:
    """(B, 4, H, W) premultiplied discs of even colours with a smooth edge."""
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    far = ((x - size / 2) ** 2 + (y - size / 2) ** 2).sqrt()
    alpha = (size / 3 - far).clamp(0, 1)
    colours = torch.rand(count, 3, 1, 1, generator=torch.Generator().manual_seed(5))
    return torch.cat([colours * alpha, alpha.expand(count, 1, -1, -1)], dim=1)


def _made(seed: int, picture: Tensor) -> Tensor:
    return augmented(picture, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_shape_type_and_ranges_stay(dtype: torch.dtype) -> None:
    picture = _discs().to(dtype)
    before = picture.clone()
    for seed in range(4):
        made = _made(seed, picture)
        assert made.shape == picture.shape and made.dtype == dtype
        assert torch.isfinite(made).all()
        assert made.min() >= 0 and made[:, 3].max() <= 1
        assert (made[:, :3] <= made[:, 3:]).all()
    assert torch.equal(picture, before)


def test_the_seed_decides_and_pictures_differ() -> None:
    picture = _discs(1).expand(16, -1, -1, -1)
    made = _made(1, picture)
    assert torch.equal(made, _made(1, picture))
    assert not torch.equal(made, _made(2, picture))
    apart = (made[:, None] - made[None]).abs().flatten(2).mean(-1)
    assert (apart + torch.eye(16) > 1e-4).all()


def test_pictures_stay_what_they_show() -> None:
    """The object keeps its place and most of its cover; some edges and some colours do not."""
    picture = _discs(96)
    made = _made(3, picture)
    cover, was = made[:, 3] > 0.5, picture[:, 3] > 0.5
    overlap = (cover & was).sum((1, 2)) / (cover | was).sum((1, 2))
    assert overlap.mean() > 0.9 and overlap.min() > 0.45
    assert (overlap < 0.97).float().mean() > 0.2
    assert (made[:, 3] == picture[:, 3]).flatten(1).all(1).float().mean() > 0.2


def test_changes_that_are_off_leave_pictures_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in dir(augment):
        if name.startswith("_") and isinstance(getattr(augment, name), float):
            monkeypatch.setattr(augment, name, 0.0)
    picture = _discs(4)
    assert torch.equal(_made(0, picture), picture)


def test_compression_is_jpegs() -> None:
    """Even blocks survive but for rounding, and what is lost grows with the coarseness."""
    even = torch.full((3, 16, 16), 0.5)
    assert (augment._compressed(even, 1.0) - even).abs().max() < 16 / 255 / 8
    noise = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    losses = [(augment._compressed(noise, c) - noise).abs().mean() for c in (1e-3, 0.5, 4.0)]
    assert losses[0] < 1e-3 < losses[1] < losses[2]
