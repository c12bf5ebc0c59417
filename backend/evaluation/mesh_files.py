"""Mesh files of any kind that trimesh reads, in Maquette's axes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...core.errors import MaquetteError
from ...core.glb import to_blender_axes
from .shapes import GREY, Mesh

#: Formats that are Y up by definition or custom; the others are taken to be Z up.
Y_UP = (".glb", ".gltf", ".obj")
SUFFIXES = (*Y_UP, ".ply", ".stl", ".off")


def read_mesh(path: Path) -> Mesh:
    """Read all triangles of a file, in its own unit, Z up, front to -Y.

    A texture gives each vertex the colour under it.

    Raises:
        MaquetteError: ``mesh-unreadable``, naming the file.
    """
    import trimesh

    try:
        parts = [
            part
            for part in trimesh.load_scene(path).dump()
            if isinstance(part, trimesh.Trimesh) and len(part.faces)
        ]
        if not parts:
            raise ValueError("it has no triangles")
        vertices = np.concatenate([part.vertices for part in parts]).astype(np.float64)
        starts = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
        faces = np.concatenate(
            [part.faces + start for part, start in zip(parts, starts, strict=True)]
        ).astype(np.int64)
        if not np.isfinite(vertices).all():
            raise ValueError("it has coordinates that are not finite")
        if float(np.ptp(vertices[faces.ravel()], axis=0).max()) <= 0:
            raise ValueError("it has no size")
        colours = np.concatenate([_colours(part) for part in parts])
    # Readers of damaged files fail in every way there is.
    except Exception as error:
        raise MaquetteError(
            "mesh-unreadable",
            f"“{path}” cannot be read as a mesh.",
            detail=f"{type(error).__name__}: {error}",
        ) from error
    if path.suffix.lower() in Y_UP:
        vertices = to_blender_axes(vertices)
    return Mesh(vertices, faces, colours)


def _colours(part: object) -> np.ndarray:
    """(V, 3) float32 sRGB of a part of a scene; one colour of all is repeated."""
    count = len(part.vertices)  # type: ignore[attr-defined]
    visual = part.visual  # type: ignore[attr-defined]
    if visual.kind == "texture":
        visual = visual.to_color()
    if visual.kind is None:
        return np.full((count, 3), GREY, np.float32)
    colours = np.atleast_2d(visual.vertex_colors)[:, :3] / 255
    return np.broadcast_to(colours, (count, 3)).astype(np.float32)
