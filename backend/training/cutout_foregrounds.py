"""Objects with alpha, to be laid over backgrounds: furniture renders and invented blobs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy import ndimage

from ..imaging.framing import object_box
from .cutout_backgrounds import clouds, surface

#: Objects with fewer opaque pixels than this are left out.
_MIN_PIXELS = 300


def cropped(rgba: np.ndarray) -> np.ndarray:
    """Cut a picture to the box of its object: (H, W, 4) uint8 -> (h, w, 4) uint8."""
    box = object_box(rgba)
    return np.ascontiguousarray(rgba[box.top : box.bottom, box.left : box.right])


def read_renders(folder: Path) -> list[np.ndarray]:
    """Read every picture with alpha below a folder, cropped: (h, w, 4) uint8 each.

    Such as the dataset that ``maquette render`` makes of the furniture source.
    """
    found = []
    for path in sorted(folder.rglob("*.png")):
        with Image.open(path) as image:
            if image.mode != "RGBA":
                continue
            rgba = np.asarray(image)
        if (rgba[..., 3] >= 128).sum() >= _MIN_PIXELS:
            found.append(cropped(rgba))
    return found


def read_shards(folder: Path, most: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Read up to ``most`` ray-cast pictures out of training shards, cropped."""
    columns = [np.load(path, mmap_mode="r") for path in sorted(folder.glob("*/rgba.npy"))]
    if not columns:
        return []
    share = -(-most // len(columns))
    found = []
    for column in columns:
        for index in rng.permutation(len(column))[:share]:
            rgba = np.array(column[index])
            if (rgba[..., 3] >= 128).sum() >= _MIN_PIXELS:
                found.append(cropped(rgba))
    return found[:most]


def blob(rng: np.random.Generator, edge: int = 160) -> np.ndarray:
    """Invent a rounded thing out of ellipses, bars and rings, shaded as if it were solid.

    Furniture is angular; jugs, lamps and fruit are not. Returns (h, w, 4) uint8, cropped.
    """
    image = Image.new("L", (edge, edge), 0)
    draw = ImageDraw.Draw(image)
    middle = edge / 2
    for _ in range(int(rng.integers(1, 6))):
        x, y = middle + rng.normal(0, edge * 0.14, 2)
        w, h = rng.uniform(0.04, 0.3, 2) * edge
        kind = rng.random()
        if kind < 0.55:
            draw.ellipse((x - w, y - h, x + w, y + h), fill=255)
        elif kind < 0.75:
            draw.rounded_rectangle((x - w, y - h, x + w, y + h), min(w, h) * 0.6, fill=255)
        elif kind < 0.9:
            u, v = middle + rng.normal(0, edge * 0.25, 2)
            draw.line((x, y, u, v), fill=255, width=int(rng.uniform(2, edge * 0.08)))
        else:
            thick = int(rng.uniform(2, edge * 0.06))
            draw.ellipse((x - w, y - h, x + w, y + h), outline=255, width=thick)
    turned = image.rotate(rng.uniform(0, 360), Image.Resampling.BILINEAR)
    soft = turned.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 4)))
    labels, count = ndimage.label(np.asarray(soft) >= 128)
    sizes = np.bincount(labels.ravel(), minlength=2)[1:]
    mask = (labels == 1 + sizes.argmax()) & (count > 0)
    if mask.sum() < _MIN_PIXELS:
        return blob(rng, edge)
    height = np.sqrt(np.minimum(ndimage.distance_transform_edt(mask), rng.uniform(4, 40)))
    height = ndimage.gaussian_filter(height, 1.5)
    slope = np.stack(np.gradient(-height), axis=-1) * rng.uniform(1, 5)
    normal = np.concatenate([slope, np.ones((edge, edge, 1))], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.array([rng.uniform(-1, 0.3), rng.uniform(-1, 1), rng.uniform(0.3, 1)])
    light /= np.linalg.norm(light)
    shade = rng.uniform(0.15, 0.5) + rng.uniform(0.4, 0.9) * np.clip(normal @ light, 0, 1)
    painter = surface if rng.random() < 0.5 else clouds
    rgb = painter(rng, edge) * shade[..., None]
    rgb += rng.uniform(0, 0.8) * np.clip(normal @ light, 0, 1)[..., None] ** rng.uniform(8, 60)
    alpha = np.clip((ndimage.gaussian_filter(mask.astype(np.float32), 0.7) - 0.2) / 0.6, 0, 1)
    rgba = np.dstack([np.clip(rgb, 0, 1), alpha])
    return cropped((rgba * 255).astype(np.uint8))
