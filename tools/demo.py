"""Show what Maquette does: set everything up, reconstruct a picture, leave files to look at."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import environment, extension_zip
from .project import LOGS, OUT, ROOT, SetupError

PICTURE = ROOT / "docs" / "demo" / "armchair.png"
FOLDER = OUT / "demo"
FILES = ("scene.blend", "mesh.glb", "preview.png")


def throw_away(folder: Path, backend_python: Path) -> dict[str, str]:
    """Return environment variables under which Blender and the service keep all their files in
    ``folder`` and the service runs in this repository's environment."""
    return {
        **os.environ,
        "BLENDER_USER_RESOURCES": str(folder / "blender"),
        "MAQUETTE_HOME": str(folder / "service"),
        "MAQUETTE_BACKEND_PYTHON": str(backend_python),
    }


def main(arguments: list[str]) -> int:
    """Run the demo; exit status 1 with a sentence when it could not be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--image", type=Path, default=PICTURE, help="default: a render of ours")
    parser.add_argument("--engine", default="embedded")
    options = parser.parse_args(arguments)
    picture = options.image.resolve()
    began = time.monotonic()
    if not picture.is_file():
        print(f"There is no picture {picture}.", file=sys.stderr)
        return 1
    try:
        backend = environment.backend()
        _, blender = environment.any_bpy()
        extension = extension_zip.build()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{time.monotonic() - began:8.2f} s  environments and zip", flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, (LOGS / "demo.log").open("wb") as log:
        command = [blender, "-m", "tools.blender.demo", extension, picture, FOLDER, options.engine]
        variables = throw_away(Path(folder), backend)
        status = subprocess.run(
            [str(part) for part in command], cwd=ROOT, env=variables, stdout=log, check=False
        ).returncode
        if status:
            shutil.copytree(Path(folder, "service"), LOGS / "demo-service", dirs_exist_ok=True)
            print(f"The demo failed; see {LOGS}.", file=sys.stderr)
            return 1
    print(f"\nThe demo took {time.monotonic() - began:.0f} s. Look at:")
    print("\n".join(str((FOLDER / name).relative_to(ROOT)) for name in FILES))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
