"""A writer of another package: pictures and one text file of cameras, nothing more."""

from __future__ import annotations

import json
from pathlib import Path

from maquette.core.cameras import Camera
from maquette.core.dataset.reading import Asset, Dataset


class PlainViews:
    """Writes ``ID-VIEW.png`` and ``cameras.json``."""

    title = "Plain views, for tests"
    needs = ("rgba",)
    conventions = "cameras.json: Maquette's neutral cameras."

    def write(self, dataset: Dataset, out: Path) -> None:
        cameras = {}
        for asset in dataset.assets:
            cameras[asset.id] = [camera.to_json() for camera in asset.cameras()]
            for view in range(asset.views):
                (out / f"{asset.id}-{view}.png").write_bytes(asset.encoded("rgba", view))
        (out / "cameras.json").write_text(json.dumps(cameras))

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        cameras = json.loads((out / "cameras.json").read_text())[asset.id]
        return [Camera.from_json(camera) for camera in cameras]
