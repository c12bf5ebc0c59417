"""Balls, rods and sheets one cell thick at 256 lose no cell to refinement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from maquette.backend.meshing.marching import flat_index
from maquette.backend.meshing.plane_surface import MARGIN
from maquette.backend.meshing.refinement import Slope, SplitTest, Surroundings, refine

FINE = 256
#: Along an edge: how many places for parts, and the distance of their middles.
PLACES, APART = 6, 40.0
COUNT = 45
THICK = 1.0


@dataclass(frozen=True)
class Part:
    """A solid: (N, 3) grid points to (N,) signed distance, and a box around it."""

    kind: str
    distance: Callable[[Tensor], Tensor]
    middle: Tensor
    reach: float

    def crossed(self) -> Tensor:
        """(M, 3) int64 lowest corners of the cells of a dense grid that its surface crosses."""
        low, count = (self.middle - self.reach).floor().long(), int(2 * self.reach) + 3
        line = torch.arange(count)
        nodes = torch.cartesian_prod(line, line, line) + low
        inside = (self.distance(nodes.float()) < 0).view(count, count, count)
        ends = (slice(0, -1), slice(1, None))
        corners = torch.stack([inside[x, y, z] for x in ends for y in ends for z in ends])
        return (corners.any(0) & ~corners.all(0)).nonzero() + low


def ball(middle: Tensor) -> Part:
    """One cell in diameter."""
    return Part("ball", lambda p: (p - middle).norm(dim=-1) - THICK / 2, middle, 3.0)


def rod(middle: Tensor, along: Tensor, half: float) -> Part:
    """With round ends."""

    def distance(p: Tensor) -> Tensor:
        at = ((p - middle) @ along).clamp(-half, half)
        return (p - middle - at[:, None] * along).norm(dim=-1) - THICK / 2

    return Part("rod", distance, middle, half + 3)


def sheet(middle: Tensor, across: Tensor, radius: float) -> Part:
    """A round one."""

    def distance(p: Tensor) -> Tensor:
        height = (p - middle) @ across
        out = (p - middle - height[:, None] * across).norm(dim=-1)
        q = torch.stack([out - radius, height.abs() - THICK / 2], dim=-1)
        return q.clamp_min(0).norm(dim=-1) + q.amax(dim=-1).clamp_max(0)

    return Part("sheet", distance, middle, radius + 3)


def scattered(seed: int, on_points: bool, turned: bool) -> list[Part]:
    """A third of each kind.

    Args:
        on_points: middles are points of the finest grid, in all places relative to the coarse
            ones; else they are anywhere.
        turned: rods and sheets lie along no axis.
    """
    generator = torch.Generator().manual_seed(seed)
    places = torch.cartesian_prod(*[torch.arange(PLACES)] * 3).float()
    places = places[torch.randperm(len(places), generator=generator)[:COUNT]]
    parts = []
    for index, place in enumerate(places):
        middle = place * APART + 28 + torch.randint(-4, 5, (3,), generator=generator)
        if not on_points:
            middle = middle + torch.rand(3, generator=generator) - 0.5
        direction = torch.eye(3)[index // 3 % 3]
        if turned:
            direction = torch.randn(3, generator=generator)
            direction = direction / direction.norm()
        size = 4 + 10 * float(torch.rand((), generator=generator))
        kinds = (ball(middle), rod(middle, direction, size), sheet(middle, direction, size))
        parts.append(kinds[index % 3])
    return parts


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("on_points", [False, True])
@pytest.mark.parametrize("test", [Slope(1.0), Surroundings(MARGIN)], ids=["slope", "surroundings"])
def test_no_cell_is_lost(test: SplitTest, on_points: bool, turned: bool) -> None:
    parts = scattered(7, on_points, turned)
    found = refine(
        lambda nodes: -torch.stack([part.distance(nodes.float()) for part in parts]).amin(0),
        FINE,
        test,
    )
    kept, total = flat_index(found.cells, FINE + 1), 0
    for part in parts:
        wanted = flat_index(part.crossed(), FINE + 1)
        # What lies between the points of the finest grid is in none of its cells.
        assert len(wanted) or not on_points
        total += len(wanted)
        missing = ~torch.isin(wanted, kept)
        assert not missing.any(), f"{int(missing.sum())} cells of a {part.kind} at {part.middle}"
    assert total > 3000
    assert found.queries <= 0.1 * (FINE + 1) ** 3


def test_a_part_that_nothing_around_tells_of_is_what_may_be_lost() -> None:
    """The condition is needed: with flat surroundings only a part on a coarse point is found."""

    def field(nodes: Tensor) -> Tensor:
        near = (nodes - torch.tensor([130, 130, 130])).abs().amax(dim=1) <= 1
        return torch.where(near, 1.0, -1.0)

    assert not len(refine(field, FINE, Surroundings(MARGIN)).cells)
