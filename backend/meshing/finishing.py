"""From an engine's mesh to the one that was asked for: fewer triangles, a texture."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from ...core.colour import linear_to_srgb
from .glb import vertex_normals

if TYPE_CHECKING:
    from ..engines.base import Reconstruction


@dataclass(frozen=True)
class Finished:
    """What goes into the file.

    Attributes:
        vertices: (V, 3) float32, unit cube.
        faces: (F, 3) int32.
        colours: (V, 3) linear RGB 0..1, or None with a texture.
        normals: (V, 3) float32 unit normals of the mesh before it was cut for its texture;
            None where it was not.
        uv: (V, 2) float32, v upwards, or None without a texture.
        texture: PNG bytes, sRGB, or None.
    """

    vertices: np.ndarray
    faces: np.ndarray
    colours: np.ndarray | None
    normals: np.ndarray | None = None
    uv: np.ndarray | None = None
    texture: bytes | None = None


def finish(
    made: Reconstruction, budget: int, texture: int, progress: Callable[[float], None]
) -> Finished:
    """Bring a mesh to a budget and, if wanted, its colours into a texture.

    Args:
        budget: most triangles; 0 leaves all.
        texture: edge in pixels; 0 leaves the colours at the vertices.
        progress: called with the share done, 0 to 1; may raise to stop the work.
    """
    vertices, faces = made.vertices, made.faces
    if budget and len(faces) > budget:
        from .simplification import simplify

        vertices, faces = simplify(vertices, faces, budget)
        progress(0.2)
    if not texture:
        colours = made.colours
        if vertices is not made.vertices:
            from .simplification import mixed_colours

            colours = mixed_colours(vertices, made.vertices, made.colours)
        return Finished(vertices, faces, colours)
    from .texture import bake, unwrap

    unwrapped = unwrap(vertices, faces, texture)
    progress(0.5)
    detail = (made.vertices, linear_to_srgb(made.colours).astype(np.float32))
    picture = bake(
        vertices,
        faces,
        unwrapped,
        texture,
        detail,
        made.shots,
        lambda share: progress(0.5 + 0.4 * share),
    )
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", compress_level=4)
    progress(1.0)
    return Finished(
        vertices[unwrapped.source],
        unwrapped.faces,
        None,
        vertex_normals(vertices, faces)[unwrapped.source],
        unwrapped.uv,
        stream.getvalue(),
    )
