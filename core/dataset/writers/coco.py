"""COCO instances: pictures over white, and boxes, areas and run-length masks for detection.

``images/<split>/<id>_<view>.png`` and ``annotations/instances_{train,val,test}.json``. COCO knows
no cameras; each image's entry has one more key, ``camera``, in the neutral form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ...cameras import Camera
from ...png import encode_png
from ...resample import over
from ..canonical import canonical_json
from ..reading import Asset, Dataset
from .base import needs_object_index, object_masks, put
from .run_length import compressed

SPLIT_NAMES = {"train": "train", "validation": "val", "test": "test"}
_NO_CATEGORY = "object"


class CocoWriter:
    """Writes COCO instances."""

    title: ClassVar[str] = "COCO instances"
    needs: ClassVar[tuple[str, ...]] = ("rgba",)
    conventions: ClassVar[str] = (
        "bbox: left, top, width, height in pixels. segmentation: compressed run lengths of what "
        "is visible. images: sRGB over white. camera (not read by COCO): camera-to-world, "
        "camera axes x right, y down, z forward; K in pixels, centre of the first pixel at "
        "(0.5, 0.5)."
    )

    def __init__(self) -> None:
        self._read: dict[str, dict[str, Camera]] | None = None

    def write(self, dataset: Dataset, out: Path) -> None:
        """See :class:`.base.Writer`."""
        needs_object_index(dataset, self.title)
        names = sorted({name for asset in dataset.assets for name in _categories(asset)})
        categories = {name: number for number, name in enumerate(names, 1)}
        licences = sorted({_licence(asset) for asset in dataset.assets})
        numbers = {name: number for number, name in enumerate(dataset.ids)}
        most = max(asset.views for asset in dataset.assets)
        for split, short in SPLIT_NAMES.items():
            images: list[dict[str, Any]] = []
            annotations: list[dict[str, Any]] = []
            for asset in map(dataset.asset, dataset.splits[split]):
                for view in range(asset.views):
                    number = numbers[asset.id] * most + view + 1
                    licence = licences.index(_licence(asset)) + 1
                    images.append(_image(asset, view, number, short, licence, out))
                    annotations += _annotations(asset, view, number, categories, len(annotations))
            data = {
                "info": {"description": dataset.plan.name, "version": "1.0"},
                "licenses": [{"id": n, "name": name} for n, name in enumerate(licences, 1)],
                "categories": [{"id": n, "name": name} for name, n in categories.items()],
                "images": images,
                "annotations": annotations,
            }
            put(out / "annotations" / f"instances_{short}.json", canonical_json(data))

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """See :class:`.base.Writer`; all files are read the first time."""
        if self._read is None:
            self._read = {}
            for path in sorted((out / "annotations").glob("instances_*.json")):
                for image in json.loads(path.read_text("utf-8"))["images"]:
                    camera = Camera.from_json(image["camera"])
                    self._read.setdefault(image["asset"], {})[image["file_name"]] = camera
        return [camera for _, camera in sorted(self._read.get(asset.id, {}).items())]


def _image(
    asset: Asset, view: int, number: int, split: str, licence: int, out: Path
) -> dict[str, Any]:
    name = f"{split}/{asset.id}_{view:03d}.png"
    camera = asset.camera(view)
    picture = over(asset.read("rgba", view), 1.0)
    put(out / "images" / name, encode_png(picture, compact=True))
    return {
        "id": number,
        "file_name": name,
        "width": camera.width,
        "height": camera.height,
        "license": licence,
        "asset": asset.id,
        "camera": camera.to_json(),
    }


def _annotations(
    asset: Asset, view: int, image: int, categories: dict[str, int], before: int
) -> list[dict[str, Any]]:
    """Annotate every object of which something is visible."""
    found: list[dict[str, Any]] = []
    masks = object_masks(asset, view)
    for item in asset.objects:
        mask = masks[item.index]
        if not mask.any():
            continue
        found.append(
            {
                "id": before + len(found) + 1,
                "image_id": image,
                "category_id": categories[_category(item.category or asset.record.category)],
                "bbox": bounding_box(mask),
                "area": int(np.count_nonzero(mask)),
                "iscrowd": 0,
                "segmentation": {"size": list(mask.shape), "counts": compressed(mask)},
            }
        )
    return found


def bounding_box(mask: np.ndarray) -> list[int]:
    """Return [left, top, width, height] in pixels of a mask (h, w) with at least one pixel."""
    rows, columns = np.nonzero(mask)
    left, top = int(columns.min()), int(rows.min())
    return [left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top]


def _categories(asset: Asset) -> set[str]:
    return {_category(item.category or asset.record.category) for item in asset.objects}


def _category(name: str) -> str:
    return name or _NO_CATEGORY


def _licence(asset: Asset) -> str:
    return str(asset.record.source.get("licence") or "not stated")
