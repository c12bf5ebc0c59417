"""A Blender without a window that has the extension's zip installed.

Blender's user folder must be a throw-away one: the caller sets ``BLENDER_USER_RESOURCES``
before this process starts.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from types import ModuleType

import bpy

PACKAGE = "bl_ext.user_default.maquette"


def install(extension: Path) -> None:
    """Start from factory settings, install and enable the zip.

    Raises:
        RuntimeError: the user folder is not a throw-away one, or Blender refuses the zip.
    """
    if "BLENDER_USER_RESOURCES" not in os.environ:
        raise RuntimeError("BLENDER_USER_RESOURCES is not set: this would change your Blender")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.extensions.package_install_files(
        repo="user_default", filepath=str(extension), enable_on_install=True
    )
    if PACKAGE not in bpy.context.preferences.addons:
        raise RuntimeError(f"Blender did not enable {extension}")


def part(name: str) -> ModuleType:
    """Import a module of the installed extension, e.g. ``part("scene.render")``."""
    return importlib.import_module(f"{PACKAGE}.{name}")
