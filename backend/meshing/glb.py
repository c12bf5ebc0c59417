"""Write one mesh with vertex colours or a texture as a binary glTF 2.0 file."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
_FLOAT, _UINT, _USHORT = 5126, 5125, 5123
_ARRAY, _ELEMENTS = 34962, 34963


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Return (V, 3) float32 unit normals, each the area-weighted mean of its faces.

    A vertex without a face, or between faces that cancel, gets +Y.
    """
    corners = vertices[faces].astype(np.float64)
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    flat = faces.ravel()
    normals = np.stack(
        [
            np.bincount(flat, np.repeat(face_normals[:, axis], 3), len(vertices))
            for axis in range(3)
        ],
        axis=1,
    )
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    good = lengths[:, 0] > 1e-20
    normals[good] /= lengths[good]
    normals[~good] = (0.0, 1.0, 0.0)
    return normals.astype(np.float32)


def write_glb(
    vertices: np.ndarray,
    faces: np.ndarray,
    colours: np.ndarray | None,
    *,
    name: str = "mesh",
    roughness: float = 0.8,
    extras: dict[str, Any] | None = None,
    normals: np.ndarray | None = None,
    uv: np.ndarray | None = None,
    texture: bytes | None = None,
) -> bytes:
    """Return the bytes of a GLB with one node, one mesh and one rough, non-metallic material.

    Args:
        vertices: (V, 3) floats, metres, Y up.
        faces: (F, 3) ints, counter-clockwise seen from outside.
        colours: (V, 3) floats, linear RGB, 0 to 1; stored as 16-bit ``COLOR_0``. None with a
            texture, which viewers would multiply by them.
        name: of node, mesh and material.
        roughness: of the material.
        extras: JSON-ready; written to ``asset.extras``.
        normals: (V, 3) unit vectors; without, they are made from the faces.
        uv: (V, 2) floats, v upwards; needed with a texture.
        texture: PNG bytes for the base colour.
    """
    points = np.ascontiguousarray(vertices, "<f4")
    if normals is None:
        normals = vertex_normals(points, faces)
    material: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": roughness}
    blocks, accessors, attributes = [points.tobytes()], [], {"POSITION": 0, "NORMAL": 1}
    blocks.append(np.ascontiguousarray(normals, "<f4").tobytes())
    span = {"min": points.min(0).tolist(), "max": points.max(0).tolist()}
    accessors.append({**_accessor(0, _FLOAT, len(points), "VEC3"), **span})
    accessors.append(_accessor(1, _FLOAT, len(points), "VEC3"))
    if colours is not None:
        rgba = np.ones((len(points), 4))
        rgba[:, :3] = np.clip(colours, 0.0, 1.0)
        attributes["COLOR_0"] = len(blocks)
        accessors.append(
            {**_accessor(len(blocks), _USHORT, len(points), "VEC4"), "normalized": True}
        )
        blocks.append(np.round(rgba * 65535).astype("<u2").tobytes())
    if uv is not None:
        attributes["TEXCOORD_0"] = len(blocks)
        accessors.append(_accessor(len(blocks), _FLOAT, len(points), "VEC2"))
        # glTF counts v downwards.
        blocks.append(np.ascontiguousarray(uv * (1, -1) + (0, 1), "<f4").tobytes())
    indices = len(blocks)
    accessors.append(_accessor(indices, _UINT, 3 * len(faces), "SCALAR"))
    blocks.append(np.ascontiguousarray(faces, "<u4").tobytes())
    images: dict[str, Any] = {}
    if texture is not None:
        material["baseColorTexture"] = {"index": 0}
        images = {
            "textures": [{"source": 0, "sampler": 0}],
            "samplers": [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}],
            "images": [{"name": name, "mimeType": "image/png", "bufferView": len(blocks)}],
        }
        blocks.append(texture + bytes(-len(texture) % 4))
    offsets = np.concatenate([[0], np.cumsum([len(b) for b in blocks])])  # all multiples of 4
    views = []
    for i, block in enumerate(blocks):
        view = {"buffer": 0, "byteOffset": int(offsets[i]), "byteLength": len(block)}
        if i <= indices:
            view["target"] = _ELEMENTS if i == indices else _ARRAY
        elif texture is not None:
            view["byteLength"] = len(texture)
        views.append(view)
    primitive = {"attributes": attributes, "indices": indices, "material": 0}
    document = {
        "asset": {"version": "2.0", "generator": "Maquette", "extras": extras or {}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": name, "mesh": 0}],
        "meshes": [{"name": name, "primitives": [primitive]}],
        "materials": [{"name": name, "pbrMetallicRoughness": material}],
        **images,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": int(offsets[-1])}],
    }
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 4)
    body = b"".join(blocks)
    total = 12 + 8 + len(text) + 8 + len(body)
    return b"".join(
        [
            struct.pack("<III", _MAGIC, 2, total),
            struct.pack("<II", len(text), _JSON),
            text,
            struct.pack("<II", len(body), _BIN),
            body,
        ]
    )


def _accessor(view: int, component: int, count: int, kind: str) -> dict[str, Any]:
    return {"bufferView": view, "componentType": component, "count": count, "type": kind}
