"""Looks the picture in the slot over as soon as it is there, however it came."""

from __future__ import annotations

import bpy

from ..core.errors import MaquetteError
from ..core.picture_check import CheckedPicture, check_picture
from .pictures import picture_pixels

#: Larger pictures are not looked over here but by the service, which has the same to say: this
#: runs on Blender's main thread, where as many pixels take some 30 ms and twelve million 200.
MAX_PIXELS = 1_500_000


def checked(
    image: bpy.types.Image | None, mask: bpy.types.Image | None, before: CheckedPicture | None
) -> CheckedPicture | None:
    """Check a picture unless it is the one that was checked before.

    Args:
        image: the picture in the slot.
        mask: the picture with its background removed, which tells where the object is.

    Returns:
        What is to be shown; ``before`` itself when nothing has changed.
    """
    if image is None:
        return None
    shown = mask or image
    width, height = shown.size
    # A mask that is being painted on is not looked at with every stroke.
    key = f"{image.name_full}\n{image.filepath}\n{shown.name_full}\n{width} x {height}"
    if before is not None and before.key == key:
        return before
    if not 0 < width * height <= MAX_PIXELS:
        return CheckedPicture(image.name, key)
    try:
        return CheckedPicture(image.name, key, check_picture(picture_pixels(shown)))
    except MaquetteError:
        return CheckedPicture(image.name, key)  # sending it will say what is wrong
