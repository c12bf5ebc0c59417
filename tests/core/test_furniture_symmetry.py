"""Pieces that look the same from four sides are told from those that do not."""

import pytest

from maquette.core.furniture.primitives import Box, Frustum, Piece
from maquette.core.furniture.symmetry import quarter_likeness


def table(width: float, depth: float) -> Piece:
    top = Box((0, 0, 0.72), (width / 2, depth / 2, 0.03))
    at = [(x * (width / 2 - 0.05), y * (depth / 2 - 0.05)) for x in (-1, 1) for y in (-1, 1)]
    feet = [Box((x, y, 0.345), (0.03, 0.03, 0.345)) for x, y in at]
    return Piece("table", 0, (top, *feet))


def test_a_square_table_has_no_front_and_a_round_one_neither() -> None:
    assert quarter_likeness(table(1.0, 1.0)) == 1.0
    disc = Piece("table", 0, (Frustum((0, 0, 0.35), 0.35, 0.2, 0.5),))
    assert quarter_likeness(disc) > 0.97


def test_an_oblong_one_has() -> None:
    assert quarter_likeness(table(1.6, 0.8)) == 0.0
    # What both share is the top's middle: 1 of 1.2 in either direction, and no leg.
    nearly = table(1.2, 1.0)
    top = (1.0 * 0.06) / (1.4 * 0.06 + 2 * 4 * 0.06 * 0.06 * 0.69)
    assert quarter_likeness(nearly) == pytest.approx(top, abs=0.06)


def test_what_stands_on_one_side_tells_the_front() -> None:
    square = table(1.0, 1.0)
    back = Box((0, 0.47, 0.9), (0.5, 0.03, 0.15))
    backed = Piece("table", 0, (*square.primitives, back))
    wood = 1.0 * 0.06 + 4 * 0.06 * 0.06 * 0.69
    board = 1.0 * 0.06 * 0.30
    assert quarter_likeness(backed) == pytest.approx(wood / (wood + 2 * board), abs=0.06)
