"""Budget, unwrapping, baking and the picture on the side that it shows."""

from __future__ import annotations

import io

import numpy as np
import pytest
import trimesh
from PIL import Image

from maquette.backend.engines.base import Reconstruction
from maquette.backend.meshing.finishing import Finished, finish
from maquette.backend.meshing.projection import Shot, fitted, paint, project
from maquette.backend.meshing.raster import depth_buffer, fragments
from maquette.backend.meshing.simplification import simplify
from maquette.core.colour import srgb_to_linear

#: A camera 2 in front of the cube, looking along +Y: right is +X, down is -Z.
FRONT = np.array([[1.2, 0.5, 0, 1.0], [0, 0.5, -1.2, 1.0], [0, 1.0, 0, 2.0]])


def ball(radius: float = 0.4) -> trimesh.Trimesh:
    return trimesh.creation.icosphere(subdivisions=5, radius=radius)


def stripes(points: np.ndarray) -> np.ndarray:
    """A smooth colour of place, sRGB."""
    return (0.5 + 0.45 * np.sin(points * (7, 5, 9))).astype(np.float32)


def made(mesh: trimesh.Trimesh, shots: tuple[Shot, ...] = ()) -> Reconstruction:
    vertices = mesh.vertices.astype(np.float32)
    colours = srgb_to_linear(stripes(vertices)).astype(np.float32)
    return Reconstruction(vertices, mesh.faces.astype(np.int32), colours, shots=shots)


def texture_of(done: Finished) -> np.ndarray:
    assert done.texture is not None
    return np.asarray(Image.open(io.BytesIO(done.texture))) / 255


def colour_on(done: Finished) -> tuple[np.ndarray, np.ndarray]:
    """Points within the triangles, and what the texture shows there, as a viewer reads it."""
    assert done.uv is not None
    picture = texture_of(done)
    weights = np.random.default_rng(0).dirichlet((2, 2, 2), len(done.faces))
    points = np.einsum("fc,fcd->fd", weights, done.vertices[done.faces])
    uv = np.einsum("fc,fcd->fd", weights, done.uv[done.faces])
    size = len(picture)
    row = np.clip(((1 - uv[:, 1]) * size).astype(int), 0, size - 1)
    return points, picture[row, np.clip((uv[:, 0] * size).astype(int), 0, size - 1)]


def nothing(share: float) -> None:
    """Nobody looks."""


@pytest.mark.parametrize("budget", [5000, 1000, 200])
def test_a_budget_is_kept_and_the_shape_too(budget: int) -> None:
    whole = ball()
    vertices, faces = simplify(
        whole.vertices.astype(np.float32), whole.faces.astype(np.int32), budget
    )
    assert 0.8 * budget <= len(faces) <= budget
    mesh = trimesh.Trimesh(vertices, faces, process=False)
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(whole.volume, rel=0.01 + 4 / budget)
    assert faces.dtype == np.int32 and vertices.dtype == np.float32


def test_colours_survive_simplification() -> None:
    done = finish(made(ball()), 1000, 0, nothing)
    assert done.texture is None and done.colours is not None and len(done.faces) <= 1000
    wanted = srgb_to_linear(stripes(done.vertices))
    assert np.abs(done.colours - wanted).mean() < 0.01


def test_nothing_asked_for_changes_nothing() -> None:
    source = made(ball())
    done = finish(source, 0, 0, nothing)
    assert done.vertices is source.vertices and done.faces is source.faces
    assert done.colours is source.colours and done.normals is None
    assert finish(source, len(source.faces), 0, nothing).faces is source.faces


@pytest.mark.parametrize("size", [512, 2048])
def test_a_texture_shows_the_fine_meshs_colours(size: int) -> None:
    done = finish(made(ball()), 800, size, nothing)
    assert done.colours is None and done.uv is not None and done.normals is not None
    assert texture_of(done).shape == (size, size, 3)
    assert done.uv.min() >= 0 and done.uv.max() <= 1
    assert np.allclose(np.linalg.norm(done.normals, axis=1), 1, atol=1e-4)
    points, shown = colour_on(done)
    # The coarse triangles lie a little inside of the ball whose colours they carry.
    surface = points / np.linalg.norm(points, axis=1, keepdims=True) * 0.4
    off = np.abs(shown - stripes(surface))
    assert off.mean() < 0.02 and np.quantile(off, 0.99) < 0.08
    # Closed again once the vertices of one place are joined.
    _, joined = np.unique(done.vertices, axis=0, return_inverse=True)
    closed = trimesh.Trimesh(np.unique(done.vertices, axis=0), joined.reshape(-1)[done.faces])
    assert closed.is_watertight and closed.volume > 0


class TestPicture:
    """The input on the visible side."""

    @staticmethod
    def shot(size: int = 256, fitted: bool = True) -> Shot:
        """The ball's outline, its left half red and its right half blue, a sharp line between."""
        rgba = np.zeros((size, size, 4), np.uint8)
        rows, columns = np.mgrid[:size, :size]
        disc = (rows - size / 2) ** 2 + (columns - size / 2) ** 2 < (0.25 * size) ** 2
        rgba[..., 0] = np.where(columns < size / 2, 255, 0)
        rgba[..., 2] = np.where(columns < size / 2, 0, 255)
        rgba[..., 3] = disc * 255
        return Shot(rgba, FRONT, fitted)

    @pytest.mark.parametrize("known", [True, False])
    def test_the_front_is_the_picture_and_the_back_is_not(self, known: bool) -> None:
        done = finish(made(ball(), (self.shot(fitted=known),)), 0, 512, nothing)
        points, shown = colour_on(done)
        front = points[:, 1] < -0.32
        left, right = front & (points[:, 0] < -0.02), front & (points[:, 0] > 0.02)
        assert np.abs(shown[left] - (1, 0, 0)).max(axis=1).mean() < 0.02
        assert np.abs(shown[right] - (0, 0, 1)).max(axis=1).mean() < 0.02
        back = points[:, 1] > 0.05
        assert np.abs(shown[back] - stripes(points[back])).mean() < 0.02

    def test_what_lies_behind_something_keeps_its_colour(self) -> None:
        board = trimesh.creation.box((0.3, 0.02, 0.3))
        board.apply_translation((0, -0.45, 0))
        wall = trimesh.creation.box((0.8, 0.02, 0.8))
        mesh = trimesh.util.concatenate([board, wall])
        corners = mesh.vertices.astype(np.float32), mesh.faces
        rgba = np.full((128, 128, 4), 255, np.uint8)
        points = np.array([[0, -0.46, 0], [0, -0.01, 0], [0.3, -0.01, 0.3], [0.0, 0.01, 0.3]])
        normals = np.array([[0, -1.0, 0], [0, -1, 0], [0, -1, 0], [0, 1, 0]])
        grey = np.full((4, 3), 0.2, np.float32)
        shown = paint(grey, points, normals, corners, Shot(rgba, FRONT))
        assert shown[0] == pytest.approx(1, abs=0.01)  # before
        assert shown[1] == pytest.approx(0.2, abs=0.01)  # behind the board
        assert shown[2].min() > 0.9  # beside it
        assert shown[3] == pytest.approx(0.2, abs=0.01)  # turned away

    def test_an_assumed_cameras_picture_is_laid_over_the_mesh(self) -> None:
        shot = self.shot(fitted=False)
        moved = Shot(np.roll(shot.rgba, (30, -20), axis=(0, 1)), FRONT, False)
        vertices = ball(0.3).vertices
        uv, _ = project(fitted(moved, vertices).matrix, vertices)
        solid = np.argwhere(moved.rgba[..., 3] > 0) / 256
        assert uv.min(axis=0)[::-1] == pytest.approx(solid.min(axis=0), abs=0.006)
        assert uv.max(axis=0)[::-1] == pytest.approx(solid.max(axis=0), abs=0.006)


class TestRaster:
    """Pixels of triangles."""

    def test_a_square_of_two_triangles_covers_each_pixel(self) -> None:
        points = np.array([[2, 3], [14, 3], [14, 11], [2, 11]], float)
        seen = np.zeros((16, 16), int)
        for part in fragments(points, np.array([[0, 1, 2], [0, 3, 2]]), 16):
            np.add.at(seen, (part.row, part.column), 1)
            place = part.mix(points, np.array([[0, 1, 2], [0, 3, 2]]))
            assert place == pytest.approx(np.stack([part.column, part.row], 1) + 0.5)
        assert (seen[3:11, 2:14] >= 1).all() and (seen > 0).sum() == 8 * 12

    def test_triangles_beyond_the_picture_and_without_area_do_no_harm(self) -> None:
        points = np.array([[-50, -50], [-40, -50], [-40, -40], [5, 5], [np.nan, 1], [1e9, 3]])
        faces = np.array([[0, 1, 2], [3, 3, 3], [0, 1, 4], [0, 3, 5]])
        for part in fragments(points, faces, 8):
            assert ((part.row >= 0) & (part.row < 8) & (part.column < 8)).all()

    def test_the_nearest_depth_wins(self) -> None:
        square = np.array([[0, 0], [8, 0], [8, 8], [0, 8]], float)
        points = np.concatenate([square, square])
        depth = np.array([3.0] * 4 + [2.0] * 4)
        faces = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6]])
        buffer = depth_buffer(points, depth, faces, 10)
        assert buffer[1, 6] == pytest.approx(2) and buffer[6, 1] == pytest.approx(3)
        assert np.isinf(buffer[9, 9])
