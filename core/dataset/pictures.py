"""Pictures of a pass as arrays, in and out of their files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..exr import encode_exr, read_exr
from ..png import decode_png, encode_png
from .layout import picture_name
from .passes import PASSES


def encode_pass(name: str, pixels: np.ndarray) -> bytes:
    """Encode a pass in its file format, see ``passes.PASSES``.

    Args:
        pixels: (h, w, channels), or (h, w) for a single channel; first row on top. Floats are
            rounded to the pass's type; integers must have it already.

    Raises:
        ValueError: shape or type do not fit the pass, or a number is not finite in its type.
    """
    stored = PASSES[name]
    values = pixels[..., None] if pixels.ndim == 2 else pixels
    if values.ndim != 3 or values.shape[2] != len(stored.channels):
        raise ValueError(f"{name} has the channels {stored.channels}, got {pixels.shape}")
    if stored.suffix == "png":
        if values.dtype != np.dtype(stored.dtype):
            raise ValueError(f"{name} is {stored.dtype}, got {values.dtype}")
        if values.shape[2] == 1:
            return encode_png(values[..., 0], compact=True)
        # Filters save 7 % of a rendered picture's bytes and take twice the time.
        return encode_png(values)
    with np.errstate(over="ignore"):
        values = values.astype(stored.dtype)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds numbers that are not finite")
    return encode_exr({letter: values[..., i] for i, letter in enumerate(stored.channels)})


def decode_pass(name: str, data: bytes) -> np.ndarray:
    """Decode what :func:`encode_pass` wrote: (h, w, channels), or (h, w) for one channel.

    Raises:
        ValueError: damaged, or not of this pass.
    """
    stored = PASSES[name]
    if stored.suffix == "png":
        values = decode_png(data)
        channels = 1 if values.ndim == 2 else values.shape[2]
        if channels != len(stored.channels):
            raise ValueError(f"{channels} channels instead of {stored.channels}")
    else:
        planes = read_exr(data)
        if sorted(planes) != sorted(stored.channels):
            raise ValueError(f"the channels {', '.join(planes)} instead of {stored.channels}")
        values = np.stack([planes[letter] for letter in stored.channels], axis=-1)
        values = values[..., 0] if values.shape[2] == 1 else values
    if values.dtype != np.dtype(stored.dtype):
        raise ValueError(f"numbers of type {values.dtype} instead of {stored.dtype}")
    return values


def read_pass(folder: Path, name: str, view: int) -> np.ndarray:
    """Read a pass of a view from an asset's folder.

    Raises:
        OSError, ValueError: it is missing or damaged.
    """
    return decode_pass(name, (folder / picture_name(name, view)).read_bytes())
