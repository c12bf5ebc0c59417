"""Where the cameras of a rig stand: directions around an object.

A placement turns the number of a view into azimuth and elevation (``core.cameras``). Those that
draw take what was drawn already; those that spread views evenly depend on the number alone, so
that every view can be made by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum

import numpy as np

from .spread import Spread

_GOLDEN_ANGLE_DEG = 180.0 * (3.0 - math.sqrt(5.0))


class Placement(StrEnum):
    """How the views of a rig are spread.

    RANDOM draws azimuth and elevation from their ranges, SHELL draws evenly over the part of
    the sphere that they bound. EVEN divides the azimuth range, RINGS do so at several
    elevations. FIBONACCI and HAMMERSLEY cover that part of the sphere evenly. LISTED takes the
    directions one by one from a list.
    """

    RANDOM = "random"
    SHELL = "shell"
    EVEN = "even"
    RINGS = "rings"
    FIBONACCI = "fibonacci"
    HAMMERSLEY = "hammersley"
    LISTED = "listed"


#: Placements whose directions are drawn, so that one view says nothing about the others.
DRAWN = (Placement.RANDOM, Placement.SHELL)

#: A placement of somebody else: number of the view, number of views, and the generator of this
#: view's draws, to azimuth and elevation in degrees.
PlaceFunction = Callable[[int, int, np.random.Generator], tuple[float, float]]


def even(azimuth_deg: Spread, view: int, views: int) -> float:
    """Azimuth of a view that divides the range; the range's end is not taken, as on a circle."""
    return azimuth_deg.low + (azimuth_deg.high - azimuth_deg.low) * view / views


def ring(
    azimuth_deg: Spread, elevations_deg: tuple[float, ...], view: int, views: int
) -> tuple[float, float]:
    """Azimuth and elevation on one of several rings.

    The views are shared out to the rings in turn, the first rings taking what is left over.
    Every other ring is turned by half a step, so that no camera stands right above another.
    """
    rings = len(elevations_deg)
    counts = [views // rings + (index < views % rings) for index in range(rings)]
    index, place = 0, view
    while place >= counts[index]:
        place -= counts[index]
        index += 1
    half_step = 0.5 * (index % 2)
    width = azimuth_deg.high - azimuth_deg.low
    azimuth = azimuth_deg.low + width * (place + half_step) / counts[index]
    return azimuth, elevations_deg[index]


def on_sphere(elevation_deg: Spread, share: float) -> float:
    """Elevation at a share, 0 to 1, of the area of a band of the sphere, from its lower edge.

    By Archimedes the area below a height is proportional to that height.
    """
    low, high = (math.sin(math.radians(e)) for e in (elevation_deg.low, elevation_deg.high))
    return math.degrees(math.asin(max(-1.0, min(1.0, low + (high - low) * share))))


def fibonacci(
    azimuth_deg: Spread,
    elevation_deg: Spread,
    view: int,
    views: int,
    phase: tuple[float, float] = (0.0, 0.0),
) -> tuple[float, float]:
    """Azimuth and elevation on a Fibonacci spiral from the top to the bottom of a band.

    Every view stands for the same area, and successive ones are a golden angle apart (Swinbank
    and Purser 2006, "Fibonacci grids: a novel approach to global modelling"). ``phase`` (shares,
    0 to 1) turns the spiral by its first number.
    """
    turn = (view * _GOLDEN_ANGLE_DEG / 360.0 + phase[0]) % 1.0
    share = 1.0 - (view + 0.5) / views
    return _azimuth(azimuth_deg, turn), on_sphere(elevation_deg, share)


def hammersley(
    azimuth_deg: Spread,
    elevation_deg: Spread,
    view: int,
    views: int,
    phase: tuple[float, float] = (0.0, 0.0),
) -> tuple[float, float]:
    """Azimuth and elevation by the Hammersley point set in two dimensions.

    Heights are even, azimuths the radical inverse of the view's number in base 2 (Hammersley
    1960; Wong, Luk and Heng 1997, "Sampling with Hammersley and Halton points"). ``phase``
    (shares, 0 to 1) shifts both around, as a Cranley-Patterson rotation.
    """
    share = ((view + 0.5) / views + phase[1]) % 1.0
    turn = (radical_inverse(view) + phase[0]) % 1.0
    return _azimuth(azimuth_deg, turn), on_sphere(elevation_deg, share)


def radical_inverse(number: int) -> float:
    """The digits of a number in base 2, mirrored at the point: 1, 2, 3 give 1/2, 1/4, 3/4."""
    value, digit = 0.0, 0.5
    while number:
        value += digit * (number & 1)
        number >>= 1
        digit /= 2
    return value


def _azimuth(azimuth_deg: Spread, share: float) -> float:
    return azimuth_deg.low + (azimuth_deg.high - azimuth_deg.low) * share
