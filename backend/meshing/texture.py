"""Unwrap a mesh and bake its colours into a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xatlas
from scipy import ndimage

from .glb import vertex_normals
from .projection import Shot, paint
from .raster import fragments
from .simplification import mixed_colours

#: Pixels that are kept free between two charts.
_PADDING = 4


@dataclass(frozen=True)
class Unwrapped:
    """A mesh that is cut where its texture is.

    Attributes:
        source: (W,) int64: the vertex of the uncut mesh that each vertex comes from.
        faces: (F, 3) int32, in the uncut mesh's order.
        uv: (W, 2) float32 in 0..1, v upwards from the picture's lower edge.
    """

    source: np.ndarray
    faces: np.ndarray
    uv: np.ndarray


def unwrap(vertices: np.ndarray, faces: np.ndarray, size: int) -> Unwrapped:
    """Cut the mesh into charts and lay them into a square of ``size`` pixels (xatlas)."""
    atlas = xatlas.Atlas()
    atlas.add_mesh(
        np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.uint32)
    )
    packing = xatlas.PackOptions()
    packing.resolution, packing.padding = size, _PADDING
    atlas.generate(pack_options=packing)
    source, cut, uv = atlas[0]
    return Unwrapped(source.astype(np.int64), cut.astype(np.int32), uv.astype(np.float32))


def bake(
    vertices: np.ndarray,
    faces: np.ndarray,
    unwrapped: Unwrapped,
    size: int,
    detail: tuple[np.ndarray, np.ndarray],
    shots: Sequence[Shot] = (),
    progress: Callable[[float], None] | None = None,
) -> np.ndarray:
    """Colour every texel of the mesh.

    Args:
        vertices, faces: the uncut mesh, unit cube.
        size: edge of the texture in pixels.
        detail: points (D, 3) and their colours (D, 3), sRGB 0..1: the finer mesh that this one
            was made from.
        shots: pictures to lay over it, the first one last and so on top.
        progress: called with the share done, 0 to 1; may raise to stop the work.

    Returns:
        (size, size, 3) uint8 sRGB, rows from the top; texels outside of the charts continue the
        nearest chart.
    """
    told = progress or (lambda share: None)
    texels = unwrapped.uv.astype(np.float64) * (1, -1) * size + (0, size)
    normals = vertex_normals(vertices, faces)
    surface = np.concatenate([vertices, normals], axis=1)[unwrapped.source]
    row, column, at = [], [], []
    for part in fragments(texels, unwrapped.faces, size):
        row.append(part.row)
        column.append(part.column)
        at.append(part.mix(surface, unwrapped.faces).astype(np.float32))
        told(0.2)
    picture = np.zeros((size, size, 3), np.float32)
    covered = np.zeros((size, size), bool)
    if not row:
        return picture.astype(np.uint8)
    rows, columns, places = (np.concatenate(part) for part in (row, column, at))
    points, across = places[:, :3], places[:, 3:]
    across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    colours = mixed_colours(points, *detail)
    told(0.6)
    for index, shot in enumerate(reversed(shots)):
        colours = paint(colours, points, across, (vertices, faces), shot)
        told(0.6 + 0.3 * (index + 1) / len(shots))
    picture[rows, columns] = colours
    covered[rows, columns] = True
    nearest = ndimage.distance_transform_edt(~covered, return_distances=False, return_indices=True)
    told(1.0)
    full = picture[nearest[0], nearest[1]]
    return np.round(np.clip(full, 0, 1) * 255).astype(np.uint8)
