"""What a dataset says about one asset: the contents of ``asset.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..cameras import Camera
from .recipe import Recipe

ASSET_FORMAT = 1


@dataclass(frozen=True)
class ObjectRecord:
    """One object that the passes ``object_index`` and ``mask`` can tell apart.

    Attributes:
        index: its number in ``object_index``, from 1.
        name, category: for a person, and the class label. Objects without one are parts of one
            thing, which has the asset's category.
        object_to_world: 16 numbers, row by row, rigid: where the object's own axes stand.
        low, high: corners of its bounding box along its own axes, world units.
    """

    index: int
    name: str
    category: str
    object_to_world: tuple[float, ...]
    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @property
    def pose(self) -> np.ndarray:
        """Object to world, (4, 4) float64."""
        return np.array(self.object_to_world, dtype=np.float64).reshape(4, 4)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ObjectRecord:
        """Read a dict of the attributes."""
        low, high = tuple(data["low"]), tuple(data["high"])
        pose = tuple(float(number) for number in data["object_to_world"])
        return cls(int(data["index"]), str(data["name"]), str(data["category"]), pose, low, high)


@dataclass(frozen=True, eq=False)
class ViewRecord:
    """One view of an asset.

    Attributes:
        camera: as rendered, read back from the scene.
        light: the lights as drawn, JSON-ready.
        report: what was measured in the picture (exposure, framing), JSON-ready.
    """

    camera: Camera
    light: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {"camera": self.camera.to_json(), "light": self.light, "report": self.report}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ViewRecord:
        """Read what :meth:`to_json` wrote."""
        return cls(Camera.from_json(data["camera"]), data["light"], data["report"])


@dataclass(frozen=True, eq=False)
class AssetRecord:
    """One asset as rendered.

    Attributes:
        id: see ``layout.check_asset_id``.
        recipe: what its pictures were made by.
        source: where it came from, JSON-ready: at least ``kind`` and ``uri``; ``sha256`` of the
            file, ``licence`` and ``author`` where they are known. No local absolute paths: equal
            datasets of two machines are equal bytes.
        category, labels: class label, and further words.
        centre, scale: of the normalisation: ``world = (source - centre) * scale``, source axes
            turned to Z up already.
        unit: of the source's lengths, e.g. ``"m"``.
        views, objects: in order.
        report: of the geometry and textures, JSON-ready.
    """

    id: str
    recipe: Recipe
    source: dict[str, Any]
    category: str
    views: tuple[ViewRecord, ...]
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0
    unit: str = "m"
    labels: tuple[str, ...] = ()
    objects: tuple[ObjectRecord, ...] = ()
    report: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "format": ASSET_FORMAT,
            "id": self.id,
            "recipe": self.recipe.to_json(),
            "recipe_sha256": self.recipe.digest(),
            "source": self.source,
            "category": self.category,
            "labels": list(self.labels),
            "normalisation": {"centre": list(self.centre), "scale": self.scale, "unit": self.unit},
            "views": [view.to_json() for view in self.views],
            "objects": [asdict(item) for item in self.objects],
            "report": self.report,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> AssetRecord:
        """Read what :meth:`to_json` wrote.

        Raises:
            ValueError, KeyError, TypeError, MaquetteError: it is something else.
        """
        if data["format"] != ASSET_FORMAT:
            raise ValueError(f"asset format {data['format']}, expected {ASSET_FORMAT}")
        x, y, z = data["normalisation"]["centre"]
        return cls(
            id=str(data["id"]),
            recipe=Recipe.from_json(data["recipe"]),
            source=data["source"],
            category=str(data["category"]),
            views=tuple(ViewRecord.from_json(view) for view in data["views"]),
            centre=(x, y, z),
            scale=float(data["normalisation"]["scale"]),
            unit=str(data["normalisation"]["unit"]),
            labels=tuple(data["labels"]),
            objects=tuple(ObjectRecord.from_json(item) for item in data["objects"]),
            report=data["report"],
        )
