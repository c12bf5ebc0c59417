"""Batches of views for large reconstruction models, drawn from objects on disk."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...core.errors import MaquetteError
from .batches import Folder
from .known_points import known_points
from .openlrm_dataset import Draw, Sample, Sampling, Views, draw_sample, make_sample
from .tasks import Portion
from .tensor_batch import TensorBatch
from .view_objects import Objects, open_objects


@dataclass(frozen=True)
class ViewBatch(TensorBatch):
    """Some views of B objects each, the first of which is the source; float32 but the numbers.

    The world is turned so that the source camera stands in front; see ``openlrm_dataset``.

    Attributes:
        source_image: (B, 3, P, P), 0..1; source_camera: (B, 16), see :class:`.Sample`.
        cameras: (B, V, 25); images: (B, V, 3, R, R); masks: (B, V, R, R), 0..1.
        greys: (B, V, 1), behind; anchors: (B, V, 2) int64; sizes: (B,) int64.
        distance: (B, V, R, R), from the camera to the surface along each pixel's ray, 0 where
            there is none or it is not known.
        normals: (B, V, 3, R, R), 0 likewise.
        points: (B, N, 3); inside: (B, N), 1 or 0, below 0 where it is not known.
    """

    source_image: Tensor
    source_camera: Tensor
    cameras: Tensor
    images: Tensor
    masks: Tensor
    greys: Tensor
    anchors: Tensor
    sizes: Tensor
    distance: Tensor
    normals: Tensor
    points: Tensor
    inside: Tensor


class ViewSource:
    """See :class:`.tasks.Source`; objects are drawn evenly within a folder."""

    def __init__(
        self,
        folders: Sequence[Folder],
        split: str,
        sampling: Sampling,
        points: int = 0,
        cache: Path | None = None,
    ) -> None:
        """Open the folders.

        Args:
            points: of known geometry, an object; taken from meshes, for which ``cache`` keeps
                what is inside.

        Raises:
            MaquetteError: ``training-data-missing``.
        """
        found = [(open_objects(f.path, split), f.share) for f in folders]
        self._objects: list[Objects] = [o for o, share in found if len(o) and share > 0]
        if not self._objects and split == "train":
            names = ", ".join(f"“{f.path}”" for f in folders) or "the configuration"
            raise MaquetteError("training-data-missing", f"There are no objects in {names}.")
        shares = np.array([share for o, share in found if len(o) and share > 0])
        self._shares = shares / max(shares.sum(), 1e-9)
        self._sampling, self._points, self._cache = sampling, points, cache

    def __len__(self) -> int:
        """Return the number of objects."""
        return sum(len(o) for o in self._objects)

    def whole(self, edge: int) -> ViewSource:
        """The same objects in uncut pictures of this edge, without geometry."""
        other = copy.copy(self)
        other._sampling = replace(self._sampling, low=edge, high=edge, region=edge)
        other._points = 0
        return other

    def draw(self, portion: Portion, rng: np.random.Generator) -> ViewBatch:
        """See :class:`.tasks.Source`."""
        return self.draw_objects(portion.size, rng)

    def draw_objects(self, size: int, rng: np.random.Generator) -> ViewBatch:
        """Draw some views of ``size`` objects."""
        rows = [self._row(rng) for _ in range(size)]
        return ViewBatch(*(torch.stack(column) for column in zip(*rows, strict=True)))

    def _row(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        objects = self._objects[rng.choice(len(self._objects), p=self._shares)]
        index = int(rng.integers(len(objects)))
        draw = draw_sample(self._sampling, rng, objects.count(index))
        views = objects.views(index, draw.views)
        sample = make_sample(views, draw, self._sampling)
        turn = _turn(views, sample)
        distance, normals = self._surfaces(objects, index, draw, sample, turn)
        points, inside = self._geometry(objects, index, turn, rng)
        return (
            sample.source_image,
            sample.source_camera,
            sample.render_cameras,
            sample.render_images,
            sample.render_masks,
            sample.greys,
            sample.anchors,
            torch.tensor(sample.size),
            torch.from_numpy(distance.astype(np.float32)),
            torch.from_numpy(normals.astype(np.float32)),
            torch.from_numpy(points.astype(np.float32)),
            torch.from_numpy(inside.astype(np.float32)),
        )

    def _surfaces(
        self, objects: Objects, index: int, draw: Draw, sample: Sample, turn: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Distances (V, R, R) and normals (V, 3, R, R) at the targets' pixels."""
        edge = self._sampling.region
        distance = np.zeros((len(draw.views), edge, edge))
        normals = np.zeros((len(draw.views), 3, edge, edge))
        lens = sample.render_cameras[0, 16:].reshape(3, 3).double().numpy()
        for i, view in enumerate(draw.views.tolist()):
            at = (draw.anchors[i][:, None] + np.arange(edge) + 0.5) / draw.size
            y, x = np.meshgrid(*at, indexing="ij")
            depth, normal = objects.depth(index, view), objects.normals(index, view)
            if depth is not None:
                across, down = (x - lens[0, 2]) / lens[0, 0], (y - lens[1, 2]) / lens[1, 1]
                distance[i] = _nearest(depth, y, x) * np.sqrt(across**2 + down**2 + 1)
            if normal is not None:
                normals[i] = np.moveaxis(_nearest(normal, y, x) @ turn[:3, :3].T, -1, 0)
        return distance, normals

    def _geometry(
        self, objects: Objects, index: int, turn: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Points (N, 3) in the model's world and whether they are inside (N,)."""
        mesh = objects.mesh(index) if self._points and self._cache is not None else None
        if mesh is None or self._cache is None:
            return np.zeros((self._points, 3)), np.full(self._points, -1.0)
        points, inside = known_points(mesh, self._cache)
        pick = rng.integers(len(points), size=self._points)
        return 2 * points[pick].astype(np.float64) @ turn[:3, :3].T + turn[:3, 3], inside[pick]


def _turn(views: Views, sample: Sample) -> np.ndarray:
    """(4, 4) from the stored world to the one in which the source camera stands in front."""
    full = np.eye(4)
    full[:3] = views.poses[0]
    turned = sample.render_cameras[0, :16].reshape(4, 4).double().numpy()
    return turned @ np.linalg.inv(full)


def _nearest(picture: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Read (h, w, ...) at shares of its edges."""
    rows = np.clip((y * picture.shape[0]).astype(int), 0, picture.shape[0] - 1)
    columns = np.clip((x * picture.shape[1]).astype(int), 0, picture.shape[1] - 1)
    return np.asarray(picture[rows, columns], np.float64)
