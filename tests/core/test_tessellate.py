"""Meshes of the solids: closed, oriented, where the solids are."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.furniture.fingerprint import fingerprint
from maquette.core.furniture.primitives import Box, Frustum, Piece, bounds
from maquette.core.furniture.shapes import draw_piece
from maquette.core.furniture.tessellate import tessellate, tessellate_primitive
from maquette.core.protocol import CATEGORIES


def _turn(angles):
    a, b = angles
    about_z = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    return tuple(map(tuple, (about_z @ about_x).tolist()))


lengths = st.floats(0.005, 1.0)
turns = st.tuples(st.floats(-3, 3), st.floats(-3, 3)).map(_turn)
boxes = st.builds(
    lambda half, share, turn: Box((0.1, -0.2, 0.3), half, share * min(half), 0, turn),
    st.tuples(lengths, lengths, lengths),
    st.floats(0, 1),
    turns,
)
frusta = st.builds(
    lambda h, bottom, top, turn: Frustum((0.1, -0.2, 0.3), h, bottom, top, 0, turn),
    lengths,
    lengths,
    lengths,
    turns,
)


def _volume(mesh):
    """Signed volume by the divergence theorem over the quads' triangles."""
    a, b, c, d = (mesh.vertices[mesh.quads[:, i]] for i in range(4))
    cone = np.einsum("ij,ij->i", a, np.cross(b, c)) + np.einsum("ij,ij->i", a, np.cross(c, d))
    return float(cone.sum()) / 6


@given(st.one_of(boxes, frusta))
def test_bounds_agree_with_the_solid(primitive):
    mesh = tessellate_primitive(primitive)
    low, high = bounds(Piece("table", 0, (primitive,)))
    # A ball is meshed as a box of 0.995 of its radius in rounding, which reaches out by up to
    # 0.005 (sqrt(3) - 1) when turned; at most eight facets span 45 degrees, which takes 0.0024.
    tolerance = max(1e-3, 0.004 * getattr(primitive, "radius", 0.0))
    assert np.abs(mesh.vertices.min(axis=0) - low).max() < tolerance
    assert np.abs(mesh.vertices.max(axis=0) - high).max() < tolerance


@given(st.one_of(boxes, frusta))
def test_normals_point_outwards_and_are_unit(primitive):
    mesh = tessellate_primitive(primitive)
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(1, abs=1e-9)
    a, b, c, d = (mesh.vertices[mesh.quads[:, i]] for i in range(4))
    facing = np.cross(c - a, d - b)
    area = np.linalg.norm(facing, axis=1, keepdims=True)
    assert area.min() > 0
    mean = mesh.normals[mesh.quads].mean(axis=1)
    assert np.einsum("ij,ij->i", facing / area, mean).min() > 0


@given(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.05, 1))
def test_volume_of_sharp_boxes(x, y, z):
    volume = _volume(tessellate_primitive(Box((3, 2, 1), (x, y, z))))
    assert volume == pytest.approx(8 * x * y * z, rel=2e-3)


@given(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.05, 1))
def test_volume_of_frusta(height, bottom, top):
    volume = _volume(tessellate_primitive(Frustum((1, 2, 3), height, bottom, top)))
    exact = math.pi * 2 * height / 3 * (bottom**2 + bottom * top + top**2)
    assert volume == pytest.approx(exact, rel=2e-2)


def test_a_box_rounded_all_over_is_a_ball():
    volume = _volume(tessellate_primitive(Box((0, 0, 0), (0.3, 0.3, 0.3), 0.3)))
    assert volume == pytest.approx(4 / 3 * math.pi * 0.3**3, rel=1e-2)


@pytest.mark.parametrize("category", CATEGORIES)
def test_pieces_keep_bounds_and_materials(category):
    for seed in range(20):
        piece = draw_piece(category, seed)
        mesh = tessellate(piece)
        low, high = bounds(piece)
        assert np.abs(mesh.vertices.min(axis=0) - low).max() < 1e-3
        assert np.abs(mesh.vertices.max(axis=0) - high).max() < 1e-3
        assert mesh.quads.max() == len(mesh.vertices) - 1
        assert set(mesh.material.tolist()) <= set(range(len(piece.materials)))


def test_no_two_primitives_end_in_one_plane():
    slab = Box((0, 0, 0), (0.5, 0.5, 0.1))
    mesh = tessellate(Piece("table", 0, (slab, slab)))
    half = len(mesh.vertices) // 2
    gap = mesh.vertices[:half].max(axis=0) - mesh.vertices[half:].max(axis=0)
    assert (gap > 1e-6).all()


def test_fingerprint_tells_pieces_apart():
    assert fingerprint(draw_piece("chair", 3)) == fingerprint(draw_piece("chair", 3))
    assert fingerprint(draw_piece("chair", 3)) != fingerprint(draw_piece("chair", 4))


def test_fingerprint_overlooks_the_last_bits_that_versions_of_numpy_differ_in():
    def piece(z):
        return Piece("table", 0, (Box((0.0, 0.0, z), (0.1, 0.2, 0.3)),))

    assert fingerprint(piece(0.1 + 0.2)) == fingerprint(piece(0.3))
    assert fingerprint(piece(0.3 - 0.1 * 3)) == fingerprint(piece(0.0))
    assert fingerprint(piece(0.3)) != fingerprint(piece(0.3001))
