"""Pictures of the same view, low and high, as the upscaler is trained on them.

Both are rendered, by ``maquette render`` with the same seed and rigs at two resolutions: what a
renderer does with small pixels is not what shrinking a large picture does. Cameras tell that the
pairs fit; where they do not, nothing is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.cameras import Camera
from ...core.dataset.reading import Asset, open_dataset
from ...core.errors import MaquetteError
from ..imaging.upscaling import bleed

#: Pixels of the low picture that are kept around its object.
_MARGIN = 8
#: Recipe entries that low and high must share.
_SHARED = ("cameras", "lights", "quality", "seed", "samples", "denoise", "engine", "blender")
#: Shares of what a crop shows: straight colour, cover, colour over a plain ground. The first two
#: are what the product gives the network of a picture with alpha, the last one of any other.
_COLOUR, _COVER = 0.4, 0.15
#: The network pads with zeros. It must learn what to do there for the borders of pictures, but
#: crops have far more border than pictures: so many low pixels of it count so much.
_BORDER, _BORDER_WEIGHT = 2, 0.2


@dataclass(frozen=True, eq=False)
class Pair:
    """One view twice.

    Attributes:
        name: asset and view.
        low: (h, w, 4) uint8, sRGB, straight alpha, hidden pixels bled.
        high: (s h, s w, 4) uint8, alike.
    """

    name: str
    low: np.ndarray
    high: np.ndarray


def read_pairs(low: Path, high: Path, scale: int = 4, whole: bool = False) -> list[Pair]:
    """Read what both datasets have, cut to the object.

    Args:
        whole: neither cut nor bleed, for measuring.

    Raises:
        MaquetteError: ``pairs-differ`` when they were not rendered alike, and what
            :func:`open_dataset` raises; OSError, ValueError: a picture is damaged.
    """
    small, large = open_dataset(low), open_dataset(high)
    ours, theirs = small.plan.recipe.to_json(), large.plan.recipe.to_json()
    different = [name for name in _SHARED if ours.get(name) != theirs.get(name)]
    if different:
        raise _differ(low, high, f"{different[0]} of their recipes")
    pairs = []
    for asset_id in sorted(set(small.ids) & set(large.ids)):
        pairs += _of_asset(small.asset(asset_id), large.asset(asset_id), scale, whole)
    if not pairs:
        raise _differ(low, high, "every asset")
    return pairs


def _of_asset(small: Asset, large: Asset, scale: int, whole: bool) -> list[Pair]:
    if small.record.source != large.record.source:
        raise _differ(small.folder, large.folder, "the asset")
    pairs = []
    for view in range(min(small.views, large.views)):
        if not _fit(small.camera(view), large.camera(view), scale):
            raise _differ(small.folder, large.folder, f"the camera of view {view}")
        low, high = small.read("rgba", view), large.read("rgba", view)
        if not whole:
            low, high = _cut(low, high, scale)
            low, high = _bled(low), _bled(high)
        pairs.append(Pair(f"{small.id}/{view:03d}", low, high))
    return pairs


def _fit(low: Camera, high: Camera, scale: int) -> bool:
    """Whether the second camera is the first one with pixels of a fraction of the size."""
    k = np.diag([scale, scale, 1.0]) @ low.intrinsics
    return bool(
        (low.width * scale, low.height * scale) == (high.width, high.height)
        and np.allclose(k, high.intrinsics, rtol=0, atol=1e-6)
        and np.allclose(low.camera_to_world, high.camera_to_world, rtol=0, atol=1e-9)
    )


def _cut(low: np.ndarray, high: np.ndarray, scale: int) -> tuple[np.ndarray, np.ndarray]:
    shown = low[..., 3] > 0
    if not shown.any():
        return low, high
    box = []
    for axis, length in ((1, low.shape[0]), (0, low.shape[1])):
        places = np.flatnonzero(shown.any(axis))
        begin, end = places[0] - _MARGIN, places[-1] + 1 + _MARGIN
        box.append((max(int(begin), 0), min(int(end), length)))
    (top, bottom), (left, right) = box
    s = scale
    return low[top:bottom, left:right], high[top * s : bottom * s, left * s : right * s]


def _bled(rgba: np.ndarray) -> np.ndarray:
    """Colour under what is hidden as the product puts it there."""
    return np.dstack([bleed(rgba[..., :3], rgba[..., 3] == 0), rgba[..., 3]])


def _differ(low: Path, high: Path, what: str) -> MaquetteError:
    return MaquetteError(
        "pairs-differ",
        f"“{low}” and “{high}” were not rendered alike: {what} is another one. Render both with "
        "the same sources, rigs, quality and seed, and only the resolution changed.",
    )


@dataclass(frozen=True, eq=False)
class Crops:
    """What one step is trained on.

    Attributes:
        low: (B, 3, c, c) float32 in 0..1.
        high: (B, 3, s c, s c) float32 in 0..1.
        weight: (B, 1, s c, s c) float32 in 0..1, how much a pixel can be seen.
    """

    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray


def draw_crops(
    pairs: Sequence[Pair], rng: np.random.Generator, count: int, edge: int, scale: int = 4
) -> Crops:
    """Draw crops that show something of the object, turned and mirrored anyhow.

    Args:
        edge: of a crop, pixels of the low picture.
    """
    drawn = [_crop(pairs[int(rng.integers(len(pairs)))], rng, edge, scale) for _ in range(count)]
    low, high, weight = (
        np.stack([one[i] for one in drawn]).transpose(0, 3, 1, 2) for i in range(3)
    )
    counts = np.full((edge * scale, edge * scale), _BORDER_WEIGHT, np.float32)
    inner = slice(_BORDER * scale, (edge - _BORDER) * scale)
    counts[inner, inner] = 1.0
    parts = (low, high, weight * counts)
    return Crops(*(np.ascontiguousarray(part, np.float32) for part in parts))


def _crop(
    pair: Pair, rng: np.random.Generator, edge: int, s: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One crop: low, high, weight, each (n, n, 3 or 1) float32."""
    low, high = pair.low, pair.high
    missing = [max(edge - length, 0) for length in low.shape[:2]]
    if any(missing):
        low = np.pad(low, ((0, missing[0]), (0, missing[1]), (0, 0)), "symmetric")
        high = np.pad(high, ((0, s * missing[0]), (0, s * missing[1]), (0, 0)), "symmetric")
    for _ in range(4):  # a crop of nothing teaches nothing
        top, left = (int(rng.integers(0, n - edge + 1)) for n in low.shape[:2])
        small = low[top : top + edge, left : left + edge]
        if (small[..., 3] > 0).mean() > 0.15:
            break
    large = high[top * s : (top + edge) * s, left * s : (left + edge) * s]
    turns, mirrored = int(rng.integers(4)), rng.random() < 0.5
    parts = [np.rot90(part, turns).astype(np.float32) / 255 for part in (small, large)]
    parts = [part[:, ::-1] if mirrored else part for part in parts]
    alphas = [part[..., 3:] for part in parts]
    colours = [part[..., :3] for part in parts]
    seen = np.ones_like(alphas[1])
    kind = rng.random()
    if kind < _COLOUR:
        order = rng.permutation(3)  # no colour is more likely than another
        return colours[0][..., order], colours[1][..., order], alphas[1]
    if kind < _COLOUR + _COVER:
        return alphas[0].repeat(3, 2), alphas[1].repeat(3, 2), seen
    ground = _ground(rng)
    over = [c * a + ground * (1 - a) for c, a in zip(colours, alphas, strict=True)]
    return over[0], over[1], seen


def _ground(rng: np.random.Generator) -> np.ndarray:
    """A plain ground, often white, black or grey: (3,) float32."""
    kind = rng.random()
    if kind < 0.3:
        return np.full(3, float(rng.integers(2)), np.float32)
    if kind < 0.6:
        return np.full(3, rng.random(), np.float32)
    return rng.random(3, np.float32)
