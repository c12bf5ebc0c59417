"""Light from all around, as pictures of the whole sphere that we draw ourselves.

A map is (H, 2H, 3) float32, linear RGB radiance; a radiance of 1 from everywhere lights white to
full white. Rows run from straight up to straight down; the azimuth of ``core.cameras`` falls
from the left to the right with the front, azimuth 0, at three quarters of the width. This is
how Blender reads a picture of the world around.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .cameras import orbit_direction

HEIGHT = 128

#: Rec. 709, the primaries of linear sRGB.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def map_directions(height: int) -> np.ndarray:
    """Return the unit vectors, (height, 2 height, 3), of the middles of a map's pixels."""
    elevation = np.radians(90.0 - 180.0 * (np.arange(height) + 0.5) / height)[:, None]
    share = (np.arange(2 * height) + 0.5) / (2 * height)
    azimuth = np.radians(360.0 * (0.75 - share))[None, :]
    return np.stack(
        [
            np.sin(azimuth) * np.cos(elevation),
            -np.cos(azimuth) * np.cos(elevation),
            np.sin(elevation) * np.ones_like(azimuth),
        ],
        axis=-1,
    )


def pixel_angles(height: int) -> np.ndarray:
    """Return the solid angle, (height, 1) in steradian, of a pixel of each row of a map."""
    edges = np.sin(np.radians(90.0 - 180.0 * np.arange(height + 1) / height))
    return ((edges[:-1] - edges[1:]) * np.pi / height)[:, None]


def draw_sky(rng: np.random.Generator, height: int = HEIGHT) -> np.ndarray:
    """Draw an open sky: a gradient, a veiled sun, a few clouds, bright ground.

    The sun is soft and the ground reflects, so that no side of an object goes black.
    """
    directions = map_directions(height)
    up = directions[..., 2]
    hue = rng.random()
    zenith = (1 - hue) * np.array([0.45, 0.62, 0.95]) + hue * np.array([0.7, 0.72, 0.78])
    horizon = np.array([0.95, 0.97, 1.0]) - hue * np.array([0.0, 0.06, 0.16])
    ground = np.array([0.42, 0.40, 0.37]) * rng.uniform(0.8, 1.3)
    mix = np.clip(up, 0.0, 1.0)[..., None] ** 0.6
    sky = (1 - mix) * horizon + mix * zenith
    sky *= 1.0 + 0.5 * _clouds(directions, rng)[..., None]
    earth = np.clip(up / 0.06 + 0.5, 0.0, 1.0)[..., None]
    picture = (1 - earth) * ground + earth * sky
    elevation = float(rng.uniform(25.0, 65.0))
    sun = orbit_direction(float(rng.uniform(0.0, 360.0)), elevation)
    warm = np.array([1.0, 0.93, 0.82]) if elevation < 45.0 else np.array([1.0, 0.98, 0.94])
    picture += _glow(directions, sun, 9.0)[..., None] * warm * rng.uniform(6.0, 14.0)
    return picture.astype(np.float32)


def draw_studio(rng: np.random.Generator, height: int = HEIGHT) -> np.ndarray:
    """Draw a bright room with a lamp above and three or four large soft boxes around.

    The walls are bright enough that white furniture keeps its shape on the side of a soft box
    while the other side is not in the dark.
    """
    directions = map_directions(height)
    up = directions[..., 2]
    picture = np.repeat((0.8 + 0.15 * up)[..., None], 3, axis=-1)
    picture += _glow(directions, np.array([0.0, 0.0, 1.0]), 30.0)[..., None] * 0.6
    count = int(rng.integers(3, 5))
    first = float(rng.uniform(0.0, 360.0))
    for number in range(count):
        azimuth = first + 360.0 * number / count + float(rng.uniform(-20.0, 20.0))
        box = _box(directions, azimuth, float(rng.uniform(10.0, 35.0)))
        tint = 1.0 + float(rng.uniform(-0.06, 0.06)) * np.array([1.0, 0.0, -1.0])
        picture += box[..., None] * tint * rng.uniform(0.8, 2.2)
    return picture.astype(np.float32)


MAPS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "sky": draw_sky,
    "studio": draw_studio,
}


def turned_map(picture: np.ndarray, azimuth_deg: float) -> np.ndarray:
    """Return a map whose content stands further round, to the nearest pixel of the width."""
    width = picture.shape[1]
    return np.roll(picture, -round(azimuth_deg / 360.0 * width), axis=1)


def small_map(picture: np.ndarray, height: int = HEIGHT) -> np.ndarray:
    """Return the mean over blocks of a large map, for measuring it; its sides stay whole.

    Args:
        picture: (H, W, 3 or more), any size.
    """
    rows = np.linspace(0, picture.shape[0], min(height, picture.shape[0]) + 1).astype(int)
    columns = np.linspace(0, picture.shape[1], min(2 * height, picture.shape[1]) + 1).astype(int)
    sums = np.add.reduceat(picture[..., :3].astype(np.float64), rows[:-1], axis=0)
    sums = np.add.reduceat(sums, columns[:-1], axis=1)
    area = np.diff(rows)[:, None, None] * np.diff(columns)[None, :, None]
    return sums / area


def _glow(directions: np.ndarray, towards: np.ndarray, radius_deg: float) -> np.ndarray:
    """A soft-edged disc on the sphere, 1 in its middle."""
    angle = np.degrees(np.arccos(np.clip(directions @ towards, -1.0, 1.0)))
    return 1.0 / (1.0 + np.exp((angle - radius_deg) / (0.15 * radius_deg)))


def _box(directions: np.ndarray, azimuth_deg: float, elevation_deg: float) -> np.ndarray:
    """A soft-edged upright rectangle, 44 by 60 degrees."""
    towards = orbit_direction(azimuth_deg, elevation_deg)
    right = orbit_direction(azimuth_deg + 90.0, 0.0)
    above = np.cross(towards, right) * (1 if np.cross(towards, right)[2] > 0 else -1)
    front = directions @ towards
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(front > 0, np.abs(directions @ right) / front, np.inf)
        y = np.where(front > 0, np.abs(directions @ above) / front, np.inf)
    edges = [
        np.clip((half - value) / 0.08 + 0.5, 0.0, 1.0) for half, value in ((0.4, x), (0.58, y))
    ]
    return edges[0] * edges[1]


def _clouds(directions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise over the sphere, roughly -1 to 1, as a sum of plane waves."""
    total = np.zeros(directions.shape[:2])
    for _ in range(12):
        wave = rng.normal(size=3) * rng.uniform(2.0, 7.0)
        total += np.sin(directions @ wave + rng.uniform(0.0, 2.0 * np.pi))
    return np.clip(total / 5.0, -1.0, 1.0)
