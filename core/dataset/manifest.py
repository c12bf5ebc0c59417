"""``dataset.json``: what a dataset is to hold and how it is to be read, written from the plan."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import MaquetteError
from .canonical import canonical_json, write_whole
from .layout import check_asset_id
from .passes import PASSES
from .recipe import Recipe
from .splits import DEFAULT_SHARES, split_assets

DATASET_FORMAT = 1

CONVENTIONS = {
    "world": "asset normalised: longest bounding-box edge 1, centred at the origin, Z up, "
    "front to -Y; asset.json's normalisation leads back: source = world / scale + centre",
    "camera_to_world": "4x4, OpenCV camera axes: x right, y down, z forward",
    "intrinsics": "K, pixels: (u, v, 1) = K (x/z, y/z, 1) for perspective cameras, "
    "K (x, y, 1) for orthographic ones",
    "pixel_centres": "u right, v down from the picture's top left corner; "
    "centre of the first pixel at (0.5, 0.5)",
    "nothing_there": "0 in every pass",
}
COLOUR = {
    "rgba": {
        "display_device": "sRGB",
        "view_transform": "Standard",
        "look": "None",
        "exposure": 0.0,
        "gamma": 1.0,
        "alpha": "straight",
    },
    "data_passes": "raw numbers, no view transform",
}


@dataclass(frozen=True)
class PlannedAsset:
    """An asset that is to be rendered.

    Attributes:
        id: see ``layout.check_asset_id``.
        category: class label.
        source: JSON-ready, as in ``AssetRecord``; what is known before rendering.
        group: assets of one group stay in one split; ``""`` is a group of its own.
    """

    id: str
    category: str
    source: Mapping[str, Any] = field(default_factory=dict)
    group: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "id": check_asset_id(self.id),
            "category": self.category,
            "source": dict(self.source),
            "group": self.group,
        }


@dataclass(frozen=True)
class Plan:
    """A whole dataset before rendering.

    Attributes:
        name: title for a person.
        shares: of train, validation and test, see ``splits``.
        assets: sorted by id when read from a file.
    """

    name: str
    recipe: Recipe
    assets: tuple[PlannedAsset, ...]
    shares: tuple[float, float, float] = DEFAULT_SHARES

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict; the order of the assets does not matter."""
        passes = {name: vars(PASSES[name]) for name in sorted(self.recipe.passes)}
        return {
            "format": DATASET_FORMAT,
            "name": self.name,
            "recipe": self.recipe.to_json(),
            "recipe_sha256": self.recipe.digest(),
            "conventions": CONVENTIONS,
            "colour": COLOUR,
            "passes": passes,
            "shares": list(self.shares),
            "assets": [asset.to_json() for asset in sorted(self.assets, key=lambda a: a.id)],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Plan:
        """Read what :meth:`to_json` wrote; raises KeyError, TypeError, ValueError."""
        if data["format"] != DATASET_FORMAT:
            raise ValueError(f"dataset format {data['format']}, expected {DATASET_FORMAT}")
        train, validation, test = data["shares"]
        return cls(
            str(data["name"]),
            Recipe.from_json(data["recipe"]),
            tuple(PlannedAsset(**asset) for asset in data["assets"]),
            (train, validation, test),
        )

    def splits(self) -> dict[str, list[str]]:
        """Return the sorted asset ids of each split."""
        groups = {asset.id: asset.group or asset.id for asset in self.assets}
        return split_assets(groups, self.recipe.seed, self.shares)


def read_plan(out: Path) -> Plan:
    """Read ``dataset.json``.

    Raises:
        MaquetteError: ``dataset-missing`` or ``dataset-damaged``.
    """
    try:
        return Plan.from_json(json.loads((out / "dataset.json").read_text("utf-8")))
    except FileNotFoundError as error:
        raise MaquetteError(
            "dataset-missing", f"There is no dataset in “{out}”: it has no dataset.json."
        ) from error
    except (KeyError, TypeError, ValueError, MaquetteError) as error:
        raise MaquetteError(
            "dataset-damaged", f"“{out / 'dataset.json'}” cannot be read.", detail=repr(error)
        ) from error


def write_plan(out: Path, plan: Plan) -> Plan:
    """Write ``dataset.json``, or add new assets to the one that is there; returns what it holds.

    Raises:
        MaquetteError: ``dataset-other-recipe`` when the folder holds pictures made otherwise,
            ``dataset-duplicate`` when two assets have one id; OSError.
    """
    ids = [asset.id for asset in plan.assets]
    if twice := sorted(name for name, count in Counter(ids).items() if count > 1):
        raise MaquetteError("dataset-duplicate", f"Two assets have the id “{twice[0]}”.")
    if (out / "dataset.json").exists():
        there = read_plan(out)
        _same_recipe(there.recipe, plan.recipe)
        new = set(ids)
        kept = [asset for asset in there.assets if asset.id not in new]
        assets = sorted([*kept, *plan.assets], key=lambda asset: asset.id)
        plan = Plan(there.name, there.recipe, tuple(assets), there.shares)
    out.mkdir(parents=True, exist_ok=True)
    data = canonical_json(plan.to_json())
    if not (out / "dataset.json").exists() or (out / "dataset.json").read_bytes() != data:
        write_whole(out / "dataset.json", data)
    return plan


def _same_recipe(there: Recipe, wanted: Recipe) -> None:
    old, new = there.to_json(), wanted.to_json()
    keys = dict.fromkeys([*old, *new])
    if changed := [key for key in keys if old.get(key) != new.get(key)]:
        told = ", ".join(f"{key} {old.get(key)!r} instead of {new.get(key)!r}" for key in changed)
        raise MaquetteError(
            "dataset-other-recipe",
            "This folder holds pictures that were made with other settings. Choose another "
            "folder, or the same settings.",
            detail=told,
        )
