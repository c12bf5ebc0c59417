"""Sheets of what the embedded network makes of pictures: meshes from two sides."""

from __future__ import annotations

import numpy as np
import torch

from ..meshing.extraction import sample_field
from ..meshing.surface import to_mesh, without_floaters
from ..networks.field import NetworkField, look
from ..networks.reconstructor import Reconstructor
from .batches import ShardSource

_PICTURES, _EDGE, _RESOLUTION = 6, 128, 64
#: Cameras, azimuth and elevation in degrees.
_SIDES = ((-35.0, 20.0), (145.0, 20.0))


def sheet(model: Reconstructor, source: ShardSource, device: torch.device) -> np.ndarray:
    """Draw what becomes of the same pictures every time.

    Returns:
        (H, W, 3) uint8: a row a picture; the picture, then the mesh from the front and the back.
    """
    batch = source.draw_pictures(_PICTURES, np.random.default_rng(0))
    rows = []
    for rgba in batch.rgba.numpy():
        cells = [_fitted(rgba), *_drawn(model, rgba, device)]
        rows.append(np.concatenate([_over_grey(cell) for cell in cells], axis=1))
    return np.concatenate(rows, axis=0)


def _drawn(model: Reconstructor, rgba: np.ndarray, device: torch.device) -> list[np.ndarray]:
    """The mesh that the engine would make, coarsely, (S, S, 4) uint8 from each side."""
    from ..evaluation.drawing import draw, orbit_camera
    from ..evaluation.shapes import Mesh

    field = NetworkField(model, look(model, rgba, device))
    vertices, faces = to_mesh(without_floaters(sample_field(field.distance, _RESOLUTION)))
    if len(faces) == 0:
        return [np.zeros((_EDGE, _EDGE, 4), np.uint8) for _ in _SIDES]
    colours = field.colour(vertices.astype(np.float32))
    mesh = Mesh(vertices.astype(np.float64), faces, colours)
    return [draw(mesh, orbit_camera(*side, _EDGE), lit=True) for side in _SIDES]


def _fitted(rgba: np.ndarray) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.fromarray(rgba).resize((_EDGE, _EDGE), Image.Resampling.BOX))


def _over_grey(rgba: np.ndarray) -> np.ndarray:
    alpha = rgba[..., 3:].astype(np.float32) / 255
    return (rgba[..., :3] * alpha + 90 * (1 - alpha)).round().astype(np.uint8)
