"""Where the weights of upscalers lie on this machine, and how they come there."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import Fix, MaquetteError
from ...core.lock import acquire
from ...core.upscalers import UPSCALERS, UpscalerFile, UpscalerInfo, upscaler_named
from ..checkpoints.folder import WeightsFolder
from ..fetched_file import fetch_file

MIRROR_VARIABLE = "MAQUETTE_UPSCALER_URL"
#: Where the weights lie that come with Maquette.
_EMBEDDED_FOLDER = Path(__file__).parent.parent / "weights"


@dataclass(frozen=True)
class Choice:
    """What is to enlarge: a known network, or a file.

    Attributes:
        info: None when a file was named.
        weights: that file.
        denoise: 0 to 1, how much of the network's noise removal is used, where it can be chosen.
    """

    info: UpscalerInfo | None
    weights: Path | None = None
    denoise: float = 1.0

    @property
    def name(self) -> str:
        """For a person and for records."""
        if self.info is None:
            return self.weights.name if self.weights else ""
        return self.info.name

    @property
    def files(self) -> tuple[UpscalerFile, ...]:
        """The known files that are needed."""
        if self.info is None:
            return ()
        weak = self.info.weak if self.denoise < 1.0 else None
        return (self.info.file, weak) if weak else (self.info.file,)


def choose(name: str, weights: Path | None = None, denoise: float = 1.0) -> Choice:
    """Check what a person asked for.

    Raises:
        MaquetteError: ``upscaler-unknown`` or ``settings-invalid``.
    """
    if not 0.0 <= denoise <= 1.0:
        raise MaquetteError("settings-invalid", "The denoise strength must be between 0 and 1.")
    if weights is not None:
        return Choice(None, weights, denoise)
    info = upscaler_named(name)
    if info is None:
        raise MaquetteError(
            "upscaler-unknown",
            f"There is no upscaler “{name[:64]}”; there are {', '.join(UPSCALERS)}.",
        )
    if denoise < 1.0 and info.weak is None:
        raise MaquetteError(
            "settings-invalid", f"The upscaler {info.title} has no denoise strength to choose."
        )
    return Choice(info, None, denoise)


def find(folder: WeightsFolder, file: UpscalerFile) -> Path | None:
    """The file on this machine: fetched, or among those that a person fetched by other means."""
    places = [_target(folder, file)]
    if file.url and folder.other is not None:
        places.append(folder.other / file.name)
    return next((place for place in places if place.is_file()), None)


def missing(folder: WeightsFolder, choice: Choice) -> list[UpscalerFile]:
    """The published files that are not on this machine yet."""
    return [file for file in choice.files if find(folder, file) is None]


def fetch(folder: WeightsFolder, choice: Choice, progress: Callable[[float], None]) -> None:
    """Fetch what is missing.

    ``MAQUETTE_UPSCALER_URL`` names a mirror: a folder with files of the published names.

    Args:
        progress: called with the share done, 0 to 1; may raise to stop.

    Raises:
        MaquetteError: ``download-failed``, ``download-damaged`` or ``fetch-running``.
    """
    files = missing(folder, choice)
    total, before = sum(file.size for file in files), 0
    mirror = os.environ.get(MIRROR_VARIABLE, "").rstrip("/")
    for file in files:
        if not file.url:
            raise _incomplete(choice)

        def moved(share: float, before: int = before, size: int = file.size) -> None:
            progress((before + share * size) / total)

        target, what = _target(folder, file), f"The upscaler {choice.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        held = acquire(target.parent / "fetch.lock")
        if held is None:
            raise MaquetteError("fetch-running", f"{what} is being fetched already.", Fix.RETRY)
        with held:
            url = f"{mirror}/{file.name}" if mirror else file.url
            fetch_file(url, target, file.size, ("sha256", file.sha256), what, moved)
        before += file.size


def paths(folder: WeightsFolder, choice: Choice) -> list[Path]:
    """The files of a choice, all on this machine.

    Raises:
        MaquetteError: ``weights-missing``.
    """
    if choice.weights is not None:
        if not choice.weights.is_file():
            raise MaquetteError(
                "weights-missing", f"There is no file “{choice.weights.name}”.", Fix.NONE
            )
        return [choice.weights]
    found = [find(folder, file) for file in choice.files]
    there = [path for path in found if path is not None]
    if len(there) < len(found):
        if choice.info is not None and choice.info.embedded:
            raise _incomplete(choice)
        size = sum(file.size for file in missing(folder, choice)) / 1e6
        raise MaquetteError(
            "weights-missing",
            f"The upscaler {choice.name} is not on this machine yet ({size:.0f} MB). Allow Online "
            "Access in the preferences under System, or let it be fetched in the shell: "
            "maquette upscale.",
            Fix.ALLOW_ONLINE,
            str(folder.root),
        )
    return there


def whole(info: UpscalerInfo) -> Choice:
    """All files of a network."""
    return Choice(info, None, 0.0 if info.weak else 1.0)


def verify(folder: WeightsFolder, choice: Choice) -> str:
    """Compare what is here with what was published; returns a sentence on it.

    Raises:
        MaquetteError: ``weights-missing`` or ``weights-damaged``.
    """
    from ..checkpoints.storing import sha256_of  # which imports torch

    found = paths(folder, choice)
    for file, path in zip(choice.files, found, strict=True):
        sha256 = sha256_of(path)
        if sha256 == file.sha256:
            continue
        if path != _target(folder, file):
            return f"{path} was fetched by other means and is not the published file"
        raise MaquetteError(
            "weights-damaged",
            f"The stored upscaler {choice.name} has changed since it was fetched.",
            Fix.NONE,
            f"{path}: SHA-256 {sha256}, expected {file.sha256}",
        )
    return "as published"


def _incomplete(choice: Choice) -> MaquetteError:
    return MaquetteError(
        "weights-missing",
        f"The upscaler {choice.name} comes with Maquette, and its file is not there. Install the "
        "service again.",
        Fix.INSTALL_BACKEND,
        str(_EMBEDDED_FOLDER),
    )


def _target(folder: WeightsFolder, file: UpscalerFile) -> Path:
    if not file.url:
        return _EMBEDDED_FOLDER / file.name
    return folder.root / "upscalers" / file.name
