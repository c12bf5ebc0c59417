"""The mask of a picture: the picture itself, whose alpha a person may paint."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..core.errors import Fix, MaquetteError
from ..core.jobs import JobRow


def import_mask(row: JobRow, scene: bpy.types.Scene) -> bpy.types.Image:
    """Load the cut-out picture of a finished job as the mask of the picture that was sent.

    It is packed into the .blend, and the scene's settings name it in place of an earlier one.

    Raises:
        MaquetteError: ``picture-missing``, or ``image-missing`` when the picture that was sent is
            not in the file any more.
    """
    source = bpy.data.images.get(row.image)
    if source is None:
        raise MaquetteError(
            "image-missing",
            "The picture that this mask belongs to is not in the file any more.",
            Fix.CHOOSE_IMAGE,
            row.image,
        )
    path = Path(row.mesh)
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _missing(str(error)) from error
    if not image.size[0]:
        bpy.data.images.remove(image)
        raise _missing(str(path))
    image.name = f"{row.name} mask"
    image.alpha_mode = "STRAIGHT"
    image.pack()
    cutout = scene.maquette.cutout
    cutout.mask, cutout.mask_of = image, source
    path.unlink(missing_ok=True)
    return image


def _missing(detail: str) -> MaquetteError:
    return MaquetteError(
        "picture-missing", "The mask's file is gone. Try again.", Fix.RETRY, detail
    )
