"""Reads the meshes that the service sends: binary glTF 2.0 with one buffer.

Only what a mesh needs is read: positions, normals, colours, the base colour's texture and
triangles, with the transforms of the nodes applied. Everything is checked before it is
used, because a broken file must end in a sentence and not in a broken scene.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from .errors import Fix, MaquetteError

_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
_TRIANGLES = 4
_DTYPES: dict[int, np.dtype[Any]] = {
    5120: np.dtype("<i1"),
    5121: np.dtype("<u1"),
    5122: np.dtype("<i2"),
    5123: np.dtype("<u2"),
    5125: np.dtype("<u4"),
    5126: np.dtype("<f4"),
}
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True)
class GlbMesh:
    """All triangles of a file as one mesh, in glTF's frame (Y up, metres, front faces +Z).

    Attributes:
        positions: (v, 3) float32.
        triangles: (f, 3) int32, counter-clockwise seen from outside.
        colours: (v, 4) float32, linear RGBA in 0..1; None when the file has none.
        normals: (v, 3) float32 unit vectors; None when the file has none.
        uv: (v, 2) float32 places in the texture, v upwards; None without a texture.
        texture: bytes of the base colour's PNG or JPEG; None when the file has none, or
            several primitives.
    """

    positions: np.ndarray
    triangles: np.ndarray
    colours: np.ndarray | None
    normals: np.ndarray | None
    uv: np.ndarray | None = None
    texture: bytes | None = None

    def welded(self) -> tuple[GlbMesh, np.ndarray | None]:
        """Join the vertices that were cut apart only for the texture.

        Vertices of one place become one, with the first one's colour and normal.

        Returns:
            the mesh without coordinates, and these for the corners of its triangles,
            (3 f, 2) float32, or None when there were none.
        """
        _, first, number = np.unique(
            self.positions.view(np.dtype((np.void, 12)))[:, 0],
            return_index=True,
            return_inverse=True,
        )
        order = np.argsort(first)  # keep the file's order
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        kept = first[order]
        joined = rank[number.reshape(-1)][self.triangles]
        a, b, c = joined.T
        proper = (a != b) & (b != c) & (c != a)
        mesh = GlbMesh(
            np.ascontiguousarray(self.positions[kept]),
            np.ascontiguousarray(joined[proper]),
            None if self.colours is None else self.colours[kept],
            None if self.normals is None else self.normals[kept],
        )
        return mesh, None if self.uv is None else self.uv[self.triangles[proper].ravel()]


def read_glb(data: bytes) -> GlbMesh:
    """Read a GLB.

    Raises:
        MaquetteError: ``mesh-unreadable`` when the bytes are not a GLB with triangles, or
            hold numbers that are not finite or indices that point outside.
    """
    try:
        document, binary = _chunks(data)
        parts = list(_primitives(document, binary))
        if not parts:
            raise ValueError("no triangles")
        return _joined(parts)
    except (ValueError, KeyError, IndexError, TypeError, struct.error, RecursionError) as error:
        raise MaquetteError(
            "mesh-unreadable",
            "The mesh that came back could not be read. Try again.",
            Fix.RETRY,
            f"{type(error).__name__}: {error}",
        ) from error


def to_blender_axes(vectors: np.ndarray) -> np.ndarray:
    """Turn (n, 3) vectors from glTF's frame (Y up, front +Z) to Blender's (Z up, front -Y)."""
    return np.ascontiguousarray(np.stack([vectors[:, 0], -vectors[:, 2], vectors[:, 1]], axis=1))


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, length = struct.unpack_from("<III", data, 0)
    if magic != _MAGIC or version != 2 or length > len(data):
        raise ValueError("not a binary glTF 2.0 file")
    document: dict[str, Any] | None = None
    binary = b""
    offset = 12
    while offset + 8 <= length:
        size, kind = struct.unpack_from("<II", data, offset)
        offset += 8
        if offset + size > length:
            raise ValueError("a chunk is cut off")
        if kind == _JSON:
            document = json.loads(data[offset : offset + size])
        elif kind == _BIN and not binary:
            binary = data[offset : offset + size]
        offset += size
    if not isinstance(document, dict):
        raise ValueError("no JSON chunk")
    return document, binary


def _accessor(document: dict[str, Any], binary: bytes, index: int) -> np.ndarray:
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    dtype = _DTYPES[accessor["componentType"]]
    width = _WIDTHS[accessor["type"]]
    count = int(accessor["count"])
    stride = int(view.get("byteStride") or dtype.itemsize * width)
    start = int(view.get("byteOffset", 0)) + int(accessor.get("byteOffset", 0))
    end = start + stride * (count - 1) + dtype.itemsize * width
    if count < 1 or start < 0 or stride < dtype.itemsize * width or end > len(binary):
        raise ValueError(f"accessor {index} lies outside the file")
    array = np.ndarray(
        (count, width), dtype, binary, offset=start, strides=(stride, dtype.itemsize)
    )
    if accessor.get("normalized"):
        return np.maximum(array.astype(np.float32) / np.iinfo(dtype).max, -1.0)
    return np.array(array)


def _primitives(document: dict[str, Any], binary: bytes) -> Any:
    for mesh_index, matrix in _instances(document):
        for primitive in document["meshes"][mesh_index]["primitives"]:
            if primitive.get("mode", _TRIANGLES) == _TRIANGLES:
                yield _primitive(document, binary, primitive, matrix)


def _instances(document: dict[str, Any]) -> list[tuple[int, np.ndarray]]:
    nodes = document.get("nodes", [])
    scenes = document.get("scenes", [])
    roots = scenes[document.get("scene", 0)].get("nodes", []) if scenes else range(len(nodes))
    found: list[tuple[int, np.ndarray]] = []

    def visit(index: int, parent: np.ndarray, depth: int) -> None:
        if depth > 64:
            raise ValueError("nodes are nested too deeply")
        node = nodes[index]
        matrix = parent @ _matrix(node)
        if "mesh" in node:
            found.append((node["mesh"], matrix))
        for child in node.get("children", []):
            visit(child, matrix, depth + 1)

    for root in roots:
        visit(root, np.eye(4), 0)
    return found


def _matrix(node: dict[str, Any]) -> np.ndarray:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    length = math.sqrt(x * x + y * y + z * z + w * w) or 1.0
    x, y, z, w = x / length, y / length, z / length, w / length
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.array(node.get("scale", (1.0, 1.0, 1.0)))
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix


def _primitive(
    document: dict[str, Any], binary: bytes, primitive: dict[str, Any], matrix: np.ndarray
) -> GlbMesh:
    attributes = primitive["attributes"]
    positions = _accessor(document, binary, attributes["POSITION"]).astype(np.float64)
    if positions.shape[1] != 3 or not np.isfinite(positions).all():
        raise ValueError("positions are not finite")
    count = len(positions)
    if "indices" in primitive:
        corners = _accessor(document, binary, primitive["indices"]).reshape(-1)
    else:
        corners = np.arange(count)
    if len(corners) % 3 or corners.min() < 0 or corners.max() >= count:
        raise ValueError("triangles point outside")
    triangles = _proper(corners.astype(np.int32).reshape(-1, 3))
    linear = matrix[:3, :3]
    if np.linalg.det(linear) < 0:
        triangles = triangles[:, ::-1]
    positions = positions @ linear.T + matrix[:3, 3]
    colours = normals = None
    if "COLOR_0" in attributes:
        colours = _rgba(_accessor(document, binary, attributes["COLOR_0"]), count)
    if "NORMAL" in attributes:
        raw = _accessor(document, binary, attributes["NORMAL"]).astype(np.float64)
        if raw.shape != (count, 3) or not np.isfinite(raw).all():
            raise ValueError("normals do not fit")
        raw = raw @ np.linalg.inv(linear)
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        normals = (raw / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    uv, texture = _texture(document, binary, primitive, count)
    return GlbMesh(
        positions.astype(np.float32),
        np.ascontiguousarray(triangles),
        colours,
        normals,
        uv,
        texture,
    )


def _texture(
    document: dict[str, Any], binary: bytes, primitive: dict[str, Any], count: int
) -> tuple[np.ndarray | None, bytes | None]:
    """Coordinates and picture of the base colour, or two times None."""
    if "material" not in primitive:
        return None, None
    material = document["materials"][primitive["material"]]
    used = material.get("pbrMetallicRoughness", {}).get("baseColorTexture")
    name = f"TEXCOORD_{used.get('texCoord', 0)}" if used else ""
    if not used or name not in primitive["attributes"]:
        return None, None
    image = document["images"][document["textures"][used["index"]]["source"]]
    if "bufferView" not in image:
        return None, None  # a file of its own, which the service never sends
    view = document["bufferViews"][image["bufferView"]]
    start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
    data = binary[start : start + length]
    if start < 0 or len(data) != length or not data.startswith(_PICTURES):
        raise ValueError("the texture is not a PNG or JPEG")
    uv = _accessor(document, binary, primitive["attributes"][name])
    if uv.shape != (count, 2):
        raise ValueError("texture coordinates do not fit")
    if uv.dtype.kind in "iu":
        uv = uv.astype(np.float32) / np.iinfo(uv.dtype).max
    if not np.isfinite(uv).all():
        raise ValueError("texture coordinates are not finite")
    # glTF counts v downwards.
    return np.stack([uv[:, 0], 1.0 - uv[:, 1]], axis=1).astype(np.float32), bytes(data)


def _proper(triangles: np.ndarray) -> np.ndarray:
    """Leave out triangles that use a vertex twice: they have no area and upset Blender."""
    a, b, c = triangles.T
    proper = triangles[(a != b) & (b != c) & (c != a)]
    if not len(proper):
        raise ValueError("no triangle has an area")
    return proper


def _rgba(raw: np.ndarray, count: int) -> np.ndarray:
    if len(raw) != count or raw.shape[1] not in (3, 4):
        raise ValueError("colours do not fit")
    if raw.dtype.kind in "iu":
        raw = raw.astype(np.float32) / np.iinfo(raw.dtype).max
    colours = np.ones((count, 4), dtype=np.float32)
    colours[:, : raw.shape[1]] = np.nan_to_num(raw)
    return np.clip(colours, 0.0, 1.0)


def _joined(parts: list[GlbMesh]) -> GlbMesh:
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0] + [len(part.positions) for part in parts[:-1]])
    triangles = [part.triangles + offset for part, offset in zip(parts, offsets, strict=True)]
    white = any(part.colours is not None for part in parts)
    smooth = all(part.normals is not None for part in parts)
    colours = [
        part.colours
        if part.colours is not None
        else np.ones((len(part.positions), 4), dtype=np.float32)
        for part in parts
    ]
    return GlbMesh(
        np.concatenate([part.positions for part in parts]),
        np.concatenate(triangles).astype(np.int32),
        np.concatenate(colours) if white else None,
        np.concatenate([p.normals for p in parts if p.normals is not None]) if smooth else None,
    )
