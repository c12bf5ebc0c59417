"""Backgrounds drawn from random numbers, on which the cut-out network is trained.

Every family is a function of a generator and an edge in pixels and returns (S, S, 3) float32 sRGB
in 0..1. :data:`HELD_OUT` are families that no training picture shows; they are for measuring.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Painter = Callable[[np.random.Generator, int], np.ndarray]


def colour(rng: np.random.Generator) -> np.ndarray:
    """A random colour, half of the time a quiet one: (3,) float32 sRGB."""
    if rng.random() < 0.5:
        grey = rng.uniform(0.05, 1.0)
        return np.clip(grey + rng.normal(0, 0.06, 3), 0, 1).astype(np.float32)
    return rng.uniform(0.02, 0.98, 3).astype(np.float32)


def noise(rng: np.random.Generator, edge: int, coarsest: int, octaves: int) -> np.ndarray:
    """Sum of smooth random fields, each twice as fine and weaker: (S, S) float32 in 0..1."""
    total = np.zeros((edge, edge), np.float32)
    gain = rng.uniform(0.4, 0.75)
    for octave in range(octaves):
        cells = min(edge, coarsest * 2**octave)
        field = rng.random((cells, cells), np.float32)
        smooth = Image.fromarray(field).resize((edge, edge), Image.Resampling.BICUBIC)
        total += gain**octave * np.asarray(smooth)
    low, high = total.min(), total.max()
    return (total - low) / max(high - low, 1e-6)


def _mix(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    return (a + (b - a) * t[..., None]).astype(np.float32)


def _grid(edge: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0 : 1 : edge * 1j, 0 : 1 : edge * 1j].astype(np.float32)
    return x, y


def gradient(rng: np.random.Generator, edge: int) -> np.ndarray:
    """A studio's backdrop: straight or round from one colour to another."""
    x, y = _grid(edge)
    if rng.random() < 0.5:
        a = rng.uniform(0, 2 * np.pi)
        t = (x - 0.5) * np.cos(a) + (y - 0.5) * np.sin(a) + 0.5
    else:
        cx, cy = rng.uniform(0.2, 0.8, 2)
        t = np.hypot(x - cx, y - cy) / rng.uniform(0.5, 1.0)
    return _mix(colour(rng), colour(rng), np.clip(t, 0, 1) ** rng.uniform(0.5, 2))


def clouds(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Noise between two or three colours, smooth or fine."""
    t = noise(rng, edge, int(rng.integers(2, 12)), int(rng.integers(1, 7)))
    picture = _mix(colour(rng), colour(rng), t)
    if rng.random() < 0.5:
        u = noise(rng, edge, int(rng.integers(2, 20)), 3)
        picture = _mix(picture, colour(rng), np.clip((u - 0.5) * 4, 0, 1))
    return picture


def surface(rng: np.random.Generator, edge: int) -> np.ndarray:
    """A flat material: paint, stripes, checks, bricks, planks, spots or cloth."""
    x, y = _grid(edge)
    base, other = colour(rng), colour(rng)
    if rng.random() < 0.5:  # most real patterns are tone in tone
        other = np.clip(base + rng.normal(0, 0.12), 0, 1).astype(np.float32)
    n = rng.uniform(3, 28)
    kind = int(rng.integers(0, 7))
    if kind == 0:
        t = np.full_like(x, 0.0)
    elif kind == 1:
        a = rng.uniform(0, np.pi)
        t = (np.sin((x * np.cos(a) + y * np.sin(a)) * n * 2 * np.pi) > rng.uniform(-0.8, 0.8)) * 1.0
    elif kind == 2:
        t = ((np.floor(x * n) + np.floor(y * n)) % 2) * 1.0
    elif kind == 3:
        t = _joints(x, y, n, rng.uniform(0.3, 0.6), 0.5)
    elif kind == 4:
        shift = np.sin(np.floor(x * n) * 12.9898) * 43758.5453 % 1
        t = 0.6 * shift + _joints(y + shift, x, n, 0.15, 0.0) * 0.4
    elif kind == 5:
        t = (np.hypot(x * n % 1 - 0.5, y * n % 1 - 0.5) < rng.uniform(0.15, 0.45)) * 1.0
    else:
        m = n * 4
        t = 0.5 + 0.25 * np.sin(x * m * 2 * np.pi) + 0.25 * np.sin(y * m * 2 * np.pi)
    picture = _mix(base, other, t.astype(np.float32))
    grain = noise(rng, edge, int(rng.integers(3, 40)), 4) - 0.5
    if kind == 4:  # wood
        grain = grain + noise(rng, edge, 4, 2)[:, rng.integers(0, edge, edge)] * 0.2
    return np.clip(picture + grain[..., None] * rng.uniform(0, 0.35), 0, 1).astype(np.float32)


def _joints(x: np.ndarray, y: np.ndarray, n: float, aspect: float, shift: float) -> np.ndarray:
    """Lines between bricks laid in rows."""
    row = np.floor(y * n)
    along = (x * n * aspect + row % 2 * shift) % 1
    return ((along < 0.06 * aspect) | (y * n % 1 < 0.06)).astype(np.float32)


def in_perspective(picture: np.ndarray, corners: np.ndarray, edge: int) -> tuple:
    """Paste a square onto four corners (4, 2) px: (picture (S, S, 3), mask (S, S))."""
    side = picture.shape[0]
    source = np.array([[0, 0], [side, 0], [side, side], [0, side]], float)
    rows, right = [], []
    for (u, v), (s, t) in zip(corners, source, strict=True):
        rows += [[u, v, 1, 0, 0, 0, -u * s, -v * s], [0, 0, 0, u, v, 1, -u * t, -v * t]]
        right += [s, t]
    try:
        a = np.linalg.solve(np.array(rows), np.array(right))
    except np.linalg.LinAlgError:
        return np.zeros((edge, edge, 3), np.float32), np.zeros((edge, edge), np.float32)
    image = Image.fromarray((picture * 255).astype(np.uint8))
    way = (Image.Transform.PERSPECTIVE, tuple(a), Image.Resampling.BILINEAR)
    warped = np.asarray(image.transform((edge, edge), *way), np.float32) / 255
    mask = Image.new("L", (edge, edge), 0)
    ImageDraw.Draw(mask).polygon([(float(u), float(v)) for u, v in corners], fill=255)
    return warped, np.asarray(mask, np.float32) / 255


def wall_and_floor(rng: np.random.Generator, edge: int) -> np.ndarray:
    """A wall, a floor running away from the camera, a skirting, sometimes things on the wall."""
    horizon = rng.uniform(0.35, 0.85) * edge
    picture = shade(rng, _quiet_surface(rng, edge))
    for _ in range(int(rng.integers(0, 4))):
        _frame_on_wall(rng, picture, horizon)
    tilt = rng.normal(0, 0.02) * edge
    wide = rng.uniform(0.2, 3.0) * edge
    corners = np.array(
        [[0, horizon], [edge, horizon + tilt], [edge + wide, edge * 1.02], [-wide, edge * 1.02]]
    )
    floor, mask = in_perspective(shade(rng, surface(rng, edge)), corners, edge)
    picture = _over(picture, floor, mask)
    if rng.random() < 0.5:
        thick = max(1, int(rng.uniform(0.01, 0.04) * edge))
        line = Image.new("L", (edge, edge), 0)
        ImageDraw.Draw(line).line([(0, horizon), (edge, horizon + tilt)], 255, thick)
        picture = _over(picture, np.broadcast_to(colour(rng), picture.shape), _unit(line))
    return picture


def room(rng: np.random.Generator, edge: int) -> np.ndarray:
    """A corner of a room: two walls and a floor, with windows, pictures, doors and a rug."""
    corner = np.array([rng.uniform(0.1, 0.9), rng.uniform(0.3, 0.75)]) * edge
    left, right = rng.uniform(0.02, 0.35, 2) * edge + corner[1]
    base = _quiet_surface(rng, edge)
    picture = np.clip(base * rng.uniform(0.75, 1.0), 0, 1).astype(np.float32)
    for _ in range(int(rng.integers(0, 4))):
        _frame_on_wall(rng, picture, corner[1])
    dimmed = np.ones((edge, edge), np.float32)
    dimmed[:, int(corner[0]) :] = rng.uniform(0.7, 1.15)
    picture = np.clip(picture * dimmed[..., None], 0, 1)
    flat = in_perspective(
        shade(rng, surface(rng, edge)),
        np.array([corner, [edge * 1.6, right * 1.1], [edge / 2, edge * 2.4], [-edge * 0.6, left]]),
        edge,
    )
    floor = Image.new("L", (edge, edge), 0)
    ImageDraw.Draw(floor).polygon(
        [(0, left), (float(corner[0]), float(corner[1])), (edge, right), (edge, edge), (0, edge)],
        fill=255,
    )
    mask = _unit(floor)
    picture = _over(picture, np.broadcast_to(colour(rng), picture.shape), mask)
    picture = _over(picture, flat[0], mask * flat[1])
    if rng.random() < 0.4:
        middle = np.array([rng.uniform(0.2, 0.8), rng.uniform(0.75, 1.0)]) * edge
        reach = np.array([rng.uniform(0.2, 0.5), rng.uniform(0.05, 0.2)]) * edge
        rug = middle + reach * np.array([[-0.8, -1], [0.8, -1], [1, 1], [-1, 1]])
        woven, where = in_perspective(surface(rng, edge), rug, edge)
        picture = _over(picture, woven, where)
    return shade(rng, picture)


def shapes(rng: np.random.Generator, edge: int) -> np.ndarray:
    """A clutter of boxes, discs and polygons, mostly out of focus."""
    image = Image.fromarray((clouds(rng, edge) * 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(4, 40))):
        x, y = rng.uniform(-0.1, 1.1, 2) * edge
        w, h = rng.uniform(0.02, 0.35, 2) * edge
        fill = tuple(int(c * 255) for c in colour(rng))
        kind = rng.random()
        if kind < 0.5:
            draw.rectangle((x - w, y - h, x + w, y + h), fill)
        elif kind < 0.75:
            draw.ellipse((x - w, y - h, x + w, y + h), fill)
        else:
            points = [(x + rng.normal() * w, y + rng.normal() * h) for _ in range(4)]
            draw.polygon(points, fill)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.0, 0.05) * edge))
    return np.asarray(image, np.float32) / 255


def outdoors(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Sky, far hills or foliage, and ground."""
    _, y = _grid(edge)
    horizon = rng.uniform(0.2, 0.7)
    sky = _mix(colour(rng), np.array([0.85, 0.9, 0.95], np.float32), np.clip(y / horizon, 0, 1))
    hills = horizon - noise(rng, edge, int(rng.integers(3, 9)), 5)[0] * rng.uniform(0.02, 0.3)
    leaves = _mix(colour(rng) * 0.6, colour(rng), noise(rng, edge, int(rng.integers(8, 60)), 4))
    ground = _mix(colour(rng) * 0.8, colour(rng), noise(rng, edge, int(rng.integers(10, 90)), 3))
    picture = np.where((y > hills[None])[..., None], leaves, sky)
    return np.where((y > horizon)[..., None], ground, picture).astype(np.float32)


def cells(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Voronoi cells: crazy paving, pebbles, stained glass."""
    from scipy.spatial import cKDTree

    seeds = rng.random((int(rng.integers(20, 300)), 2))
    x, y = _grid(edge)
    at = np.stack([x, y], axis=-1).reshape(-1, 2)
    distance, index = cKDTree(seeds).query(at, k=2)
    base = colour(rng)
    tones = np.clip(base + rng.normal(0, rng.uniform(0.03, 0.25), (len(seeds), 3)), 0, 1)
    picture = tones[index[:, 0]].reshape(edge, edge, 3).astype(np.float32)
    joint = (distance[:, 1] - distance[:, 0]).reshape(edge, edge) < rng.uniform(0.002, 0.012)
    return np.where(joint[..., None], colour(rng), picture).astype(np.float32)


def marble(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Veins through stone: noise folded by a sine of itself."""
    x, y = _grid(edge)
    warp = noise(rng, edge, 4, 6)
    t = np.sin(x * rng.uniform(-9, 9) + y * rng.uniform(-9, 9) + warp * rng.uniform(4, 14))
    return _mix(colour(rng), colour(rng), np.abs(t).astype(np.float32) ** rng.uniform(0.3, 1.5))


def shelves(rng: np.random.Generator, edge: int) -> np.ndarray:
    """A wall of upright spines in rows, as of books, with a floor before it."""
    image = Image.new("RGB", (edge, edge), tuple(int(c * 255) for c in colour(rng)))
    draw = ImageDraw.Draw(image)
    high = rng.uniform(0.1, 0.25) * edge
    top = -rng.uniform(0, 1) * high
    while top < edge:
        left = 0.0
        while left < edge:
            wide = rng.uniform(0.008, 0.05) * edge
            tall = high * rng.uniform(0.5, 0.88)
            fill = tuple(int(c * 255) for c in colour(rng))
            draw.rectangle((left, top + high * 0.92 - tall, left + wide, top + high * 0.92), fill)
            left += wide + 1
        top += high
    ground = rng.uniform(0.65, 0.95) * edge
    draw.rectangle((0, ground, edge, edge), tuple(int(c * 255) for c in colour(rng)))
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.001, 0.012) * edge))
    return np.asarray(image, np.float32) / 255


TRAINED: tuple[Painter, ...] = (gradient, clouds, surface, wall_and_floor, room, shapes, outdoors)
#: Shares of the families in training; walls with floors and rooms are what people photograph.
SHARES = (0.14, 0.1, 0.12, 0.26, 0.22, 0.1, 0.06)
HELD_OUT: tuple[Painter, ...] = (cells, marble, shelves)


def draw_background(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Draw a background of the trained families: (S, S, 3) float32 sRGB in 0..1."""
    return TRAINED[int(rng.choice(len(TRAINED), p=SHARES))](rng, edge)


def _unit(mask: Image.Image) -> np.ndarray:
    return np.asarray(mask, np.float32) / 255


def _over(under: np.ndarray, above: np.ndarray, mask: np.ndarray) -> np.ndarray:
    return (under + (above - under) * mask[..., None]).astype(np.float32)


def _quiet_surface(rng: np.random.Generator, edge: int) -> np.ndarray:
    """What walls are made of: mostly paint."""
    if rng.random() < 0.35:
        return surface(rng, edge)
    grain = noise(rng, edge, int(rng.integers(2, 30)), 4)[..., None] - 0.5
    return np.clip(colour(rng) + grain * rng.uniform(0, 0.15), 0, 1).astype(np.float32)


def shade(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Uneven light, sometimes with a window's hard patch."""
    edge = picture.shape[0]
    x, y = _grid(edge)
    a = rng.uniform(0, 2 * np.pi)
    light = 1 + rng.uniform(0, 0.6) * ((x - 0.5) * np.cos(a) + (y - 0.5) * np.sin(a))
    light = light * (1 + rng.uniform(0, 0.3) * (noise(rng, edge, 3, 2) - 0.5))
    if rng.random() < 0.15:
        patch = Image.new("L", (edge, edge), 0)
        at = rng.uniform(0, edge, 2)
        reach = rng.uniform(0.1, 0.4, 2) * edge
        slant = rng.normal(0, 0.3) * edge
        low, high = at - reach, at + reach
        points = [(low[0], low[1]), (high[0], low[1]), (high[0] + slant, high[1])]
        points.append((low[0] + slant, high[1]))
        ImageDraw.Draw(patch).polygon([(float(u), float(v)) for u, v in points], fill=255)
        soft = patch.filter(ImageFilter.GaussianBlur(rng.uniform(0, 4)))
        light = light * (1 + _unit(soft) * rng.uniform(-0.3, 0.6))
    return np.clip(picture * light[..., None], 0, 1).astype(np.float32)


def _frame_on_wall(rng: np.random.Generator, picture: np.ndarray, horizon: float) -> None:
    """Paint a framed picture, a window or a door onto the wall, in place."""
    edge = picture.shape[0]
    w, h = (rng.uniform(0.05, 0.3, 2) * edge).astype(int) + 4
    x, y = int(rng.uniform(-0.1, 0.95) * edge), int(rng.uniform(-0.1, 0.6) * horizon)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, edge), min(y + h, edge)
    if x1 <= x0 or y1 <= y0:
        return
    picture[y0:y1, x0:x1] = colour(rng)
    rim = int(rng.uniform(1, 0.15 * min(w, h) + 1.5))
    x0, y0, x1, y1 = x0 + rim, y0 + rim, x1 - rim, y1 - rim
    if x1 > x0 and y1 > y0:
        painter = gradient if rng.random() < 0.5 else clouds
        inner = painter(rng, max(x1 - x0, y1 - y0, 8))
        picture[y0:y1, x0:x1] = inner[: y1 - y0, : x1 - x0]
