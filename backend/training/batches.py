"""Batches drawn at random from shards on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...core.errors import MaquetteError
from ...core.protocol import CATEGORIES
from ..networks.alignment import mirrored_camera
from ..networks.reconstructor import picture_tensor
from .augment import augmented
from .nearest_side import rotation
from .point_volumes import point_volumes
from .samples import EVEN
from .store import open_shards
from .tasks import Portion
from .tensor_batch import TensorBatch

#: Beds and sofas, of which fewer pictures are needed.
BULKY = frozenset({"bed", "sofa"})
#: Sine of the angle from the middle up to which the sides blend into each other.
_MIDDLE = 0.06
#: Steps after which new shards are looked for.
_LOOK = 50


@dataclass(frozen=True)
class Batch(TensorBatch):
    """What one training step sees.

    Attributes:
        rgba: (B, H, H, 4) uint8, straight alpha.
        surface: (B, M, M, 3) float32, unit cube; hit: (B, M, M) bool.
        matrix: (B, 3, 4) float32, see ``networks.alignment.project``.
        points (B, N, 3), distance (B, N), albedo (B, N, 3): float32; sRGB 0..1.
        volume: (B, N) float32, share of the cube that each point stands for; see
            :mod:`.point_volumes`.
        category: (B,) int64.
    """

    rgba: Tensor
    surface: Tensor
    hit: Tensor
    matrix: Tensor
    points: Tensor
    distance: Tensor
    albedo: Tensor
    volume: Tensor
    category: Tensor


@dataclass(frozen=True)
class Folder:
    """A folder of shards and its share of the pictures; shares need not add up to 1."""

    path: Path
    share: float = 1.0


class ShardSource:
    """Shard folders that may still be growing; pictures are drawn evenly within a folder.

    What is drawn depends on the random numbers and on the shards that are there.
    """

    def __init__(
        self,
        folders: Sequence[Folder],
        points: int,
        vary: float = 0.0,
        one_sided: bool = False,
        bulky: float = 0.5,
    ) -> None:
        """Look for shards.

        Args:
            points: drawn for each picture.
            vary: share of the pictures that are changed as :func:`.augment.augmented` does; where
                there are any, half of all pictures is mirrored. It is done here, where batches are
                read ahead, since it goes from picture to picture in many small steps.
            one_sided: mirror those that are taken from the -X side, and no other.
            bulky: how often :data:`BULKY` categories are drawn beside each other category.

        Raises:
            MaquetteError: ``training-data-missing``, ``training-data-outdated``.
        """
        self._folders, self._points = tuple(folders), points
        self._vary, self._one_sided, self._bulky = vary, one_sided, bulky
        self._looked = 0
        self.refresh()

    def refresh(self) -> None:
        """Look for new shards; a folder without any is left out."""
        _allow_many_files()
        found = [(open_shards(f.path), f.share) for f in self._folders if f.path.is_dir()]
        self._shards = [s for s, w in found if s and w > 0]
        if not self._shards:
            names = ", ".join(f"“{f.path}”" for f in self._folders) or "the configuration"
            raise MaquetteError(
                "training-data-missing",
                f"There are no finished shards in {names}. “maquette synthesize” makes some.",
            )
        weights = np.array([w for s, w in found if s and w > 0])
        self._weights = weights / weights.sum()
        self.pictures = sum(len(shard["piece"]) for shards in self._shards for shard in shards)
        self.edges = {s["rgba"].shape[1] for shards in self._shards for s in shards}

    def draw(self, portion: Portion, rng: np.random.Generator) -> Batch:
        """See :class:`.tasks.Source`; now and then looks for new shards first."""
        if portion.step - self._looked >= _LOOK:
            self._looked = portion.step
            self.refresh()
        batch = self.draw_pictures(portion.size, rng)
        if self._one_sided:
            # Near the middle either side must do: there nobody can tell them apart.
            side = sidedness(batch.matrix)
            if self._vary:
                side += torch.from_numpy(rng.normal(size=portion.size)) * _MIDDLE
            batch = mirrored(batch, side < 0)
        elif self._vary:
            batch = mirrored(batch, torch.from_numpy(rng.random(portion.size) < 0.5))
        if not self._vary:
            return batch
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 63)))
        # One by one, so that the share holds in the smallest portions too.
        changed = torch.from_numpy(rng.random(portion.size) < self._vary)
        rgba = batch.rgba.clone()
        rgba[changed] = _straight(augmented(picture_tensor(rgba[changed]), generator))
        return replace(batch, rgba=rgba)

    def draw_pictures(self, size: int, rng: np.random.Generator) -> Batch:
        """Draw ``size`` pictures as they are."""
        rows = [self._row(rng) for _ in range(size)]
        stack = {k: torch.from_numpy(np.stack([r[k] for r in rows])) for k in rows[0]}
        return Batch(
            stack["rgba"],
            stack["surface"].float(),
            stack["hit"],
            stack["matrix"],
            stack["points"].float(),
            stack["distance"].float(),
            stack["albedo"].float() / 255,
            stack["volume"],
            stack["category"].long(),
        )

    def _row(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        shards = self._shards[rng.choice(len(self._shards), p=self._weights)]
        shard = shards[rng.integers(len(shards))]
        while True:
            i = rng.integers(len(shard["piece"]))
            piece = shard["piece"][i]
            bulky = CATEGORIES[shard["category"][piece]] in BULKY
            if rng.random() < (self._bulky if bulky else 1.0):
                break
        pick = rng.integers(shard["points"].shape[1], size=self._points)
        # Turned labels of what has no front: rows of vectors times this.
        turn = rotation(int(shard["turns"][i])).T
        matrix = np.array(shard["matrix"][i])
        distance = np.array(shard["distance"][piece])
        volume = point_volumes(distance, int(len(distance) * EVEN))
        return {
            "rgba": np.array(shard["rgba"][i]),
            "surface": shard["surface"][i] @ turn,
            "hit": np.array(shard["hit"][i]),
            "matrix": np.hstack([matrix[:, :3] @ turn, matrix[:, 3:]]),
            "points": np.array(shard["points"][piece])[pick] @ turn,
            "distance": distance[pick],
            "volume": volume[pick],
            "albedo": np.array(shard["albedo"][piece])[pick],
            "category": np.array(shard["category"][piece]),
        }


def _allow_many_files() -> None:
    """Every column of every shard stays open while it is mapped; usual limits are 1024 files."""
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 1 << 20 if hard == resource.RLIM_INFINITY else hard
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _straight(picture: Tensor) -> Tensor:
    """(B, 4, H, W) premultiplied, 0..1 -> (B, H, W, 4) uint8, straight alpha."""
    alpha = picture[:, 3:]
    straight = torch.cat([picture[:, :3] / alpha.clamp_min(1e-6), alpha], dim=1)
    return (straight.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).contiguous()


def sidedness(matrix: Tensor) -> Tensor:
    """How far to +X of the cube's middle plane cameras (B, 3, 4) stand: (B,) float64, -1 to 1."""
    m = matrix.double()
    place = torch.linalg.solve(m[:, :, :3], m[:, :, 3])
    return -place[:, 0] / place.norm(dim=1)


def mirrored(batch: Batch, flip: Tensor) -> Batch:
    """Mirror the chosen pictures, and the pieces with them at x = 0.

    The makers draw both hands of every asymmetric piece alike, so mirrored pieces are as
    likely as the drawn ones.
    """
    sign = torch.where(flip, -1.0, 1.0)

    def turn(values: Tensor) -> Tensor:
        factor = torch.ones(len(flip), 3)
        factor[:, 0] = sign
        return values * factor.view(len(flip), *([1] * (values.ndim - 2)), 3)

    def swap(values: Tensor) -> Tensor:
        chosen = flip.view(-1, *([1] * (values.ndim - 1)))
        return torch.where(chosen, values.flip(2), values)

    matrix = torch.where(flip[:, None, None], mirrored_camera(batch.matrix), batch.matrix)
    return replace(
        batch,
        rgba=swap(batch.rgba),
        surface=turn(swap(batch.surface)),
        hit=swap(batch.hit),
        matrix=matrix,
        points=turn(batch.points),
    )
