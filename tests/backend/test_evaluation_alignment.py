"""Alignment finds movements that are known."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from maquette.backend.evaluation.alignment import Alignment, Similarity, align
from maquette.backend.evaluation.metrics import Surface, sample_mesh


def _chair(rng: np.random.Generator) -> Surface:
    """Seat, back and one armrest: no turn or mirror image of it is the same."""
    parts = []
    for extents, middle in (
        ((0.5, 0.5, 0.08), (0, 0, 0)),
        ((0.5, 0.06, 0.5), (0, 0.25, 0.25)),
        ((0.06, 0.4, 0.2), (0.25, 0, 0.1)),
    ):
        box = trimesh.creation.box(extents=extents)
        box.apply_translation(middle)
        parts.append(box)
    mesh = trimesh.util.concatenate(parts)
    return sample_mesh(np.asarray(mesh.vertices), np.asarray(mesh.faces), 6000, rng)


_MOVES = [(0.0, 1.0), (33.0, 0.8), (127.0, 1.3), (-94.0, 0.6)]


@pytest.mark.parametrize(("yaw_deg", "scale"), _MOVES)
def test_yaw_scale_and_shift_are_recovered(yaw_deg: float, scale: float) -> None:
    true = _chair(np.random.default_rng(0))
    moved = Similarity(np.radians(yaw_deg), scale, np.array([0.1, -0.2, 0.05]))
    made = moved.surface(_chair(np.random.default_rng(1)))
    found = align(made, true, Alignment.YAW)
    back = found.apply(made.points)
    expected = moved.undo(made.points)
    assert np.abs(back - expected).max() < 0.02
    assert found.scale == pytest.approx(1 / scale, rel=0.02)
    turn = np.degrees(found.yaw) + yaw_deg
    assert (turn + 180) % 360 - 180 == pytest.approx(0.0, abs=1.5)


def test_scale_and_shift_leave_the_turn_alone() -> None:
    true = _chair(np.random.default_rng(0))
    made = Similarity(0.0, 0.7, np.array([0.2, 0.1, 0.0])).surface(true)
    found = align(made, true, Alignment.SCALE)
    assert found.yaw == 0.0
    assert found.scale == pytest.approx(1 / 0.7, rel=0.005)
    turned = Similarity(np.pi / 2, 1.0, np.zeros(3)).surface(true)
    assert align(turned, true, Alignment.SCALE).yaw == 0.0


def test_no_alignment_moves_nothing_and_nothing_is_mirrored() -> None:
    true = _chair(np.random.default_rng(0))
    made = Similarity(1.0, 0.5, np.ones(3)).surface(true)
    assert np.array_equal(align(made, true, Alignment.NONE).apply(made.points), made.points)
    mirrored = Surface(true.points * [-1, 1, 1], true.normals * [-1, 1, 1])
    found = align(mirrored, true, Alignment.YAW)
    assert np.linalg.det(found.turn) == pytest.approx(1.0)
    assert np.abs(found.apply(mirrored.points) - true.points).max() > 0.05


def test_undo_is_the_way_back() -> None:
    points = np.random.default_rng(3).normal(size=(20, 3))
    moved = Similarity(0.7, 1.9, np.array([1.0, 2.0, 3.0]))
    assert np.allclose(moved.undo(moved.apply(points)), points)
