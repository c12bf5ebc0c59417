"""Whether the passes of a view, its camera and the geometry agree with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..cameras import Camera, project, unproject
from .records import ObjectRecord

#: A renderer samples a pixel somewhere under its filter, not in its middle; and the edge of the
#: object covers part of a pixel.
REACH_PX = 1.5
#: A sharp tip may cover too little of its pixels to be seen, and a filter spreads an edge.
OUTLINE_PX = 3.0
DEPTH_SHARE = 1e-3
_NORMAL = 0.02
_BOX = 1e-3
_COVER = 2 / 255


@dataclass(frozen=True)
class Measured:
    """Largest disagreements seen; None where there was nothing to compare.

    Attributes:
        position_px: between a pixel's centre and where its surface point projects to, pixels.
        depth_share: between the depth pass and that point's depth, relative.
        outline_px: between the cover's bounding rectangle and that of the projected mesh.
        cover: between mask and alpha, 0 to 1.
    """

    position_px: float | None = None
    depth_share: float | None = None
    outline_px: float | None = None
    cover: float | None = None


def measure(
    camera: Camera, passes: Mapping[str, np.ndarray], vertices: np.ndarray | None
) -> Measured:
    """Compare what there is.

    Args:
        passes: of one view, as ``reading.Asset.read`` returns them.
        vertices: (N, 3) of the asset's mesh, world, or None.
    """
    position = depth = cover = None
    if "position" in passes:
        points, seen = passes["position"].astype(np.float64), _seen(passes, "position")
        if seen.any():
            pixels, along = project(camera, points[seen])
            position = float(np.abs(pixels - _centres(seen)).max())
            if "depth" in passes:
                stored = passes["depth"][seen].astype(np.float64)
                depth = float((np.abs(stored - along) / np.maximum(np.abs(along), 1e-9)).max())
    alpha = _cover(passes)
    if "mask" in passes and "rgba" in passes:
        cover = float(np.abs(passes["mask"] / 255 - passes["rgba"][..., 3] / 255).max())
    outline = None
    if vertices is not None and alpha is not None and alpha.any():
        outline = _outline(camera, vertices, alpha)
    return Measured(position, depth, outline, cover)


def disagreements(
    camera: Camera,
    passes: Mapping[str, np.ndarray],
    measured: Measured,
    low: np.ndarray,
    high: np.ndarray,
    enlarged: int = 1,
) -> Iterator[str]:
    """Yield what is wrong with a view, in a person's words.

    Args:
        low, high: (3,) corners of a box that holds the asset, world.
        enlarged: how often the picture was enlarged: its outline is known to the pixels that were
            rendered, not to those that it has.
    """
    if _over(measured.position_px, REACH_PX):
        yield f"surface points lie {measured.position_px:.1f} px beside their pixels"
    if _over(measured.depth_share, DEPTH_SHARE):
        yield f"depth differs from the surface points by {measured.depth_share:.2%}"
    if _over(measured.outline_px, OUTLINE_PX * enlarged):
        yield f"the outline is {measured.outline_px:.1f} px off the mesh seen by the camera"
    if _over(measured.cover, _COVER):
        yield f"mask and alpha differ by {measured.cover:.0%}"
    if "depth" in passes:
        yield from _depth_inside(camera, passes["depth"], low, high)
    alpha = _cover(passes)
    if alpha is not None and not alpha.any():
        yield "nothing is visible"
    if alpha is not None and "object_index" in passes:
        stray = np.count_nonzero((passes["object_index"] > 0) & ~_widened(alpha > 0))
        if stray:
            yield f"{stray} pixels have an object's number and no cover around them"
    for name in ("normal_world", "normal_camera"):
        if name in passes:
            yield from _unit_length(name, passes[name])


def strays(objects: Sequence[ObjectRecord], passes: Mapping[str, np.ndarray]) -> Iterator[str]:
    """Yield which objects have surface points outside their own box, or numbers nobody has."""
    index = passes["object_index"]
    known = {item.index for item in objects}
    if unknown := sorted(set(np.unique(index[index > 0]).tolist()) - known):
        yield f"there is no object {unknown[0]}, which pixels are numbered by"
    for item in objects:
        points = passes["position"][index == item.index].astype(np.float64)
        local = (points - item.pose[:3, 3]) @ item.pose[:3, :3]
        beyond = np.maximum(np.subtract(item.low, local), np.subtract(local, item.high))
        if points.size and beyond.max() > _BOX:
            yield f"object {item.index} shows {beyond.max():.3f} beyond its box"


def _depth_inside(
    camera: Camera, depth: np.ndarray, low: np.ndarray, high: np.ndarray
) -> Iterator[str]:
    seen = depth > 0
    if (depth < 0).any():
        yield "depth is negative"
    if not seen.any():
        return
    values = depth[seen].astype(np.float64)
    points = unproject(camera, _centres(seen), values)
    pixel = 1 / min(camera.intrinsics[0, 0], camera.intrinsics[1, 1])
    margin = REACH_PX * pixel * (1.0 if camera.orthographic else values.max()) + 1e-4
    beyond = np.maximum(low - points, points - high).max()
    if beyond > margin:
        yield f"depth leads {beyond:.3f} beyond the asset's bounding box"


def _widened(mask: np.ndarray) -> np.ndarray:
    """Add the eight neighbours: with few samples a pixel's own may all miss a tip."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    shifts = [(y, x) for y in range(3) for x in range(3)]
    return np.any([padded[y : y + height, x : x + width] for y, x in shifts], axis=0)


def _unit_length(name: str, normals: np.ndarray) -> Iterator[str]:
    lengths = np.linalg.norm(normals.astype(np.float64), axis=2)
    wrong = np.count_nonzero((lengths > 0) & (np.abs(lengths - 1) > _NORMAL))
    if wrong:
        yield f"{name}: {wrong} normals are not of unit length"


def _outline(camera: Camera, vertices: np.ndarray, alpha: np.ndarray) -> float | None:
    """Distance of the rectangles around the cover and the projected mesh, where not cropped."""
    pixels, along = project(camera, vertices)
    size = np.array([camera.width, camera.height])
    if (along <= 0).any():
        return None
    low, high = np.clip(pixels.min(axis=0), 0, size), np.clip(pixels.max(axis=0), 0, size)
    rows, columns = np.nonzero(alpha)
    # A pixel with any cover touches the object; its far edge is one further than its number.
    seen_low = np.array([columns.min(), rows.min()])
    seen_high = np.array([columns.max(), rows.max()]) + 1
    beyond = np.maximum(low - seen_low, seen_high - high)
    short = np.maximum(seen_low - low, high - seen_high)
    return float(max(beyond.max() - 1, short.max(), 0.0))


def _seen(passes: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    if "depth" in passes:
        return np.asarray(passes["depth"] > 0)
    return np.asarray((passes[name] != 0).any(axis=2))


def _cover(passes: Mapping[str, np.ndarray]) -> np.ndarray | None:
    if "rgba" in passes:
        return passes["rgba"][..., 3]
    return passes.get("mask")


def _centres(seen: np.ndarray) -> np.ndarray:
    rows, columns = np.nonzero(seen)
    return np.stack([columns + 0.5, rows + 0.5], axis=1)


def _over(value: float | None, limit: float) -> bool:
    return value is not None and not value <= limit  # NaN is over
