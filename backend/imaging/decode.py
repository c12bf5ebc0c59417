"""Read any picture a person may hold into upright 8-bit sRGB with alpha."""

from __future__ import annotations

import io
import struct
import warnings
import zlib

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from ...core.errors import Fix, MaquetteError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF")
MIN_EDGE = 16
MAX_EDGE = 16384
MAX_PIXELS = 64_000_000
#: Longer pictures are reduced to this edge; no engine looks at more.
WORK_EDGE = 2048

_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


def decode_image(data: bytes, work_edge: int = WORK_EDGE, min_edge: int = MIN_EDGE) -> np.ndarray:
    """Decode a picture to (H, W, 4) uint8, sRGB with straight alpha, rows from the top.

    EXIF rotation is applied, an embedded colour profile is converted to sRGB, of an animation
    the first frame is taken. The declared size is checked before any pixel is decoded, so that
    a small file cannot claim all memory.

    Args:
        data: the file's bytes.
        work_edge: pictures with a longer edge are reduced to it, in pixels.
        min_edge: pictures with a shorter edge are refused, in pixels.

    Raises:
        MaquetteError: ``image-unreadable``, ``image-damaged``, ``image-too-large`` or
            ``image-too-small``, each with ``Fix.CHOOSE_IMAGE``.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's size warning; our own limit is lower
        image = _open(data)
        check_size(*image.size, min_edge)
        try:
            image.load()
            image = ImageOps.exif_transpose(image)
            rgba = _to_rgba(image)
        except _DAMAGED as error:
            raise MaquetteError(
                "image-damaged",
                "The picture is damaged or incomplete and cannot be read to its end.",
                Fix.CHOOSE_IMAGE,
                repr(error),
            ) from error
    if max(rgba.size) > work_edge:
        # Pillow resizes RGBA with premultiplied colours, so that hidden colours do not bleed.
        rgba.thumbnail((work_edge, work_edge), Image.Resampling.BOX, reducing_gap=None)
    return np.array(rgba)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(str(error)) from error
    except UnidentifiedImageError as error:
        raise MaquetteError(
            "image-unreadable",
            "This file is not a picture that Maquette reads (PNG, JPEG, WebP, BMP, TIFF or GIF).",
            Fix.CHOOSE_IMAGE,
            f"{len(data)} bytes, starting with {data[:16]!r}",
        ) from error
    except _DAMAGED as error:
        raise MaquetteError(
            "image-damaged",
            "The picture is damaged or incomplete and cannot be read.",
            Fix.CHOOSE_IMAGE,
            repr(error),
        ) from error


def check_size(width: int, height: int, min_edge: int) -> None:
    """Refuse pictures that are too large or too small.

    Raises:
        MaquetteError: ``image-too-large`` or ``image-too-small``.
    """
    if max(width, height) > MAX_EDGE or width * height > MAX_PIXELS:
        raise _too_large(f"{width} x {height} pixels")
    if min(width, height) < min_edge:
        raise MaquetteError(
            "image-too-small",
            f"The picture is only {width} x {height} pixels; "
            f"at least {min_edge} x {min_edge} are needed.",
            Fix.CHOOSE_IMAGE,
        )


def _too_large(detail: str) -> MaquetteError:
    return MaquetteError(
        "image-too-large",
        f"The picture is too large: at most {MAX_PIXELS // 1_000_000} megapixels and "
        f"{MAX_EDGE} pixels along an edge are read.",
        Fix.CHOOSE_IMAGE,
        detail,
    )


def _to_rgba(image: Image.Image) -> Image.Image:
    """Convert any mode; deep integers and floats are scaled, where Pillow would clip them."""
    if image.mode == "F" or image.mode.startswith("I"):
        return _deep_to_rgba(image)
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        image = _to_srgb(image, profile)
    if image.mode not in ("RGB", "RGBA", "L", "LA", "P", "PA", "1"):
        image = image.convert("RGB")
    return image.convert("RGBA")


def _deep_to_rgba(image: Image.Image) -> Image.Image:
    values = np.asarray(image).astype(np.float64)
    good = np.isfinite(values)
    most = float(values.max(initial=0.0, where=good))  # what is infinite says nothing of the rest
    values = np.nan_to_num(values, nan=0.0, posinf=most, neginf=0.0)
    top = 1.0 if most <= 1.0 and image.mode == "F" else 65535.0
    if top > 1.0 and most <= 255:
        top = 255.0  # 8-bit values stored in a wide type
    grey = np.clip(values / top * 255.0, 0, 255).round().astype(np.uint8)
    return Image.fromarray(grey).convert("RGBA")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert to sRGB; a profile that cannot be used is ignored, as image viewers do."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image
    return converted or image
