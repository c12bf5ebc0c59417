"""The folder that OpenLRM's own training code reads.

``<id>/rgba/000.png`` 8-bit RGBA with straight alpha, ``<id>/pose/000.npy`` (3, 4) float64,
camera-to-world in Blender's axes, ``<id>/intrinsics.npy`` (3, 2) float64 in pixels
``[[fx, fy], [cx, cy], [w, h]]``; lists of ids in ``train.json``, ``val.json`` and ``test.json``.
The object's longest edge is 2, as its Blender script makes it. Its loader always takes from views
0 to 31, so an asset with fewer would stop the training.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...cameras import Camera
from ...errors import MaquetteError
from ..canonical import canonical_json
from ..reading import Asset, Dataset
from .base import (
    encode_npy,
    from_blender,
    perspective_only,
    put,
    same_intrinsics,
    square_only,
    to_blender,
)

SCALE = 2.0
VIEWS = 32
LISTS = {"train": "train.json", "validation": "val.json", "test": "test.json"}


class OpenLrmWriter:
    """Writes for OpenLRM."""

    title: ClassVar[str] = "OpenLRM training folder"
    needs: ClassVar[tuple[str, ...]] = ("rgba",)
    conventions: ClassVar[str] = (
        "pose/NNN.npy: camera-to-world, 3x4; camera axes x right, y up, z backward; world Z up, "
        "front to -Y, the object centred, its longest edge 2. intrinsics.npy: [[fx, fy], [cx, "
        "cy], [w, h]], pixels, centre of the first pixel at (0.5, 0.5). rgba: sRGB, straight "
        "alpha."
    )

    def write(self, dataset: Dataset, out: Path) -> None:
        """See :class:`.base.Writer`; raises MaquetteError ``openlrm-views`` below 32 views."""
        for asset in dataset.assets:
            self._asset(asset, out / asset.id)
        for split, name in LISTS.items():
            put(out / name, canonical_json(dataset.splits[split]))

    def _asset(self, asset: Asset, folder: Path) -> None:
        if asset.views < VIEWS:
            raise MaquetteError(
                "openlrm-views",
                f"OpenLRM reads {VIEWS} views of every asset, and {asset.id} has {asset.views}. "
                "Render with the camera rig “openlrm”.",
            )
        perspective_only(asset, self.title)
        square_only(asset, self.title)
        k = same_intrinsics(asset, self.title)
        size = asset.camera(0)
        table = [[k[0, 0], k[1, 1]], [k[0, 2], k[1, 2]], [size.width, size.height]]
        put(folder / "intrinsics.npy", encode_npy(np.array(table, dtype=np.float64)))
        for view, camera in enumerate(asset.cameras()):
            put(folder / "rgba" / f"{view:03d}.png", asset.encoded("rgba", view))
            pose = np.ascontiguousarray(to_blender(camera, SCALE)[:3])
            put(folder / "pose" / f"{view:03d}.npy", encode_npy(pose))

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """See :class:`.base.Writer`."""
        folder = out / asset.id
        (fx, fy), (cx, cy), (width, height) = np.load(folder / "intrinsics.npy").tolist()
        k = np.array([[fx, 0.0, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]])
        return [
            Camera(from_blender(np.load(path), SCALE), k, int(width), int(height))
            for path in sorted((folder / "pose").glob("*.npy"))
        ]


def read_lists(out: Path) -> dict[str, list[str]]:
    """Return the ids by split, as written."""
    return {split: json.loads((out / name).read_text("utf-8")) for split, name in LISTS.items()}
