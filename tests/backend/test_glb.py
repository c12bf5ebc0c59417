"""The GLB is well formed, and says what was put in."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from maquette.backend.meshing.glb import vertex_normals, write_glb
from maquette.core.glb import read_glb


def parts(glb: bytes) -> tuple[dict[str, Any], bytes]:
    """Split a GLB into its JSON and its binary chunk, checking the frame."""
    magic, version, total = struct.unpack_from("<4sII", glb)
    assert (magic, version, total) == (b"glTF", 2, len(glb))
    length, kind = struct.unpack_from("<I4s", glb, 12)
    assert (kind, length % 4) == (b"JSON", 0)
    document = json.loads(glb[20 : 20 + length])
    size, kind = struct.unpack_from("<I4s", glb, 20 + length)
    assert (kind, size % 4) == (b"BIN\0", 0)
    assert 28 + length + size == len(glb)
    return document, glb[28 + length :]


def cube() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    box = trimesh.creation.box((1.0, 2.0, 0.5))
    rng = np.random.default_rng(0)
    return box.vertices, box.faces, rng.random((len(box.vertices), 3))


def test_structure() -> None:
    vertices, faces, colours = cube()
    document, body = parts(write_glb(vertices, faces, colours, name="Стул", extras={"a": 1}))
    assert document["asset"]["version"] == "2.0"
    assert document["asset"]["extras"] == {"a": 1}
    assert document["nodes"][0]["name"] == "Стул"
    sizes = {5126: 4, 5125: 4, 5123: 2}
    counts = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}
    for accessor in document["accessors"]:
        view = document["bufferViews"][accessor["bufferView"]]
        length = sizes[accessor["componentType"]] * counts[accessor["type"]] * accessor["count"]
        assert view["byteLength"] == length
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + length <= document["buffers"][0]["byteLength"]
    assert document["buffers"][0]["byteLength"] == len(body)
    low, high = document["accessors"][0]["min"], document["accessors"][0]["max"]
    assert low == vertices.astype(np.float32).min(0).tolist()
    assert high == vertices.astype(np.float32).max(0).tolist()
    material = document["materials"][0]["pbrMetallicRoughness"]
    assert material["metallicFactor"] == 0.0


def test_colours_are_linear_16_bit() -> None:
    vertices, faces, colours = cube()
    document, body = parts(write_glb(vertices, faces, colours))
    accessor = document["accessors"][2]
    assert accessor["normalized"]
    offset = document["bufferViews"][2]["byteOffset"]
    stored = np.frombuffer(body, "<u2", accessor["count"] * 4, offset).reshape(-1, 4) / 65535
    assert np.abs(stored[:, :3] - colours).max() < 1e-4
    assert (stored[:, 3] == 1.0).all()


def test_another_reader_sees_the_same_mesh() -> None:
    vertices, faces, colours = cube()
    scene = trimesh.load(io.BytesIO(write_glb(vertices, faces, colours)), file_type="glb")
    (mesh,) = scene.geometry.values()
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(1.0)
    assert mesh.extents == pytest.approx([1.0, 2.0, 0.5])


def test_normals_are_unit_and_point_outward() -> None:
    ball = trimesh.creation.icosphere(3)
    normals = vertex_normals(ball.vertices, ball.faces)
    assert normals.dtype == np.float32
    assert (normals * ball.vertices).sum(1).min() > 0.999


def test_normals_of_degenerate_meshes_are_unit() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 1], [1, 1, 2]])
    normals = vertex_normals(vertices, faces)
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0)


def test_a_texture_and_its_coordinates() -> None:
    vertices, faces, _ = cube()
    pixels = np.random.default_rng(1).integers(0, 255, (5, 3, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    uv = np.random.default_rng(2).random((len(vertices), 2)).astype(np.float32)
    normals = np.tile(np.float32([0, 0, 1]), (len(vertices), 1))
    glb = write_glb(vertices, faces, None, normals=normals, uv=uv, texture=stream.getvalue())
    document, body = parts(glb)
    attributes = document["meshes"][0]["primitives"][0]["attributes"]
    assert set(attributes) == {"POSITION", "NORMAL", "TEXCOORD_0"}
    view = document["bufferViews"][document["images"][0]["bufferView"]]
    start = view["byteOffset"]
    assert body[start : start + view["byteLength"]] == stream.getvalue()
    for accessor in document["accessors"]:
        assert document["bufferViews"][accessor["bufferView"]]["byteOffset"] % 4 == 0
    scene = trimesh.load(io.BytesIO(glb), file_type="glb", process=False)
    mesh = next(iter(scene.geometry.values()))
    assert np.allclose(mesh.visual.uv, uv, atol=1e-6)  # trimesh counts v upwards, too
    assert np.array_equal(np.asarray(mesh.visual.material.baseColorTexture), pixels)
    read = read_glb(glb)
    assert np.allclose(read.uv, uv, atol=1e-6) and read.texture == stream.getvalue()
    assert read.colours is None and np.array_equal(read.normals, normals)
