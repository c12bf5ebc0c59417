"""Walls that run round a seat and rise from the arms to the back."""

from __future__ import annotations

import math

import numpy as np

from ..assembly import span
from ..placing import about_z, along_y, moved
from ..primitives import Primitive


def curved_wall(
    radius: float,
    thick: float,
    sweep: float,
    low: float,
    tops: tuple[float, float, float],
    material: int,
    edge: float,
    count: int = 17,
) -> list[Primitive]:
    """Return upright panels around the origin whose upper edges make one line.

    Args:
        radius: of the wall's middle, metres.
        sweep: degrees of the circle that it covers, symmetric about +Y.
        low: height of its lower edge.
        tops: height at its ends, how soon it rises (about 0.5 to 4) and height at the back.
        edge: rounding of the edges.
    """
    at_ends, power, at_back = tops
    angles = np.linspace(-sweep / 2, sweep / 2, count + 1)
    u = np.abs(angles) / (sweep / 2)
    heights = at_back - (at_back - at_ends) * (0.5 - 0.5 * np.cos(np.pi * u**power))
    half = (radius + thick / 2) * math.tan(math.radians(sweep / count / 2))
    # The panels overlap by their rounding, so that no groove shows between them.
    over = 1.0 + edge / max(half, 1e-6)
    out: list[Primitive] = []
    for i in range(count):
        left, right = float(heights[i]), float(heights[i + 1])
        rise = (over - 1) * (right - left) / 2
        if abs(right - left) < 1e-4:
            panel: Primitive = span(
                (-half * over, half * over),
                (radius - thick / 2, radius + thick / 2),
                (low, left),
                material,
                edge,
            )
        else:
            outline = [
                (half * over, low),
                (half * over, left - rise),
                (-half * over, right + rise),
                (-half * over, low),
            ]
            panel = along_y((radius - thick / 2, radius + thick / 2), outline, material, edge)
        turn = float(angles[i] + angles[i + 1]) / 2
        out.append(moved(panel, turn=about_z(turn)))
    return out
