"""Camera, light and quality presets: what they hold, and how they are drawn from.

A preset describes a family of pictures; drawing from it with a seeded generator gives one
camera or one lighting. Lights are infinitely far away discs, so that a rig fits objects of
every size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .cameras import Camera, intrinsics_from_fov, look_at, orbit_direction, solve_distance


@dataclass(frozen=True)
class Spread:
    """A number to draw: fixed, even between two ends, or most often around a peak."""

    low: float
    high: float
    peak: float | None = None

    def draw(self, rng: np.random.Generator) -> float:
        """Draw one number; a fixed one takes a draw as well, so that the others stay put."""
        share = float(rng.random())
        if self.peak is None or self.low == self.high:
            return self.low + (self.high - self.low) * share
        left = (self.peak - self.low) / (self.high - self.low)
        if share < left:
            return self.low + math.sqrt(share * (self.high - self.low) * (self.peak - self.low))
        return self.high - math.sqrt((1 - share) * (self.high - self.low) * (self.high - self.peak))


@dataclass(frozen=True)
class CameraRig:
    """Where cameras stand around an object.

    Attributes:
        name, title: file stem, and name for a person.
        azimuth_deg, elevation_deg: as in ``core.cameras.orbit_direction``.
        fov_deg: vertical.
        fill: see ``core.cameras.solve_distance``.
        offset: of the point looked at from the middle of the object's bounding box, per axis,
            in longest edges of that box.
        views: how many pictures the rig takes unless asked otherwise.
        even: views divide the azimuth range evenly instead of drawing from it.
    """

    name: str
    title: str
    azimuth_deg: Spread
    elevation_deg: Spread
    fov_deg: Spread
    fill: Spread
    offset: Spread
    views: int = 1
    even: bool = False


@dataclass(frozen=True)
class LightSpec:
    """One light of a rig, before drawing.

    Attributes:
        frame: ``"object"`` or ``"camera"``; where azimuth 0 is.
        probability: of being there at all.
        azimuth_deg, elevation_deg: direction from the object to the light.
        strength: 1 lights a white surface facing it to full white.
        softness_deg: angle under which the light appears.
        warmth: added to red and taken from blue.
    """

    name: str
    frame: str
    azimuth_deg: Spread
    elevation_deg: Spread
    strength: Spread
    softness_deg: Spread
    warmth: Spread
    probability: float = 1.0


@dataclass(frozen=True)
class LightRig:
    """Lights around an object.

    Attributes:
        world: grey level that the surroundings radiate; 1 lights white to full white.
        exposure: when given, everything is scaled so that world + half the strengths is this.
    """

    name: str
    title: str
    world: Spread
    lights: tuple[LightSpec, ...]
    exposure: Spread | None = None


@dataclass(frozen=True)
class Light:
    """One light as drawn; ``direction`` is the unit vector from the object to it, world axes."""

    name: str
    direction: tuple[float, float, float]
    strength: float
    softness_deg: float
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Lighting:
    """All the light of one picture; units as in :class:`LightSpec` and :class:`LightRig`."""

    world: float
    lights: tuple[Light, ...]


@dataclass(frozen=True)
class Quality:
    """How much work a picture is worth: Cycles samples per pixel and light bounces."""

    name: str
    title: str
    samples: int
    bounces: int


@dataclass(frozen=True, eq=False)
class Shot:
    """A drawn camera with the numbers it was made from.

    Attributes:
        azimuth_deg, elevation_deg, distance: of the camera around ``target`` (world units).
        fov_deg: vertical.
        fill: share of the frame that the object reaches.
    """

    camera: Camera
    azimuth_deg: float
    elevation_deg: float
    distance: float
    target: tuple[float, float, float]
    fov_deg: float
    fill: float

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict, the camera flattened into it."""
        return {
            **self.camera.to_json(),
            "azimuth_deg": self.azimuth_deg,
            "elevation_deg": self.elevation_deg,
            "distance": self.distance,
            "target": list(self.target),
            "fov_deg": self.fov_deg,
            "fill": self.fill,
        }


def draw_shot(
    rig: CameraRig,
    points: np.ndarray,
    size: tuple[int, int],
    rng: np.random.Generator,
    *,
    view: int = 0,
    views: int = 1,
) -> Shot:
    """Draw one camera that sees all points.

    Args:
        points: (N, 3), world; vertices of the object, or corners around it.
        size: (width, height) of the picture, pixels.
        view, views: number of this picture and of all pictures; they matter to even rigs.
    """
    azimuth = rig.azimuth_deg.draw(rng)
    if rig.even:
        spread = rig.azimuth_deg
        azimuth = spread.low + (spread.high - spread.low) * view / views
    elevation, fov, fill = (s.draw(rng) for s in (rig.elevation_deg, rig.fov_deg, rig.fill))
    low, high = points.min(axis=0), points.max(axis=0)
    offset = np.array([rig.offset.draw(rng) for _ in range(3)]) * (high - low).max()
    target = (low + high) / 2 + offset
    intrinsics = intrinsics_from_fov(fov, *size)
    direction = orbit_direction(azimuth, elevation)
    distance = solve_distance(
        points, direction, target, intrinsics=intrinsics, size=size, fill=fill
    )
    camera = Camera(look_at(target + distance * direction, target), intrinsics, *size)
    x, y, z = target.tolist()
    return Shot(camera, azimuth, elevation, distance, (x, y, z), fov, fill)


def draw_lighting(rig: LightRig, camera_azimuth_deg: float, rng: np.random.Generator) -> Lighting:
    """Draw the light of one picture taken from ``camera_azimuth_deg``."""
    world = rig.world.draw(rng)
    lights = []
    for spec in rig.lights:
        there = rng.random() < spec.probability
        azimuth, elevation = spec.azimuth_deg.draw(rng), spec.elevation_deg.draw(rng)
        strength, softness = spec.strength.draw(rng), spec.softness_deg.draw(rng)
        warmth = spec.warmth.draw(rng)
        if not there:
            continue
        turn = camera_azimuth_deg if spec.frame == "camera" else 0.0
        x, y, z = orbit_direction(azimuth + turn, elevation).tolist()
        colour = (1.0 + warmth, 1.0, 1.0 - warmth)
        lights.append(Light(spec.name, (x, y, z), strength, softness, colour))
    if rig.exposure is not None:
        scale = rig.exposure.draw(rng) / (world + sum(light.strength for light in lights) / 2)
        world *= scale
        lights = [
            Light(i.name, i.direction, i.strength * scale, i.softness_deg, i.colour) for i in lights
        ]
    return Lighting(world, tuple(lights))
