"""The reader of the service's meshes."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.errors import MaquetteError
from maquette.core.glb import read_glb, to_blender_axes

TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype="<f4")


def _glb(positions=TRIANGLE, indices=(0, 1, 2), node=None, colours=None, **changes) -> bytes:
    """A GLB with one mesh, written by hand from the glTF 2.0 specification."""
    parts = [np.asarray(positions, dtype="<f4"), np.asarray(indices, dtype="<u4")]
    accessors = [
        {"componentType": 5126, "type": "VEC3", "count": len(positions)},
        {"componentType": 5125, "type": "SCALAR", "count": len(indices)},
    ]
    attributes = {"POSITION": 0}
    if colours is not None:
        parts.append(np.asarray(colours, dtype="u1"))
        accessors.append(
            {"componentType": 5121, "type": "VEC4", "count": len(colours), "normalized": True}
        )
        attributes["COLOR_0"] = 2
    views, binary = [], b""
    for index, part in enumerate(parts):
        accessors[index]["bufferView"] = index
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": part.nbytes})
        binary += part.tobytes()
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, **(node or {})}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 1}]}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
        **changes,
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text
    body += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<III", 0x46546C67, 2, 12 + len(body)) + body


def test_a_triangle_is_read():
    mesh = read_glb(_glb(colours=[[255, 0, 0, 255]] * 3))
    assert np.array_equal(mesh.positions, TRIANGLE)
    assert mesh.triangles.tolist() == [[0, 1, 2]]
    assert mesh.colours.tolist() == [[1.0, 0.0, 0.0, 1.0]] * 3


def test_a_node_moves_turns_and_scales_its_mesh():
    half = np.sqrt(0.5)
    node = {"translation": [0, 0, 5], "rotation": [0, 0, half, half], "scale": [2, 2, 2]}
    mesh = read_glb(_glb(node=node))
    assert mesh.positions == pytest.approx(np.array([[0, 0, 5], [0, 2, 5], [-2, 0, 5]]), abs=1e-6)


def test_a_mirrored_mesh_keeps_its_outside():
    mesh = read_glb(_glb(node={"scale": [-1, 1, 1]}))
    a, b, c = mesh.positions[mesh.triangles[0]]
    assert np.cross(b - a, c - a)[2] > 0


def test_a_triangle_that_uses_a_vertex_twice_is_left_out():
    mesh = read_glb(_glb(indices=(0, 1, 1, 0, 1, 2)))
    assert mesh.triangles.tolist() == [[0, 1, 2]]


def test_up_and_front_are_blenders():
    up_and_front = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    expected = [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]]
    assert to_blender_axes(up_and_front).tolist() == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"glTF",
        _glb()[:-3],
        _glb(indices=(0, 1, 3)),
        _glb(indices=(0, 1)),
        _glb(indices=(0, 1, 1)),
        _glb(positions=[[0, 0, np.nan], [1, 0, 0], [0, 1, 0]]),
        _glb(meshes=[{"primitives": []}]),
        _glb(nodes=[{"mesh": 0, "children": [0]}]),
        _glb(bufferViews=[{"buffer": 0, "byteOffset": 10_000}] * 2),
    ],
    ids=["empty", "short", "cut", "outside", "half", "flat", "nan", "none", "cycle", "beyond"],
)
def test_broken_files_are_refused_with_a_sentence(data):
    with pytest.raises(MaquetteError) as refused:
        read_glb(data)
    assert refused.value.problem.code == "mesh-unreadable"


@given(st.integers(0, 400), st.integers(0, 255))
def test_any_flipped_byte_ends_in_a_mesh_or_a_sentence(where, value):
    data = bytearray(_glb())
    data[where % len(data)] = value
    try:
        mesh = read_glb(bytes(data))
    except MaquetteError:
        return
    assert np.isfinite(mesh.positions).all()
    assert mesh.triangles.max() < len(mesh.positions)


def test_what_the_service_writes_is_read_back(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    box = trimesh.creation.box((1.0, 2.0, 3.0))
    mesh = read_glb(box.export(file_type="glb"))
    assert mesh.positions.max(axis=0) == pytest.approx([0.5, 1.0, 1.5])
    assert len(mesh.triangles) == 12


class TestTexture:
    """A base colour and its coordinates."""

    PNG = b"\x89PNG\r\n\x1a\n and more"

    def quad(self, picture: bytes = PNG, **material) -> bytes:
        """Two triangles that were cut apart along their common edge."""
        positions = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0], [1, 1, 0], [0, 1, 0]]
        uv = np.array([[0, 0], [0.5, 0], [0.5, 1], [0.6, 0], [1, 1], [0.6, 1]], "<f4")
        plain = _glb(positions, range(6))
        length = struct.unpack_from("<I", plain, 12)[0]
        document = json.loads(plain[20 : 20 + length])
        binary = plain[28 + length :]
        start = len(binary)
        binary += uv.tobytes() + picture
        document["bufferViews"] += [
            {"buffer": 0, "byteOffset": start, "byteLength": uv.nbytes},
            {"buffer": 0, "byteOffset": start + uv.nbytes, "byteLength": len(picture)},
        ]
        document["accessors"].append(
            {"componentType": 5126, "type": "VEC2", "count": 6, "bufferView": 2}
        )
        primitive = document["meshes"][0]["primitives"][0]
        primitive["attributes"]["TEXCOORD_0"] = 2
        primitive["material"] = 0
        document |= {
            "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
            "textures": [{"source": 0}],
            "images": [{"mimeType": "image/png", "bufferView": 3}],
            **material,
        }
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        binary += bytes(-len(binary) % 4)
        body = struct.pack("<II", len(text), 0x4E4F534A) + text
        body += struct.pack("<II", len(binary), 0x004E4942) + binary
        return struct.pack("<III", 0x46546C67, 2, 12 + len(body)) + body

    def test_is_read_with_v_upwards(self):
        mesh = read_glb(self.quad())
        assert mesh.texture == self.PNG
        assert mesh.uv[0].tolist() == [0, 1] and mesh.uv[5].tolist() == pytest.approx([0.6, 0])

    def test_cut_vertices_are_joined_and_their_corners_stay_apart(self):
        mesh = read_glb(self.quad())
        joined, corners = mesh.welded()
        assert joined.positions.tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
        assert joined.triangles.tolist() == [[0, 1, 2], [0, 2, 3]]
        assert np.array_equal(corners, mesh.uv)

    def test_joining_needs_no_texture(self):
        joined, corners = read_glb(_glb()).welded()
        assert corners is None and np.array_equal(joined.positions, TRIANGLE)

    @pytest.mark.parametrize(
        "change",
        [
            {"picture": b"GIF89a"},
            {"images": []},
            {"textures": [{"source": 4}]},
            {"images": [{"bufferView": 9}]},
            {"images": [{"bufferView": 3.5}]},
            {"materials": []},
        ],
    )
    def test_nonsense_ends_in_a_sentence(self, change):
        with pytest.raises(MaquetteError) as caught:
            read_glb(self.quad(**change))
        assert caught.value.problem.code == "mesh-unreadable"

    def test_without_coordinates_there_is_no_texture(self):
        other = {"materials": [{"pbrMetallicRoughness": {}}]}
        mesh = read_glb(self.quad(**other))
        assert mesh.texture is None and mesh.uv is None
