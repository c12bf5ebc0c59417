"""One mesh against another, without any picture."""

from __future__ import annotations

from pathlib import Path

from .alignment import Alignment
from .cases import Item, category_in
from .drawing import cameras_around, draw
from .measuring import look_at, measure
from .mesh_files import read_mesh
from .methods import Answer
from .metrics import POINTS
from .picture_metrics import Perceptual
from .results import Result
from .running import TILE, Strip
from .shapes import MeshShape, normalised


def compare_meshes(
    true: Path,
    made: Path,
    how: Alignment,
    perceptual: Perceptual | None = None,
    points: int = POINTS,
) -> tuple[Result, Strip]:
    """Measure a mesh against the true one; the box of the true one becomes the unit of both.

    Raises:
        MaquetteError: ``mesh-unreadable``, naming the file.
    """
    shape = MeshShape(read_mesh(true))
    box = shape.bounds()
    item = Item(true.name, category_in(true.stem), 1)
    truth = look_at(item, MeshShape(normalised(shape.drawn, *box)), [], points)
    answer = Answer(MeshShape(normalised(read_mesh(made), *box)))
    result, moved = measure(made.name, 0, answer, truth, how, perceptual)
    cameras = cameras_around(TILE)
    strip = Strip(
        None,
        tuple(draw(moved, camera, lit=True) for camera in cameras),
        tuple(draw(truth.mesh, camera, lit=True) for camera in cameras),
    )
    return result, strip
