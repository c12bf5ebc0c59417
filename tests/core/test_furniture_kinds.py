"""Every kind of sofa, bed and bookshelf: stands, holds together, faces us, has real sizes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from maquette.core.furniture import beds, bookshelves, sofas
from maquette.core.furniture.assembly import finish
from maquette.core.furniture.distance import is_inside, signed_distance
from maquette.core.furniture.primitives import (
    Material,
    Piece,
    Primitive,
    bounds,
    primitive_bounds,
)

from ..support.connected import groups

Maker = Callable[[np.random.Generator], tuple[list[Primitive], list[Material]]]

MODULES: dict[str, ModuleType] = {"sofa": sofas, "bed": beds, "bookshelf": bookshelves}
KINDS = [
    pytest.param(category, maker, id=f"{category}-{maker.__name__}")
    for category, module in MODULES.items()
    for _, maker in module._KINDS
]
#: Smallest and largest (longer side, shorter side, height), metres.
SIZES = {
    "sofa": ((0.75, 0.38, 0.35), (4.7, 3.2, 1.3)),
    "bed": ((1.85, 0.78, 0.35), (3.2, 2.4, 2.8)),
    "bookshelf": ((0.25, 0.15, 0.38), (3.1, 1.4, 2.6)),
}
DRAWS = 8


def drawn(category: str, maker: Maker, draws: int = DRAWS) -> list[Piece]:
    """The first pieces of one kind."""
    start = zlib.crc32(maker.__name__.encode())
    return [
        finish(category, seed, *maker(np.random.default_rng([start, seed])))
        for seed in range(draws)
    ]


@pytest.mark.parametrize(("category", "maker"), KINDS)
def test_a_kind_is_one_body_of_real_size_in_materials_it_has(category: str, maker: Maker) -> None:
    lowest, highest = SIZES[category]
    for piece in drawn(category, maker):
        assert len(groups(piece)) == 1, f"parts float in draw {piece.seed}"
        low, high = bounds(piece)
        wide, deep, tall = high - low
        size = np.array([max(wide, deep), min(wide, deep), tall])
        assert (size >= lowest).all(), (piece.seed, size)
        assert (size <= highest).all(), (piece.seed, size)
        assert max(p.material for p in piece.primitives) < len(piece.materials)
        assert len(piece.primitives) <= 125


# Some ladders lean on a wall.
@pytest.mark.parametrize(("category", "maker"), [k for k in KINDS if k.id != "bookshelf-ladder"])
def test_a_kind_stands_without_falling_over(category: str, maker: Maker) -> None:
    """The middle of the solid lies above what touches the floor, in each direction."""
    for piece in drawn(category, maker):
        low, high = bounds(piece)
        feet = [b for b in map(primitive_bounds, piece.primitives) if b[0][2] < 2e-3]
        points = np.random.default_rng(0).uniform(low, high, (2500, 3))
        middle = points[is_inside(piece, points)].mean(axis=0)[:2]
        assert (np.min([f[0][:2] for f in feet], axis=0) < middle).all(), piece.seed
        assert (np.max([f[1][:2] for f in feet], axis=0) > middle).all(), piece.seed


def _rear_share(piece: Piece, height: tuple[float, float]) -> float:
    """Where in depth the matter between two relative heights is: 0 at the front, 1 behind."""
    low, high = bounds(piece)
    box = np.array([low, high])
    box[:, 2] = low[2] + np.array(height) * (high - low)[2]
    points = np.random.default_rng(1).uniform(box[0], box[1], (3000, 3))
    inside = points[signed_distance(piece, points) < 0.004]
    return float(((inside - low) / (high - low))[:, 1].mean())


@pytest.mark.parametrize(
    "maker",
    [m for _, m in sofas._KINDS if m.__name__ != "daybed"],
    ids=lambda m: m.__name__,
)
def test_the_back_of_a_sofa_is_behind(maker: Maker) -> None:
    for piece in drawn("sofa", maker):
        assert _rear_share(piece, (0.8, 1.0)) > 0.55, piece.seed


@pytest.mark.parametrize("maker", [m for _, m in beds._KINDS], ids=lambda m: m.__name__)
def test_the_head_of_a_bed_is_behind(maker: Maker) -> None:
    """Above the mattress there are headboard and pillows; some beds have neither board."""
    # Four-posters have bars all round higher up.
    height = (0.35, 0.6) if maker.__name__ == "canopy" else (0.55, 0.95)
    shares = [_rear_share(piece, height) for piece in drawn("bed", maker)]
    assert np.median(shares) > 0.5


def test_bookshelves_are_open_in_front() -> None:
    """Just inside the rear there is more matter than just inside the front: their backs."""
    closed = {-1: 0, 1: 0}
    for seed in range(40):
        piece = bookshelves.draw(np.random.default_rng(seed), seed)
        low, high = bounds(piece)
        points = np.random.default_rng(2).uniform(low, high, (400, 3))
        for side in closed:
            points[:, 1] = side * (high[1] - 0.004)
            closed[side] += int(is_inside(piece, points).sum())
    assert closed[1] > 1.5 * closed[-1]


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES.keys())
def test_kinds_are_drawn_as_often_as_is_said(module: ModuleType) -> None:
    assert sum(share for share, _ in module._KINDS) == pytest.approx(1)
    plain = [share for share, maker in module._KINDS if maker.__name__ == "plain"]
    assert plain == [pytest.approx(0.25, abs=0.02)]


def test_most_bookshelves_are_of_few_solids() -> None:
    """Rays and distances cost by the solid: filled shelves stay the exception."""
    counts = [
        len(bookshelves.draw(np.random.default_rng(seed), seed).primitives) for seed in range(200)
    ]
    assert np.mean(counts) < 45
