"""The furniture source: geometry that agrees with itself, seeds that do not overlap."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.core.furniture.distance import signed_distance
from maquette.core.furniture.fields import primitive_distance
from maquette.core.furniture.primitives import Box, Frustum, Piece, bounds, normalisation
from maquette.core.furniture.sampling import sample_surface
from maquette.core.furniture.shapes import draw_piece
from maquette.core.furniture.splits import SPLITS, seeds
from maquette.core.protocol import CATEGORIES

pieces = st.builds(draw_piece, st.sampled_from(CATEGORIES), st.integers(0, 10_000))


@given(pieces)
@settings(max_examples=25, deadline=None)
def test_a_piece_stands_on_the_floor_and_is_centred(piece: Piece) -> None:
    low, high = bounds(piece)
    assert low[2] == pytest.approx(0, abs=1e-9)
    assert (low + high)[:2] == pytest.approx([0, 0], abs=1e-9)
    centre, scale = normalisation(piece)
    cube = np.stack([(low - centre) * scale, (high - centre) * scale])
    assert np.abs(cube).max() == pytest.approx(0.475)


@given(pieces)
@settings(max_examples=15, deadline=None)
def test_surface_samples_lie_on_the_surface_with_outward_normals(piece: Piece) -> None:
    points, normals, materials = sample_surface(piece, 500, np.random.default_rng(0))
    assert np.abs(signed_distance(piece, points)).max() < 2e-7
    assert np.linalg.norm(normals, axis=1) == pytest.approx(np.ones(500))
    # A hair outwards is outside of the solid the point lies on; narrow gaps to others are rare.
    assert np.mean(signed_distance(piece, points + 1e-5 * normals) > 0) > 0.99
    assert materials.max() < len(piece.materials)


@given(pieces, st.integers(0, 2**31))
@settings(max_examples=15, deadline=None)
def test_distance_is_one_lipschitz_and_outside_the_bounds_positive(piece: Piece, seed: int) -> None:
    rng = np.random.default_rng(seed)
    low, high = bounds(piece)
    a, b = rng.uniform(low - 0.3, high + 0.3, (2, 200, 3))
    gap = np.abs(signed_distance(piece, a) - signed_distance(piece, b))
    assert (gap <= np.linalg.norm(a - b, axis=1) + 1e-9).all()
    beyond = a[((a < low) | (a > high)).any(axis=1)]
    assert (signed_distance(piece, beyond) > 0).all()


def test_distances_of_known_solids() -> None:
    box = Box((1.0, 0.0, 0.0), (0.5, 1.0, 2.0), radius=0.1)
    where = np.array([[1, 0, 0], [2.5, 0, 0], [1.5 + 3, 1 + 4, 0]], dtype=float)
    corner = np.hypot(3 + 0.1, 4 + 0.1) - 0.1
    assert primitive_distance(box, where) == pytest.approx([-0.5, 1.0, corner])
    cylinder = Frustum((0.0, 0.0, 1.0), 1.0, 0.5, 0.5)
    where = np.array([[0, 0, 1], [2, 0, 1], [0, 0, 5], [3.5, 0, 6]], dtype=float)
    assert primitive_distance(cylinder, where) == pytest.approx([-0.5, 1.5, 3.0, 5.0])
    # A cone of 45 degrees: the side passes through (1, 0) and (0, 1) in the (radius, z) plane.
    cone = Frustum((0.0, 0.0, 0.5), 0.5, 1.0, 0.0)
    assert primitive_distance(cone, np.array([[1.0, 0, 1.0]])) == pytest.approx([np.sqrt(0.5)])


@pytest.mark.parametrize("category", CATEGORIES)
def test_samples_cover_a_closed_surface_evenly(category: str) -> None:
    """Over a closed surface the normals cancel, and so do their moments off the diagonal.

    By the divergence theorem the integral of p_i n_j is the volume where i = j, else zero.
    """
    piece = draw_piece(category, 5)
    count = 40_000
    points, normals, _ = sample_surface(piece, count, np.random.default_rng(1))
    noise = 5 / np.sqrt(count)
    assert np.abs(normals.mean(axis=0)).max() < noise
    low, high = bounds(piece)
    moments = (points - (low + high) / 2).T @ normals / count
    assert np.abs(moments - np.diag(np.diag(moments))).max() < noise * (high - low).max() / 2
    volumes = np.diag(moments)
    assert np.ptp(volumes) < 2 * noise * (high - low).max() / 2


def test_of_faces_in_one_plane_one_is_sampled() -> None:
    """Two boxes that share their floor and overlap, and a third that stands against them."""
    boxes = (
        Box((0.0, 0.0, 0.5), (0.5, 0.5, 0.5)),
        Box((0.4, 0.0, 0.25), (0.5, 0.3, 0.25)),
        Box((-0.75, 0.0, 0.5), (0.25, 0.5, 0.5)),
    )
    count = 40_000
    piece = Piece("table", 0, boxes)
    points, normals, _ = sample_surface(piece, count, np.random.default_rng(2))
    assert np.abs(normals.mean(axis=0)).max() < 5 / np.sqrt(count)
    # The floor: 1.5 by 1 metres, and 0.4 by 0.6 of the second box stand out.
    below = normals[:, 2] < -0.5
    total = 2 * (1.5 + 0.24) + 2 * 1.5 + 2 * 1.0 + 2 * 0.4 * 0.5
    assert below.mean() == pytest.approx((1.5 + 0.24) / total, abs=0.01)
    assert not ((np.abs(points[:, 0] + 0.5) < 1e-6) & (np.abs(normals[:, 0]) > 0.5)).any()


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_same_seed_gives_the_same_piece_and_others_differ(category: str) -> None:
    assert draw_piece(category, 42) == draw_piece(category, 42)
    drawn = {tuple(np.round(bounds(draw_piece(category, s))[1], 4)) for s in range(200)}
    assert len(drawn) > 195


def test_splits_do_not_overlap_and_hold_ten_thousand_seeds() -> None:
    owned = [set(seeds(split, 10_000)) for split in SPLITS]
    assert all(len(s) == 10_000 for s in owned)
    assert len(set.union(*owned)) == 10_000 * len(SPLITS)
    with pytest.raises(ValueError, match="unknown split"):
        seeds("holdout", 1)
    with pytest.raises(ValueError, match="has"):
        seeds("test", 10_001)


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown category"):
        draw_piece("lamp", 0)
