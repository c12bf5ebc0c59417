"""Starts the process that enlarges a rendered dataset, with the service's Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ..core.backend_env import MARKER_NAME, env_python
from ..core.errors import Fix, MaquetteError
from .launcher import child_environment, detached
from .messages import Config


def interpreter(config: Config) -> str:
    """The service's interpreter.

    Raises:
        MaquetteError: ``service-missing`` when there is none.
    """
    if config.python and Path(config.python).is_file():
        return config.python
    python = env_python(config.env)
    if config.python or not (python.is_file() and (config.env / MARKER_NAME).is_file()):
        raise MaquetteError(
            "service-missing",
            "Pictures are enlarged by the service, which is not installed. Install it, or render "
            "them as they are.",
            Fix.INSTALL_BACKEND,
        )
    return str(python)


def enlarged_folder(folder: Path, scale: int) -> Path:
    """Where the enlarged dataset goes: beside the rendered one, as the command line says."""
    return folder.with_name(f"{folder.name}-x{scale}")


def start_enlarging(config: Config, folder: Path, scale: int, log: Path) -> subprocess.Popen[bytes]:
    """Enlarge a dataset with the network that comes with Maquette; nothing is fetched.

    Args:
        log: file that takes what the process prints; written anew.

    Raises:
        MaquetteError: ``service-missing``; OSError: it cannot be started.
    """
    command = [
        *(interpreter(config), "-m", "maquette.backend", "dataset", "upscale", str(folder)),
        *("--out", str(enlarged_folder(folder, scale)), "--scale", str(scale)),
    ]
    with log.open("wb") as stream:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=child_environment(config.home, config.checkpoints),
            **detached(),  # type: ignore[call-overload]
        )
