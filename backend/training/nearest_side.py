"""Which side is the front of a piece that looks the same from four.

See :mod:`...core.furniture.symmetry`. The stored samples keep the source's own front; each picture
says by how many quarter turns about the vertical its labels are turned when they are drawn.
"""

from __future__ import annotations

import numpy as np

from ...core.furniture.primitives import Piece
from ...core.furniture.symmetry import quarter_likeness

#: Intersection over union with its own quarter turn from which a piece is taken to have no front
#: that a picture could show. Chairs, whose backs tell, are seldom above it.
_ALIKE = 0.75


def has_front(piece: Piece) -> bool:
    """Whether a picture can show which side of the piece is its front."""
    return quarter_likeness(piece) < _ALIKE


def quarter_turns(matrix: np.ndarray) -> int:
    """Counter-clockwise quarter turns that bring the side nearest to the camera to the front.

    Args:
        matrix: (3, 4), see ``networks.alignment.project``.

    Returns:
        0 to 3.
    """
    right, back = matrix[2, 0], matrix[2, 1]  # the way the camera looks; the front faces -Y
    return int(np.argmax([back, right, -back, -right]))


def rotation(turns: int) -> np.ndarray:
    """(3, 3) float32 of so many quarter turns counter-clockwise about Z, exact."""
    quarter = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=np.float32)
    return np.linalg.matrix_power(quarter, turns)
