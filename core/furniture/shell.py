"""What the meshes of all solids have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

#: Edges that the specification calls sharp are rounded by this much, metres: a perfectly sharp
#: edge catches no light and gives a picture away as synthetic.
SHARP_EDGE_RADIUS = 0.001

#: How far a facet may lie inside the true surface, metres.
TOLERANCE = 0.00025


@dataclass(frozen=True, eq=False)
class Shell:
    """A closed mesh of one solid in its own frame.

    Its edges meet by their positions; vertices with different normals share a position.

    Attributes:
        vertices: (V, 3) float64, metres.
        normals: (V, 3) float64, unit, outwards.
        quads: (F, 4) int32, counter-clockwise seen from outside.
        grain: (V, 3) float64, metres, the longest way along x.
    """

    vertices: np.ndarray
    normals: np.ndarray
    quads: np.ndarray
    grain: np.ndarray


def with_grain(vertices: np.ndarray, normals: np.ndarray, quads: np.ndarray) -> Shell:
    """Return the shell whose grain runs along the longest edge of its bounding box."""
    longest = int(np.argmax(np.round(np.ptp(vertices, axis=0), 6)))
    return Shell(vertices, normals, quads, np.roll(vertices, -longest, axis=1))


def facets(radius: float) -> int:
    """Return how many edges a full circle gets; even, 12 to 128."""
    angle = math.acos(max(1 - TOLERANCE / radius, 0.0))
    return 2 * int(np.clip(math.ceil(math.pi / max(angle, 1e-6) / 2), 6, 64))


def disc_strips(count: int) -> np.ndarray:
    """Return the quads (count / 2 - 1, 4) from one side of a disc to the other.

    The indices are those of its rim, counter-clockwise.
    """
    left = np.arange(count // 2 - 1)
    return np.stack([left, left + 1, count - 2 - left, count - 1 - left], axis=1)
