"""Patterns drawn from random numbers: grounds so busy that an object must be told from them.

Every painter is a function of a generator and an edge in pixels and returns (S, S, 3) float32 sRGB
in 0..1, as in :mod:`.cutout_backgrounds`.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from .cutout_backgrounds import colour, noise


def leaves(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Things of all sizes that hide one another, the dead leaves model (Matheron 1968)."""
    image = Image.new("RGB", (edge, edge), _pixel(colour(rng)))
    draw = ImageDraw.Draw(image)
    tones = _palette(rng, int(rng.integers(3, 30)), rng.uniform(0.03, 0.35))
    least, most = rng.uniform(0.006, 0.03) * edge, rng.uniform(0.04, 0.3) * edge
    round_ones, count = rng.random(), int(rng.integers(150, 900))
    sizes = least / np.maximum(rng.random(count), least / most)  # as many of each size's area
    for size in sizes:
        x, y = rng.uniform(-0.05, 1.05, 2) * edge
        fill = _pixel(tones[int(rng.integers(len(tones)))] * rng.uniform(0.8, 1.2))
        w, h = size * rng.uniform(0.5, 1.5, 2)
        if rng.random() < round_ones:
            draw.ellipse((x - w, y - h, x + w, y + h), fill)
        else:
            a = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
            draw.polygon([(x + w * np.cos(t), y + h * np.sin(t)) for t in a], fill)
    return _softened(rng, image)


def spectrum(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Noise with the power spectrum of nature, its channels more or less alike."""
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(edge) * rng.uniform(0.5, 2), np.fft.rfftfreq(edge)))
    f = f.T if f.shape[0] != edge else f
    gain = 1 / np.maximum(f, 1.5 / edge) ** rng.uniform(0.5, 1.8)
    fields = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(3, edge, edge))) * gain, (edge, edge))
    fields /= fields.std(axis=(1, 2), keepdims=True)
    mix = np.eye(3) * rng.uniform(0, 0.6) + rng.uniform(0.3, 1.0, (3, 1)) * [[1, 0, 0]]
    picture = np.tensordot(fields, mix, (0, 1)) * rng.uniform(0.04, 0.22) + colour(rng)
    return np.clip(picture, 0, 1).astype(np.float32)


def patchwork(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Rectangles cut into rectangles, each of its own tone."""
    image = Image.new("RGB", (edge, edge))
    draw = ImageDraw.Draw(image)
    tones = _palette(rng, int(rng.integers(2, 16)), rng.uniform(0.05, 0.4))
    parts, least = [(0.0, 0.0, float(edge), float(edge))], rng.uniform(0.03, 0.15) * edge
    while parts:
        x, y, w, h = parts.pop()
        if max(w, h) > least and (max(w, h) > 6 * least or rng.random() < 0.8):
            t = rng.uniform(0.25, 0.75)
            if w > h:
                parts += [(x, y, w * t, h), (x + w * t, y, w * (1 - t), h)]
            else:
                parts += [(x, y, w, h * t), (x, y + h * t, w, h * (1 - t))]
        else:
            draw.rectangle((x, y, x + w, y + h), _pixel(tones[int(rng.integers(len(tones)))]))
    if rng.random() < 0.5:
        image = _turned(rng, image)
    return _softened(rng, image)


def camouflage(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Smooth noise in a few even tones."""
    tones = _palette(rng, int(rng.integers(2, 7)), rng.uniform(0.05, 0.4))
    t = noise(rng, edge, int(rng.integers(2, 14)), int(rng.integers(1, 5)))
    order = np.argsort(np.argsort(t.ravel())).reshape(t.shape) / t.size
    return tones[(order * len(tones)).astype(int)].astype(np.float32)


def tiles(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Bricks, tiles or parquet, every piece of its own tone, with joints between them."""
    high = rng.uniform(0.025, 0.2) * edge
    wide = high * rng.uniform(0.8, 4)
    joint, bond = rng.uniform(0, 0.12) * high, rng.choice([0, 0.33, 0.5, 0.7])
    image = Image.new("RGB", (edge, edge), _pixel(colour(rng)))
    draw = ImageDraw.Draw(image)
    tones = _palette(rng, int(rng.integers(2, 24)), rng.uniform(0.02, 0.22))
    for row in range(int(edge / high) + 2):
        x = -wide * ((row * bond) % 1 + 0.3)
        while x < edge:
            tone = _pixel(tones[int(rng.integers(len(tones)))])
            draw.rectangle(
                (x, row * high - high / 2, x + wide - joint, row * high + high / 2), tone
            )
            if joint >= 1:
                draw.line((x, row * high + high / 2, x + wide, row * high + high / 2), 0, 1)
            x += wide
    if rng.random() < 0.5:
        image = _turned(rng, image)
    picture = _softened(rng, image)
    grain = noise(rng, edge, int(rng.integers(8, 60)), 4)[..., None] - 0.5
    return np.clip(picture + grain * rng.uniform(0, 0.3), 0, 1).astype(np.float32)


def strokes(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Many thin strokes, upright, one way or tangled: reeds, straw, wire, scribbles."""
    image = Image.new("RGB", (edge, edge), _pixel(colour(rng)))
    draw = ImageDraw.Draw(image)
    tones = _palette(rng, int(rng.integers(2, 12)), rng.uniform(0.05, 0.35))
    main, spread = rng.uniform(0, np.pi), rng.choice([0.05, 0.3, 3.0])
    long, thick = rng.uniform(0.05, 0.5) * edge, rng.uniform(1, 0.02 * edge + 1)
    for _ in range(int(rng.integers(100, 900))):
        x, y = rng.uniform(-0.1, 1.1, 2) * edge
        a, bend = main + rng.normal(0, spread), rng.normal(0, 0.5)
        points = [(x, y)]
        for _ in range(3):
            x, y = x + long / 3 * np.cos(a), y + long / 3 * np.sin(a)
            a += bend
            points.append((x, y))
        tone = _pixel(tones[int(rng.integers(len(tones)))] * rng.uniform(0.7, 1.2))
        draw.line(points, tone, max(1, round(thick * rng.uniform(0.5, 1.2))))
    return _softened(rng, image)


def facade(rng: np.random.Generator, edge: int) -> np.ndarray:
    """A regular grid of windows, panels or boxes, each with something in it."""
    image = Image.new("RGB", (edge, edge), _pixel(colour(rng)))
    draw = ImageDraw.Draw(image)
    wide, high = rng.uniform(0.06, 0.35, 2) * edge
    inner = rng.uniform(0.4, 0.95, 2)
    tones = _palette(rng, int(rng.integers(1, 6)), rng.uniform(0, 0.3))
    rim = colour(rng)
    for x in np.arange(-rng.random() * wide, edge, wide):
        for y in np.arange(-rng.random() * high, edge, high):
            w, h = wide * inner[0], high * inner[1]
            tone = _pixel(tones[int(rng.integers(len(tones)))])
            draw.rectangle((x, y, x + w, y + h), tone, _pixel(rim))
            if rng.random() < 0.4:
                draw.line((x + w / 2, y, x + w / 2, y + h), _pixel(rim), 1 + edge // 128)
    return _softened(rng, image)


def lights(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Round lights out of focus before something dark or bright."""
    under = colour(rng) * rng.uniform(0.1, 1)
    picture = np.full((edge, edge, 3), under, np.float32)
    picture *= 0.6 + 0.8 * noise(rng, edge, 3, 3)[..., None]
    y, x = np.mgrid[0:edge, 0:edge].astype(np.float32)
    tones, soft = _palette(rng, 6, 0.3), rng.uniform(0.3, 6)
    size = rng.uniform(0.005, 0.05) * edge
    for _ in range(int(rng.integers(10, 90))):
        u, v = rng.uniform(0, edge, 2)
        r = size * rng.uniform(0.4, 1.6)
        x0, x1 = int(max(0, u - r - 9)), int(u + r + 10)
        y0, y1 = int(max(0, v - r - 9)), int(v + r + 10)
        away = np.hypot(x[y0:y1, x0:x1] - u, y[y0:y1, x0:x1] - v) - r
        disc = np.clip(0.5 - away / soft, 0, 1)[..., None] * rng.uniform(0.1, 1)
        picture[y0:y1, x0:x1] += disc * tones[int(rng.integers(len(tones)))]
    return np.clip(picture, 0, 1).astype(np.float32)


def crumpled(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Hills and folds of one material, lit from the side: plaster, rock, sand, cloth."""
    height = noise(rng, edge, int(rng.integers(3, 40)), int(rng.integers(2, 6)))
    if rng.random() < 0.5:
        height = np.abs(height - 0.5) ** rng.uniform(0.5, 1.5)
    dy, dx = np.gradient(height)
    steep = rng.uniform(0.1, 1.2) / max(float(np.hypot(dx, dy).std()), 1e-6)
    dy, dx = dy * steep, dx * steep
    a = rng.uniform(0, 2 * np.pi)
    light = (1 + dx * np.cos(a) + dy * np.sin(a)) / np.sqrt(1 + dx**2 + dy**2)
    stain = noise(rng, edge, int(rng.integers(2, 9)), 4)[..., None] - 0.5
    tone = colour(rng) + stain * rng.uniform(0, 0.5) * rng.uniform(0.5, 1, 3)
    return np.clip(tone * np.clip(light, 0, 2)[..., None], 0, 1).astype(np.float32)


def _palette(rng: np.random.Generator, count: int, spread: float) -> np.ndarray:
    """Colours around one, or all different: (count, 3) in 0..1."""
    if rng.random() < 0.25:
        return np.stack([colour(rng) for _ in range(count)])
    tint = rng.normal(0, spread, (count, 1)) + rng.normal(0, spread * 0.5, (count, 3))
    return np.clip(colour(rng) + tint, 0, 1)


def _pixel(tone: np.ndarray) -> tuple[int, int, int]:
    r, g, b = (int(255 * min(max(float(c), 0), 1)) for c in tone)
    return r, g, b


def _turned(rng: np.random.Generator, image: Image.Image) -> Image.Image:
    """The middle of the picture after turning it by any angle, enlarged to its size."""
    edge = image.width
    half = edge / 2 / np.sqrt(2)
    turned = image.rotate(rng.uniform(0, 360), Image.Resampling.BILINEAR)
    box = (edge / 2 - half, edge / 2 - half, edge / 2 + half, edge / 2 + half)
    return turned.resize((edge, edge), Image.Resampling.BILINEAR, box)


def _softened(rng: np.random.Generator, image: Image.Image) -> np.ndarray:
    if rng.random() < 0.6:
        blur = rng.uniform(0.2, 1.2) if rng.random() < 0.7 else rng.uniform(1, 6)
        image = image.filter(ImageFilter.GaussianBlur(blur * image.width / 256))
    return np.asarray(image, np.float32) / 255


#: Families that are trained on, and two that only validation composites show.
TEXTURES = (leaves, spectrum, patchwork, camouflage, tiles, lights, crumpled)
VALIDATION = (strokes, facade)
