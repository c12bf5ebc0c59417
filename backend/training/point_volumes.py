"""What share of the cube each stored point stands for.

Most points lie near the surface (:func:`.samples.draw_points`), so that a mean over them says
nothing of volumes. The others, drawn evenly over the cube, tell how much of it lies at each
distance from the surface, and points of one distance share that.
"""

from __future__ import annotations

import numpy as np

#: Bounds between shells of signed distance, cube units: finest at the surface.
_BOUNDS = np.array(
    [-0.04, -0.02, -0.01, -0.005, -0.0025, 0, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16]
)


def point_volumes(distance: np.ndarray, even: int) -> np.ndarray:
    """Return the share of the cube that each point stands for.

    Args:
        distance: (N,) signed distances of a piece's points, cube units.
        even: how many of them, the last ones, are drawn evenly over the cube.

    Returns:
        (N,) float32, whose sum is 1. A shell that no even point fell into counts as half of one.
    """
    shell = np.digitize(distance, _BOUNDS)
    shells = len(_BOUNDS) + 1
    there = np.bincount(shell, minlength=shells)
    volume = np.bincount(shell[-even:], minlength=shells).clip(0.5) * (there > 0)
    share = volume / volume.sum() / there.clip(1)
    return share[shell].astype(np.float32)
