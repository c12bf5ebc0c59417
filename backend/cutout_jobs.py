"""Cut objects out for the service, when the cut-out itself is what is wanted."""

from __future__ import annotations

import hashlib
import io
import time
from pathlib import Path

from PIL import Image

from ..core.cutouts import CUTOUTS
from ..core.protocol import JobSettings, ResultInfo, Stage
from ..core.version import version
from .engines.base import Progress
from .imaging.cutout import cut_out
from .imaging.decode import decode_image
from .imaging.matting import Matting

MEDIA = "image/png"


def cut_out_file(
    data: bytes, settings: JobSettings, matting: Matting, target: Path, progress: Progress
) -> ResultInfo:
    """Cut a picture out and write it as PNG: upright, straight alpha, colours kept below it.

    Args:
        data: the picture file's bytes.
        target: of any name.

    Raises:
        MaquetteError: the picture cannot be used; OSError: the disk.
    """
    began = time.perf_counter()
    progress(Stage.CUTOUT, 0.0)
    rgba = decode_image(data)
    progress(Stage.CUTOUT, 0.2)
    cut = cut_out(rgba, settings.background, matting, settings.cutout, settings.soft_edges)
    progress(Stage.PACK, 0.0)
    file = io.BytesIO()
    Image.fromarray(cut.rgba).save(file, "PNG", compress_level=3)
    partial = target.with_suffix(".part")
    try:
        partial.write_bytes(file.getvalue())
        partial.replace(target)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    progress(Stage.PACK, 1.0)
    height, width = cut.rgba.shape[:2]
    info = CUTOUTS.get(cut.model)
    return ResultInfo(
        vertices=0,
        faces=0,
        category="",
        size_m=(0.0, 0.0, 0.0),
        image_sha256=hashlib.sha256(data).hexdigest(),
        weights_sha256="",
        engine=cut.model or cut.method,
        engine_version="",
        backend_version=version(),
        timings_s={Stage.CUTOUT.value: round(time.perf_counter() - began, 4)},
        notes=cut.notes,
        licence=info.licence if info else "",
        media=MEDIA,
        pixels=(width, height),
    )
