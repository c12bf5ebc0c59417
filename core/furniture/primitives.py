"""Solids that furniture is made of: boxes, frusta, lathes, extrusions and tubes.

Frames: metres, Z up, the front of a piece faces -Y. A primitive has its own
frame; ``rotation`` takes primitive coordinates to the piece's
(``p = rotation @ q + centre``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np


@dataclass(frozen=True)
class Material:
    """A surface as the renderer and the ray caster see it.

    Attributes:
        colour: albedo, linear RGB, 0 to 1.
        pattern: ``"plain"``, ``"wood"`` (grain along the longest edge), ``"fabric"`` (fine
            weave), ``"leather"``, ``"painted"``, ``"metal"``, ``"glass"`` or ``"marble"``.
        contrast: strength of the pattern, 0 to 1.
        roughness, metallic: of the Principled BSDF, 0 to 1.
        transmission: share of the light that passes through, 0 to 1; more than 0 only for glass.
    """

    colour: tuple[float, float, float]
    pattern: str = "plain"
    contrast: float = 0.0
    roughness: float = 0.6
    metallic: float = 0.0
    transmission: float = 0.0


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


@dataclass(frozen=True)
class Lathe:
    """A profile turned about the primitive's own Z axis.

    Attributes:
        centre: origin of its own frame, metres.
        profile: (r, z) pairs, metres, r >= 0, from the bottom up; discs close both ends. The
            line must not cross itself. It may come down again inside: a bowl does.
        material: index into the piece's materials.
        rotation: 3x3 rows; primitive to piece.
    """

    centre: tuple[float, float, float]
    profile: tuple[tuple[float, float], ...]
    material: int = 0
    rotation: tuple[tuple[float, float, float], ...] = _IDENTITY


@dataclass(frozen=True)
class Extrusion:
    """A polygon swept along the primitive's own Z axis, with rounded edges.

    Attributes:
        centre: origin of its own frame, metres.
        outline: (x, y) corners of the core, metres, counter-clockwise; simple, convex or not.
        half_height: of the core, metres.
        radius: by how much the core is grown on all sides, metres.
        material: index into the piece's materials.
        rotation: 3x3 rows; primitive to piece.
    """

    centre: tuple[float, float, float]
    outline: tuple[tuple[float, float], ...]
    half_height: float
    radius: float = 0.0
    material: int = 0
    rotation: tuple[tuple[float, float, float], ...] = _IDENTITY


@dataclass(frozen=True)
class Tube:
    """The hull of every two neighbours in a chain of balls: a bent rod with round ends.

    Attributes:
        points: at least two centres in the piece's frame, metres.
        radii: one per point, metres.
        material: index into the piece's materials.
    """

    points: tuple[tuple[float, float, float], ...]
    radii: tuple[float, ...]
    material: int = 0


Primitive = Box | Frustum | Lathe | Extrusion | Tube


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


def pose(primitive: Primitive) -> tuple[np.ndarray, np.ndarray]:
    """Return (centre (3,), rotation (3, 3)), primitive to piece; a tube's frame is the piece's."""
    if isinstance(primitive, Tube):
        return np.zeros(3), np.eye(3)
    return np.array(primitive.centre, dtype=float), np.array(primitive.rotation, dtype=float)


def own_box(primitive: Primitive) -> tuple[np.ndarray, np.ndarray]:
    """Return the (lower, upper) corners, each (3,), around a primitive in its own frame."""
    # Turned and extruded solids have long outlines, and are asked for this again and again.
    return _own_box(primitive)


@lru_cache(maxsize=4096)
def _own_box(primitive: Primitive) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(primitive, Box):
        half = np.array(primitive.half, dtype=float)
        return -half, half
    if isinstance(primitive, Frustum):
        r = max(primitive.radius_bottom, primitive.radius_top)
        half = np.array([r, r, primitive.half_height])
        return -half, half
    if isinstance(primitive, Lathe):
        radii, heights = np.array(primitive.profile).T
        r = radii.max()
        return np.array([-r, -r, heights.min()]), np.array([r, r, heights.max()])
    if isinstance(primitive, Extrusion):
        corners = np.array(primitive.outline)
        grow = primitive.radius
        high = primitive.half_height + grow
        return (
            np.array([*(corners.min(axis=0) - grow), -high]),
            np.array([*(corners.max(axis=0) + grow), high]),
        )
    return primitive_bounds(primitive)


def primitive_bounds(primitive: Primitive) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact axis-aligned (lower, upper) corners of one solid in the piece's frame."""
    return _bounds(primitive)


@lru_cache(maxsize=4096)
def _bounds(primitive: Primitive) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(primitive, Tube):
        points, radii = np.array(primitive.points), np.array(primitive.radii)[:, None]
        return (points - radii).min(axis=0), (points + radii).max(axis=0)
    centre, rot = pose(primitive)
    if isinstance(primitive, Box):
        reach = np.abs(rot) @ (np.array(primitive.half) - primitive.radius) + primitive.radius
        return centre - reach, centre + reach
    if isinstance(primitive, Extrusion):
        flat = np.array(primitive.outline) @ rot[:, :2].T
        reach = np.abs(rot[:, 2]) * primitive.half_height + primitive.radius
        return centre + flat.min(axis=0) - reach, centre + flat.max(axis=0) + reach
    if isinstance(primitive, Frustum):
        h = primitive.half_height
        rings = np.array([(primitive.radius_bottom, -h), (primitive.radius_top, h)])
    else:
        rings = np.array(primitive.profile)
    axis = rot[:, 2]
    # A disc of radius r with normal a reaches r * sqrt(1 - a_i^2) along axis i.
    disc = rings[:, :1] * np.sqrt(np.clip(1.0 - axis**2, 0.0, 1.0))
    middle = centre + rings[:, 1:] * axis
    return (middle - disc).min(axis=0), (middle + disc).max(axis=0)


def bounds(piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    """Return the exact axis-aligned (lower, upper) corners, each (3,) float64, metres."""
    corners = [primitive_bounds(p) for p in piece.primitives]
    return np.min([c[0] for c in corners], axis=0), np.max([c[1] for c in corners], axis=0)


def normalisation(piece: Piece) -> tuple[np.ndarray, float]:
    """Return (centre, scale) that take the piece to the unit cube: ``q = (p - centre) * scale``.

    The bounding box is centred on the origin and its longest edge becomes 0.95, which leaves a
    margin for the mesh extraction inside [-0.5, 0.5].
    """
    low, high = bounds(piece)
    return (low + high) / 2, float(0.95 / (high - low).max())
