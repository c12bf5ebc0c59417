"""Measures of a shape, by the definitions of Mescheder et al. 2019 (Occupancy Networks, section
4 and supplement).

Lengths are divided by a tenth of the true shape's longest bounding-box edge for Chamfer-L1; the
F-score (Knapitsch et al. 2017) counts points nearer than 1 % of that edge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
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
class Volume:
    """What fills a box, known at points drawn evenly in it.

    Attributes:
        low, high: (3,) corners of the box, which holds the whole shape.
        points: (N, 3) in the box.
        inside: (N,) bool.
    """

    low: np.ndarray
    high: np.ndarray
    points: np.ndarray
    inside: np.ndarray

    @property
    def size(self) -> float:
        """The box's volume."""
        return float(np.prod(self.high - self.low))


def iou(true: Volume, made_there: np.ndarray, made: Volume) -> float:
    """Volumetric intersection over union; 1 if both shapes are empty.

    Inside of the true shape's box its points decide; of what was made beyond it, the points of
    its own box do. So no point is spent where both are empty, and the true shape is looked at
    once however many reconstructions it is compared with.

    Args:
        made_there: (N,) bool, whether ``true.points`` are inside of what was made.
    """
    shared = true.size * np.mean(true.inside & made_there)
    either = true.size * np.mean(true.inside | made_there)
    beyond = ((made.points < true.low) | (made.points > true.high)).any(axis=1)
    either += made.size * np.mean(made.inside & beyond)
    return float(shared / either) if either > 0 else 1.0


def compare_surfaces(made: Surface, true: Surface, edge: float) -> tuple[float, float, float]:
    """Return Chamfer-L1, normal consistency and F-score.

    Args:
        edge: longest bounding-box edge of the true shape, in the points' unit.
    """
    of_made, of_true = _tree(made.points), _tree(true.points)
    to_true, at_true = _nearest(of_true, made.points, of_made)
    to_made, at_made = _nearest(of_made, true.points, of_true)
    chamfer = (to_true.mean() + to_made.mean()) / 2 / (0.1 * edge)
    accuracy = np.abs((made.normals * true.normals[at_true]).sum(axis=1)).mean()
    completeness = np.abs((true.normals * made.normals[at_made]).sum(axis=1)).mean()
    near = 0.01 * edge
    precision, recall = (to_true < near).mean(), (to_made < near).mean()
    f_score = 2 * precision * recall / max(precision + recall, 1e-12)
    return float(chamfer), float((accuracy + completeness) / 2), float(f_score)


def _tree(points: np.ndarray) -> cKDTree:
    # Large leaves: points far from a surface have thousands of others nearly as near.
    return cKDTree(points, leafsize=64)


def _nearest(tree: cKDTree, points: np.ndarray, own: cKDTree) -> tuple[np.ndarray, np.ndarray]:
    """Distance (N,) and index (N,) of the nearest in a tree.

    Asked in the order of the points' own tree, where neighbours follow each other: what one needs
    is then in the processor's cache for the next.
    """
    order = own.indices
    distance, at = np.empty(len(points)), np.empty(len(points), np.int64)
    distance[order], at[order] = tree.query(points[order], workers=1)
    return distance, at


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
