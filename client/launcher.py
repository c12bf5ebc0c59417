"""Starts the service as a process of its own that outlives this Blender."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from pathlib import Path

from ..core.errors import Fix, MaquetteError

SERVICE_LOG_NAME = "service.log"
CONSOLE_LOG_NAME = "service-console.log"
# What Blender's Python is told must not reach another Python.
_FOREIGN = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "PYTHONEXECUTABLE",
    "__PYVENV_LAUNCHER__",
)


def child_environment(home: Path, checkpoints: str = "") -> dict[str, str]:
    """The environment variables for a Python that is not Blender's.

    Args:
        checkpoints: folder with released weights that were fetched by other means; "" for none.
    """
    kept = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    own = {"MAQUETTE_HOME": str(home), "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    return {**kept, **own, **({"MAQUETTE_CHECKPOINTS": checkpoints} if checkpoints else {})}


def detached() -> dict[str, int | bool]:
    """Arguments for Popen that keep signals to Blender away from the child."""
    if sys.platform == "win32":
        no_window, new_group = 0x08000000, 0x00000200
        return {"creationflags": no_window | new_group}
    return {"start_new_session": True}


def launch(
    python: str,
    home: Path,
    idle_minutes: float,
    checkpoints: str = "",
    compile_networks: bool = False,
) -> subprocess.Popen[bytes]:
    """Start the service; it tells where it listens by its port file.

    Raises:
        MaquetteError: ``service-start-failed`` when the interpreter cannot be run.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with console_log(home).open("ab") as log:
            return subprocess.Popen(
                [
                    python,
                    "-m",
                    "maquette.backend",
                    "serve",
                    "--idle-minutes",
                    f"{idle_minutes:g}",
                    *(["--compile"] if compile_networks else []),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=home,
                env=child_environment(home, checkpoints),
                **detached(),  # type: ignore[call-overload]
            )
    except OSError as error:
        raise MaquetteError(
            "service-start-failed",
            "The service could not be started. Check Backend Python in the preferences.",
            Fix.OPEN_PREFERENCES,
            str(error),
        ) from error


def console_log(home: Path) -> Path:
    """The file that takes what a service writes before and beside its own log."""
    return home / CONSOLE_LOG_NAME


def newest_log(home: Path) -> Path:
    """The log that was written last: the service's own, or what it wrote before it had one."""

    def written(path: Path) -> float:
        return path.stat().st_mtime if path.is_file() else 0.0

    return max(home / SERVICE_LOG_NAME, console_log(home), key=written)


class CrashGuard:
    """Refuses to start what has just failed several times in a row."""

    def __init__(self, most: int = 3, within_s: float = 180.0) -> None:
        self._most = most
        self._within_s = within_s
        self._crashes: deque[float] = deque(maxlen=most)

    def crashed(self, now: float) -> None:
        """Note a start that failed or a service that ended by itself with an error."""
        self._crashes.append(now)

    def reset(self) -> None:
        """A person asked explicitly: try again."""
        self._crashes.clear()

    def check(self, now: float) -> None:
        """Raise MaquetteError ``service-keeps-crashing`` when it is too soon to try again."""
        full = len(self._crashes) == self._most
        if full and now - self._crashes[0] < self._within_s:
            raise MaquetteError(
                "service-keeps-crashing",
                f"The service ended {self._most} times in a row. The log tells why.",
                Fix.OPEN_LOG,
            )
