"""A baseline without learning: the training shape whose picture looks most like the one given.

Pictures of pieces of the train split are cast with the cameras of ``reference-front``, framed as
for the networks, and compared by silhouette and coarse colours.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ...core.colour import linear_to_srgb
from ...core.furniture.primitives import Piece, bounds, normalisation
from ...core.furniture.raycast import Light, cast
from ...core.furniture.shapes import draw_piece
from ...core.furniture.splits import seeds
from ...core.presets import load_camera_rig
from ...core.protocol import CATEGORIES
from ...core.rigs import draw_shot
from ..imaging.framing import frame_object

NAME = "nearest"
#: Pictures of each piece in the index.
VIEWS = 4
_RIG = "reference-front"
_PICTURE = 64
_MASK, _COLOUR = 32, 8
#: Weight of a colour difference against one of the silhouette.
_COLOUR_WEIGHT = 0.25
_LIGHT = Light((0.4, -0.6, 0.7), key=0.7, fill=0.2, sky=0.5)


@dataclass(frozen=True, eq=False)
class Index:
    """Pictures of training pieces.

    Attributes:
        features: (N, D) float32.
        pieces: category and seed of each.
    """

    features: np.ndarray
    pieces: tuple[tuple[str, int], ...]

    def nearest(self, rgba: np.ndarray) -> Piece:
        """Return the piece that looks most like a cut-out picture (H, W, 4) uint8."""
        wanted = describe(rgba)
        return draw_piece(*self.pieces[int(((self.features - wanted) ** 2).sum(axis=1).argmin())])


def make_index(count: int, pool: Executor | None = None, split: str = "train") -> Index:
    """Cast pictures of ``count`` pieces of each category, in the pool's processes."""
    pieces = [(category, seed) for seed in seeds(split, count) for category in CATEGORIES]
    found = pool.map(_features, pieces, chunksize=20) if pool else map(_features, pieces)
    return Index(
        np.concatenate(list(found)), tuple(piece for piece in pieces for _ in range(VIEWS))
    )


def _features(name: tuple[str, int]) -> np.ndarray:
    """(VIEWS, D) of a piece."""
    piece = draw_piece(*name)
    rng = np.random.default_rng([17, zlib.crc32(name[0].encode()), name[1]])
    return np.stack([describe(_picture(piece, rng)) for _ in range(VIEWS)])


def _picture(piece: Piece, rng: np.random.Generator) -> np.ndarray:
    """(S, S, 4) uint8 picture of a piece, by the reference cameras."""
    centre, scale = normalisation(piece)
    low, high = bounds(piece)
    corners = [np.where(choice, high, low) for choice in np.ndindex(2, 2, 2)]
    points = (np.array(corners) - centre) * scale
    shot = draw_shot(load_camera_rig(_RIG), points, (_PICTURE, _PICTURE), rng)
    pose = shot.camera.camera_to_world
    seen = cast(
        piece,
        pose[:3, 3] / scale + centre,
        pose[:3, :3],
        shot.camera.intrinsics,
        (_PICTURE, _PICTURE),
        _LIGHT,
    )
    rgb = np.clip(linear_to_srgb(np.clip(seen.rgb, 0, 1)), 0, 1)
    rgba = np.concatenate([rgb, seen.hit[..., None].astype(rgb.dtype)], axis=2)
    return np.rint(rgba * 255).astype(np.uint8)


def describe(rgba: np.ndarray) -> np.ndarray:
    """(D,) float32: the framed silhouette, and colours at a quarter of its size."""
    framed = frame_object(rgba, _MASK, 0.9)
    alpha = framed[..., 3].astype(np.float32) / 255
    small = Image.fromarray(framed).resize((_COLOUR, _COLOUR), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32) / 255
    colour = pixels[..., :3] * pixels[..., 3:]
    parts: Sequence[np.ndarray] = (
        alpha.ravel() / _MASK,
        colour.ravel() * np.sqrt(_COLOUR_WEIGHT / 3) / _COLOUR,
    )
    return np.concatenate(parts).astype(np.float32)
