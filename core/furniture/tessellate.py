"""Meshes of the furniture solids, in plain numpy.

Every primitive becomes one closed shell with exact normals; shells of a piece overlap where
its primitives do, which a renderer does not mind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .primitives import Piece, Primitive, pose
from .shells import shell

#: Primitives of one piece are shrunk by a different multiple of this, metres. Where two of them
#: end in the same plane a path tracer would otherwise see each lie in the other's shadow.
_STEP = 0.000015
_STEPS = 32


@dataclass(frozen=True, eq=False)
class Tessellation:
    """A polygon mesh.

    Attributes:
        vertices: (V, 3) float64, metres, the piece's frame.
        normals: (V, 3) float64, unit, outwards.
        quads: (F, 4) int32, counter-clockwise seen from outside.
        local: (V, 3) float64, metres; coordinates in the primitive's own frame with its longest
            edge along x, moved by a fixed amount per primitive so that no two boards share
            their grain.
        material: (F,) int32, index into the piece's materials.
    """

    vertices: np.ndarray
    normals: np.ndarray
    quads: np.ndarray
    local: np.ndarray
    material: np.ndarray


def tessellate(piece: Piece) -> Tessellation:
    """Return the mesh of a whole piece; its bounds agree with ``primitives.bounds`` to 1e-3 m."""
    parts = [tessellate_primitive(p, number) for number, p in enumerate(piece.primitives)]
    offsets = np.cumsum([0, *(len(part.vertices) for part in parts)])
    return Tessellation(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.quads + o for part, o in zip(parts, offsets, strict=False)]),
        np.concatenate([part.local for part in parts]),
        np.concatenate([part.material for part in parts]),
    )


def tessellate_primitive(primitive: Primitive, number: int = 0) -> Tessellation:
    """Return the mesh of one primitive; ``number`` shifts the grain and, by less than half a
    millimetre, the surface."""
    made = shell(primitive, number % _STEPS * _STEP)
    centre, rotation = pose(primitive)
    # Irrational steps: the offsets of different primitives never line up.
    shift = (number * np.array([0.618034, 0.414214, 0.732051])) % 1.0 * 7.0
    return Tessellation(
        made.vertices @ rotation.T + centre,
        made.normals @ rotation.T,
        made.quads,
        made.grain + shift,
        np.full(len(made.quads), primitive.material, dtype=np.int32),
    )
