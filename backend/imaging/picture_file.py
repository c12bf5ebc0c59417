"""Read a picture without losing any of it: depth, range and alpha stay as they are in the file."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np

from ...core.errors import Fix, MaquetteError
from ...core.exr import ExrError, read_exr
from ...core.png import decode_png
from .decode import MAX_EDGE, check_size, decode_image

_EXR, _PNG, _TIFF = b"\x76\x2f\x31\x01", b"\x89PNG\r\n\x1a\n", (b"II*\0", b"MM\0*")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it was stored.

    Attributes:
        pixels: (h, w, channels), first row on top. ``uint8`` and ``uint16`` hold sRGB with
            straight alpha, ``float16`` and ``float32`` hold linear light, multiplied by alpha,
            and are finite.
        alpha: whether the last channel is alpha; the others, 1 or 3 or none, are colour.
        notes: sentences for the person on what is not as it was in the file.
        covers: whether alpha hides colour; not in packed textures, where it is a channel of its
            own.
    """

    pixels: np.ndarray
    alpha: bool
    notes: tuple[str, ...] = field(default=())
    covers: bool = True

    @property
    def linear(self) -> bool:
        """Whether the numbers are linear light."""
        return self.pixels.dtype.kind == "f"

    @property
    def colours(self) -> int:
        """Channels of colour: 0, 1 or 3."""
        return int(self.pixels.shape[2]) - self.alpha

    @property
    def letters(self) -> str:
        """Names of the channels, as in EXR files."""
        return {0: "", 1: "Y", 3: "RGB"}[self.colours] + ("A" if self.alpha else "")


def read_picture(data: bytes) -> Picture:
    """Read a picture: OpenEXR, 16-bit PNG, 16-bit and float TIFF, and all that the service reads.

    Orientation and colour profile of 8-bit pictures are applied.

    Raises:
        MaquetteError: ``image-unreadable``, ``image-damaged`` or ``image-too-large``.
    """
    if data[:4] == _EXR:
        return _exr(data)
    found = None
    if data[:8] == _PNG and data[24:25] == b"\x10":
        found = _deep_png(data)
    elif data[:4] in _TIFF:
        found = _deep_tiff(data)
    if found is not None:
        return found
    rgba = decode_image(data, work_edge=MAX_EDGE, min_edge=1)
    alpha = bool((rgba[..., 3] < 255).any())
    grey = bool((rgba[..., :1] == rgba[..., 1:3]).all())
    channels = ([0] if grey else [0, 1, 2]) + ([3] if alpha else [])
    return Picture(np.ascontiguousarray(rgba[..., channels]), alpha)


def _deep_png(data: bytes) -> Picture | None:
    """A 16-bit PNG; None when it has something that is left to Pillow, which reads 8 bits."""
    check_size(int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"), 1)
    if b"tRNS" in data[: data.find(b"IDAT")]:
        return None
    try:
        pixels = decode_png(data)
    except ValueError:
        return None
    return _opaque(pixels)


def _deep_tiff(data: bytes) -> Picture | None:
    """A TIFF of 16 bits or floats; None when it is another or its packing is not known."""
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages.first
            if page.dtype is None or page.dtype.name not in ("uint16", "float16", "float32"):
                return None
            check_size(page.imagewidth, page.imagelength, 1)
            if page.axes not in ("YX", "YXS"):
                return None
            pixels = np.asarray(page.asarray())
    except MaquetteError:
        raise
    except Exception:  # tifffile raises what comes; Pillow then says what is wrong
        return None
    return _opaque(pixels)


def _opaque(pixels: np.ndarray) -> Picture | None:
    """Drop an alpha that hides nothing."""
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if not 1 <= pixels.shape[2] <= 4:
        return None
    alpha = pixels.shape[2] in (2, 4)
    top = 1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max
    if alpha and (pixels[..., -1] == top).all():
        pixels, alpha = pixels[..., :-1], False
    return _finite(np.ascontiguousarray(pixels), alpha, ())


def _exr(data: bytes) -> Picture:
    try:
        channels = read_exr(data)
    except ExrError as error:
        raise MaquetteError(
            "image-unreadable",
            "This OpenEXR file cannot be read. Save it again as scanlines, packed with ZIP.",
            Fix.CHOOSE_IMAGE,
            str(error),
        ) from error
    except MemoryError as error:
        raise _too_large() from error
    numbers = {name: c for name, c in channels.items() if c.dtype.kind == "f"}
    layer, letters = _colours_of(numbers)
    if not letters:
        raise MaquetteError(
            "image-unreadable",
            "There is no colour and no alpha in this OpenEXR file.",
            Fix.CHOOSE_IMAGE,
            ", ".join(channels)[:500],
        )
    names = [f"{layer}.{letter}" if layer else letter for letter in letters]
    pixels = np.stack([numbers[name] for name in names], axis=-1)
    check_size(pixels.shape[1], pixels.shape[0], 1)
    left = len(channels) - len(letters)
    others = "another channel of the file is" if left == 1 else f"{left} other channels are"
    notes = (f"Only colour and alpha are enlarged; {others} left out.",) if left else ()
    alpha = letters.endswith("A")
    if alpha and letters != "A" and (pixels[..., -1] == 1).all():
        pixels, alpha = np.ascontiguousarray(pixels[..., :-1]), False
    return _finite(pixels, alpha, notes)


def _colours_of(channels: dict[str, np.ndarray]) -> tuple[str, str]:
    """Layer and components to take: the file's own, else the combined pass, else the first."""
    layers: dict[str, set[str]] = {}
    for name in channels:
        layer, _, letter = name.rpartition(".")
        layers.setdefault(layer, set()).add(letter)
    ordered = sorted(layers, key=lambda name: (name != "", not name.endswith("Combined"), name))
    for wanted in ("RGB", "Y", "A"):
        for layer in ordered:
            if set(wanted) <= layers[layer]:
                return layer, wanted + ("A" if wanted != "A" and "A" in layers[layer] else "")
    return "", ""


def _finite(pixels: np.ndarray, alpha: bool, notes: tuple[str, ...]) -> Picture:
    """Replace what is no number: nothing becomes 0, the infinite the brightest that is finite."""
    if pixels.dtype.kind == "f" and not (good := np.isfinite(pixels)).all():
        count = int((~good).any(axis=2).sum())
        finite = np.where(good, pixels, 0)
        high, low = float(finite.max()), float(finite.min())
        pixels = np.nan_to_num(pixels, nan=0.0, posinf=max(high, 1.0), neginf=min(low, 0.0))
        what = "1 pixel was" if count == 1 else f"{count} pixels were"
        notes = (
            *notes,
            f"{what} infinite or no number: 0 and the brightest finite number stand there now.",
        )
    if pixels.dtype.kind == "f" and alpha:
        pixels = pixels.copy()
        np.clip(pixels[..., -1], 0, 1, out=pixels[..., -1])
    return Picture(pixels, alpha, notes)


def _too_large() -> MaquetteError:
    return MaquetteError(
        "image-too-large", "There is not enough memory to read this picture.", Fix.CHOOSE_IMAGE
    )
