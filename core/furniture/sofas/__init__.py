"""Sofas: from plain boxes to corner, curved, buttoned, wooden-framed and backless ones."""

from __future__ import annotations

import numpy as np

from ..assembly import finish
from ..primitives import Piece
from . import backless, curved, framed, sectional, simple, upholstered

#: How often each kind is drawn; they add up to one.
_KINDS = (
    (0.24, simple.plain),
    (0.26, upholstered.classic),
    (0.07, upholstered.chesterfield),
    (0.17, sectional.sectional),
    (0.06, curved.crescent),
    (0.04, curved.tub),
    (0.03, curved.ripple),
    (0.08, framed.framed),
    (0.05, backless.daybed),
)


def draw(rng: np.random.Generator, seed: int) -> Piece:
    """Draw a sofa; one sits facing -Y."""
    kind = rng.choice(len(_KINDS), p=[share for share, _ in _KINDS])
    solids, materials = _KINDS[kind][1](rng)
    return finish("sofa", seed, solids, materials)
