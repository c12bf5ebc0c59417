"""Reading the rigs and qualities in ``render_presets``: one TOML file each."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from .errors import MaquetteError
from .rigs import CameraRig, LightRig, LightSpec, Quality, Spread

FOLDER = Path(__file__).resolve().parent.parent / "render_presets"


def preset_names(kind: str, folder: Path = FOLDER) -> list[str]:
    """Return the names of all presets of a kind: ``cameras``, ``lights`` or ``quality``."""
    return sorted(path.stem for path in (folder / kind).glob("*.toml"))


def load_camera_rig(name: str, folder: Path = FOLDER) -> CameraRig:
    """Read a camera rig.

    Raises:
        MaquetteError: ``preset-unknown`` or ``preset-invalid``; all readers raise these.
    """
    data = _Reader("cameras", name, folder)
    return CameraRig(
        name=name,
        title=data.text("title"),
        azimuth_deg=data.spread("azimuth_deg"),
        elevation_deg=data.spread("elevation_deg"),
        fov_deg=data.spread("fov_deg"),
        fill=data.spread("fill"),
        offset=data.spread("offset", 0.0),
        views=data.whole("views"),
        even=data.choice("spacing", ("random", "even")) == "even",
    )


def load_light_rig(name: str, folder: Path = FOLDER) -> LightRig:
    """Read a light rig."""
    data = _Reader("lights", name, folder)
    lights = []
    for table in data.values.get("lights", []):
        light = _Reader("lights", name, folder, table)
        lights.append(
            LightSpec(
                name=light.text("name"),
                frame=light.choice("frame", ("object", "camera")),
                azimuth_deg=light.spread("azimuth_deg"),
                elevation_deg=light.spread("elevation_deg"),
                strength=light.spread("strength"),
                softness_deg=light.spread("softness_deg"),
                warmth=light.spread("warmth", 0.0),
                probability=light.spread("probability", 1.0).low,
            )
        )
    exposure = data.spread("exposure") if "exposure" in data.values else None
    return LightRig(name, data.text("title"), data.spread("world"), tuple(lights), exposure)


def load_quality(name: str, folder: Path = FOLDER) -> Quality:
    """Read a quality."""
    data = _Reader("quality", name, folder)
    return Quality(name, data.text("title"), data.whole("samples"), data.whole("bounces"))


class _Reader:
    """Typed access to one table of a preset file, with errors that name file and key."""

    def __init__(
        self, kind: str, name: str, folder: Path, values: dict[str, Any] | None = None
    ) -> None:
        self.label = f"{kind}/{name}.toml"
        if values is None:
            if name not in preset_names(kind, folder):
                known = ", ".join(preset_names(kind, folder)) or "none"
                raise MaquetteError(
                    "preset-unknown", f"There is no preset “{name}” in {kind}; there are: {known}."
                )
            try:
                values = tomllib.loads((folder / kind / f"{name}.toml").read_text("utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise self.invalid(str(error)) from error
        self.values = values

    def invalid(self, why: str) -> MaquetteError:
        return MaquetteError("preset-invalid", f"The preset {self.label} cannot be used: {why}.")

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if not isinstance(value, str):
            raise self.invalid(f"“{key}” must be a text")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.values.get(key, allowed[0])
        if value not in allowed:
            raise self.invalid(f"“{key}” must be one of {', '.join(allowed)}")
        return str(value)

    def whole(self, key: str) -> int:
        value = self.values.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.invalid(f"“{key}” must be a whole number above zero")
        return value

    def spread(self, key: str, default: float | None = None) -> Spread:
        value = self.values.get(key, default)
        numbers = value if isinstance(value, list) else [value]
        if not 1 <= len(numbers) <= 3 or not all(
            isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers
        ):
            raise self.invalid(f"“{key}” must be one, two or three numbers")
        if numbers != sorted(numbers):
            raise self.invalid(f"the numbers of “{key}” must rise")
        peak = float(numbers[1]) if len(numbers) == 3 else None
        return Spread(float(numbers[0]), float(numbers[-1]), peak)
