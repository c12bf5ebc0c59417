"""The passes of a picture: which file holds each, and what its numbers mean.

World here is the asset's normalised frame: longest bounding-box edge 1, centred at the origin,
Z up, front to -Y. Pixels that show nothing are 0 in every pass.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pass:
    """How one pass is stored.

    Attributes:
        suffix: ``"png"`` or ``"exr"``.
        channels: names of the components, one letter each; PNG's order, or EXR's channel names.
        dtype: ``uint8``, ``uint16``, ``float16`` or ``float32``.
        meaning: for a person; goes into the dataset's own description.
    """

    suffix: str
    channels: str
    dtype: str
    meaning: str


PASSES = {
    "rgba": Pass("png", "RGBA", "uint8", "colour, sRGB (Standard view transform), straight alpha"),
    "depth": Pass("exr", "Z", "float32", "planar depth along the viewing direction, world units"),
    "normal_world": Pass("exr", "XYZ", "float16", "unit normal, world axes"),
    "normal_camera": Pass("exr", "XYZ", "float16", "unit normal, OpenCV camera axes"),
    "position": Pass("exr", "XYZ", "float32", "surface point, world"),
    "albedo": Pass("exr", "RGB", "float16", "base colour, linear light, Rec. 709 primaries"),
    "mask": Pass("png", "Y", "uint8", "cover by the asset, 0 to 255"),
    "object_index": Pass("png", "Y", "uint16", "number of the object, from 1; not blended"),
    "material_index": Pass("png", "Y", "uint16", "number of the material, from 1; not blended"),
    "roughness": Pass("exr", "Y", "float16", "roughness, 0 to 1"),
    "metallic": Pass("exr", "Y", "float16", "metalness, 0 to 1"),
}
