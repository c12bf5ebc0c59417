"""Which file each picture's result is written to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...core.errors import MaquetteError


def paired(images: Sequence[Path], out: Path, suffix: str) -> list[tuple[Path, Path]]:
    """Pair each picture with its file in ``out``.

    Raises:
        MaquetteError: ``names-clash`` when two pictures would overwrite each other.
    """
    by_stem: dict[str, Path] = {}
    for image in images:
        key = image.stem.casefold()  # some file systems do not tell upper from lower case
        if key in by_stem:
            raise MaquetteError(
                "names-clash",
                f"{by_stem[key]} and {image} would both be written to {image.stem}{suffix}; "
                "give them different names or different output folders.",
            )
        by_stem[key] = image
    return [(image, out / f"{image.stem}{suffix}") for image in images]
