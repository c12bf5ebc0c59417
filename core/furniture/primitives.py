"""Solids that furniture is made of: rounded boxes and capped cone frusta.

Frames: metres, Z up, the front of a piece faces -Y. A primitive has its own
frame; ``rotation`` takes primitive coordinates to the piece's
(``p = rotation @ q + centre``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Material:
    """A surface as the renderer and the ray caster see it.

    Attributes:
        colour: albedo, linear RGB, 0 to 1.
        pattern: ``"plain"``, ``"wood"`` (grain along the longest edge) or ``"fabric"`` (fine
            weave).
        contrast: strength of the pattern, 0 to 1.
        roughness, metallic: of the Principled BSDF, 0 to 1.
    """

    colour: tuple[float, float, float]
    pattern: str = "plain"
    contrast: float = 0.0
    roughness: float = 0.6
    metallic: float = 0.0


_IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Box:
    """A box with rounded edges.

    Attributes:
        centre: metres.
        half: half edge lengths, metres, rounding included.
        radius: edge radius, metres; at most the smallest of ``half``.
        material: index into the piece's materials.
        rotation: 3x3 rows; primitive to piece.
    """

    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    radius: float = 0.0
    material: int = 0
    rotation: tuple[tuple[float, float, float], ...] = _IDENTITY


@dataclass(frozen=True)
class Frustum:
    """A capped cone frustum along the primitive's own Z axis; a cylinder when the radii agree.

    Attributes:
        centre: middle of the axis, metres.
        half_height: metres.
        radius_bottom, radius_top: metres, at -Z and +Z of its own frame.
        material: index into the piece's materials.
        rotation: 3x3 rows; primitive to piece.
    """

    centre: tuple[float, float, float]
    half_height: float
    radius_bottom: float
    radius_top: float
    material: int = 0
    rotation: tuple[tuple[float, float, float], ...] = _IDENTITY


Primitive = Box | Frustum


@dataclass(frozen=True)
class Piece:
    """One piece of furniture.

    Its feet stand on z = 0 and its bounding box is centred on x = y = 0.

    Attributes:
        category: one of ``core.protocol.CATEGORIES``.
        seed: the seed it was drawn from.
        primitives: the union of these is the solid.
        materials: what ``Primitive.material`` points into.
    """

    category: str
    seed: int
    primitives: tuple[Primitive, ...]
    materials: tuple[Material, ...] = field(default=(Material((0.5, 0.5, 0.5)),))


def bounds(piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact axis-aligned (lower, upper) corners, each (3,) float64, metres."""
    lows, highs = [], []
    for p in piece.primitives:
        rot = np.array(p.rotation)
        centre = np.array(p.centre)
        if isinstance(p, Box):
            reach = np.abs(rot) @ (np.array(p.half) - p.radius) + p.radius
            lows.append(centre - reach)
            highs.append(centre + reach)
        else:
            axis = rot[:, 2]
            # A disc of radius r with normal a reaches r * sqrt(1 - a_i^2) along axis i.
            disc = np.sqrt(np.clip(1.0 - axis**2, 0.0, 1.0))
            ends = [(-p.half_height, p.radius_bottom), (p.half_height, p.radius_top)]
            lows.append(np.min([centre + axis * h - disc * r for h, r in ends], axis=0))
            highs.append(np.max([centre + axis * h + disc * r for h, r in ends], axis=0))
    return np.min(lows, axis=0), np.max(highs, axis=0)


def normalisation(piece: Piece) -> tuple[np.ndarray, float]:
    """Return (centre, scale) that take the piece to the unit cube: ``q = (p - centre) * scale``.

    The bounding box is centred on the origin and its longest edge becomes 0.95, which leaves a
    margin for the mesh extraction inside [-0.5, 0.5].
    """
    low, high = bounds(piece)
    return (low + high) / 2, float(0.95 / (high - low).max())
