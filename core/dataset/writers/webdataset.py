"""Tar shards for WebDataset: the files of one view lie next to each other under one key.

``train-000000.tar`` and so on hold ``<id>-<view>.json`` (camera in the neutral form, category,
asset), ``.cls`` (the category's number in ``categories.json``) and one file per pass, such as
``.rgba.png`` or ``.depth.exr``. Keys end at the first dot, so dots in ids become ``_``.
"""

from __future__ import annotations

import io
import itertools
import json
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import ClassVar

from ...cameras import Camera
from ...errors import MaquetteError
from ..canonical import canonical_json
from ..passes import PASSES
from ..reading import Asset, Dataset

#: Samples in a shard.
SHARD = 512


class WebDatasetWriter:
    """Writes shards."""

    title: ClassVar[str] = "WebDataset shards"
    needs: ClassVar[tuple[str, ...]] = ()
    conventions: ClassVar[str] = (
        "json: camera_to_world, 4x4; camera axes x right, y down, z forward; world Z up, front "
        "to -Y, the object centred, its longest edge 1; intrinsics: K in pixels, centre of the "
        "first pixel at (0.5, 0.5). rgba.png: sRGB, straight alpha. cls: number in "
        "categories.json."
    )

    def __init__(self) -> None:
        self._read: dict[str, dict[int, Camera]] | None = None

    def write(self, dataset: Dataset, out: Path) -> None:
        """See :class:`.base.Writer`; raises MaquetteError ``webdataset-names`` on equal keys."""
        keys = Counter(key_of(name) for name in dataset.ids)
        if twice := sorted(key for key, count in keys.items() if count > 1):
            raise MaquetteError(
                "webdataset-names",
                f"Two assets would both be “{twice[0]}”, because shards have no dots in names.",
            )
        categories = sorted({asset.record.category for asset in dataset.assets})
        (out / "categories.json").write_bytes(canonical_json(categories))
        for split, ids in dataset.splits.items():
            samples = _samples(dataset, ids, categories)
            for number in itertools.count():
                chosen = list(itertools.islice(samples, SHARD))
                if not chosen:
                    break
                with tarfile.open(out / f"{split}-{number:06d}.tar", "w") as shard:
                    for name, read in itertools.chain.from_iterable(chosen):
                        _add(shard, name, read())

    def read_cameras(self, out: Path, asset: Asset) -> list[Camera]:
        """See :class:`.base.Writer`; all shards are read the first time."""
        if self._read is None:
            self._read = _read_all(out)
        found = self._read.get(asset.id, {})
        return [camera for _, camera in sorted(found.items())]


def _read_all(out: Path) -> dict[str, dict[int, Camera]]:
    """Return the cameras in all shards by asset and view."""
    found: dict[str, dict[int, Camera]] = {}
    for path in sorted(out.glob("*.tar")):
        with tarfile.open(path) as shard:
            for entry in shard:
                file = shard.extractfile(entry) if entry.name.endswith(".json") else None
                if file is not None:
                    data = json.loads(file.read())
                    views = found.setdefault(data["asset"], {})
                    views[int(data["view"])] = Camera.from_json(data["camera"])
    return found


def key_of(asset_id: str) -> str:
    """Return what the keys of an asset's samples begin with."""
    return asset_id.replace(".", "_")


def _samples(
    dataset: Dataset, ids: list[str], categories: list[str]
) -> Iterator[list[tuple[str, Callable[[], bytes]]]]:
    """Yield the files of each view: name, and how to get the bytes when their turn comes."""
    for asset in map(dataset.asset, ids):
        for view in range(asset.views):
            yield list(_files(dataset, asset, view, categories))


def _files(
    dataset: Dataset, asset: Asset, view: int, categories: list[str]
) -> Iterator[tuple[str, Callable[[], bytes]]]:
    key = f"{key_of(asset.id)}-{view:03d}"
    record = asset.record
    about = {
        "asset": asset.id,
        "view": view,
        "category": record.category,
        "labels": list(record.labels),
        "camera": asset.camera(view).to_json(),
    }
    number = str(categories.index(record.category)).encode()
    yield f"{key}.cls", lambda: number
    yield f"{key}.json", lambda: canonical_json(about)
    for name in sorted(dataset.plan.recipe.passes):
        yield f"{key}.{name}.{PASSES[name].suffix}", partial(asset.encoded, name, view)


def _add(shard: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)  # its time and owner are 0, whoever writes it when
    entry.size = len(data)
    entry.mode = 0o644
    shard.addfile(entry, io.BytesIO(data))
