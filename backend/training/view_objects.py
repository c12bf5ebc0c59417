"""Objects of which views are known: of OpenLRM's training folder, and of Maquette's datasets.

Both are brought into one form: poses in Blender's axes, the object's longest edge 2.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from ...core.dataset.reading import Dataset, open_dataset
from ...core.dataset.writers.base import perspective_only, same_intrinsics, square_only, to_blender
from ...core.dataset.writers.openlrm import LISTS, SCALE
from ...core.errors import MaquetteError
from .openlrm_dataset import VIEWS, Views, read_views


class Objects(Protocol):
    """Objects by number."""

    def __len__(self) -> int:
        """How many."""
        ...

    def count(self, index: int) -> int:
        """How many views of one there are."""
        ...

    def views(self, index: int, chosen: Sequence[int] | np.ndarray) -> Views:
        """Pictures and cameras of some views."""
        ...

    def depth(self, index: int, view: int) -> np.ndarray | None:
        """(h, w) along the viewing direction, units of the poses; 0 where nothing is."""
        ...

    def normals(self, index: int, view: int) -> np.ndarray | None:
        """(h, w, 3) unit normals, world of the poses; 0 where nothing is."""
        ...

    def mesh(self, index: int) -> Path | None:
        """The object's triangles in the unit cube, of which the poses' world is twice the size."""
        ...


class OpenLrmObjects:
    """See :class:`Objects`; a folder that ``train.json`` and ``val.json`` list."""

    def __init__(self, folder: Path, split: str) -> None:
        """Read the list of a split: ``train``, ``validation`` or ``test``."""
        self._folder = folder
        listing = folder / LISTS[split]
        self._ids = json.loads(listing.read_text("utf-8")) if listing.is_file() else []

    def __len__(self) -> int:
        """See :class:`Objects`."""
        return len(self._ids)

    def count(self, index: int) -> int:
        """See :class:`Objects`."""
        return VIEWS

    def views(self, index: int, chosen: Sequence[int] | np.ndarray) -> Views:
        """See :class:`Objects`."""
        return read_views(self._folder / self._ids[index], chosen)

    def depth(self, index: int, view: int) -> None:
        """Not known."""

    def normals(self, index: int, view: int) -> None:
        """Not known."""

    def mesh(self, index: int) -> None:
        """Not known."""


class DatasetObjects:
    """See :class:`Objects`; the assets of a dataset in Maquette's own form."""

    def __init__(self, dataset: Dataset, split: str) -> None:
        """Take the assets of a split: ``train``, ``validation`` or ``test``."""
        self._dataset, self._ids = dataset, dataset.splits[split]
        self._passes = dataset.plan.recipe.passes

    def __len__(self) -> int:
        """See :class:`Objects`."""
        return len(self._ids)

    def count(self, index: int) -> int:
        """See :class:`Objects`."""
        return self._dataset.asset(self._ids[index]).views

    def views(self, index: int, chosen: Sequence[int] | np.ndarray) -> Views:
        """See :class:`Objects`; raises MaquetteError where views are not square or alike."""
        asset = self._dataset.asset(self._ids[index])
        perspective_only(asset, "Training on views")
        square_only(asset, "Training on views")
        k = same_intrinsics(asset, "Training on views")
        width = asset.camera(0).width
        numbers = np.asarray(chosen).tolist()
        return Views(
            np.stack([asset.read("rgba", v) for v in numbers]),
            np.stack([to_blender(asset.camera(v), SCALE)[:3] for v in numbers]),
            np.array([[k[0, 0], k[1, 1]], [k[0, 2], k[1, 2]], [width, width]], dtype=np.float64),
        )

    def depth(self, index: int, view: int) -> np.ndarray | None:
        """See :class:`Objects`."""
        if "depth" not in self._passes:
            return None
        return self._dataset.asset(self._ids[index]).read("depth", view) * SCALE

    def normals(self, index: int, view: int) -> np.ndarray | None:
        """See :class:`Objects`."""
        if "normal_world" not in self._passes:
            return None
        return self._dataset.asset(self._ids[index]).read("normal_world", view)

    def mesh(self, index: int) -> Path | None:
        """See :class:`Objects`."""
        path = self._dataset.asset(self._ids[index]).folder / "mesh.ply"
        return path if path.is_file() else None


def open_objects(folder: Path, split: str) -> Objects:
    """Open a folder of either form.

    Raises:
        MaquetteError: ``training-data-missing`` when it is neither.
    """
    if (folder / "dataset.json").is_file():
        return DatasetObjects(open_dataset(folder), split)
    if (folder / LISTS["train"]).is_file():
        return OpenLrmObjects(folder, split)
    raise MaquetteError(
        "training-data-missing",
        f"“{folder}” is neither a dataset of Maquette's nor a folder in OpenLRM's layout.",
    )
