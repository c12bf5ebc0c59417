"""Finding presets: ours in ``render_presets``, a person's own, and those of other packages.

A preset is one TOML file, ``cameras/NAME.toml``, ``lights/NAME.toml`` or ``quality/NAME.toml`` in
one of some folders: ours, those that the environment variable ``MAQUETTE_PRESETS`` names
(separated as in ``PATH``), and what the caller adds. A name that ends in ``.toml`` is taken as
the path of a file. Other packages bring rigs by an entry point (``core.rig_plugins``). Where names
are the same the first wins, ours before all.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import preset_parsing, rig_plugins
from .camera_rigs import CameraRig
from .errors import MaquetteError
from .light_rigs import LightRig
from .preset_tables import Table
from .rigs import Quality

FOLDER = Path(__file__).resolve().parent.parent / "render_presets"
VARIABLE = "MAQUETTE_PRESETS"
SUFFIX = ".toml"

CAMERAS, LIGHTS, QUALITY = "cameras", "lights", "quality"
KINDS = (CAMERAS, LIGHTS, QUALITY)


@dataclass(frozen=True)
class PresetEntry:
    """A preset as a list shows it.

    Attributes:
        name, title: what is typed, and what a person reads; a file that cannot be read keeps
            its name as title.
        own: True for a person's own file, which may be changed and deleted.
    """

    name: str
    title: str
    own: bool


def load_camera_rig(name: str, folder: Path = FOLDER, also: Sequence[Path] = ()) -> CameraRig:
    """Read a camera rig.

    Args:
        name: of a preset, or the path of a file that ends in ``.toml``.
        folder: where our own presets are.
        also: further folders, after those of the environment variable.

    Raises:
        MaquetteError: ``preset-unknown`` or ``preset-invalid``; all readers raise these.
    """
    path = _find(CAMERAS, name, folder, also)
    if path is None:
        rig = rig_plugins.camera_rigs().get(name)
        if rig is None:
            raise _unknown(CAMERAS, name, folder, also)
        return rig
    return preset_parsing.camera_rig(path.stem, _table(CAMERAS, path))


def load_light_rig(name: str, folder: Path = FOLDER, also: Sequence[Path] = ()) -> LightRig:
    """Read a light rig; arguments as of :func:`load_camera_rig`."""
    path = _find(LIGHTS, name, folder, also)
    if path is None:
        rig = rig_plugins.light_rigs().get(name)
        if rig is None:
            raise _unknown(LIGHTS, name, folder, also)
        return rig
    return preset_parsing.light_rig(path.stem, _table(LIGHTS, path))


def load_quality(name: str, folder: Path = FOLDER, also: Sequence[Path] = ()) -> Quality:
    """Read a quality; arguments as of :func:`load_camera_rig`."""
    path = _find(QUALITY, name, folder, also)
    if path is None:
        raise _unknown(QUALITY, name, folder, also)
    return preset_parsing.quality(path.stem, _table(QUALITY, path))


def preset_names(kind: str, folder: Path = FOLDER, also: Sequence[Path] = ()) -> list[str]:
    """Return the names of all presets of a kind: ``cameras``, ``lights`` or ``quality``."""
    names = {p.stem for f in _folders(folder, also) for p in (f / kind).glob(f"*{SUFFIX}")}
    return sorted(names | _plugin_titles(kind).keys())


def list_presets(
    kind: str, folder: Path = FOLDER, also: Sequence[Path] = ()
) -> tuple[PresetEntry, ...]:
    """Return all presets of a kind, ours first, then by title."""
    found: dict[str, PresetEntry] = {}
    for where in _folders(folder, also):
        for path in (where / kind).glob(f"*{SUFFIX}"):
            if path.stem not in found:
                entry = PresetEntry(path.stem, _title(path), where != folder)
                found[path.stem] = entry
    for name, title in _plugin_titles(kind).items():
        found.setdefault(name, PresetEntry(name, title, False))
    return tuple(sorted(found.values(), key=lambda e: (e.own, e.title.lower(), e.name)))


def _plugin_titles(kind: str) -> dict[str, str]:
    if kind == QUALITY:
        return {}
    rigs = rig_plugins.camera_rigs() if kind == CAMERAS else rig_plugins.light_rigs()
    return {name: rig.title for name, rig in rigs.items()}


def _folders(folder: Path, also: Sequence[Path]) -> list[Path]:
    named = [Path(p) for p in os.environ.get(VARIABLE, "").split(os.pathsep) if p]
    return list(dict.fromkeys([folder, *named, *also]))


def _find(kind: str, name: str, folder: Path, also: Sequence[Path]) -> Path | None:
    if name.endswith(SUFFIX):
        path = Path(name)
        if path.is_file():
            return path
        raise MaquetteError("preset-unknown", f"There is no preset file {name}.")
    for where in _folders(folder, also):
        # Comparing with what is there keeps names from leading out of the folder.
        for path in (where / kind).glob(f"*{SUFFIX}"):
            if path.stem == name:
                return path
    return None


def _unknown(kind: str, name: str, folder: Path, also: Sequence[Path]) -> MaquetteError:
    known = ", ".join(preset_names(kind, folder, also)) or "none"
    return MaquetteError(
        "preset-unknown", f"There is no preset “{name}” in {kind}; there are: {known}."
    )


def _table(kind: str, path: Path) -> Table:
    label = f"{kind}/{path.name}"
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Table(label, {}).invalid(str(error)) from error
    return Table.parse(label, text)


def _title(path: Path) -> str:
    try:
        title = tomllib.loads(path.read_text("utf-8")).get("title")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return path.stem
    return title if isinstance(title, str) else path.stem
