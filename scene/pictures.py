"""Pictures in Blender, as files that can be sent."""

from __future__ import annotations

import re
from pathlib import Path

import bpy
import numpy as np

from ..core.colour import linear_to_srgb
from ..core.errors import Fix, MaquetteError
from ..core.exr import encode_exr
from ..core.png import encode_png

# Formats that the service reads as they are; all others are sent as PNG.
SENDABLE = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".tga", ".gif")


def load_picture(path: str) -> bpy.types.Image:
    """Load a picture from a file, or find it when it is loaded already.

    Raises:
        MaquetteError: ``image-missing`` when there is no such file.
    """
    if not Path(path).is_file():
        raise MaquetteError(
            "image-missing", "There is no file of that name.", Fix.CHOOSE_IMAGE, path
        )
    try:
        return bpy.data.images.load(path, check_existing=True)
    except RuntimeError as error:
        raise MaquetteError(
            "image-unreadable", "The file cannot be opened.", Fix.CHOOSE_IMAGE, str(error)
        ) from error


def display_name(image: bpy.types.Image) -> str:
    """A name for the job and its mesh: the picture's, without ending and number."""
    stem = Path(bpy.path.basename(image.filepath) or image.name).stem
    return re.sub(r"\.\d{3}$", "", stem) or "Object"


def picture_file(image: bpy.types.Image, folder: Path, stem: str) -> Path:
    """A file with the picture's content.

    The picture's own file is used where it is the truth, since it keeps what Blender drops
    (orientation, exact bytes). A packed picture is written as it was packed. Anything else,
    painted, pasted or rendered, is encoded as PNG.

    Args:
        folder: where a file is written if one is needed.
        stem: that file's name without ending.

    Raises:
        MaquetteError: ``image-empty`` when the picture holds no pixels, ``image-missing`` when
            its file is gone, ``disk-full`` when the file cannot be written.
    """
    suffix = Path(image.filepath).suffix.lower()
    try:
        if image.packed_file is not None and not image.is_dirty and suffix in SENDABLE:
            path = folder / f"{stem}{suffix}"
            path.write_bytes(image.packed_file.data)
            return path
        if image.source == "FILE" and not image.is_dirty and not image.packed_file:
            path = Path(bpy.path.abspath(image.filepath, library=image.library))
            if not path.is_file():
                raise MaquetteError(
                    "image-missing",
                    f"The file of “{image.name}” is gone. Choose the picture again.",
                    Fix.CHOOSE_IMAGE,
                    str(path),
                )
            if suffix in SENDABLE:
                return path
        path = folder / f"{stem}.png"
        path.write_bytes(encode_png(picture_pixels(image)))
        return path
    except OSError as error:
        raise _disk_full(error) from error


def whole_picture_file(image: bpy.types.Image, folder: Path, stem: str) -> Path:
    """A file with all that the picture holds: as :func:`picture_file`, but floats as OpenEXR.

    Raises:
        MaquetteError: as :func:`picture_file`, and ``image-not-saved``.
    """
    if image.type in ("RENDER_RESULT", "COMPOSITING"):
        raise MaquetteError(
            "image-not-saved",
            "Blender does not hand out the pixels of this picture. Save the render as a file and "
            "open that.",
            Fix.CHOOSE_IMAGE,
        )
    suffix = Path(image.filepath).suffix.lower()
    has_file = not image.is_dirty and (image.packed_file is not None or image.source == "FILE")
    if not image.is_float or (has_file and suffix in SENDABLE):
        return picture_file(image, folder, stem)
    if has_file and suffix == ".exr" and image.packed_file is None:
        own = Path(bpy.path.abspath(image.filepath, library=image.library))
        if own.is_file():
            return own
    try:
        path = folder / f"{stem}.exr"
        if has_file and suffix == ".exr" and image.packed_file is not None:
            path.write_bytes(image.packed_file.data)
            return path
        largest = float(np.finfo(np.float16).max)
        values = np.clip(_raw(image), -largest, largest).astype(np.float16)
        letters = {1: "Y", 2: "YA", 3: "RGB"}.get(values.shape[2], "RGBA")
        planes = {c: np.ascontiguousarray(values[..., i]) for i, c in enumerate(letters)}
        path.write_bytes(encode_exr(planes))
        return path
    except OSError as error:
        raise _disk_full(error) from error


def _disk_full(error: OSError) -> MaquetteError:
    return MaquetteError(
        "disk-full",
        "The picture could not be written to the temporary folder. Make room on the disk.",
        Fix.NONE,
        str(error),
    )


def picture_pixels(image: bpy.types.Image) -> np.ndarray:
    """Read a picture's pixels: (h, w, 4) uint8 sRGB, straight alpha, first row on top.

    Raises:
        MaquetteError: ``image-empty``.
    """
    raw = _raw(image)
    height, width = raw.shape[:2]
    pixels = np.ones((height, width, 4), dtype=np.float32)
    if image.channels < 3:
        pixels[..., :3] = raw[..., :1]
    else:
        pixels[..., : image.channels] = raw[..., :4]
    if image.is_float:
        pixels[..., :3] = linear_to_srgb(pixels[..., :3])
    return (np.clip(pixels, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def _raw(image: bpy.types.Image) -> np.ndarray:
    """(h, w, channels) float32 as Blender holds it, first row on top."""
    width, height = image.size
    if width == 0 or height == 0:
        raise MaquetteError(
            "image-empty",
            f"The picture “{image.name}” cannot be read or holds no pixels. Choose another one.",
            Fix.CHOOSE_IMAGE,
        )
    flat = np.empty(width * height * image.channels, dtype=np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(height, width, image.channels)[::-1]
