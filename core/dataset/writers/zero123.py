"""The folder that Zero-1-to-3's training code reads.

``<id>/000.png`` 8-bit RGBA, ``<id>/000.npy`` (3, 4) float64 world-to-camera in Blender's axes,
``valid_paths.json`` a list of ids of which its loader takes the first 99 in 100 for training. So
training assets come first and validation assets last; test assets are in ``test_paths.json``.

The format holds no focal length: its authors always used a field of view of 49.1 degrees. We add
``<id>/intrinsics.npy`` (views, 3, 3), which their loader does not look at.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from ...cameras import Camera
from ..canonical import canonical_json
from ..reading import Asset, Dataset
from .base import encode_npy, from_blender, inverse, perspective_only, put, square_only, to_blender


class Zero123Writer:
    """Writes for Zero-1-to-3."""

    title: ClassVar[str] = "Zero123 views"
    needs: ClassVar[tuple[str, ...]] = ("rgba",)
    conventions: ClassVar[str] = (
        "NNN.npy: world-to-camera, 3x4; camera axes x right, y up, z backward; world Z up, "
        "front to -Y, the object centred, its longest edge 1. intrinsics.npy (not read by "
        "Zero123): K of each view, pixels, centre of the first pixel at (0.5, 0.5). NNN.png: "
        "sRGB, straight alpha."
    )

    def write(self, dataset: Dataset, out: Path) -> None:
        """See :class:`.base.Writer`."""
        for asset in dataset.assets:
            perspective_only(asset, self.title)
            square_only(asset, self.title)
            folder = out / asset.id
            lenses = np.stack([camera.intrinsics for camera in asset.cameras()])
            put(folder / "intrinsics.npy", encode_npy(lenses))
            for view, camera in enumerate(asset.cameras()):
                put(folder / f"{view:03d}.png", asset.encoded("rgba", view))
                pose = np.ascontiguousarray(inverse(to_blender(camera))[:3])
                put(folder / f"{view:03d}.npy", encode_npy(pose))
        seen = [*dataset.splits["train"], *dataset.splits["validation"]]
        put(out / "valid_paths.json", canonical_json(seen))
        put(out / "test_paths.json", canonical_json(dataset.splits["test"]))

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """See :class:`.base.Writer`; the size of the pictures is the dataset's."""
        folder, cameras = out / asset.id, []
        size = asset.camera(0)
        for view, k in enumerate(np.load(folder / "intrinsics.npy")):
            pose = np.vstack([np.load(folder / f"{view:03d}.npy"), [0, 0, 0, 1]])
            cameras.append(Camera(from_blender(inverse(pose)), k, size.width, size.height))
        return cameras
