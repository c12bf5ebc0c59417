"""What there is to say about an asset before anybody looks at its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .geometry import triangle_count

#: Metres; furniture, props, people and houses are in between.
ODD_BELOW, ODD_ABOVE = 0.005, 100.0


def geometry_report(
    objects: Sequence[bpy.types.Object], size: np.ndarray, notes: Sequence[str]
) -> dict[str, Any]:
    """Return counts and remarks, JSON-ready.

    Args:
        size: (3,) edges of the bounding box along X, Y and Z, metres.
        notes: what the importer assumed or left out.
    """
    remarks = list(notes)
    longest = float(size.max())
    if not ODD_BELOW <= longest <= ODD_ABOVE:
        remarks.append(f"it is {longest:.3g} m large; its unit may be another")
    if float(size.min()) < 1e-4 * longest:
        remarks.append("it is flat")
    materials = {m.name for obj in objects for m in obj.data.materials if m is not None}
    return {
        "objects": len(objects),
        "vertices": sum(len(obj.data.vertices) for obj in objects),
        "faces": sum(len(obj.data.polygons) for obj in objects),
        "triangles": sum(triangle_count(obj.data) for obj in objects),
        "materials": len(materials),
        "size_m": size.tolist(),
        "animated": False,
        "missing_textures": [],
        "notes": remarks,
    }


def missing_textures(items: Iterable[bpy.types.ID], referred: Iterable[Path]) -> list[str]:
    """Return the names of pictures that an asset wants and that are not there, sorted.

    Args:
        items: what was imported.
        referred: files that it names; those that are there are no matter.
    """
    names = {path.name for path in referred if not path.is_file()}
    for image in items:
        if not isinstance(image, bpy.types.Image) or image.source not in {"FILE", "TILED"}:
            continue
        if image.packed_file is None and not _file_of(image).is_file():
            names.add(Path(image.filepath.replace("\\", "/")).name or image.name)
        elif 0 in image.size[:]:
            names.add(image.name)
    return sorted(names)


def _file_of(image: bpy.types.Image) -> Path:
    path = bpy.path.abspath(image.filepath, library=image.library)
    return Path(path.replace("<UDIM>", "1001"))
