"""Bringing a reconstruction to lie over the true shape, where its own place is not to count."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.spatial import cKDTree

from .metrics import Surface


class Alignment(StrEnum):
    """What is put right before a reconstruction is measured."""

    NONE = "none"  # the canonical frame as it is
    SCALE = "scale"  # one scale and a shift
    YAW = "yaw"  # a turn about the vertical, one scale and a shift; never mirrored


#: What each of them is, for reports.
TITLES = {
    Alignment.NONE: "no alignment",
    Alignment.SCALE: "aligned by one scale and a shift (bounding boxes, then ICP)",
    Alignment.YAW: "aligned by a turn about the vertical, one scale and a shift "
    "(search in steps of 10 degrees, then ICP), not mirrored",
}
_TURNS = 36
_SEARCHED, _REFINED = 400, 1500
_CANDIDATES = 3
_ROUNDS = 15


@dataclass(frozen=True, eq=False)
class Similarity:
    """``p -> scale * turn(yaw) p + shift``.

    Attributes:
        yaw: radians about +Z.
        shift: (3,).
    """

    yaw: float
    scale: float
    shift: np.ndarray

    @property
    def turn(self) -> np.ndarray:
        """(3, 3) rotation."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Move (N, 3) points."""
        moved: np.ndarray = self.scale * points @ self.turn.T + self.shift
        return moved

    def undo(self, points: np.ndarray) -> np.ndarray:
        """Move (N, 3) points back."""
        moved: np.ndarray = (points - self.shift) @ self.turn / self.scale
        return moved

    def surface(self, surface: Surface) -> Surface:
        """Move a surface."""
        return Surface(self.apply(surface.points), surface.normals @ self.turn.T)


IDENTITY = Similarity(0.0, 1.0, np.zeros(3))


def align(made: Surface, true: Surface, how: Alignment) -> Similarity:
    """Find the movement of ``made`` that brings it nearest to ``true``.

    Candidates put bounding boxes over each other by centre and diagonal; those with the lowest
    Chamfer distance are refined by the iterative closest point method (Besl and McKay 1992) with
    pairs from both sides, each round solved in closed form, and the best is taken.
    """
    if how == Alignment.NONE:
        return IDENTITY
    turns = np.arange(_TURNS) * (2 * np.pi / _TURNS) if how == Alignment.YAW else np.zeros(1)
    few, all_true = made.points[:_SEARCHED], true.points[:_SEARCHED]
    tree = cKDTree(all_true)
    found = []
    for yaw in turns:
        placed = _boxes_together(float(yaw), made.points[:_REFINED], true.points[:_REFINED])
        found.append((_chamfer(placed.apply(few), all_true, tree), placed))
    found.sort(key=lambda pair: pair[0])
    mine, theirs = made.points[:_REFINED], true.points[:_REFINED]
    tree = cKDTree(theirs)
    refined = [_icp(mine, theirs, tree, start, how) for _, start in found[:_CANDIDATES]]
    return min(refined, key=lambda pair: pair[0])[1]


def _boxes_together(yaw: float, made: np.ndarray, true: np.ndarray) -> Similarity:
    turned = Similarity(yaw, 1.0, np.zeros(3)).apply(made)
    low, high = turned.min(axis=0), turned.max(axis=0)
    true_low, true_high = true.min(axis=0), true.max(axis=0)
    scale = float(
        np.linalg.norm(true_high - true_low) / max(float(np.linalg.norm(high - low)), 1e-12)
    )
    return Similarity(yaw, scale, (true_low + true_high) / 2 - scale * (low + high) / 2)


def _chamfer(moved: np.ndarray, true: np.ndarray, tree: cKDTree) -> float:
    return float(tree.query(moved)[0].mean() + cKDTree(moved).query(true)[0].mean())


def _icp(
    made: np.ndarray, true: np.ndarray, tree: cKDTree, start: Similarity, how: Alignment
) -> tuple[float, Similarity]:
    """Refine; returns the lowest Chamfer distance on the way and where it was."""
    best, now = (np.inf, start), start
    for _ in range(_ROUNDS):
        moved = now.apply(made)
        to_true, at_true = tree.query(moved)
        to_made, at_made = cKDTree(moved).query(true)
        error = float(to_true.mean() + to_made.mean())
        if error > best[0] * (1 - 1e-4):
            break
        best = (error, now)
        now = _fit(
            np.concatenate([made, made[at_made]]), np.concatenate([true[at_true], true]), how
        )
    return best


def _fit(made: np.ndarray, true: np.ndarray, how: Alignment) -> Similarity:
    """Least squares of pairs (Umeyama 1991) with the turn about the vertical alone."""
    a, b = made - made.mean(axis=0), true - true.mean(axis=0)
    yaw = 0.0
    if how == Alignment.YAW:
        along = (a[:, :2] * b[:, :2]).sum()
        across = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()
        yaw = float(np.arctan2(across, along))
    turned = Similarity(yaw, 1.0, np.zeros(3)).apply(a)
    scale = max(float((turned * b).sum() / max(float((a * a).sum()), 1e-12)), 1e-3)
    shift = true.mean(axis=0) - Similarity(yaw, scale, np.zeros(3)).apply(made.mean(axis=0))
    return Similarity(yaw, scale, shift)
