"""Chairs: dining, Windsor, easy, office and folding chairs, bent tubes and shells, stools."""

from __future__ import annotations

import numpy as np

from ..assembly import finish
from ..primitives import Piece
from . import dining, easy, folding, lounge, office, simple, stools, tubular, windsor

#: How often each kind is drawn; they add up to one.
_KINDS = (
    (0.14, simple.simple),
    (0.26, dining.dining),
    (0.06, dining.parsons),
    (0.07, windsor.windsor),
    (0.05, lounge.tub),
    (0.04, lounge.wing),
    (0.05, easy.club),
    (0.05, easy.timber),
    (0.03, lounge.pouf_chair),
    (0.07, office.office),
    (0.04, tubular.cantilever),
    (0.03, tubular.plywood),
    (0.03, tubular.shell),
    (0.02, folding.folding),
    (0.01, folding.cross_legged),
    (0.03, stools.stool),
    (0.01, stools.pedestal_stool),
    (0.01, stools.box_stool),
)


def draw(rng: np.random.Generator, seed: int) -> Piece:
    """Draw a chair; its back stands at +Y."""
    kind = rng.choice(len(_KINDS), p=[share for share, _ in _KINDS])
    solids, materials = _KINDS[kind][1](rng)
    return finish("chair", seed, solids, materials)
