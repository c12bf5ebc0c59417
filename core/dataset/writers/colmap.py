"""COLMAP's text model: a folder per asset with ``images``, ``masks`` and ``sparse/0``.

Poses are world-to-camera as quaternion (w, x, y, z) and translation in OpenCV's axes; pixel
centres are at +0.5, as ours. ``points3D.txt`` holds surface points from the depth pass, each with
the views that see it. Masks are named as COLMAP's ``--ImageReader.mask_path`` expects.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...cameras import Camera, project, unproject
from ...png import encode_png
from ..reading import Asset, Dataset
from .base import perspective_only, put
from .colmap_model import cameras_text, images_text, points_text, read_model

#: Points of an asset, at most.
POINTS = 4000
#: A view sees a point whose depth differs from the picture's by less than this share.
_SAME = 5e-3


class ColmapWriter:
    """Writes COLMAP's text model."""

    title: ClassVar[str] = "COLMAP text model"
    needs: ClassVar[tuple[str, ...]] = ("rgba", "depth")
    conventions: ClassVar[str] = (
        "images.txt: world-to-camera; camera axes x right, y down, z forward; world Z up, front "
        "to -Y, the object centred, its longest edge 1. cameras.txt: PINHOLE, pixels, centre of "
        "the first pixel at (0.5, 0.5). images: sRGB, straight alpha. masks: 255 where the "
        "object is."
    )

    def write(self, dataset: Dataset, out: Path) -> None:
        """See :class:`.base.Writer`."""
        for asset in dataset.assets:
            perspective_only(asset, self.title)
            self._asset(asset, out / asset.id)

    def _asset(self, asset: Asset, folder: Path) -> None:
        pictures = [asset.read("rgba", view) for view in range(asset.views)]
        for view, rgba in enumerate(pictures):
            name = f"{view:03d}.png"
            put(folder / "images" / name, asset.encoded("rgba", view))
            mask = np.where(rgba[..., 3] > 0, 255, 0).astype(np.uint8)
            put(folder / "masks" / f"{name}.png", encode_png(mask, compact=True))
        depths = [asset.read("depth", view) for view in range(asset.views)]
        points, colours = surface_points(asset.cameras(), depths, pictures)
        seen = [
            _visible(camera, depth, points)
            for camera, depth in zip(asset.cameras(), depths, strict=True)
        ]
        model = folder / "sparse" / "0"
        put(model / "cameras.txt", cameras_text(asset.cameras()))
        put(model / "images.txt", images_text(asset.cameras(), seen))
        put(model / "points3D.txt", points_text(points, colours, seen))

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """See :class:`.base.Writer`."""
        return read_model(out / asset.id / "sparse" / "0")[0]


def surface_points(
    cameras: list[Camera], depths: list[np.ndarray], pictures: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Pick points evenly from all views' depth.

    Returns:
        points (N, 3) float64, world, and colours (N, 3) uint8; N is at most ``POINTS``.
    """
    solid = [(d > 0) & (p[..., 3] == 255) for d, p in zip(depths, pictures, strict=True)]
    total = sum(int(np.count_nonzero(mask)) for mask in solid)
    step = max(math.ceil(total / POINTS), 1)
    points, colours, start = [], [], 0
    for camera, depth, picture, mask in zip(cameras, depths, pictures, solid, strict=True):
        rows, columns = (axis[start::step] for axis in np.nonzero(mask))
        centres = np.stack([columns, rows], axis=1) + 0.5
        points.append(unproject(camera, centres, depth[rows, columns]))
        colours.append(picture[rows, columns, :3])
        start = (start - int(np.count_nonzero(mask))) % step
    return np.concatenate(points), np.concatenate(colours)


def _visible(
    camera: Camera, depth: np.ndarray, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers of the points that a view sees, and their pixels (M, 2)."""
    pixels, along = project(camera, points)
    with np.errstate(invalid="ignore"):
        columns, rows = np.floor(pixels).astype(int).T
    inside = (columns >= 0) & (columns < camera.width) & (rows >= 0) & (rows < camera.height)
    stored = np.zeros(len(points))
    stored[inside] = depth[rows[inside], columns[inside]]
    seen = (stored > 0) & (np.abs(stored - along) < _SAME * along)
    return np.nonzero(seen)[0], pixels[seen]
