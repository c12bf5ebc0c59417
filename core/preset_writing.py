"""From a rig to the TOML file that describes it, and a person's own presets on disk."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .calibration import Card
from .camera_rigs import CameraRig, ListedView
from .errors import MaquetteError
from .light_rigs import LightRig
from .placements import Placement
from .presets import FOLDER, SUFFIX, preset_names
from .rigs import Quality
from .spread import Spread

_HEADER = "# Saved by Maquette; the presets that come with it say what the keys mean.\n"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def camera_rig_toml(rig: CameraRig) -> str:
    """Return the text of the preset; reading it gives an equal rig, its name apart.

    Raises:
        MaquetteError: ``preset-programmed`` when the rig's placement is somebody's own code.
    """
    if rig.place is not None:
        raise MaquetteError(
            "preset-programmed",
            f"The rig “{rig.title}” places its cameras by a program and cannot be saved as a file.",
        )
    listed = rig.placement is Placement.LISTED
    lines = [f"title = {_text(rig.title)}", f'spacing = "{rig.placement}"']
    lines += [f'projection = "{rig.projection}"', f"views = {rig.views}"]
    lines += [f"azimuth_deg = {_spread(rig.azimuth_deg)}"]
    lines += [f"elevation_deg = {_spread(rig.elevation_deg)}"]
    if rig.rings_deg:
        lines += [f"rings_deg = {_list(rig.rings_deg)}"]
    lines += [f"fov_deg = {_spread(rig.fov_deg)}", f"fill = {_spread(rig.fill)}"]
    lines += [f"offset = {_spread(rig.offset)}"]
    lines += ['distance = "shared"'] if rig.shared_distance else []
    lines += ['first = "front"'] if rig.front_first else []
    lines += ["turned = true"] if rig.turned else []
    for view in rig.listed if listed else ():
        lines += ["", "[[listed]]", *_listed(view)]
    return _HEADER + "\n".join(lines) + "\n"


def _listed(view: ListedView) -> list[str]:
    lines = [f"azimuth_deg = {_number(view.azimuth_deg)}"]
    lines += [f"elevation_deg = {_number(view.elevation_deg)}"]
    lines += [f"roll_deg = {_number(view.roll_deg)}"] if view.roll_deg else []
    lines += [f"fov_deg = {_number(view.fov_deg)}"] if view.fov_deg is not None else []
    lines += [f"fill = {_number(view.fill)}"] if view.fill is not None else []
    lines += [f"offset = {_list(view.offset)}"] if view.offset is not None else []
    return lines


def light_rig_toml(rig: LightRig) -> str:
    """Return the text of the preset; reading it gives an equal rig, its name apart."""
    lines = [f"title = {_text(rig.title)}", f"world = {_spread(rig.world)}"]
    lines += ['draw = "asset"'] if rig.per_asset else []
    lines += [f'card = "{rig.card}"'] if rig.card is not Card.NONE else []
    lines += [f"exposure = {_spread(rig.exposure)}"] if rig.exposure is not None else []
    if rig.environment is not None:
        around = rig.environment
        lines += ["", "[environment]", f'map = "{around.map}"']
        lines += [f"path = {_text(around.path)}"] if around.path else []
        lines += [f"rotation_deg = {_spread(around.rotation_deg)}"]
        lines += [f"strength = {_spread(around.strength)}"]
    for light in rig.lights:
        lines += ["", "[[lights]]", f"name = {_text(light.name)}", f'frame = "{light.frame}"']
        lines += [f"probability = {_number(light.probability)}"] if light.probability < 1 else []
        lines += [f"azimuth_deg = {_spread(light.azimuth_deg)}"]
        lines += [f"elevation_deg = {_spread(light.elevation_deg)}"]
        lines += [f"strength = {_spread(light.strength)}"]
        lines += [f"softness_deg = {_spread(light.softness_deg)}"]
        lines += [f"warmth = {_spread(light.warmth)}"]
    return _HEADER + "\n".join(lines) + "\n"


def presets_digest(cameras: CameraRig, lights: LightRig, quality: Quality) -> str:
    """Return the SHA-256, hexadecimal, of all in three presets that shows in pictures.

    Names and titles do not count; a picture of the surroundings counts with its content, a
    programmed placement with its name.
    """
    place = cameras.place
    program = "" if place is None else f"{place.__module__}:{getattr(place, '__qualname__', place)}"
    parts = [
        program,
        camera_rig_toml(replace(cameras, title="", place=None)),
        light_rig_toml(replace(lights, title="")),
        repr((quality.samples, quality.bounces)),
    ]
    digest = hashlib.sha256("\x1f".join(parts).encode())
    around = lights.environment
    if around is not None and around.path and Path(around.path).is_file():
        digest.update(Path(around.path).read_bytes())
    return digest.hexdigest()


def name_from_title(title: str) -> str:
    """Return the file name, without ending, of a preset that a person calls so.

    Raises:
        MaquetteError: ``preset-name`` when the title has neither letters nor digits.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", plain.lower()))
    if not name:
        raise MaquetteError("preset-name", "Give the preset a name of letters and digits.")
    return name


def save_preset(folder: Path, kind: str, name: str, text: str, also: Sequence[Path] = ()) -> Path:
    """Write a person's own preset in one step; returns its path.

    Args:
        folder: of the person's presets; made where it is missing.
        kind: ``cameras`` or ``lights``.
        also: further folders whose names must not be taken.

    Raises:
        MaquetteError: ``preset-name`` for a name that is taken by a preset which is not the
            person's own or is no name for a file, ``disk-full`` when the file cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise MaquetteError(
            "preset-name", f"“{name}” is no name for a preset: use small letters, digits, hyphens."
        )
    if (
        name in preset_names(kind, FOLDER, also)
        and not (folder / kind / f"{name}{SUFFIX}").exists()
    ):
        raise MaquetteError(
            "preset-name", f"There is a preset “{name}” already that is not yours. Choose another."
        )
    path = folder / kind / f"{name}{SUFFIX}"
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise MaquetteError(
            "disk-full", "The preset could not be written. Is the disk full?", detail=str(error)
        ) from error
    return path


def delete_preset(folder: Path, kind: str, name: str) -> None:
    """Delete a person's own preset.

    Raises:
        MaquetteError: ``preset-unknown`` when the folder has no such preset.
    """
    path = folder / kind / f"{name}{SUFFIX}"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise MaquetteError("preset-unknown", f"“{name}” is not one of your presets.")
    path.unlink()


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _list(values: Sequence[float]) -> str:
    return f"[{', '.join(_number(value) for value in values)}]"


def _spread(spread: Spread) -> str:
    if spread.peak is not None:
        return _list((spread.low, spread.peak, spread.high))
    return _number(spread.low) if spread.fixed else _list((spread.low, spread.high))


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
