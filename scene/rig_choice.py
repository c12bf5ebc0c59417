"""The rigs that a person has chosen: presets, or presets with numbers changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..core import preset_parsing, preset_writing, presets
from ..core.errors import MaquetteError
from ..core.preset_tables import Table
from ..core.rigs import CameraRig, LightRig

_PARTS = {presets.CAMERAS: "rig", presets.LIGHTS: "light"}


def chosen_cameras(training: Any) -> CameraRig:
    """Return the camera rig of the settings, edited numbers included.

    Args:
        training: ``scene.maquette.training``.

    Raises:
        MaquetteError: there is no such preset, or the numbers make no rig.
    """
    if not training.cameras.edited:
        return presets.load_camera_rig(training.rig)
    return checked_cameras(training.cameras.read(training.rig))


def chosen_lights(training: Any) -> LightRig:
    """Return the light rig of the settings, edited numbers included; as the above."""
    if not training.lights.edited:
        return presets.load_light_rig(training.light)
    return checked_lights(training.lights.read(training.light))


def checked_cameras(rig: CameraRig) -> CameraRig:
    """Return the rig as it is read from a file, which refuses numbers that make no rig.

    Raises:
        MaquetteError: ``preset-invalid``.
    """
    text = preset_writing.camera_rig_toml(rig)
    return preset_parsing.camera_rig(rig.name, Table.parse(rig.name, text))


def checked_lights(rig: LightRig) -> LightRig:
    """As :func:`checked_cameras`."""
    text = preset_writing.light_rig_toml(rig)
    return preset_parsing.light_rig(rig.name, Table.parse(rig.name, text))


def take_over(training: Any, kind: str, name: str) -> None:
    """Choose a preset and show its numbers.

    Args:
        kind: ``cameras``, ``lights`` or ``quality``.

    Raises:
        MaquetteError: there is no such preset, or it cannot be read.
    """
    if kind == presets.CAMERAS:
        training.cameras.write(presets.load_camera_rig(name))
        training.rig = name
    elif kind == presets.LIGHTS:
        training.lights.write(presets.load_light_rig(name))
        training.light = name
    else:
        presets.load_quality(name)
        training.quality = name


def fill_in(training: Any) -> None:
    """Show the numbers of the chosen presets where nothing is shown yet, as in a new scene."""
    for kind, part in _PARTS.items():
        if not getattr(training, kind).title:
            try:
                take_over(training, kind, getattr(training, part))
            except MaquetteError:
                # Somebody else's preset; the choice stays until it is needed and complains.
                getattr(training, kind).title = getattr(training, part)


def preset_for_rendering(training: Any, kind: str, folder: Path) -> str:
    """Return what ``--rig`` or ``--light`` has to be: a preset's name, or the path of a file.

    Numbers that were edited and not saved are written into ``folder`` as a preset.

    Raises:
        MaquetteError: the numbers make no rig.
    """
    if not getattr(training, kind).edited:
        return str(getattr(training, _PARTS[kind]))
    if kind == presets.CAMERAS:
        text = preset_writing.camera_rig_toml(chosen_cameras(training))
    else:
        text = preset_writing.light_rig_toml(chosen_lights(training))
    path = folder / f"{kind}-edited{presets.SUFFIX}"
    path.write_text(text, "utf-8")
    return str(path)
