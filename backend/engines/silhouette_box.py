"""The simplest answer to a picture: the box that fits the silhouette.

It has no weights. Evaluations use it as the baseline that a model must beat.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core.colour import srgb_to_linear
from ...core.protocol import EngineInfo, JobSettings, Stage
from ..imaging.framing import object_box
from .base import Progress, Reconstruction, View

#: Depth over width. Seen from an unknown side, as deep as wide is the least wrong guess.
DEPTH_PRIOR = 1.0
#: Longest edge inside the unit cube, as for every normalised piece.
LONGEST = 0.95
#: Squares along each edge of a side, so that a side can carry more than one colour.
_SQUARES = 12


class SilhouetteBox:
    """Width and height from the silhouette's bounding box, depth by a stated prior."""

    name = "silhouette-box"
    version = "1"

    @classmethod
    def info(cls) -> EngineInfo:
        """Describe the engine."""
        return EngineInfo(
            name=cls.name,
            title="Silhouette box",
            description="A box as wide and high as the object: a quick stand-in, and a baseline.",
            licence="GPL-3.0-or-later",
            commercial=True,
            available=True,
        )

    def load(self, device: str) -> None:
        """Nothing to read."""

    def reconstruct(
        self, views: Sequence[View], settings: JobSettings, progress: Progress
    ) -> Reconstruction:
        """Make the box of the first view.

        Raises:
            MaquetteError: ``no-object`` when the view is all transparent.
        """
        rgba = views[0].rgba
        progress(Stage.INFER, 0.0)
        box = object_box(rgba)
        edges = np.array([box.width, box.width * DEPTH_PRIOR, box.height], float)
        edges *= LONGEST / edges.max()
        progress(Stage.INFER, 1.0)
        progress(Stage.MESH, 0.0)
        vertices, faces = _tessellated_cube(_SQUARES)
        progress(Stage.MESH, 1.0)
        progress(Stage.TEXTURE, 0.0)
        colours = np.tile(_mean_colour(rgba), (len(vertices), 1))
        progress(Stage.TEXTURE, 1.0)
        return Reconstruction(
            vertices=(vertices * edges).astype(np.float32),
            faces=faces,
            colours=colours.astype(np.float32),
            notes=("This is a stand-in: the box that fits the object's outline.",),
        )


def _mean_colour(rgba: np.ndarray) -> np.ndarray:
    """Mean of the object's pixels weighted by alpha, as (3,) linear RGB."""
    linear = srgb_to_linear(rgba[..., :3].reshape(-1, 3) / 255.0)
    return np.average(linear, axis=0, weights=rgba[..., 3].reshape(-1) + 1e-9)


def _tessellated_cube(n: int) -> tuple[np.ndarray, np.ndarray]:
    """A closed cube of edge 1 about the origin, each side n x n squares.

    Returns:
        (V, 3) float vertices, shared between sides, and (12 n^2, 3) int32 faces,
        counter-clockwise seen from outside.
    """
    steps = np.arange(n)
    u, v = (a.ravel() for a in np.meshgrid(steps, steps, indexing="ij"))
    corners = np.stack([(u, v), (u + 1, v), (u + 1, v + 1), (u, v + 1)], axis=1)  # (2, 4, n^2)
    quads = []
    for axis in range(3):
        for side in (0, n):
            quad = np.empty((n * n, 4, 3), int)
            quad[..., axis] = side
            quad[..., (axis + 1) % 3] = corners[0].T
            quad[..., (axis + 2) % 3] = corners[1].T
            # u x v points along +axis, so the near side is turned round.
            quads.append(quad if side else quad[:, ::-1])
    points = np.concatenate(quads).reshape(-1, 3)
    unique, index = np.unique(points, axis=0, return_inverse=True)
    index = index.reshape(-1, 4)
    faces = np.concatenate([index[:, [0, 1, 2]], index[:, [0, 2, 3]]])
    return unique / n - 0.5, faces.astype(np.int32)
