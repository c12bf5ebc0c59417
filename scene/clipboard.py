"""Pictures from the clipboard."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import bpy

from ..core.errors import Fix, MaquetteError
from .pictures import SENDABLE, load_picture

# Blender itself cannot take pictures from an X11 clipboard; these programs can.
_READERS = (
    ("wl-paste", "--no-newline", "--type", "image/png"),
    ("xclip", "-selection", "clipboard", "-target", "image/png", "-out"),
)
_READER_TIMEOUT_S = 2.0


def paste_picture(context: bpy.types.Context) -> bpy.types.Image:
    """The clipboard's picture: a copied file's, a copied path's, or copied pixels.

    Raises:
        MaquetteError: ``clipboard-empty`` when there is no picture.
    """
    path = _path_in(context.window_manager.clipboard)
    if path is not None:
        return load_picture(str(path))
    image = _paste_with_blender(context) or _paste_with_programs()
    if image is None:
        raise MaquetteError(
            "clipboard-empty",
            "The clipboard holds no picture. Copy one, or open it from a file.",
            Fix.CHOOSE_IMAGE,
        )
    return image


def _path_in(text: str) -> Path | None:
    """The picture file that copied text names, as file managers write it; None without."""
    first = text.strip().splitlines()[0].strip().strip('"') if text.strip() else ""
    if first.startswith("file://"):
        raw = first.removeprefix("file://").encode()
        first = re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), raw).decode()
    try:
        path = Path(first)
        return path if path.suffix.lower() in SENDABLE and path.is_file() else None
    except (OSError, ValueError):
        return None


def _paste_with_blender(context: bpy.types.Context) -> bpy.types.Image | None:
    before = {image.session_uid for image in bpy.data.images}
    area = context.area
    if area is None:
        return None
    # The operator works in an image editor only; the area is one for this moment.
    former = area.ui_type
    area.ui_type = "IMAGE_EDITOR"
    try:
        if not bpy.ops.image.clipboard_paste.poll():
            return None
        bpy.ops.image.clipboard_paste()
    except RuntimeError:
        return None
    finally:
        area.ui_type = former
    new = [image for image in bpy.data.images if image.session_uid not in before]
    return _packed(new[0]) if new else None


def _paste_with_programs() -> bpy.types.Image | None:
    for command in _READERS:
        if shutil.which(command[0]) is None:
            continue
        try:
            answer = subprocess.run(
                command, capture_output=True, timeout=_READER_TIMEOUT_S, check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue
        if answer.stdout.startswith(b"\x89PNG"):
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "Clipboard.png"
                path.write_bytes(answer.stdout)
                return _packed(load_picture(str(path)))
    return None


def _packed(image: bpy.types.Image) -> bpy.types.Image:
    image.pack()
    image.name = "Clipboard"
    return image
