"""Lathes, extrusions and tubes: distance, samples, bounds and meshes agree with each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maquette.core.furniture.assembly import mirrored_x, tilted
from maquette.core.furniture.distance import nearest, signed_distance
from maquette.core.furniture.fields import primitive_distance
from maquette.core.furniture.patches import on_primitive, patch_area
from maquette.core.furniture.primitives import (
    Box,
    Extrusion,
    Frustum,
    Lathe,
    Piece,
    Primitive,
    Tube,
    primitive_bounds,
)
from maquette.core.furniture.sampling import sample_surface
from maquette.core.furniture.tessellate import tessellate_primitive


def _turn(angles: tuple[float, float]) -> tuple[tuple[float, ...], ...]:
    a, b = angles
    about_z = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    return tuple(map(tuple, (about_z @ about_x).tolist()))


def _star(radii: list[float]) -> tuple[tuple[float, float], ...]:
    """A polygon around the origin, mostly not convex."""
    angles = np.linspace(0, 2 * math.pi, len(radii), endpoint=False)
    return tuple((r * math.cos(a), r * math.sin(a)) for r, a in zip(radii, angles, strict=True))


def _steps(rows: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    heights = np.cumsum([rise for _, rise in rows])
    return tuple((r, float(z)) for (r, _), z in zip(rows, heights, strict=True))


#: Not seen from its middle: a bent slab and an L.
ARC = tuple(
    (r * math.cos(a), r * math.sin(a))
    for r, angles in ((0.5, np.linspace(0, 2.5, 9)), (0.44, np.linspace(2.5, 0, 9)))
    for a in angles.tolist()
)
ELL = ((0.0, 0.0), (0.6, 0.0), (0.6, 0.1), (0.1, 0.1), (0.1, 0.5), (0.0, 0.5))
BOWL = ((0.08, 0.0), (0.2, 0.1), (0.21, 0.15), (0.19, 0.15), (0.18, 0.11), (0.07, 0.02))

lengths = st.floats(0.02, 0.4)
places = st.tuples(*[st.floats(-0.5, 0.5)] * 3)
turns = st.tuples(st.floats(-3, 3), st.floats(-3, 3)).map(_turn)
lathes = st.builds(
    lambda profile, turn: Lathe((0.1, -0.2, 0.3), profile, 0, turn),
    st.one_of(
        st.lists(st.tuples(lengths, lengths), min_size=2, max_size=8).map(_steps), st.just(BOWL)
    ),
    turns,
)
outlines = st.one_of(
    st.lists(st.floats(0.1, 0.4), min_size=4, max_size=14).map(_star), st.sampled_from([ARC, ELL])
)
extrusions = st.builds(
    lambda outline, half, radius, turn: Extrusion((0.1, 0.2, 0.3), outline, half, radius, 0, turn),
    outlines,
    st.floats(0.005, 0.3),
    st.sampled_from([0.0, 0.004, 0.02]),
    turns,
)
tubes = st.lists(st.tuples(places, st.floats(0.01, 0.06)), min_size=2, max_size=6).map(
    lambda rows: Tube(tuple(p for p, _ in rows), tuple(r for _, r in rows))
)
solids = st.one_of(lathes, extrusions, tubes)


@given(solids)
@settings(max_examples=60, deadline=None)
def test_samples_lie_on_the_surface_and_outwards_is_along_their_normals(solid: Primitive) -> None:
    piece = Piece("chair", 0, (solid,))
    points, normals, _ = sample_surface(piece, 300, np.random.default_rng(0))
    assert np.abs(signed_distance(piece, points)).max() < 1e-7
    assert np.linalg.norm(normals, axis=1) == pytest.approx(np.ones(300))
    assert (signed_distance(piece, points + 1e-5 * normals) > 0).mean() > 0.98
    assert (signed_distance(piece, points - 1e-5 * normals) < 0).mean() > 0.98


@given(solids)
@settings(max_examples=60, deadline=None)
def test_distance_is_one_to_the_nearest_sample(solid: Primitive) -> None:
    rng = np.random.default_rng(1)
    piece = Piece("chair", 0, (solid,))
    low, high = primitive_bounds(solid)
    points = rng.uniform(low - 0.2, high + 0.2, (60, 3))
    surface = sample_surface(piece, 3000, rng)[0]
    gaps = np.linalg.norm(points[:, None] - surface[None], axis=2).min(axis=1)
    exact = signed_distance(piece, points)
    # Inside, overlapping segments and grown cores give a lower bound.
    assert (np.abs(exact) <= gaps + 1e-7).all()
    spacing = 4 * math.sqrt(patch_area(solid) / 3000)
    outside = exact > 0
    assert (gaps[outside] - exact[outside]).max(initial=0) < spacing


@given(solids)
@settings(max_examples=60, deadline=None)
def test_single_precision_agrees_with_double(solid: Primitive) -> None:
    low, high = primitive_bounds(solid)
    points = np.random.default_rng(2).uniform(low - 0.3, high + 0.3, (500, 3))
    single = primitive_distance(solid, points.astype(np.float32))
    assert single.dtype == np.float32
    assert np.abs(single - primitive_distance(solid, points)).max() < 2e-5


@given(solids)
@settings(max_examples=60, deadline=None)
def test_bounds_are_reached_and_not_passed(solid: Primitive) -> None:
    low, high = primitive_bounds(solid)
    points, _ = on_primitive(solid, 4000, np.random.default_rng(3))
    if not isinstance(solid, Tube):
        points = points @ np.array(solid.rotation).T + np.array(solid.centre)
    assert (points >= low - 1e-9).all()
    assert (points <= high + 1e-9).all()
    # No face of the box is away from the solid.
    mesh = tessellate_primitive(solid).vertices
    thick = max(getattr(solid, "radii", (0.0,)))
    assert np.abs(mesh.min(axis=0) - low).max() < max(1.2e-3, 0.04 * thick)
    assert np.abs(mesh.max(axis=0) - high).max() < max(1.2e-3, 0.04 * thick)


@given(solids)
@settings(max_examples=80, deadline=None)
def test_meshes_are_closed_outward_and_small(solid: Primitive) -> None:
    mesh = tessellate_primitive(solid)
    assert 2 * len(mesh.quads) < 3000 * (len(solid.points) if isinstance(solid, Tube) else 1)
    _, place = np.unique(np.round(mesh.vertices, 8), axis=0, return_inverse=True)
    corners = place.ravel()[mesh.quads]
    edges = np.stack([corners, np.roll(corners, -1, axis=1)], axis=-1).reshape(-1, 2)
    edges = edges[edges[:, 0] != edges[:, 1]]
    # Every edge is walked as often one way as the other: no hole, and one side is outside.
    base = len(place)
    forward = np.sort(edges[:, 0] * base + edges[:, 1])
    backward = np.sort(edges[:, 1] * base + edges[:, 0])
    assert (forward == backward).all()
    a, b, c, d = (mesh.vertices[mesh.quads[:, i]] for i in range(4))
    facing = np.cross(c - a, d - b)
    area = np.linalg.norm(facing, axis=1, keepdims=True)
    mean = mesh.normals[mesh.quads].mean(axis=1)
    share = np.einsum("ij,ij->i", facing / np.maximum(area, 1e-30), mean)
    assert share[area[:, 0] > 1e-8].min() > 0


@given(st.one_of(lathes, extrusions))
@settings(max_examples=40, deadline=None)
def test_meshes_wind_around_what_is_inside(solid: Primitive) -> None:
    """The solid angle of all faces (van Oosterom and Strackee) is 4 pi inside and 0 outside."""
    mesh = tessellate_primitive(solid)
    low, high = primitive_bounds(solid)
    points = np.random.default_rng(4).uniform(low - 0.02, high + 0.02, (80, 3))
    depth = primitive_distance(solid, points)
    points, depth = points[np.abs(depth) > 3e-3], depth[np.abs(depth) > 3e-3]
    triangles = np.concatenate([mesh.quads[:, [0, 1, 2]], mesh.quads[:, [0, 2, 3]]])
    a, b, c = (mesh.vertices[triangles[:, i]][None] - points[:, None] for i in range(3))
    x, y, z = (np.linalg.norm(v, axis=2) for v in (a, b, c))
    top = np.einsum("pti,pti->pt", a, np.cross(b, c))
    below = x * y * z + (a * b).sum(2) * z + (b * c).sum(2) * x + (c * a).sum(2) * y
    winding = 2 * np.arctan2(top, below).sum(axis=1) / (4 * math.pi)
    assert winding == pytest.approx(np.where(depth < 0, 1.0, 0.0), abs=1e-3)


def test_distances_of_known_solids() -> None:
    where = np.array([[0, 0, 1], [2, 0, 1], [0, 0, 5], [3.5, 0, 6]], dtype=float)
    cylinder = Lathe((0.0, 0.0, 1.0), ((0.5, -1.0), (0.5, 1.0)))
    assert primitive_distance(cylinder, where) == pytest.approx([-0.5, 1.5, 3.0, 5.0])
    square = ((-0.4, -0.9), (0.4, -0.9), (0.4, 0.9), (-0.4, 0.9))
    grown = Extrusion((1.0, 0.0, 0.0), square, 1.9, 0.1)
    box = Box((1.0, 0.0, 0.0), (0.5, 1.0, 2.0), 0.1)
    points = np.random.default_rng(0).uniform(-3, 3, (500, 3))
    assert primitive_distance(grown, points) == pytest.approx(primitive_distance(box, points))
    frustum = Frustum((0.0, 0.0, 0.0), 0.7, 0.3, 0.9)
    lathe = Lathe((0.0, 0.0, 0.0), ((0.3, -0.7), (0.9, 0.7)))
    assert primitive_distance(lathe, points) == pytest.approx(primitive_distance(frustum, points))
    capsule = Tube(((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 1.0, 0.0)), (0.1, 0.1, 0.1))
    there = np.array([[0.5, 0, 1], [-1, 0, 0], [1.5, 0.5, 0], [1, 1, 0.05]])
    assert primitive_distance(capsule, there) == pytest.approx([0.9, 0.9, 0.4, -0.05])


def test_a_round_cone_touches_its_tangent() -> None:
    """Balls of 0.3 and 0.1 that are 0.4 apart: the cone's half angle is 30 degrees."""
    cone = Tube(((0.0, 0.0, 0.0), (0.4, 0.0, 0.0)), (0.3, 0.1))
    normal = np.array([0.5, 0.0, math.sqrt(0.75)])
    on = 0.3 * normal + 0.5 * 0.4 * np.array([1.0, 0, 0]) - 0.5 * 0.2 * normal
    where = np.stack([on, on + 0.2 * normal, on - 0.05 * normal])
    assert primitive_distance(cone, where) == pytest.approx([0, 0.2, -0.05], abs=1e-12)


@given(solids, places)
@settings(max_examples=40, deadline=None)
def test_mirror_images_and_leaning_keep_distances(solid: Primitive, pivot: tuple) -> None:
    points = np.random.default_rng(5).uniform(-1, 1, (50, 3))
    exact = primitive_distance(solid, points)
    image = primitive_distance(mirrored_x(solid), points * [-1, 1, 1])
    assert image == pytest.approx(exact, abs=1e-9)
    c, s = math.cos(-0.3), math.sin(-0.3)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    leaning = (points - pivot) @ turn.T + pivot
    tilt = tilted(solid, math.degrees(0.3), pivot)
    assert primitive_distance(tilt, leaning) == pytest.approx(exact, abs=1e-9)


@given(
    st.lists(st.one_of(solids, st.just(Box((0, 0, 0), (0.3, 0.2, 0.1)))), min_size=1, max_size=5)
)
@settings(max_examples=40, deadline=None)
def test_the_union_skips_no_solid_that_matters(parts: list[Primitive]) -> None:
    piece = Piece("chair", 0, tuple(parts))
    points = np.random.default_rng(6).uniform(-0.7, 0.7, (300, 3))
    every = np.min([primitive_distance(p, points) for p in parts], axis=0)
    assert signed_distance(piece, points) == pytest.approx(every)
    near = nearest(piece, points, 0.1)[0]
    assert near == pytest.approx(np.minimum(every, 0.1))


@given(solids)
@settings(max_examples=25, deadline=None)
def test_samples_of_a_solid_are_even(solid: Primitive) -> None:
    """Over a closed surface the normals cancel when the samples are spread evenly."""
    count = 20_000
    piece = Piece("chair", 0, (solid,))
    _, normals, _ = sample_surface(piece, count, np.random.default_rng(7))
    assert np.abs(normals.mean(axis=0)).max() < 5 / math.sqrt(count)
