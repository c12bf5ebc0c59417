"""From a picture's bytes to the enlarged picture's file: the same way for service and shell."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from ...core.errors import Fix, MaquetteError
from ...core.exr_stream import ExrStream
from ...core.png_stream import PngStream
from .picture_file import Picture, read_picture
from .upscaler_loading import LoadedUpscaler
from .upscaling import Enlargement, Progress, enlarge

MEDIA = {".png": "image/png", ".exr": "image/x-exr"}


@dataclass(frozen=True)
class Upscaled:
    """What was written.

    Attributes:
        width, height: pixels.
        suffix: ``".png"`` for 8 and 16 bits, ``".exr"`` for linear light.
        notes: sentences for the person.
    """

    width: int
    height: int
    suffix: str
    notes: tuple[str, ...]


def suffix_for(picture: Picture) -> str:
    """The kind of file that holds such a picture."""
    return ".exr" if picture.linear else ".png"


def upscale_file(
    data: bytes,
    loaded: LoadedUpscaler,
    scale: int,
    target: Path,
    progress: Progress,
    packed_alpha: bool = False,
) -> Upscaled:
    """Read, enlarge and write; the file appears whole or not at all.

    Args:
        data: the picture file's bytes.
        target: with or without the ending that :func:`suffix_for` says; another one is refused.
        packed_alpha: alpha is a channel of its own that hides nothing.

    Raises:
        MaquetteError: the picture cannot be used, or ``format-wrong``; OSError: the disk.
    """
    picture = replace(read_picture(data), covers=not packed_alpha)
    suffix = suffix_for(picture)
    if target.suffix.lower() in MEDIA and target.suffix.lower() != suffix:
        kind = "linear light and is" if picture.linear else "display colours and is"
        raise MaquetteError(
            "format-wrong",
            f"The picture holds {kind} written as {suffix[1:].upper()}, not as "
            f"{target.suffix[1:].upper()}.",
            Fix.NONE,
        )
    made = enlarge(picture, loaded, scale, progress)
    with ExitStack() as stack:
        partial = target.with_name(target.name + ".part")
        stack.callback(partial.unlink, missing_ok=True)
        write_rows(made, partial, suffix)
        partial.replace(target)
    return Upscaled(made.width, made.height, suffix, picture.notes)


def write_rows(made: Enlargement, path: Path, suffix: str) -> None:
    """Write the rows while they are made; raises OSError and what making them raises."""
    with path.open("wb") as file:
        stream: PngStream | ExrStream
        if suffix == ".exr":
            stream = ExrStream(file, made.width, made.height, made.letters, made.dtype)
        else:
            # Grey and alpha or colour and alpha, as PNG knows them; a lone alpha is grey.
            channels = len(made.letters)
            stream = PngStream(file, made.width, made.height, channels, made.dtype)
        for rows in made.rows:
            stream.write(rows)
        stream.close()
