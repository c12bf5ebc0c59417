"""Brings an enlarged picture into the file as an image of its own."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import bpy

from ..core.errors import Fix, MaquetteError
from ..core.jobs import JobRow
from ..core.version import version
from .import_mesh import PROVENANCE


def import_picture(row: JobRow) -> bpy.types.Image:
    """Load the picture of a finished job, packed into the .blend.

    It takes over how the numbers of the picture that was sent are read, so that data textures
    stay data, and keeps where it came from in the property ``maquette``.

    Raises:
        MaquetteError: ``picture-missing``.
    """
    path = Path(row.mesh)
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _missing(str(error)) from error
    try:
        if not image.size[0]:
            raise _missing(str(path))
        upscale = row.settings.upscale
        image.name = f"{row.image or row.name} {upscale.scale if upscale else ''}x"
        source = bpy.data.images.get(row.image)
        if source is not None:
            image.colorspace_settings.name = source.colorspace_settings.name
            if upscale is not None and (upscale.packed_alpha or not image.is_float):
                # Floats come back multiplied by alpha, whatever the first picture's file had.
                image.alpha_mode = source.alpha_mode
        image.pack()
        # Nothing uses it yet, and what nothing uses is not saved.
        image.use_fake_user = True
        told = asdict(row.result) if row.result is not None else {}
        kept = ("engine", "weights_sha256", "image_sha256", "backend_version", "licence")
        image[PROVENANCE] = {
            **{key: told.get(key, "") for key in kept},
            "extension_version": version(),
            "upscale": upscale.to_json() if upscale else {},
        }
    except Exception:
        bpy.data.images.remove(image)
        raise
    path.unlink(missing_ok=True)
    return image


def _missing(detail: str) -> MaquetteError:
    return MaquetteError(
        "picture-missing", "The enlarged picture's file is gone. Try again.", Fix.RETRY, detail
    )
