"""One answer against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...core.cameras import Camera
from ...core.resample import shrink_rgba
from .alignment import Alignment, Similarity, align
from .cases import Item, Picture
from .drawing import cameras_around, draw
from .methods import Answer
from .metrics import POINTS, Surface, Volume, compare_surfaces, iou
from .picture_metrics import Perceptual, compare_pictures
from .results import Result, mean
from .shapes import Mesh, Shape

#: Edge in pixels at which pictures are compared.
PICTURE = 128
#: Pictures of a shape that answers are compared with, the one they were made from among them.
COMPARED = 4


@dataclass(frozen=True, eq=False)
class Truth:
    """What is asked of a true shape over and over, worked out once.

    Attributes:
        low, high: corners of its bounding box.
        surface: as many points as were asked for.
        volume: of its box.
        pictures: all that there are, square and at most PICTURE pixels wide, with cameras.
        mesh: to draw.
    """

    item: Item
    low: np.ndarray
    high: np.ndarray
    surface: Surface
    volume: Volume
    pictures: tuple[Picture, ...]
    mesh: Mesh


def look_at(item: Item, shape: Shape, pictures: Sequence[Picture], points: int = POINTS) -> Truth:
    """Work out everything about a true shape.

    Args:
        pictures: with cameras, those are compared with; without, the shape is drawn from around.
        points: drawn in its box, and on its surface and every answer's.
    """
    low, high = shape.bounds()
    mesh = shape.mesh()
    seen = [_small(picture) for picture in pictures if _comparable(picture)]
    if not seen:
        seen = [Picture(draw(mesh, camera), camera) for camera in cameras_around(PICTURE)]
    return Truth(
        item,
        low,
        high,
        shape.surface(points, _rng()),
        _volume(shape, low, high, points),
        tuple(seen),
        mesh,
    )


def _rng() -> np.random.Generator:
    """The same numbers for every shape, so that a shape and its copy have the same points."""
    return np.random.default_rng(31)


def _volume(shape: Shape, low: np.ndarray, high: np.ndarray, count: int) -> Volume:
    points = _rng().uniform(low, high, (count, 3))
    return Volume(low, high, points, shape.inside(points))


def _comparable(picture: Picture) -> bool:
    return picture.camera is not None and picture.rgba.shape[0] == picture.rgba.shape[1]


def _small(picture: Picture) -> Picture:
    camera = picture.camera
    assert camera is not None
    if camera.width <= PICTURE:
        return picture
    scale = np.diag([PICTURE / camera.width, PICTURE / camera.height, 1.0])
    small = replace(camera, intrinsics=scale @ camera.intrinsics, width=PICTURE, height=PICTURE)
    return Picture(shrink_rgba(picture.rgba, PICTURE, PICTURE), small)


def measure(
    method: str,
    view: int,
    answer: Answer,
    truth: Truth,
    how: Alignment,
    perceptual: Perceptual | None = None,
) -> tuple[Result, Mesh]:
    """Align an answer and measure it; returns the figures, and the answer's mesh as aligned."""
    item = truth.item
    made = answer.shape.surface(len(truth.surface.points), _rng())
    placed = align(made, truth.surface, how)
    edge = float((truth.high - truth.low).max())
    chamfer, normals, f_score = compare_surfaces(placed.surface(made), truth.surface, edge)
    drawn = answer.shape.mesh()
    moved = Mesh(placed.apply(drawn.vertices), drawn.faces, drawn.colours)
    result = Result(
        method=method,
        name=item.name,
        category=item.category,
        view=view,
        iou=_iou(answer.shape, placed, truth),
        chamfer_l1=chamfer,
        normal_consistency=normals,
        f_score=f_score,
        yaw_deg=float(np.degrees(placed.yaw)),
        scale=placed.scale,
        shift=(float(placed.shift[0]), float(placed.shift[1]), float(placed.shift[2])),
        named=answer.category,
        confidence=answer.confidence,
        seconds=answer.seconds,
    )
    return _with_pictures(result, moved, _compared(truth, view), perceptual), moved


def _iou(shape: Shape, placed: Similarity, truth: Truth) -> float:
    there = shape.inside(placed.undo(truth.volume.points))
    # The answer's own box in the true frame, around its turned corners.
    low, high = shape.bounds()
    corners = placed.apply(np.array([np.where(c, high, low) for c in np.ndindex(2, 2, 2)]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    points = _rng().uniform(low, high, truth.volume.points.shape)
    inside = np.zeros(len(points), bool)
    beyond = ((points < truth.low) | (points > truth.high)).any(axis=1)
    inside[beyond] = shape.inside(placed.undo(points[beyond]))
    return iou(truth.volume, there, Volume(low, high, points, inside))


def _compared(truth: Truth, view: int) -> list[Picture]:
    """The answer's own picture, and those after it."""
    count = len(truth.pictures)
    return [truth.pictures[(view + i) % count] for i in range(min(count, COMPARED))]


def _with_pictures(
    result: Result, mesh: Mesh, pictures: Sequence[Picture], perceptual: Perceptual | None
) -> Result:
    scores, distances = [], []
    for picture in pictures:
        camera = picture.camera
        assert isinstance(camera, Camera)
        drawn = draw(mesh, camera)
        scores.append(compare_pictures(drawn, picture.rgba))
        if perceptual is not None:
            distances.append(perceptual(drawn, picture.rgba))
    return replace(
        result,
        psnr=mean([score.psnr for score in scores]),
        ssim=mean([score.ssim for score in scores]),
        mask_iou=mean([score.mask_iou for score in scores]),
        lpips=mean(distances) if distances else None,
    )
