"""Lay an object over a background so that the result could pass for a photograph.

This is what measures; :mod:`.cutout_batches` makes the pictures that are trained on. What is drawn
here stays as it is, or old measurements could not be compared with new ones.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


@dataclass(frozen=True)
class Composite:
    """A made photograph with its truth.

    Attributes:
        rgb: (S, S, 3) uint8 sRGB.
        alpha: (S, S) uint8, 255 on the object.
    """

    rgb: np.ndarray
    alpha: np.ndarray


def compose(rng: np.random.Generator, rgba: np.ndarray, ground: np.ndarray) -> Composite:
    """Place an object on a ground with shadows, then treat all of it as a camera would.

    Args:
        rgba: (h, w, 4) uint8 straight alpha, cropped to the object.
        ground: (S, S, 3) float32 sRGB in 0..1; S is the result's edge.
    """
    edge = ground.shape[0]
    placed, box = _placed(rng, rgba, edge)
    alpha = placed[..., 3]
    if rng.random() < 0.8:
        ground = ground * (1 - _shadow(rng, alpha, box))[..., None]
    picture = ground + (placed[..., :3] - ground) * alpha[..., None]
    return Composite(_photographed(rng, picture), np.round(alpha * 255).astype(np.uint8))


def _placed(
    rng: np.random.Generator, rgba: np.ndarray, edge: int
) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """The object on an empty (S, S, 4) float32 canvas, and its box left, top, right, bottom."""
    image = Image.fromarray(rgba)
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.3:
        image = image.rotate(rng.normal(0, 6), Image.Resampling.BICUBIC, expand=True)
    reach = edge * rng.uniform(0.35, 0.97)
    if rng.random() < 0.06:
        reach = edge * rng.uniform(0.97, 1.3)
    scale = reach / max(image.size)
    w, h = (max(3, round(s * scale * rng.uniform(0.93, 1.07))) for s in image.size)
    way = Image.Resampling.BOX if scale < 0.7 else Image.Resampling.BICUBIC
    image = image.resize((w, h), way)
    left = int((edge - w) * np.clip(rng.normal(0.5, 0.2), 0, 1))
    top = int((edge - h) * np.clip(rng.normal(0.55, 0.2), 0, 1))
    canvas = Image.new("RGBA", (edge, edge), (0, 0, 0, 0))
    canvas.paste(image, (left, top))
    return np.asarray(canvas, np.float32) / 255, (left, top, left + w, top + h)


def _shadow(
    rng: np.random.Generator, alpha: np.ndarray, box: tuple[int, int, int, int]
) -> np.ndarray:
    """Shade on the ground: the object's own shape laid down, and a soft stain below it."""
    edge = alpha.shape[0]
    left, _, right, bottom = box
    mask = Image.fromarray((alpha * 255).astype(np.uint8))
    flat, lean = rng.uniform(0.15, 0.8), rng.normal(0, 0.9)
    foot = bottom - rng.uniform(0, 0.12) * (bottom - box[1])
    # A shadow's pixel (x, y) shows the object's pixel (x + lean * up, foot - up), up = rise / flat.
    matrix = (1.0, lean / flat, -lean / flat * foot, 0.0, 1 / flat, foot - foot / flat)
    cast = mask.transform((edge, edge), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
    cast = cast.filter(ImageFilter.GaussianBlur(edge * rng.uniform(0.003, 0.04)))
    stain = Image.new("L", (edge, edge), 0)
    high = (right - left) * rng.uniform(0.03, 0.15)
    out = (right - left) * rng.uniform(-0.15, 0.15)
    ImageDraw.Draw(stain).ellipse(
        (min(left - out, right - 1), foot - high, max(right + out, left + 1), foot + high), fill=255
    )
    stain = stain.filter(ImageFilter.GaussianBlur(edge * rng.uniform(0.01, 0.05)))
    dark = rng.uniform(0, 0.55) * np.asarray(cast, np.float32) / 255
    dark += rng.uniform(0, 0.55) * np.asarray(stain, np.float32) / 255
    return np.clip(dark, 0, 0.8)


def _photographed(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Exposure, tint, vignette, blur, noise and JPEG: (S, S, 3) float -> uint8."""
    edge = picture.shape[0]
    picture = np.clip(picture, 0, 1) ** rng.uniform(0.75, 1.35)
    picture = picture * rng.uniform(0.75, 1.2) * rng.normal(1, 0.05, 3)
    if rng.random() < 0.3:
        y, x = np.mgrid[-1 : 1 : edge * 1j, -1 : 1 : edge * 1j]
        picture = picture * (1 - rng.uniform(0, 0.4) * (x**2 + y**2))[..., None] ** 1.0
    image = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8))
    if rng.random() < 0.4:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.2) * edge / 256))
    if rng.random() < 0.4:
        grain = rng.normal(0, rng.uniform(0.5, 9), (edge, edge, 3))
        image = Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
    if rng.random() < 0.5:
        file = io.BytesIO()
        image.save(file, "JPEG", quality=int(rng.integers(35, 96)))
        image = Image.open(file)
    return np.array(image.convert("RGB"))
