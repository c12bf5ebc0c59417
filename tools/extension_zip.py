"""Build the extension's zip with Blender's own builder and validate it with Blender's validator.

``python -m tools.extension_zip`` prints the path of the zip.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from . import environment
from .project import OUT, ROOT, SetupError, manifest

#: *Install Backend* installs a copy of the extension's folder with pip, so it must hold these.
REQUIRED = (
    "LICENSE",
    "README.md",
    "__init__.py",
    "blender_manifest.toml",
    "pyproject.toml",
    "setup.py",
)
FORBIDDEN = (".", "build/", "dist/", "docs/", "out/", "tests/", "tools/")


def build() -> Path:
    """Write ``out/maquette-VERSION.zip``, check it and return its path.

    Raises:
        SetupError: Blender's builder or validator refuses, or the zip holds the wrong files.
    """
    _, python = environment.any_bpy()
    pattern = "lib*/python*/site-packages/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"
    tool = next(python.parent.parent.glob(pattern))
    facts = manifest()
    target = OUT / f"{facts['id']}-{facts['version']}.zip"
    OUT.mkdir(exist_ok=True)
    _run([python, tool, "build", "--source-dir", ROOT, "--output-filepath", target])
    _run([python, tool, "validate", target])
    with zipfile.ZipFile(target) as archive:
        complaints = check(archive.namelist())
    if complaints:
        raise SetupError("\n".join(complaints))
    return target


def check(names: list[str]) -> list[str]:
    """Return what is wrong with a zip that holds these files; empty when nothing is."""
    complaints = [f"The zip lacks {name}." for name in REQUIRED if name not in names]
    if not any(n.startswith("backend/weights/") and n.endswith(".safetensors") for n in names):
        complaints.append("The zip lacks the embedded model in backend/weights.")
    strangers = [n for n in names if n.startswith(FORBIDDEN) or "__pycache__" in n]
    return complaints + [f"The zip must not hold {name}." for name in strangers]


def _run(command: list[str | Path]) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=OUT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetupError(f"{done.stdout}{done.stderr}".strip())


def main() -> int:
    """Build the zip, print where it is."""
    try:
        print(build())
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
