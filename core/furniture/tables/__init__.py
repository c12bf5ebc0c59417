"""Tables: dining, coffee, side and bar tables, desks, consoles, bedside tables."""

from __future__ import annotations

import numpy as np

from ..assembly import finish
from ..primitives import Piece
from . import desks, kinds, simple

#: How often each kind is drawn; they add up to one.
_KINDS = (
    (0.14, simple.simple),
    (0.26, kinds.rectangular),
    (0.12, kinds.round_table),
    (0.09, kinds.shaped),
    (0.03, kinds.drop_leaf),
    (0.09, kinds.with_shelf),
    (0.03, kinds.nested),
    (0.12, desks.desk),
    (0.05, desks.bedside),
    (0.04, desks.console),
    (0.03, desks.drawer_chest),
)


def draw(rng: np.random.Generator, seed: int) -> Piece:
    """Draw a table; the long edge runs along X and drawers open to -Y."""
    kind = rng.choice(len(_KINDS), p=[share for share, _ in _KINDS])
    solids, materials = _KINDS[kind][1](rng)
    return finish("table", seed, solids, materials)
