"""What ``pyproject.toml`` cannot say: the version comes from Blender's manifest.

The list of packages is found, not typed, so that a new folder cannot be forgotten.
"""

import tomllib
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent
PARTS = ("backend", "client", "core", "scene")

manifest = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
found = find_packages(str(ROOT), include=[p for part in PARTS for p in (part, f"{part}.*")])

setup(
    version=manifest["version"],
    packages=["maquette", *(f"maquette.{name}" for name in sorted(found))],
    package_dir={"maquette": "."},
)
