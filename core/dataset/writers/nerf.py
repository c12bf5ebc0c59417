"""``transforms.json``, in the flavours of the synthetic NeRF scenes and of instant-ngp.

Both hold camera-to-world in OpenGL's axes, which are Blender's. An asset is a scene in a folder of
its own. Every eighth view is held out of the NeRF flavour's training file, for its validation and
test files; splits by asset do not apply to methods that learn one scene at a time.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...cameras import Camera
from ...errors import MaquetteError
from ..canonical import canonical_json
from ..reading import Asset, Dataset
from .base import from_blender, perspective_only, put, same_intrinsics, to_blender

#: The longest edge in the NeRF flavour's world, whose loaders look from 2 to 6 before the camera.
NERF_SCALE = 2.0
#: instant-ngp turns positions into its unit box by ``scale`` and ``offset``; some air is left.
NGP_SCALE = 0.9
HELD_OUT = 8


class NerfWriter:
    """Writes ``transforms_train.json``, ``transforms_val.json`` and ``transforms_test.json``."""

    title: ClassVar[str] = "NeRF transforms"
    needs: ClassVar[tuple[str, ...]] = ("rgba",)
    conventions: ClassVar[str] = (
        "transform_matrix: camera-to-world, 4x4; camera axes x right, y up, z backward; world Z "
        "up, front to -Y, the object centred, its longest edge 2. camera_angle_x: radians, from "
        "the left edge of the picture to its right one. Pictures: sRGB, straight alpha."
    )

    def write(self, dataset: Dataset, out: Path) -> None:
        """See :class:`.base.Writer`; raises MaquetteError ``nerf-lens`` on shifted lenses."""
        for asset in dataset.assets:
            self._asset(asset, out / asset.id)

    def _asset(self, asset: Asset, folder: Path) -> None:
        perspective_only(asset, self.title)
        k, size = same_intrinsics(asset, self.title), asset.camera(0)
        middle = np.array([size.width / 2, size.height / 2])
        if not np.allclose(k[:2, 2], middle, atol=1e-9) or not math.isclose(k[0, 0], k[1, 1]):
            raise MaquetteError(
                "nerf-lens",
                "The NeRF flavour of transforms.json holds an angle only, and this dataset's "
                "lenses are shifted or its pixels not square. Write the format “ngp” instead.",
            )
        frames = []
        for view, camera in enumerate(asset.cameras()):
            put(folder / "images" / f"{view:03d}.png", asset.encoded("rgba", view))
            pose = to_blender(camera, NERF_SCALE).tolist()
            frames.append({"file_path": f"./images/{view:03d}", "transform_matrix": pose})
        held = frames[HELD_OUT - 1 :: HELD_OUT] or frames[-1:]
        train = [frame for frame in frames if frame not in held] or frames
        angle = 2 * math.atan(size.width / 2 / k[0, 0])
        for name, chosen in [("train", train), ("val", held), ("test", held)]:
            data = {"camera_angle_x": angle, "frames": chosen}
            put(folder / f"transforms_{name}.json", canonical_json(data))

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """See :class:`.base.Writer`; the size of the pictures is the dataset's."""
        size, found = asset.camera(0), {}
        for name in ("train", "test"):
            data = json.loads((out / asset.id / f"transforms_{name}.json").read_text("utf-8"))
            focal = size.width / 2 / math.tan(data["camera_angle_x"] / 2)
            k = np.array([[focal, 0, size.width / 2], [0, focal, size.height / 2], [0, 0, 1]])
            for frame in data["frames"]:
                pose = from_blender(np.array(frame["transform_matrix"]), NERF_SCALE)
                found[frame["file_path"]] = Camera(pose, k, size.width, size.height)
        return [camera for _, camera in sorted(found.items())]


class NgpWriter:
    """Writes one ``transforms.json`` with full intrinsics for each asset."""

    title: ClassVar[str] = "instant-ngp transforms"
    needs: ClassVar[tuple[str, ...]] = ("rgba",)
    conventions: ClassVar[str] = (
        "transform_matrix: camera-to-world, 4x4; camera axes x right, y up, z backward; world Z "
        "up, front to -Y, the object centred, its longest edge 1. fl_x, fl_y, cx, cy: pixels, "
        "centre of the first pixel at (0.5, 0.5). Pictures: sRGB, straight alpha."
    )

    def write(self, dataset: Dataset, out: Path) -> None:
        """See :class:`.base.Writer`."""
        for asset in dataset.assets:
            self._asset(asset, out / asset.id)

    def _asset(self, asset: Asset, folder: Path) -> None:
        perspective_only(asset, self.title)
        lenses = [_lens(camera) for camera in asset.cameras()]
        frames: list[dict[str, Any]] = []
        for view, camera in enumerate(asset.cameras()):
            name = f"images/{view:03d}.png"
            put(folder / name, asset.encoded("rgba", view))
            # A frame's own lens outweighs the common one.
            own = {} if lenses[view] == lenses[0] else lenses[view]
            pose = to_blender(camera).tolist()
            frames.append({"file_path": name, "transform_matrix": pose, **own})
        data = {
            **lenses[0],
            "aabb_scale": 1,
            "scale": NGP_SCALE,
            "offset": [0.5, 0.5, 0.5],
            "frames": frames,
        }
        put(folder / "transforms.json", canonical_json(data))

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """See :class:`.base.Writer`."""
        data = json.loads((out / asset.id / "transforms.json").read_text("utf-8"))
        cameras = []
        for frame in data["frames"]:
            lens = {**data, **frame}
            k = np.array([[lens["fl_x"], 0, lens["cx"]], [0, lens["fl_y"], lens["cy"]], [0, 0, 1]])
            pose = from_blender(np.array(frame["transform_matrix"]))
            cameras.append(Camera(pose, k, lens["w"], lens["h"]))
        return cameras


def _lens(camera: Camera) -> dict[str, Any]:
    k = camera.intrinsics
    return {
        "w": camera.width,
        "h": camera.height,
        "fl_x": float(k[0, 0]),
        "fl_y": float(k[1, 1]),
        "cx": float(k[0, 2]),
        "cy": float(k[1, 2]),
        "camera_angle_x": 2 * math.atan(camera.width / 2 / k[0, 0]),
        "camera_angle_y": 2 * math.atan(camera.height / 2 / k[1, 1]),
    }
