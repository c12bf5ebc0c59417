"""BOP, scene by scene: poses of objects for 6D pose estimation, in millimetres.

``{train,val,test}/<scene>/rgb|depth|mask|mask_visib`` with ``scene_camera.json``,
``scene_gt.json`` and ``scene_gt_info.json``; ``models/obj_<id>.ply`` and ``models_info.json``. An
asset is a scene. Lengths are those of the source, by its unit, not of the normalised frame.
Depth is 16-bit PNG; millimetres are its numbers times the scene's ``depth_scale``.

What is hidden behind other objects is not known here. Where several objects are labelled, ``mask``
and the keys that count hidden pixels are left out; BOP's own ``calc_gt_info`` makes them.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...cameras import Camera
from ...ply import decode_ply, encode_ply
from ...png import encode_png
from ...resample import over
from ..canonical import canonical_json
from ..reading import Asset, Dataset
from .base import inverse, needs_object_index, object_masks, perspective_only, put
from .coco import SPLIT_NAMES, bounding_box

MILLIMETRES = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "in": 25.4, "ft": 304.8}


class BopWriter:
    """Writes BOP."""

    title: ClassVar[str] = "BOP poses"
    needs: ClassVar[tuple[str, ...]] = ("rgba", "depth")
    conventions: ClassVar[str] = (
        "Millimetres of the source. cam_R_w2c, cam_t_w2c: world-to-camera; cam_R_m2c, "
        "cam_t_m2c: model-to-camera; camera axes x right, y down, z forward. cam_K: pixels, "
        "centre of the first pixel at (0.5, 0.5). depth: planar; millimetres are its numbers "
        "times depth_scale. rgb: sRGB over black. maquette_scenes.json: the asset of each "
        "scene."
    )

    def write(self, dataset: Dataset, out: Path) -> None:
        """See :class:`.base.Writer`."""
        needs_object_index(dataset, self.title)
        numbers = _object_numbers(dataset)
        split_of = {name: split for split, ids in dataset.splits.items() for name in ids}
        for scene, asset in enumerate(dataset.assets):
            perspective_only(asset, self.title)
            split = SPLIT_NAMES[split_of[asset.id]]
            _scene(asset, numbers, out / split / f"{scene:06d}")
        _models(dataset, numbers, out / "models")
        scenes = {f"{scene:06d}": name for scene, name in enumerate(dataset.ids)}
        put(out / "maquette_scenes.json", canonical_json(scenes))
        put(out / "camera.json", canonical_json(_sensor(dataset.asset(dataset.ids[0]))))

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """See :class:`.base.Writer`; the size of the pictures is the dataset's."""
        scenes = json.loads((out / "maquette_scenes.json").read_text("utf-8"))
        scene = next(name for name, asset_id in scenes.items() if asset_id == asset.id)
        (path,) = out.glob(f"*/{scene}/scene_camera.json")
        data = json.loads(path.read_text("utf-8"))
        unit, size, cameras = millimetres(asset), asset.camera(0), []
        for view in sorted(data, key=int):
            pose = np.eye(4)
            pose[:3, :3] = np.reshape(data[view]["cam_R_w2c"], (3, 3))
            pose[:3, 3] = np.array(data[view]["cam_t_w2c"]) / unit
            k = np.reshape(data[view]["cam_K"], (3, 3))
            cameras.append(Camera(inverse(pose), k, size.width, size.height))
        return cameras


def millimetres(asset: Asset) -> float:
    """Return how many millimetres of the source one unit of the normalised frame is."""
    number, _, unit = asset.record.unit.rpartition(" ")  # such as "m" or "0.0254 m"
    return float(number or 1) * MILLIMETRES.get(unit, 1000.0) / asset.record.scale


def depth_scale(millimetres_at_most: float) -> float:
    """Return the smallest of 1, 2 and 5 times powers of ten with which depth fits 16 bits."""
    least = max(millimetres_at_most, 1e-6) / 65535
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least)


def _object_numbers(dataset: Dataset) -> dict[tuple[str, int], int]:
    keys = [(asset.id, item.index) for asset in dataset.assets for item in asset.objects]
    return {key: number for number, key in enumerate(keys, 1)}


def _scene(asset: Asset, numbers: dict[tuple[str, int], int], folder: Path) -> None:
    unit = millimetres(asset)
    depths = [asset.read("depth", view).astype(np.float64) * unit for view in range(asset.views)]
    scale = depth_scale(max(float(depth.max()) for depth in depths))
    cameras: dict[str, Any] = {}
    poses: dict[str, Any] = {}
    infos: dict[str, Any] = {}
    for view, depth in enumerate(depths):
        camera = asset.camera(view)
        name = f"{view:06d}.png"
        picture = over(asset.read("rgba", view), 0.0)
        put(folder / "rgb" / name, encode_png(picture, compact=True))
        stored = np.rint(depth / scale).astype(np.uint16)
        put(folder / "depth" / name, encode_png(stored, compact=True))
        to_camera = inverse(camera.camera_to_world)
        cameras[str(view)] = {
            "cam_K": camera.intrinsics.reshape(-1).tolist(),
            "depth_scale": scale,
            "cam_R_w2c": to_camera[:3, :3].reshape(-1).tolist(),
            "cam_t_w2c": (to_camera[:3, 3] * unit).tolist(),
        }
        poses[str(view)], infos[str(view)] = [], []
        masks = object_masks(asset, view)
        for place, item in enumerate(asset.objects):
            pose = to_camera @ item.pose
            poses[str(view)].append(
                {
                    "obj_id": numbers[asset.id, item.index],
                    "cam_R_m2c": pose[:3, :3].reshape(-1).tolist(),
                    "cam_t_m2c": (pose[:3, 3] * unit).tolist(),
                }
            )
            mask = masks[item.index]
            infos[str(view)].append(_info(mask, depth, alone=len(asset.objects) == 1))
            data = encode_png(np.where(mask, 255, 0).astype(np.uint8), compact=True)
            put(folder / "mask_visib" / f"{view:06d}_{place:06d}.png", data)
            if len(asset.objects) == 1:
                put(folder / "mask" / f"{view:06d}_{place:06d}.png", data)
    put(folder / "scene_camera.json", canonical_json(cameras))
    put(folder / "scene_gt.json", canonical_json(poses))
    put(folder / "scene_gt_info.json", canonical_json(infos))


def _info(mask: np.ndarray, depth: np.ndarray, alone: bool) -> dict[str, Any]:
    visible = int(np.count_nonzero(mask))
    box = bounding_box(mask) if visible else [-1, -1, -1, -1]
    info = {"bbox_visib": box, "px_count_visib": visible}
    if alone:
        info |= {
            "bbox_obj": box,
            "px_count_all": visible,
            "px_count_valid": int(np.count_nonzero(mask & (depth > 0))),
            "visib_fract": 1.0 if visible else 0.0,
        }
    return info


def _models(dataset: Dataset, numbers: dict[tuple[str, int], int], folder: Path) -> None:
    """Write what each object is like, in millimetres along its own axes."""
    infos: dict[str, Any] = {}
    for asset in dataset.assets:
        unit = millimetres(asset)
        for item in asset.objects:
            low, high = np.array(item.low) * unit, np.array(item.high) * unit
            path = asset.folder / "mesh.ply"
            diameter = float(np.linalg.norm(high - low))
            # A mesh of several objects is not told apart.
            if len(asset.objects) == 1 and path.exists():
                vertices, faces = decode_ply(path.read_bytes())
                back = inverse(item.pose)
                vertices = (vertices @ back[:3, :3].T + back[:3, 3]) * unit
                low, high = vertices.min(axis=0), vertices.max(axis=0)
                diameter = _diameter(vertices)
                name = f"obj_{numbers[asset.id, item.index]:06d}.ply"
                put(folder / name, encode_ply(vertices.astype(np.float32), faces))
            info: dict[str, Any] = {"diameter": diameter, "name": item.name or asset.id}
            info["category"] = item.category or asset.record.category
            for axis, letter in enumerate("xyz"):
                info[f"min_{letter}"] = float(low[axis])
                info[f"size_{letter}"] = float(high[axis] - low[axis])
            infos[str(numbers[asset.id, item.index])] = info
    put(folder / "models_info.json", canonical_json(infos))


def _diameter(vertices: np.ndarray) -> float:
    """Largest distance between two vertices; seen from enough sides, extremes are enough.

    The farthest pair are both extreme along the line between them. With 2048 directions the
    length is short by at most 0.2 per cent.
    """
    count = np.arange(2048) + 0.5
    height, turn = 1 - count / 1024, count * math.pi * (3 - math.sqrt(5))
    across = np.sqrt(1 - height**2)
    ways = np.stack([across * np.cos(turn), across * np.sin(turn), height], axis=1)
    farthest = np.zeros(len(ways), dtype=int)
    best = np.full(len(ways), -np.inf)
    for start in range(0, len(vertices), 4096):
        along = vertices[start : start + 4096] @ ways.T
        place = along.argmax(axis=0)
        value = along[place, np.arange(len(ways))]
        farthest = np.where(value > best, place + start, farthest)
        best = np.maximum(best, value)
    ends = vertices[np.unique(farthest)]
    return float(np.sqrt(((ends[:, None] - ends[None]) ** 2).sum(axis=2)).max())


def _sensor(asset: Asset) -> dict[str, Any]:
    """Camera of the first view; BOP uses it to simulate a sensor, not to read pictures."""
    camera = asset.camera(0)
    k = camera.intrinsics
    return {
        "cx": float(k[0, 2]),
        "cy": float(k[1, 2]),
        "fx": float(k[0, 0]),
        "fy": float(k[1, 1]),
        "width": camera.width,
        "height": camera.height,
        "depth_scale": 1.0,
    }
