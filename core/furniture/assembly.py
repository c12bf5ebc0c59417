"""Helpers with which the furniture makers put solids together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from .primitives import Box, Extrusion, Frustum, Material, Piece, Primitive, Tube, bounds

Vec = tuple[float, float, float]


def axis_frame(axis: np.ndarray) -> tuple[Vec, Vec, Vec]:
    """Return the rows of a rotation that takes +Z to the unit vector ``axis`` (3,)."""
    return _rows(_frame(axis))


def span(
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    material: int = 0,
    radius: float = 0.0,
) -> Box:
    """Return the box that fills the three (low, high) intervals; the radius is made to fit."""
    centre = tuple((a + b) / 2 for a, b in (x, y, z))
    half = tuple(max((b - a) / 2, 1e-3) for a, b in (x, y, z))
    return Box(_vec(centre), _vec(half), min(radius, 0.98 * min(half)), material)


def rod(start: Vec, end: Vec, r_start: float, r_end: float, material: int = 0) -> Frustum:
    """Return the round rod between two points."""
    a, b = np.array(start), np.array(end)
    axis = b - a
    length = float(np.linalg.norm(axis))
    return Frustum(
        _vec((a + b) / 2), length / 2, r_start, r_end, material, _rows(_frame(axis / length))
    )


def beam(start: Vec, end: Vec, width: float, thickness: float, material: int = 0) -> Box:
    """Return the square-cut beam between two points; ``width`` runs along X where it can."""
    a, b = np.array(start), np.array(end)
    axis = b - a
    length = float(np.linalg.norm(axis))
    half = (width / 2, thickness / 2, length / 2)
    return Box(_vec((a + b) / 2), half, 0.0, material, _rows(_frame(axis / length)))


def tilted(primitive: Primitive, degrees: float, pivot: Vec) -> Primitive:
    """Return the solid turned about the X axis through ``pivot``; positive leans its top to +Y."""
    angle = -np.radians(degrees)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    return _carried(primitive, turn, np.array(pivot) - turn @ np.array(pivot))


def mirrored_x(primitive: Primitive) -> Primitive:
    """Return the primitive's mirror image at the plane x = 0."""
    flip = np.diag([-1.0, 1.0, 1.0])
    if isinstance(primitive, Tube):
        return _carried(primitive, flip, np.zeros(3))
    # Its own frame is mirrored, too, so flipping twice keeps a rotation; all solids but the
    # extrusion are their own mirror images.
    rotation = flip @ np.array(primitive.rotation) @ flip
    centre = flip @ np.array(primitive.centre)
    if isinstance(primitive, Extrusion):
        outline = tuple((-x, y) for x, y in reversed(primitive.outline))
        primitive = replace(primitive, outline=outline)
    return replace(primitive, centre=_vec(centre), rotation=_rows(rotation))


def both_sides(*primitives: Primitive) -> list[Primitive]:
    """Return the primitives followed by their mirror images at x = 0."""
    return [*primitives, *(mirrored_x(p) for p in primitives)]


def finish(
    category: str, seed: int, primitives: list[Primitive], materials: list[Material]
) -> Piece:
    """Return the piece with its feet on z = 0 and centred on x = y = 0."""
    low, high = bounds(Piece(category, seed, tuple(primitives)))
    shift = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    moved = tuple(_carried(p, None, -shift) for p in primitives)
    return Piece(category, seed, moved, tuple(materials))


def _carried(primitive: Primitive, turn: np.ndarray | None, shift: np.ndarray) -> Primitive:
    """Return the solid turned about the origin, or not, and then shifted."""
    if isinstance(primitive, Tube):
        points = np.array(primitive.points)
        points = (points if turn is None else points @ turn.T) + shift
        return replace(primitive, points=tuple(_vec(p) for p in points))
    centre = np.array(primitive.centre)
    if turn is None:
        return replace(primitive, centre=_vec(centre + shift))
    rotation = _rows(turn @ np.array(primitive.rotation))
    return replace(primitive, centre=_vec(turn @ centre + shift), rotation=rotation)


def _frame(axis: np.ndarray) -> np.ndarray:
    """Return a rotation whose third column is ``axis`` and whose first stays near X."""
    helper = np.array([0.0, 1.0, 0.0]) if abs(axis[1]) < 0.9 else np.array([0.0, 0.0, -1.0])
    x = np.cross(helper, axis)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(axis, x), axis], axis=1)


def _vec(values: Iterable[float]) -> Vec:
    x, y, z = (float(v) for v in values)
    return (x, y, z)


def _rows(matrix: np.ndarray) -> tuple[Vec, Vec, Vec]:
    return (_vec(matrix[0]), _vec(matrix[1]), _vec(matrix[2]))
