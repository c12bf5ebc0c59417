"""Training samples from a folder in OpenLRM's format, as its own loader makes them.

The folder is what ``core/dataset/writers/openlrm.py`` writes, or what OpenLRM's Blender script
did. Of the 32 views of an object four are drawn; the first is the source, and all poses are
turned so that the source camera stands in front of the object (OpenLRM: Hong et al. 2024,
section 3.3). Colours are over white in the source and over a random grey in the targets.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from ...core.errors import MaquetteError

VIEWS = 32
GREYS = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class Sampling:
    """How samples are drawn; defaults are those of OpenLRM's small model.

    Attributes:
        side_views: supervised besides the source.
        source_size: side of the source picture, pixels.
        low, high, region: targets are resized to a side from low to high, both included, and a
            square of this side is cut out of each.
        distance: of the source camera after turning, world units; None keeps its own.
    """

    side_views: int = 3
    source_size: int = 224
    low: int = 64
    high: int = 192
    region: int = 64
    distance: float | None = None


@dataclass(frozen=True, eq=False)
class Draw:
    """The random choices of one sample of V views.

    Attributes:
        views: (V,) int, numbers of the views; the first is the source.
        greys: (V,) background of each target, 0 to 1.
        size: side of the targets before cutting.
        anchors: (V, 2) int, top and left of the squares.
    """

    views: np.ndarray
    greys: np.ndarray
    size: int
    anchors: np.ndarray


@dataclass(frozen=True, eq=False)
class Views:
    """Some views of one object as stored.

    Attributes:
        rgba: (V, h, w, 4) uint8, sRGB, straight alpha.
        poses: (V, 3, 4) float64, camera-to-world in Blender's axes.
        intrinsics: (3, 2) float64, pixels: ``[[fx, fy], [cx, cy], [w, h]]``.
    """

    rgba: np.ndarray
    poses: np.ndarray
    intrinsics: np.ndarray


@dataclass(frozen=True, eq=False)
class Sample:
    """What the training step takes; all float32 but the numbers.

    Attributes:
        source_camera: (16,), 3x4 camera-to-world row by row, then fx/w, fy/h, cx/w, cy/h.
        source_image: (3, source_size, source_size), 0 to 1.
        render_cameras: (V, 25), 4x4 camera-to-world, then K over the picture's side.
        render_images: (V, 3, region, region), 0 to 1.
        render_masks: (V, region, region), cover by the object, 0 to 1.
        anchors: (V, 2) int64; size: side before cutting; greys: (V, 1).
    """

    source_camera: torch.Tensor
    source_image: torch.Tensor
    render_cameras: torch.Tensor
    render_images: torch.Tensor
    render_masks: torch.Tensor
    anchors: torch.Tensor
    size: int
    greys: torch.Tensor


class OpenLrmDataset(torch.utils.data.Dataset[Sample]):
    """Samples of the objects in a list; a sample depends on seed, epoch and index only."""

    def __init__(
        self,
        roots: Sequence[Path],
        ids: Sequence[str] | Path,
        sampling: Sampling | None = None,
        seed: int = 0,
    ) -> None:
        """Look for every object.

        Args:
            roots: folders; the first that holds an object is taken.
            ids: names of the objects' folders, or a JSON list of them such as ``train.json``.

        Raises:
            MaquetteError: ``openlrm-object-missing``; OSError, ValueError: no such list.
        """
        if isinstance(ids, Path):
            ids = list(json.loads(ids.read_text("utf-8")))
        self.sampling = sampling or Sampling()
        self.seed = seed
        self.epoch = 0
        self._folders = [_find(roots, name) for name in ids]

    def __len__(self) -> int:
        """Return the number of objects."""
        return len(self._folders)

    def __getitem__(self, index: int) -> Sample:
        """Return a sample of one object; raises OSError, ValueError when a view is damaged."""
        rng = np.random.default_rng([self.seed, self.epoch, index])
        draw = draw_sample(self.sampling, rng)
        return make_sample(read_views(self._folders[index], draw.views), draw, self.sampling)


def draw_sample(sampling: Sampling, rng: np.random.Generator, views: int = VIEWS) -> Draw:
    """Draw views without repetition, backgrounds, one size and a place to cut for each view."""
    count = sampling.side_views + 1
    size = int(rng.integers(sampling.low, sampling.high + 1))
    return Draw(
        views=rng.choice(views, count, replace=False),
        greys=rng.choice(GREYS, count),
        size=size,
        anchors=rng.integers(0, size - sampling.region + 1, (count, 2)),
    )


def read_views(folder: Path, views: Sequence[int] | np.ndarray) -> Views:
    """Read some views of an object.

    Raises:
        OSError: one is missing; ValueError: a picture is not 8-bit RGBA.
    """
    pictures, poses = [], []
    for view in np.asarray(views).tolist():
        with Image.open(folder / "rgba" / f"{view:03d}.png") as image:
            if image.mode != "RGBA":
                raise ValueError(f"{folder.name}: view {view} is {image.mode} instead of RGBA")
            pictures.append(np.asarray(image))
        poses.append(np.load(folder / "pose" / f"{view:03d}.npy"))
    return Views(np.stack(pictures), np.stack(poses), np.load(folder / "intrinsics.npy"))


def normalise_poses(poses: np.ndarray, distance: float | None = None) -> np.ndarray:
    """Turn the world so that the first camera stands at (0, -distance, 0) and looks along +Y.

    Args:
        poses: (V, 3, 4), camera-to-world in Blender's axes.
        distance: None keeps the first camera's own distance from the origin.

    Returns:
        (V, 4, 4) float64. The movement is rigid, so a given distance shifts the other cameras
        along; it does not scale them.
    """
    full = np.tile(np.eye(4), (len(poses), 1, 1))
    full[:, :3] = poses
    away = float(np.linalg.norm(full[0, :3, 3])) if distance is None else distance
    canonical = np.array([[1, 0, 0, 0], [0, 0, -1, -away], [0, 1, 0, 0], [0, 0, 0, 1.0]])
    return canonical @ np.linalg.inv(full[0]) @ full


def make_sample(views: Views, draw: Draw, sampling: Sampling) -> Sample:
    """Turn the drawn views into tensors; ``views`` holds them in the order of the draw."""
    poses = normalise_poses(views.poses, sampling.distance)
    focal, middle, size = views.intrinsics
    lens = np.stack([focal / size, middle / size])
    k = np.array([[lens[0, 0], 0, lens[1, 0]], [0, lens[0, 1], lens[1, 1]], [0, 0, 1]])
    cameras = np.concatenate(
        [poses.reshape(-1, 16), np.tile(k.reshape(1, 9), (len(poses), 1))], axis=1
    )
    source = np.concatenate([poses[0, :3].reshape(-1), lens.reshape(-1)])
    pictures = torch.from_numpy(views.rgba).permute(0, 3, 1, 2).float() / 255
    greys = torch.tensor(draw.greys, dtype=torch.float32)[:, None]
    targets = torch.cat([_over(pictures, greys[:, :, None, None]), pictures[:, 3:]], dim=1)
    cut = torch.stack(
        [
            target[:, top : top + sampling.region, left : left + sampling.region]
            for target, (top, left) in zip(
                _resized(targets, draw.size), draw.anchors.tolist(), strict=True
            )
        ]
    )
    return Sample(
        source_camera=torch.tensor(source, dtype=torch.float32),
        source_image=_resized(_over(pictures[:1], torch.ones(())), sampling.source_size)[0],
        render_cameras=torch.tensor(cameras, dtype=torch.float32),
        render_images=cut[:, :3],
        render_masks=cut[:, 3],
        anchors=torch.tensor(draw.anchors, dtype=torch.int64),
        size=draw.size,
        greys=greys,
    )


def _over(rgba: torch.Tensor, grey: torch.Tensor) -> torch.Tensor:
    return rgba[:, :3] * rgba[:, 3:] + grey * (1 - rgba[:, 3:])


def _resized(pictures: torch.Tensor, size: int) -> torch.Tensor:
    scaled = functional.interpolate(pictures, (size, size), mode="bicubic", align_corners=True)
    return scaled.clamp(0, 1)


def _find(roots: Sequence[Path], name: str) -> Path:
    for root in roots:
        if (root / name / "intrinsics.npy").exists():
            return root / name
    raise MaquetteError(
        "openlrm-object-missing",
        f"The object “{name}” is in none of the folders.",
        detail=", ".join(map(str, roots)),
    )
