"""From a field to a closed mesh, with few queries."""

from itertools import combinations

import numpy as np
import pytest

from maquette.backend.meshing.extraction import Volume, sample_field
from maquette.backend.meshing.surface import to_mesh, without_floaters
from maquette.core.furniture.distance import is_inside, signed_distance
from maquette.core.furniture.primitives import normalisation
from maquette.core.furniture.shapes import draw_piece


def _sphere(points: np.ndarray) -> np.ndarray:
    return (np.linalg.norm(points, axis=1) - 0.3).astype(np.float32)


def _euler(faces: np.ndarray) -> int:
    edges = {tuple(sorted(e)) for face in faces.tolist() for e in combinations(face, 2)}
    return len(np.unique(faces)) - len(edges) + len(faces)


def _closed(faces: np.ndarray) -> bool:
    """Every directed edge has its opposite exactly once."""
    directed = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(
        np.int64
    )
    key = directed[:, 0] * 2**31 + directed[:, 1]
    back = directed[:, 1] * 2**31 + directed[:, 0]
    return len(np.unique(key)) == len(key) and np.array_equal(np.sort(key), np.sort(back))


def test_a_sphere_comes_out_round_closed_and_facing_outwards() -> None:
    vertices, faces = to_mesh(without_floaters(sample_field(_sphere, 64)))
    assert np.linalg.norm(vertices, axis=1) == pytest.approx(np.full(len(vertices), 0.3), abs=2e-3)
    assert _closed(faces)
    assert _euler(faces) == 2
    a, b, c = np.moveaxis(vertices[faces], 1, 0)
    volume = (np.cross(a, b) * c).sum() / 6
    assert volume == pytest.approx(4 / 3 * np.pi * 0.3**3, rel=0.01)


@pytest.mark.parametrize("category", ["chair", "bookshelf"])
def test_at_256_at_most_a_tenth_of_the_dense_grid_is_asked(category: str) -> None:
    piece = draw_piece(category, 2)
    centre, scale = normalisation(piece)
    asked = 0

    def field(points: np.ndarray) -> np.ndarray:
        nonlocal asked
        asked += len(points)
        there = points.astype(np.float64) / scale + centre
        return (signed_distance(piece, there) * scale).astype(np.float32)

    volume = sample_field(field, 256)
    assert asked == volume.queries
    assert asked <= 0.1 * 257**3
    cube = np.random.default_rng(0).uniform(-0.5, 0.5, (20_000, 3))
    nodes = np.rint((cube + 0.5) * 256).astype(int)
    true = is_inside(piece, (nodes / 256 - 0.5) / scale + centre)
    assert np.mean((volume.values[tuple(nodes.T)] < 0) == true) > 0.999


def test_floaters_go_and_large_parts_stay() -> None:
    def field(points: np.ndarray) -> np.ndarray:
        parts = [((-0.2, 0, 0), 0.2), ((0.3, 0, 0), 0.1), ((0, 0.4, 0.4), 0.02)]
        apart = [np.linalg.norm(points - np.array(c), axis=1) - r for c, r in parts]
        return np.min(apart, axis=0).astype(np.float32)

    vertices, _ = to_mesh(without_floaters(sample_field(field, 128)))
    assert vertices[:, 0].max() > 0.35
    assert vertices[:, 1].max() < 0.25


def test_a_shape_that_leaves_the_cube_is_closed_at_its_border() -> None:
    def slab(points: np.ndarray) -> np.ndarray:
        return (np.abs(points[:, 2]) - 0.1).astype(np.float32)

    vertices, faces = to_mesh(without_floaters(sample_field(slab, 32)))
    assert np.abs(vertices).max() <= 0.5
    assert _closed(faces)


def test_an_empty_field_gives_an_empty_mesh() -> None:
    volume = sample_field(lambda p: np.ones(len(p), np.float32), 32)
    vertices, faces = to_mesh(without_floaters(volume))
    assert vertices.shape == (0, 3)
    assert faces.shape == (0, 3)
    assert isinstance(volume, Volume)


def test_progress_grows_to_one_and_may_stop_the_work() -> None:
    shares: list[float] = []
    sample_field(_sphere, 64, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)

    class StopError(Exception):
        pass

    def stop(share: float) -> None:
        raise StopError

    with pytest.raises(StopError):
        sample_field(_sphere, 64, stop)


def test_odd_resolutions_are_refused() -> None:
    with pytest.raises(ValueError, match="power of two"):
        sample_field(_sphere, 100)
