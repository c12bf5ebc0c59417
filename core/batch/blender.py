"""Which Blender renders, and how it is told to be a worker."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import MaquetteError

VARIABLE = "MAQUETTE_BLENDER"
_LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Blender:
    """A program that can render.

    Attributes:
        program: path of Blender, or of a Python that has Blender as its module ``bpy``.
        is_python: the latter.
    """

    program: str
    is_python: bool

    @classmethod
    def at(cls, program: str) -> Blender:
        """The program at a path; what is called python is one."""
        return cls(program, "python" in Path(program).name.lower())

    def command(self, module: str, *arguments: str) -> tuple[str, ...]:
        """The command line that runs ``main`` of one of this package's modules.

        Blender starts with factory settings, since a person's own must not show in pictures.
        """
        if self.is_python:
            return (self.program, str(_LAUNCHER), module, *arguments)
        settings = ("--background", "--factory-startup", "-noaudio", "--python-exit-code", "1")
        return (
            *(self.program, *settings),
            *("--python", str(_LAUNCHER), "--", module, *arguments),
        )


def find_blender(environment: Mapping[str, str] = os.environ) -> Blender:
    """Find a Blender: ``MAQUETTE_BLENDER``, else this Python's ``bpy``, else ``blender`` on PATH.

    Raises:
        MaquetteError: ``blender-missing``.
    """
    named = environment.get(VARIABLE, "")
    if named:
        found = shutil.which(named)
        if found is None:
            raise MaquetteError(
                "blender-missing",
                f"{VARIABLE} names {named}, which is not a program that can be run. Set it to "
                "Blender, or to a Python that has bpy.",
            )
        return Blender.at(found)
    if importlib.util.find_spec("bpy") is not None:
        return Blender(sys.executable, is_python=True)
    found = shutil.which("blender", path=environment.get("PATH"))
    if found is not None:
        return Blender(found, is_python=False)
    raise MaquetteError(
        "blender-missing",
        "Rendering needs Blender 4.2 or newer, and none was found. Put it on the PATH, name it in "
        f"{VARIABLE}, or install the package bpy.",
    )
