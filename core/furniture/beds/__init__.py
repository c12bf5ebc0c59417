"""Beds: from plain boxes to sleighs, four-posters, bunks, day beds and metal frames."""

from __future__ import annotations

import numpy as np

from ..assembly import finish
from ..primitives import Piece
from . import bunk, canopy, daybed, framed, simple, tubular

#: How often each kind is drawn; they add up to one.
_KINDS = (
    (0.24, simple.plain),
    (0.4, framed.framed),
    (0.08, framed.sleigh),
    (0.1, tubular.tubular),
    (0.07, canopy.canopy),
    (0.06, bunk.bunk),
    (0.05, daybed.daybed),
)


def draw(rng: np.random.Generator, seed: int) -> Piece:
    """Draw a bed; its foot end, or the long side of a day bed, faces -Y."""
    kind = rng.choice(len(_KINDS), p=[share for share, _ in _KINDS])
    solids, materials = _KINDS[kind][1](rng)
    return finish("bed", seed, solids, materials)
