"""The few points of many that decide how large an object looks."""

from __future__ import annotations

import numpy as np

from .cameras import orbit_direction
from .placements import fibonacci
from .spread import Spread

_DIRECTIONS = 250
_MOST = 20_000


def extremes(points: np.ndarray) -> np.ndarray:
    """Return the points (M, 3) that lie farthest out in some of 250 directions.

    Their bounding box is exactly that of all, (N, 3), and their outline about as large from
    every side: enough to show cameras while a person changes numbers. Pictures are framed by all
    points. Of very many points only every so-manieth is looked at, apart from the outermost.
    """
    if not len(points):
        return points
    outermost = points[np.unique([*points.argmin(axis=0), *points.argmax(axis=0)])]
    points = points[:: -(-len(points) // _MOST)]
    if len(points) > _DIRECTIONS:
        circle, sphere = Spread(0.0, 360.0), Spread(-90.0, 90.0)
        spiral = [
            orbit_direction(*fibonacci(circle, sphere, number, _DIRECTIONS))
            for number in range(_DIRECTIONS)
        ]
        points = points[np.unique((points @ np.array(spiral).T).argmax(axis=0))]
    return np.concatenate([outermost, points])
