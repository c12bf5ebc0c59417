"""Presets that are files of somebody: kept with the dataset, so that it says what made it."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from ..dataset.canonical import write_whole
from ..dataset.recipe import Recipe
from ..errors import MaquetteError
from ..preset_writing import presets_digest
from ..presets import (
    CAMERAS,
    LIGHTS,
    QUALITY,
    SUFFIX,
    VARIABLE,
    load_camera_rig,
    load_light_rig,
    load_quality,
)

#: Folder of a dataset that holds them.
FOLDER = "presets"


def environment(out: Path) -> dict[str, str]:
    """Variables with which a worker finds the presets that a dataset keeps."""
    others = os.environ.get(VARIABLE, "")
    return {VARIABLE: os.pathsep.join(filter(None, (str(out / FOLDER), others)))}


def keep(recipe: Recipe, out: Path) -> Recipe:
    """Copy presets that are named by their file into the dataset and name them by their contents.

    Raises:
        MaquetteError: ``preset-unknown``; OSError: the dataset cannot be written.
    """
    names = {}
    for kind in (CAMERAS, LIGHTS, QUALITY):
        named = str(getattr(recipe, kind))
        if not named.endswith(SUFFIX):
            continue
        try:
            text = Path(named).read_bytes()
        except OSError as error:
            raise MaquetteError("preset-unknown", f"There is no preset file {named}.") from error
        names[kind] = f"{Path(named).stem}-{hashlib.sha256(text).hexdigest()[:8]}"
        target = out / FOLDER / kind / f"{names[kind]}{SUFFIX}"
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, text)
    return replace(recipe, **names)  # type: ignore[arg-type]


def look_up(recipe: Recipe, out: Path) -> tuple[Recipe, int]:
    """Return the recipe with the hash of its presets, and the pictures per asset.

    Raises:
        MaquetteError: a preset is unknown or cannot be read.
    """
    also = (out / FOLDER,)
    rig = load_camera_rig(recipe.cameras, also=also)
    lights = load_light_rig(recipe.lights, also=also)
    digest = presets_digest(rig, lights, load_quality(recipe.quality, also=also))
    return replace(recipe, presets_sha256=digest), recipe.views or rig.views
