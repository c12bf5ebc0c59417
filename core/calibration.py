"""Exposure by a grey card, as a photographer sets it.

The card is diffuse, has an albedo of 0.18, stands upright in the middle of the object and is lit
by the rig alone. It reads mid-grey when it sends out a radiance of 0.18, which the Standard view
transform shows as 118 of 255: the irradiance on it is then the one that lights a white surface
to full white. Which way it faces is the rig's to say: to the front, or, for light that comes from
anywhere, to the front, right, back and left in turn, whose mean counts.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from .cameras import orbit_direction
from .environments import LUMINANCE, map_directions, pixel_angles

ALBEDO = 0.18
SRGB_255 = 118

_RINGS, _SPOKES = 48, 96


class Card(StrEnum):
    """Which way the card faces, or that a rig's exposure is its own affair."""

    NONE = "none"
    FRONT = "front"
    ROUND = "round"

    def normals(self) -> list[np.ndarray]:
        """Unit vectors (3,) of the sides that count."""
        azimuths = {Card.NONE: [], Card.FRONT: [0], Card.ROUND: [0, 90, 180, 270]}[self]
        return [orbit_direction(azimuth, 0.0) for azimuth in azimuths]


def disc_reading(normal: np.ndarray, direction: np.ndarray, softness_deg: float) -> float:
    """Return the share of a light's strength that falls on a surface.

    The light is a disc of even radiance, infinitely far away, of a strength that it has on a
    surface facing it. Where a part of the disc is below the surface's horizon the integral is
    taken by the midpoint rule, to about 0.001.

    Args:
        normal, direction: (3,), unit vectors; the latter from the surface to the disc's middle.
        softness_deg: angle under which the disc appears, 0 to 180.
    """
    cosine = float(np.dot(normal, direction))
    half = np.radians(min(softness_deg, 180.0)) / 2
    if half < 1e-4:
        return max(cosine, 0.0)
    if cosine >= np.sin(half):
        return cosine  # all of it is above the horizon: the mean of the cosine over the disc
    sine = np.sqrt(max(0.0, 1.0 - cosine**2))
    # Even in the squared sine, so that each ring holds the same share of cosine-weighted light.
    squared = (np.arange(_RINGS) + 0.5) / _RINGS * np.sin(half) ** 2
    along, across = np.sqrt(1.0 - squared)[:, None], np.sqrt(squared)[:, None]
    spoke = np.cos(2 * np.pi * (np.arange(_SPOKES) + 0.5) / _SPOKES)[None, :]
    seen = np.clip(along * cosine + across * sine * spoke, 0.0, None)
    return float((seen / along).mean())


def map_reading(normal: np.ndarray, picture: np.ndarray) -> float:
    """Return the luminance that a map of the surroundings (``core.environments``) gives white.

    Args:
        normal: (3,), unit vector of the surface.
        picture: (H, 2H, 3).
    """
    height = picture.shape[0]
    cosine = np.clip(map_directions(height) @ np.asarray(normal), 0.0, None)
    weight = cosine * pixel_angles(height) / np.pi
    return float((weight * (picture @ LUMINANCE)).sum())
