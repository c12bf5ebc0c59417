"""Made photographs by the batch: laid together picture by picture, coloured all at once.

The same kinds of placing, shadow and camera faults as :mod:`.cutout_composites` draws, which is
what measures; here they are drawn for speed, and more widely.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from torch import Tensor
from torch.utils.data import IterableDataset

#: Batches drawn between two looks for new shards of backgrounds.
_LOOK_AGAIN = 100
#: Batches that are remembered, and how many of those follow each new one, in other colours.
_REMEMBERED, _AGAIN = 48, 2
#: Share of the pictures that show a background and nothing else: a network that never sees one
#: finds an object everywhere.
_EMPTY = 0.05
#: Share of the pictures whose object is several things side by side, as a tea set is.
_GROUP = 0.1
#: Share of the objects of which a part takes the hue of what is around it.
_CAMOUFLAGED = 0.25


class Composites(IterableDataset):
    """Endless batches: pictures (B, 3, S, S) and masks (B, 1, S, S), uint8 both.

    Args:
        pool: cropped objects, (h, w, 4) uint8 each.
        grounds: folder with what :mod:`.cutout_grounds` draws.
        sizes: edges of the pictures in pixels, and how often a batch has each.
        pixels: of a batch; it has fewer pictures where they are large.
        seed: the worker's number is added to it.
    """

    def __init__(
        self,
        pool: Sequence[np.ndarray],
        grounds: Path,
        sizes: dict[int, float],
        pixels: int,
        seed: list[int],
    ) -> None:
        super().__init__()
        self.pool, self.grounds, self.seed = pool, grounds, seed
        self.sizes, self.pixels = sizes, pixels

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([*self.seed, worker.id if worker else 0])
        number = 0
        remembered: list[tuple[Tensor, Tensor]] = []
        while True:
            if number % _LOOK_AGAIN == 0:
                paths = sorted(self.grounds.glob("grounds-*.npy"))
                shards = [np.load(path, mmap_mode="r") for path in paths]
            number += 1
            edge = int(rng.choice(list(self.sizes), p=list(self.sizes.values())))
            count = max(2, round(self.pixels / edge**2))
            drawn = draw_batch(rng, self.pool, shards, edge, count)
            yield drawn
            if len(remembered) < _REMEMBERED:
                remembered.append(drawn)
                continue
            remembered[int(rng.integers(_REMEMBERED))] = drawn
            for _ in range(_AGAIN):
                yield _changed(rng, *remembered[int(rng.integers(_REMEMBERED))])


def _changed(rng: np.random.Generator, picture: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Another batch of a batch: mirrored, its channels exchanged, seldom a negative."""
    picture = picture[:, rng.permutation(3).tolist()]
    if rng.random() < 0.1:
        picture = 255 - picture
    if rng.random() < 0.5:
        return picture.flip(-1), alpha.flip(-1)
    return picture, alpha


def draw_batch(
    rng: np.random.Generator,
    pool: Sequence[np.ndarray],
    shards: Sequence[np.ndarray],
    edge: int,
    count: int,
) -> tuple[Tensor, Tensor]:
    """Draw pictures and their masks, a few of them empty; see :class:`Composites`.

    Args:
        shards: backgrounds, (N, E, E, 3) uint8 each.
    """
    torch.manual_seed(int(rng.integers(2**62)))
    grounds, objects, dark = [], [], []
    for _ in range(count):
        image = _ground(rng, shards, edge)
        if rng.random() < _EMPTY:
            grounds.append(np.asarray(image))
            objects.append(np.zeros((edge, edge, 4), np.uint8))
            dark.append(np.zeros((edge, edge), np.uint8))
            continue
        if rng.random() < 0.35:
            _add_others(rng, image, pool)
        placed, box = _placed(rng, _object(rng, pool), edge)
        grounds.append(np.asarray(image))
        objects.append(np.asarray(placed))
        dark.append(_shadow(rng, placed.getchannel("A"), box))
    ground = _channels(grounds)
    rgba = _channels(objects)
    rgb, alpha = rgba[:, :3], rgba[:, 3:]
    # Colours of their own for half of the objects; the rest are as they were rendered.
    pattern = ground.roll(1, 0)
    share = (torch.rand(count, 1, 1, 1) < 0.35) * torch.rand(count, 1, 1, 1)
    rgb = rgb * (1 + 1.4 * share * (pattern - pattern.mean((1, 2, 3), keepdim=True)))
    rgb = _recoloured(rng, rgb, 0.5)
    ground = _recoloured(rng, ground, 0.7)
    rgb = _camouflaged(rng, rgb, alpha, ground)
    ground = ground * (1 - _channels(dark))
    picture = _photographed(rng, ground.lerp(rgb, alpha))
    out = (picture.clamp(0, 1) * 255).byte()
    for index in range(count):
        out[index] = _spoiled(rng, out[index])
    return out, (alpha * 255).round().byte()


def _channels(pictures: Sequence[np.ndarray]) -> Tensor:
    """(H, W, C) or (H, W) uint8 each -> (B, C, H, W) float32 in 0..1."""
    stacked = torch.from_numpy(np.stack(pictures))
    stacked = stacked.permute(0, 3, 1, 2) if stacked.ndim == 4 else stacked[:, None]
    return stacked.contiguous().float() / 255


def _part(rng: np.random.Generator, shards: Sequence[np.ndarray], edge: int) -> Image.Image:
    """A part of a stored background, often mirrored, seldom turned."""
    shard = shards[int(rng.integers(len(shards)))]
    image = Image.fromarray(shard[int(rng.integers(len(shard)))])
    side = image.width * rng.uniform(0.45, 1.0)
    left, top = rng.uniform(0, image.width - side, 2)
    image = image.resize(
        (edge, edge), Image.Resampling.BILINEAR, (left, top, left + side, top + side)
    )
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.15:
        image = image.transpose(Image.Transpose(int(rng.integers(1, 7))))
    return image


def _ground(rng: np.random.Generator, shards: Sequence[np.ndarray], edge: int) -> Image.Image:
    """A background, sometimes out of two: cut by a line, or one seen through the other."""
    image = _part(rng, shards, edge)
    kind = rng.random()
    if kind < 0.12:
        y, tilt = rng.uniform(0.3, 0.95) * edge, rng.normal(0, 0.08) * edge
        mask = Image.new("L", image.size, 0)
        ImageDraw.Draw(mask).polygon(
            [(0, y - tilt), (edge, y + tilt), (edge, edge), (0, edge)], fill=255
        )
        image.paste(_part(rng, shards, edge), mask=mask)
    elif kind < 0.2:
        image = Image.blend(image, _part(rng, shards, edge), rng.uniform(0.2, 0.6))
    elif kind < 0.26:
        image = ImageChops.multiply(image, _part(rng, shards, edge))
    if rng.random() < 0.2:  # a background is seldom as sharp as the object
        image = image.filter(ImageFilter.GaussianBlur(edge * rng.uniform(0.002, 0.03)))
    return image


def _add_others(rng: np.random.Generator, image: Image.Image, pool: Sequence[np.ndarray]) -> None:
    """Other things behind, in place: small or cut by the border, mostly out of focus."""
    edge = image.width
    blur = edge * rng.uniform(0.0, 0.02)
    for _ in range(int(rng.integers(1, 5))):
        thing = Image.fromarray(pool[int(rng.integers(len(pool)))])
        if rng.random() < 0.5:  # at a side, cut
            scale = edge * rng.uniform(0.3, 0.8) / max(thing.size)
            thing = thing.resize([max(2, round(s * scale)) for s in thing.size])
            x = -thing.width * rng.uniform(0.4, 0.8)
            x = x if rng.random() < 0.5 else edge - x - thing.width
            y = edge * rng.uniform(0, 0.7)
        else:
            scale = edge * rng.uniform(0.06, 0.25) / max(thing.size)
            thing = thing.resize([max(2, round(s * scale)) for s in thing.size])
            x, y = edge * rng.choice([rng.uniform(0, 0.2), rng.uniform(0.7, 0.95)]), 0.0
            y = edge * rng.uniform(0, 0.75)
        if blur > 0.5:
            thing = thing.filter(ImageFilter.GaussianBlur(blur))
        image.paste(thing, (int(x), int(y)), thing)


def _object(rng: np.random.Generator, pool: Sequence[np.ndarray]) -> Image.Image:
    """A thing (RGBA), seldom two or three of them on one floor."""
    first = Image.fromarray(pool[int(rng.integers(len(pool)))])
    if rng.random() >= _GROUP:
        return first
    size = max(first.size)
    things = [first]
    for _ in range(int(rng.integers(1, 3))):
        thing = Image.fromarray(pool[int(rng.integers(len(pool)))])
        scale = size * rng.uniform(0.4, 1.0) / max(thing.size)
        things.append(thing.resize([max(2, round(s * scale)) for s in thing.size]))
    gap = round(size * rng.uniform(0.0, 0.2))
    high = max(t.height for t in things) + gap
    wide = sum(t.width for t in things) + gap * (len(things) - 1)
    group = Image.new("RGBA", (wide, high), (0, 0, 0, 0))
    left = 0
    for index in rng.permutation(len(things)):
        thing = things[index]
        foot = high - int(rng.integers(0, gap + 1))  # what stands nearer stands lower
        group.paste(thing, (left, foot - thing.height))
        left += thing.width + gap
    return group


def _camouflaged(rng: np.random.Generator, rgb: Tensor, alpha: Tensor, ground: Tensor) -> Tensor:
    """Give parts of some objects the hue of the ground around them, with their own shading."""
    out = rgb.clone()
    edge = rgb.shape[-1]
    for index in np.flatnonzero(rng.random(len(rgb)) < _CAMOUFLAGED):
        near = F.avg_pool2d(alpha[index : index + 1], 9, 1, 4)[0]
        total = near.sum()
        if total < 1:
            continue
        hue = (ground[index] * near).sum((1, 2)) / total
        hue = hue / hue.mean().clamp_min(0.02)
        own = rgb[index].mean(0, keepdim=True)
        if rng.random() < 0.5:  # as bright as the ground, too
            own = own * ground[index].mean() / ((own * near).sum() / total).clamp_min(0.02)
        spots = F.interpolate(torch.rand(1, 1, 3, 3), (edge, edge), mode="bicubic")[0]
        where = ((spots - rng.uniform(0.2, 0.7)) * 12).clamp(0, 1) * rng.uniform(0.6, 1.0)
        out[index] = rgb[index].lerp(own * hue[:, None, None], where)
    return out.clamp(0, 1)


def _placed(
    rng: np.random.Generator, image: Image.Image, edge: int
) -> tuple[Image.Image, tuple[int, int, int, int]]:
    """An object on an empty canvas (RGBA), and its box left, top, right, bottom."""
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.3:
        image = image.rotate(rng.normal(0, 6), Image.Resampling.BICUBIC, expand=True)
    reach = edge * (rng.uniform(0.35, 0.97) if rng.random() < 0.94 else rng.uniform(0.97, 1.3))
    scale = reach / max(image.size)
    w, h = (max(3, round(s * scale * rng.uniform(0.9, 1.1))) for s in image.size)
    way = Image.Resampling.BOX if scale < 0.7 else Image.Resampling.BICUBIC
    image = image.resize((w, h), way)
    left = int((edge - w) * np.clip(rng.normal(0.5, 0.2), 0, 1))
    top = int((edge - h) * np.clip(rng.normal(0.55, 0.2), 0, 1))
    canvas = Image.new("RGBA", (edge, edge), (0, 0, 0, 0))
    canvas.paste(image, (left, top))
    return canvas, (left, top, left + w, top + h)


def _shadow(
    rng: np.random.Generator, mask: Image.Image, box: tuple[int, int, int, int]
) -> np.ndarray:
    """How much light the object takes from the ground: (S, S) uint8, 255 all of it."""
    edge = mask.width
    if rng.random() < 0.2:
        return np.zeros((edge, edge), np.uint8)
    left, top, right, bottom = box
    flat, lean = rng.uniform(0.15, 0.8), rng.normal(0, 0.9)
    foot = bottom - rng.uniform(0, 0.12) * (bottom - top)
    # A shadow's pixel (x, y) shows the object's pixel (x + lean * up, foot - up), up = rise / flat.
    matrix = (1.0, lean / flat, -lean / flat * foot, 0.0, 1 / flat, foot - foot / flat)
    cast = mask.transform(mask.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    cast = cast.filter(ImageFilter.GaussianBlur(edge * rng.uniform(0.003, 0.04)))
    stain = Image.new("L", mask.size, 0)
    high = (right - left) * rng.uniform(0.03, 0.15)
    out = (right - left) * rng.uniform(-0.15, 0.15)
    ImageDraw.Draw(stain).ellipse(
        (min(left - out, right - 1), foot - high, max(right + out, left + 1), foot + high), fill=255
    )
    stain = stain.filter(ImageFilter.GaussianBlur(edge * rng.uniform(0.01, 0.05)))
    dark = rng.uniform(0, 0.55) * np.asarray(cast, np.float32)
    dark += rng.uniform(0, 0.55) * np.asarray(stain, np.float32)
    return np.minimum(dark, 204).astype(np.uint8)


def _recoloured(rng: np.random.Generator, picture: Tensor, chance: float) -> Tensor:
    """Turn hues about the grey axis, change saturation, brightness and contrast of some."""
    matrices, offsets, powers = [], [], []
    for _ in range(len(picture)):
        if rng.random() >= chance:
            matrices.append(np.eye(3))
            offsets.append(0.0)
            powers.append(1.0)
            continue
        a = rng.normal(0, 1.2)
        c, s = np.cos(a), np.sin(a) / np.sqrt(3)
        turn = np.full((3, 3), (1 - c) / 3) + c * np.eye(3)
        turn += s * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
        saturation, gain = rng.uniform(0.0, 1.4), rng.uniform(0.5, 1.4)
        grey = np.full((3, 3), 1 / 3)
        matrices.append((grey + (turn - grey) * saturation) * gain)
        offsets.append(rng.normal(0, 0.06) + 0.5 * max(0.0, 1 - gain) * rng.random())
        powers.append(rng.uniform(0.6, 1.6))
    b, c, h, w = picture.shape
    matrix = torch.from_numpy(np.stack(matrices)).float()
    mixed = torch.bmm(matrix, picture.flatten(2)).view(b, c, h, w)
    mixed += torch.tensor(offsets).float().view(b, 1, 1, 1)
    mixed.clamp_(0, 1)
    for index in np.flatnonzero(np.array(powers) != 1.0):
        mixed[index] **= powers[index]
    return mixed


def _photographed(rng: np.random.Generator, picture: Tensor) -> Tensor:
    """Exposure, tint and vignette: (B, 3, S, S) in 0..1 -> the same, not clipped."""
    count, edge = picture.shape[0], picture.shape[-1]
    for index in np.flatnonzero(rng.random(count) < 0.7):
        picture[index] **= rng.uniform(0.75, 1.35)
    gains = rng.uniform(0.75, 1.2, (count, 1)) * rng.normal(1, 0.05, (count, 3))
    picture *= torch.from_numpy(gains).float()[..., None, None]
    x = torch.linspace(-1, 1, edge)
    away = x[:, None] ** 2 + x**2
    for index in np.flatnonzero(rng.random(count) < 0.3):
        picture[index] *= 1 - rng.uniform(0, 0.4) * away
    return picture


def _spoiled(rng: np.random.Generator, picture: Tensor) -> Tensor:
    """Blur, noise and JPEG, each now and then: (3, S, S) uint8 -> the same."""
    image = Image.fromarray(picture.permute(1, 2, 0).contiguous().numpy())
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.3) * image.width / 256))
    if rng.random() < 0.4:
        grain = rng.standard_normal((*image.size, 3), np.float32) * rng.uniform(0.5, 9)
        image = Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
    if rng.random() < 0.4:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(rng.integers(35, 96)))
        image = Image.open(file).convert("RGB")
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)
