"""How many different shapes the furniture source has; slow beside the tests of ``tests/core``."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest

from maquette.core.furniture.primitives import Piece
from maquette.core.furniture.shapes import draw_piece
from maquette.core.furniture.splits import seeds
from maquette.core.protocol import CATEGORIES

#: A source of K equally likely shapes shows no repeat among n draws with a chance of
#: exp(-n^2 / 2K): for these it is below 1 in 20 unless K is above a million.
DRAWN = 2_500


def _numbers(values: tuple) -> list[float]:
    return [n for v in values for n in (_numbers(v) if isinstance(v, tuple) else [v])]


def _to_the_millimetre(piece: Piece) -> bytes:
    """The shape alone, without colours, so coarsely that equal ones look equal."""
    numbers = [_numbers(astuple(replace(p, material=0))) for p in piece.primitives]
    return np.rint(np.concatenate(numbers) * 1000).astype(np.int32).tobytes()


@pytest.mark.parametrize("category", CATEGORIES)
def test_shapes_of_a_category_differ_by_a_millimetre_and_more(category: str) -> None:
    shapes = {_to_the_millimetre(draw_piece(category, seed)) for seed in seeds("train", DRAWN)}
    assert len(shapes) == DRAWN
