"""Runs Blenders with a window on a virtual screen, through the tools of a folder beside this one.

The tools, ``run`` and ``shoot``, are not part of the repository: the first runs a Blender in a
small system of its own, the second opens its window and carries out a steps file, a generator
that gets a driver for mouse, keyboard and pictures of the screen.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STEPS = Path(__file__).resolve().parent / "steps"
LIMIT_S = 900


def rig_folder() -> Path:
    """Where the tools are: ``MAQUETTE_GUI_RIG``, else beside the repository's folder."""
    return Path(os.environ.get("MAQUETTE_GUI_RIG") or ROOT.parent / "shared" / "blender-gui")


def missing(suite: str) -> str:
    """Why no window can be opened in a suite, for a person; "" when one can."""
    tool = rig_folder() / "run"
    if not tool.is_file():
        return f"No window rig in {rig_folder()} (set MAQUETTE_GUI_RIG to its folder)"
    asked = subprocess.run(
        [tool, "--suite", suite, "--project", "none", "--", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        return f"The window rig has no Blender of {suite} yet: run {rig_folder()}/setup {suite}"
    return ""


def build_zip(suite: str, folder: Path) -> Path:
    """The extension as Blender's own command builds and validates it; ``MAQUETTE_ZIP`` wins."""
    given = os.environ.get("MAQUETTE_ZIP")
    if given:
        return Path(given)
    window = Window(suite, folder / "profile-of-the-builder")
    window.blender(
        "extension", "build", "--source-dir", str(ROOT), "--output-dir", "/out", out=folder
    )
    (built,) = folder.glob("maquette-*.zip")
    return built


@dataclass(frozen=True)
class Window:
    """One Blender with settings of its own.

    Attributes:
        suite: the Debian suite whose Blender is used.
        profile: folder that keeps Blender's settings and extensions.
    """

    suite: str
    profile: Path

    def install(self, extension: Path) -> None:
        """Install and enable a zip, as a new person's only extension."""
        inside = f"/zip/{extension.name}"
        command = ("extension", "install-file", "-r", "user_default", "--enable", inside)
        self.blender(*command, zip=extension.parent)

    def blender(self, *command: str, **folders: Path) -> None:
        """Run ``blender --command ...``, with folders shown inside under their names."""
        self._run(folders, "--", "--command", *command)

    def python(self, *command: str, **folders: Path) -> None:
        """Run the system's Python, beside Blender, in the same way."""
        self._run(folders, "--exec", "--", "/usr/bin/python3", *command)

    def _run(self, folders: dict[str, Path], *arguments: str) -> None:
        binds: list[str] = []
        for name, folder in folders.items():
            binds += ["--bind", f"{folder}:/{name}"]
        call = [rig_folder() / "run", *self._options(), *binds, *arguments]
        subprocess.run([str(part) for part in call], check=True, cwd=ROOT)

    def shoot(self, steps: str, out: Path, home: Path, variables: dict[str, str]) -> dict[str, Any]:
        """Carry out a steps file; returns its ``result.json``.

        Args:
            steps: name of a file in ``steps/``.
            out: folder for the pictures.
            home: the service's folder; it runs inside and ends with the window.
            variables: environment variables for Blender.

        Raises:
            CalledProcessError: a step failed; the reason is printed and in ``out``.
        """
        told = {"MAQUETTE_HOME": "/maquette-home", "PYTHONDONTWRITEBYTECODE": "1", **variables}
        call = [rig_folder() / "shoot", "--out", out, *self._options(), "--timeout", LIMIT_S]
        call += ["--bind", f"{home}:/maquette-home"]
        for name, value in told.items():
            call += ["--env", f"{name}={value}"]
        subprocess.run([str(part) for part in [*call, STEPS / steps]], check=True, cwd=ROOT)
        answer: dict[str, Any] = json.loads((out / "result.json").read_text())
        return answer

    def _options(self) -> list[str]:
        # The interpreter behind a virtual environment is often elsewhere.
        python = (ROOT / ".venv" / "bin" / "python").resolve().parents[1]
        shown = ["--bind", f"{python}:{python}:ro"] if not python.is_relative_to("/usr") else []
        shown += ["--profile", str(self.profile)]
        return ["--suite", self.suite, "--project", str(ROOT), *shown]
