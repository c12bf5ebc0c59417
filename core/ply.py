"""Meshes and points as binary PLY, the format every viewer and evaluation script reads."""

from __future__ import annotations

import numpy as np

_NAMES = {"float32": "float", "float64": "double", "uint8": "uchar"}


def encode_ply(
    vertices: np.ndarray, faces: np.ndarray | None = None, colours: np.ndarray | None = None
) -> bytes:
    """Encode a mesh or a cloud of points, little endian.

    Args:
        vertices: (N, 3) float32 or float64, in whatever frame and unit.
        faces: (M, 3) int, or None.
        colours: (N, 3) uint8, sRGB, or None.
    """
    kind = vertices.dtype.newbyteorder("=").name
    fields = [(axis, vertices.dtype.newbyteorder("<")) for axis in "xyz"]
    if colours is not None:
        fields += [(name, np.dtype(np.uint8)) for name in ("red", "green", "blue")]
    table = np.empty(len(vertices), fields)
    for i, axis in enumerate("xyz"):
        table[axis] = vertices[:, i]
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(vertices)}"]
    lines += [f"property {_NAMES[kind]} {axis}" for axis in "xyz"]
    if colours is not None:
        for i, name in enumerate(("red", "green", "blue")):
            table[name] = colours[:, i]
            lines.append(f"property uchar {name}")
    body = table.tobytes()
    if faces is not None:
        lines += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
        rows = np.empty(len(faces), [("count", np.uint8), ("corners", "<i4", 3)])
        rows["count"], rows["corners"] = 3, faces
        body += rows.tobytes()
    return "\n".join([*lines, "end_header\n"]).encode() + body


def decode_ply(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Read vertices (N, 3) and triangles (M, 3) int32 of what :func:`encode_ply` wrote.

    Raises:
        ValueError: it is another kind of PLY, or damaged.
    """
    head, found, body = data.partition(b"end_header\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not found or lines[:2] != ["ply", "format binary_little_endian 1.0"]:
        raise ValueError("not a binary PLY file")
    kinds = {short: np.dtype(name).newbyteorder("<") for name, short in _NAMES.items()}
    fields, counts = [], {"vertex": 0, "face": 0}
    for words in (line.split() for line in lines):
        if words[:1] == ["element"]:
            counts[words[1]] = int(words[2])
        elif words[:1] == ["property"] and words[1] in kinds:
            fields.append((words[2], kinds[words[1]]))
    table = np.frombuffer(body, np.dtype(fields), counts["vertex"])
    rows = np.frombuffer(
        body,
        np.dtype([("count", np.uint8), ("corners", "<i4", 3)]),
        counts["face"],
        table.nbytes,
    )
    if not (rows["count"] == 3).all():
        raise ValueError("a PLY file with other faces than triangles")
    vertices = np.stack([table[axis] for axis in "xyz"], axis=1)
    return vertices, np.ascontiguousarray(rows["corners"])
