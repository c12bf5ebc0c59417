"""A dataset as its writers see it: assets with cameras and pictures, at any smaller size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..cameras import Camera
from ..errors import MaquetteError
from ..resample import area_average, nearest, shrink_rgba
from .layout import asset_folder, asset_ids, picture_name, read_manifest
from .manifest import Plan, read_plan
from .pictures import encode_pass, read_pass
from .records import AssetRecord, ObjectRecord


@dataclass(frozen=True, eq=False)
class Asset:
    """One asset of a dataset on disk.

    Attributes:
        size: (width, height) in pixels at which it is read, or None as it was rendered.
        parts: tell all objects apart, also those without a category of their own.
    """

    folder: Path
    record: AssetRecord
    size: tuple[int, int] | None = None
    parts: bool = False

    @property
    def id(self) -> str:
        """The asset's id."""
        return self.record.id

    @property
    def views(self) -> int:
        """How many views there are."""
        return len(self.record.views)

    @property
    def objects(self) -> tuple[ObjectRecord, ...]:
        """The things in it that have a label: objects with a category, or the asset as one.

        Objects that have no category are the parts of one thing.
        """
        parts = self.record.objects
        if self.parts or any(item.category for item in parts):
            return parts or (self._whole(),)
        return (self._whole(),)

    def _whole(self) -> ObjectRecord:
        corners = [
            np.where(choice, item.high, item.low) @ item.pose[:3, :3].T + item.pose[:3, 3]
            for item in self.record.objects
            for choice in np.ndindex(2, 2, 2)
        ] or [np.full(3, -0.5), np.full(3, 0.5)]
        low, high = np.min(corners, axis=0).tolist(), np.max(corners, axis=0).tolist()
        axes = tuple(np.eye(4).reshape(-1).tolist())
        return ObjectRecord(1, self.id, self.record.category, axes, tuple(low), tuple(high))

    def camera(self, view: int) -> Camera:
        """Return the camera of a view at the size asked for."""
        camera = self.record.views[view].camera
        if self.size is None:
            return camera
        width, height = self.size
        scale = np.diag([width / camera.width, height / camera.height, 1.0])
        return replace(camera, intrinsics=scale @ camera.intrinsics, width=width, height=height)

    def cameras(self) -> list[Camera]:
        """Return the cameras of all views."""
        return [self.camera(view) for view in range(self.views)]

    def read(self, name: str, view: int) -> np.ndarray:
        """Return a pass as (h, w, channels), or (h, w) for one channel; types as in ``passes``.

        Smaller pictures are averages of colour and cover, and the nearest pixel of the rest.

        Raises:
            OSError, ValueError: missing or damaged.
        """
        pixels = read_pass(self.folder, name, view)
        if self.size is None or self.size == pixels.shape[1::-1]:
            return pixels
        if name == "rgba":
            return shrink_rgba(pixels, *self.size)
        if name == "mask":
            return np.rint(area_average(pixels[..., None], *self.size)[..., 0]).astype(np.uint8)
        return nearest(pixels, *self.size)

    def encoded(self, name: str, view: int) -> bytes:
        """Return the file of a pass; the very bytes when the size is as rendered."""
        if self.size is None:
            return (self.folder / picture_name(name, view)).read_bytes()
        return encode_pass(name, self.read(name, view))


@dataclass(frozen=True, eq=False)
class Dataset:
    """A dataset on disk; assets are read when their turn comes, and not kept.

    Attributes:
        ids: of the assets that are there, sorted.
        splits: the same ids by name of the split.
        size, parts: see :class:`Asset`.
    """

    folder: Path
    plan: Plan
    ids: tuple[str, ...]
    splits: Mapping[str, list[str]]
    size: tuple[int, int] | None = None
    parts: bool = False

    @property
    def assets(self) -> Iterator[Asset]:
        """Yield every asset in the order of ``ids``."""
        return map(self.asset, self.ids)

    def asset(self, asset_id: str) -> Asset:
        """Read what the dataset says of an asset.

        Raises:
            MaquetteError: ``dataset-damaged``.
        """
        folder = asset_folder(self.folder, asset_id)
        try:
            return Asset(folder, read_manifest(folder)[0], self.size, self.parts)
        except (OSError, ValueError) as error:
            raise MaquetteError(
                "dataset-damaged",
                f"The asset {asset_id} is damaged; verify the dataset and render it again.",
                detail=str(error),
            ) from error


def open_dataset(
    folder: Path, size: tuple[int, int] | None = None, *, parts: bool = False
) -> Dataset:
    """Open a dataset; ``size`` (width, height) and ``parts`` as in :class:`Asset`.

    Raises:
        MaquetteError: ``dataset-missing``, ``dataset-damaged`` or ``dataset-empty``, or
            ``dataset-size`` when the pictures are smaller than asked for or of another shape.
    """
    plan = read_plan(folder)
    recipe = plan.recipe
    if size is not None and (size[0] * recipe.height != size[1] * recipe.width):
        raise _size(recipe.width, recipe.height, "the proportions must stay the same")
    if size is not None and size[0] > recipe.width:
        raise _size(recipe.width, recipe.height, "they can only be made smaller")
    if size == (recipe.width, recipe.height):
        size = None
    there = {asset.id for asset in plan.assets}.intersection(asset_ids(folder))
    if not there:
        raise MaquetteError("dataset-empty", f"The dataset in “{folder}” has no assets yet.")
    splits = {name: [i for i in ids if i in there] for name, ids in plan.splits().items()}
    return Dataset(folder, plan, tuple(sorted(there)), splits, size, parts)


def _size(width: int, height: int, why: str) -> MaquetteError:
    return MaquetteError("dataset-size", f"The pictures have {width} x {height} pixels; {why}.")
