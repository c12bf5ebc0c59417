"""Reconstruct every picture of a folder and lay the results side by side: ``make contact-sheet``.

Each row shows what was cut out, as a silhouette, and the mesh from the front left, the front right,
the right and the back. The pictures themselves are other people's and stay where they are; a second
sheet, in ``out/contact-sheet``, shows them. How well outlines agree is written into
``docs/quality.md`` with ``--docs``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from . import environment
from .project import OUT, ROOT, SetupError

FOLDER = OUT / "contact-sheet"
PICTURES = Path(os.environ.get("MAQUETTE_TEST_DATA", ROOT.parent / "shared" / "data"))
SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
#: Pictures of the test data that show furniture of the five categories; the others show what the
#: model was not made for.
FURNITURE = (
    "bookcase_reactplanner",
    "chair_triposr",
    "couch_pascal",
    "ornate_chair_trellis2",
    "school_desk_reactplanner",
    "single_bed_pascal",
    "table_reactplanner",
    "watermelon_chair_instantmesh",
    "workbench_trellis",
)


def main(arguments: list[str]) -> int:
    """Make the sheet; refused pictures stand in it with the reason, and are no failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, default=PICTURES / "images")
    parser.add_argument("--weights", type=Path, default=PICTURES / "weights", help="of the cut-out")
    parser.add_argument("--sheet", type=Path, default=ROOT / "docs" / "contact-sheet.jpg")
    parser.add_argument("--docs", action="store_true", help="write docs/quality.md")
    options = parser.parse_args(arguments)
    if not options.pictures.is_dir():
        print(f"There is no folder {options.pictures}; set MAQUETTE_TEST_DATA.", file=sys.stderr)
        return 1
    found = (p for p in options.pictures.iterdir() if p.suffix.lower() in SUFFIXES)
    pictures = sorted(found, key=lambda p: (p.stem not in FURNITURE, p.name))
    try:
        backend = environment.backend()
        _, blender = environment.any_bpy()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    cutout = {"U2NET_HOME": str(options.weights), "MODEL_CHECKSUM_DISABLED": "1"}
    compose = [backend, "-m", "tools.contact_sheet_layout", FOLDER, options.sheet, *pictures]
    compose += ["--docs", ROOT / "docs" / "quality.md"] if options.docs else []
    for command in (
        [backend, "-m", "maquette.backend", "reconstruct", *pictures, "--out", FOLDER],
        [blender, "-m", "tools.blender.mesh_views", FOLDER],
        compose,
    ):
        status = subprocess.run(
            [str(part) for part in command], cwd=ROOT, env={**os.environ, **cutout}, check=False
        ).returncode
        if status and "reconstruct" not in command:
            return 1
    print(f"{options.sheet}: {len(pictures)} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
