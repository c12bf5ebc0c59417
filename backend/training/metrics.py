"""Measures of a reconstruction, by the definitions of Mescheder et al. 2019 (Occupancy
Networks, section 4 and supplement).

Lengths are divided by a tenth of the true shape's longest bounding-box edge for Chamfer-L1; the
F-score (Knapitsch et al. 2017) counts points nearer than 1 % of that edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

POINTS = 100_000


@dataclass(frozen=True)
class Surface:
    """Points drawn evenly from a surface.

    Attributes:
        points: (N, 3); normals: (N, 3) unit length.
    """

    points: np.ndarray
    normals: np.ndarray


@dataclass(frozen=True)
class Scores:
    """Measures of one reconstruction."""

    iou: float
    chamfer_l1: float
    normal_consistency: float
    f_score: float


def iou(inside_a: np.ndarray, inside_b: np.ndarray) -> float:
    """Volumetric IoU of two bool arrays over the same evenly drawn points; 1 if both empty."""
    either = np.count_nonzero(inside_a | inside_b)
    return np.count_nonzero(inside_a & inside_b) / either if either else 1.0


def compare_surfaces(made: Surface, true: Surface, edge: float) -> tuple[float, float, float]:
    """Return Chamfer-L1, normal consistency and F-score.

    Args:
        edge: longest bounding-box edge of the true shape, in the points' unit.
    """
    to_true, at_true = cKDTree(true.points).query(made.points)
    to_made, at_made = cKDTree(made.points).query(true.points)
    chamfer = (to_true.mean() + to_made.mean()) / 2 / (0.1 * edge)
    accuracy = np.abs((made.normals * true.normals[at_true]).sum(axis=1)).mean()
    completeness = np.abs((true.normals * made.normals[at_made]).sum(axis=1)).mean()
    near = 0.01 * edge
    precision, recall = (to_true < near).mean(), (to_made < near).mean()
    f_score = 2 * precision * recall / max(precision + recall, 1e-12)
    return float(chamfer), float((accuracy + completeness) / 2), float(f_score)


def sample_mesh(
    vertices: np.ndarray, faces: np.ndarray, count: int, rng: np.random.Generator
) -> Surface:
    """Draw points evenly from a triangle mesh; (V, 3) and (F, 3)."""
    corners = vertices[faces].astype(np.float64)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(cross, axis=1)
    pick = rng.choice(len(faces), size=count, p=doubled / doubled.sum())
    a, b = rng.random((2, count, 1))
    flip = (a + b) > 1
    a, b = np.where(flip, 1 - a, a), np.where(flip, 1 - b, b)
    one, two, three = np.moveaxis(corners[pick], 1, 0)
    points = one + a * (two - one) + b * (three - one)
    return Surface(points, cross[pick] / np.maximum(doubled[pick], 1e-20)[:, None])


def inside_volume(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Bool (N,): whether points of the unit cube lie inside the grid's zero surface.

    The grid (R + 1)^3 is read trilinearly, so this is the inside of the mesh that marching
    cubes makes of it, up to the flat triangles inside of a cell.
    """
    at = ((points + 0.5) * (values.shape[0] - 1)).T
    return map_coordinates(values, at, order=1, mode="nearest") < 0
