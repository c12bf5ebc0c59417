"""Grid values to a clean, closed triangle mesh."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage import measure

from .extraction import Volume

#: Parts smaller than this share of the largest are floaters.
FLOATER_SHARE = 0.01


def without_floaters(volume: Volume) -> Volume:
    """Turn parts that hang loose and are small into outside, and close the grid's border.

    The field's own sign stays everywhere else, so the mesh is watertight wherever the field is.
    """
    values = volume.values.copy()
    outer = np.ones(values.shape, bool)
    outer[1:-1, 1:-1, 1:-1] = False
    step = np.float32(0.5 / volume.resolution)
    values[outer] = np.maximum(values[outer], step)
    parts, count = ndimage.label(values < 0, structure=np.ones((3, 3, 3)))
    if count > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        small = sizes < FLOATER_SHARE * sizes.max()
        small[0] = False
        drop = small[parts]
        values[drop] = np.maximum(-values[drop], step * 0.1)
    return Volume(values, volume.queries)


def to_mesh(volume: Volume) -> tuple[np.ndarray, np.ndarray]:
    """Run marching cubes (Lewiner et al. 2003) at zero.

    Returns:
        vertices (V, 3) float32 in [-0.5, 0.5], faces (F, 3) int32, counter-clockwise from
        outside; both empty when nothing is inside.
    """
    if not (volume.values < 0).any():
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
    vertices, faces, _, _ = measure.marching_cubes(
        volume.values, 0.0, gradient_direction="descent", allow_degenerate=False
    )
    vertices = vertices / volume.resolution - 0.5
    return vertices.astype(np.float32), faces.astype(np.int32)
