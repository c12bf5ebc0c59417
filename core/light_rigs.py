"""Light rigs: what shines on an object, and drawing one lighting.

Lights are infinitely far away discs and maps of the whole surroundings, so that a rig fits
objects of every size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from .calibration import Card, disc_reading, map_reading
from .cameras import orbit_direction
from .environments import LUMINANCE, MAPS, small_map, turned_map
from .errors import MaquetteError
from .spread import Spread

#: Where azimuth 0 of a light is: the object's front; the camera's side at the object's height;
#: or the camera itself, so that elevations count from its axis.
OBJECT, CAMERA, VIEW = "object", "camera", "view"
FRAMES = (OBJECT, CAMERA, VIEW)

_DARKEST = 1e-6

#: Reads the picture file of the surroundings: path to (H, W, 3) linear RGB, first row on top.
MapReader = Callable[[str], np.ndarray]


@dataclass(frozen=True)
class LightSpec:
    """One light of a rig, before drawing.

    Attributes:
        frame: one of :data:`FRAMES`.
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
class EnvironmentSpec:
    """The picture of the surroundings of a rig, before drawing.

    Attributes:
        map: a name in ``core.environments.MAPS``, drawn anew every time; or ``"file"``.
        rotation_deg: by how much it is turned around the vertical; positive as the azimuth.
        strength: factor of its radiance.
        path: of the file; a picture of the whole sphere.
    """

    map: str
    rotation_deg: Spread
    strength: Spread
    path: str = ""


@dataclass(frozen=True)
class LightRig:
    """Lights around an object.

    Attributes:
        world: grey level that the surroundings radiate; 1 lights white to full white.
        exposure: when given, everything is scaled so that world + half the strengths is this.
        card: when not ``NONE``, everything is scaled so that the grey card of
            ``core.calibration`` reads mid-grey.
        environment: in place of an even world, to which it is added.
        per_asset: one lighting serves all views of an asset, so they agree on their shadows: the
            generator given to :func:`draw_lighting` must then be the asset's and not the view's.
    """

    name: str
    title: str
    world: Spread
    lights: tuple[LightSpec, ...]
    exposure: Spread | None = None
    card: Card = Card.NONE
    environment: EnvironmentSpec | None = None
    per_asset: bool = False


@dataclass(frozen=True)
class Light:
    """One light as drawn; ``direction`` is the unit vector from the object to it, world axes."""

    name: str
    direction: tuple[float, float, float]
    strength: float
    softness_deg: float
    colour: tuple[float, float, float]


@dataclass(frozen=True)
class Environment:
    """A picture of the surroundings as drawn; members as in :class:`EnvironmentSpec`.

    Attributes:
        seed: of a map that we draw.
    """

    map: str
    path: str
    seed: int
    rotation_deg: float
    strength: float

    def picture(self) -> np.ndarray:
        """Draw our own map, (H, 2H, 3) float32, neither turned nor scaled; not to be changed."""
        return _drawn_map(self.map, self.seed)


@lru_cache(maxsize=4)
def _drawn_map(name: str, seed: int) -> np.ndarray:
    """All views of an asset share one, and drawing it takes longer than using it."""
    picture = MAPS[name](np.random.default_rng(seed))
    picture.setflags(write=False)
    return picture


@dataclass(frozen=True)
class Lighting:
    """All the light of one picture; units as in :class:`LightSpec` and :class:`LightRig`."""

    world: float
    lights: tuple[Light, ...]
    environment: Environment | None = None


def draw_lighting(
    rig: LightRig,
    camera_azimuth_deg: float,
    rng: np.random.Generator,
    *,
    camera_elevation_deg: float = 0.0,
    read_map: MapReader | None = None,
) -> Lighting:
    """Draw the light of one picture taken from a place on an orbit.

    Args:
        camera_azimuth_deg, camera_elevation_deg: as in ``core.cameras.orbit_direction``.
        rng: the view's generator; of rigs that are ``per_asset`` a fresh generator with the
            asset's seed, the same for all its views.
        read_map: needed by calibrated rigs whose surroundings come from a file.

    Raises:
        MaquetteError: ``light-dark`` when nothing of a calibrated rig falls on the card.
        ValueError: a file of surroundings has to be measured and nothing was given to read it.
    """
    world = rig.world.draw(rng)
    lights: list[Light] = []
    frames: list[str] = []
    # As they stand for a camera in front, so that the exposure is the same for all cameras.
    in_front: list[tuple[float, float, float]] = []
    for spec in rig.lights:
        there = rng.random() < spec.probability
        azimuth, elevation = spec.azimuth_deg.draw(rng), spec.elevation_deg.draw(rng)
        strength, softness = spec.strength.draw(rng), spec.softness_deg.draw(rng)
        warmth = spec.warmth.draw(rng)
        if not there:
            continue
        turn = camera_azimuth_deg if spec.frame == CAMERA else 0.0
        colour = (1.0 + warmth, 1.0, 1.0 - warmth)
        direction = _towards(azimuth + turn, elevation)
        lights.append(Light(spec.name, direction, strength, softness, colour))
        frames.append(spec.frame)
        in_front.append(_towards(azimuth, elevation))
    if rig.exposure is not None:
        scale = rig.exposure.draw(rng) / (world + sum(light.strength for light in lights) / 2)
        world, lights = world * scale, _scaled(lights, scale)
    environment = _draw_environment(rig.environment, rng)
    if rig.card is not Card.NONE:
        fronts = [
            replace(light, direction=direction)
            for light, direction in zip(lights, in_front, strict=True)
        ]
        reading = card_reading(Lighting(world, tuple(fronts), environment), rig.card, read_map)
        if reading < _DARKEST:
            raise MaquetteError(
                "light-dark", f"The light rig “{rig.title}” leaves the grey card in the dark."
            )
        scale = 1.0 / reading
        world, lights = world * scale, _scaled(lights, scale)
        if environment is not None:
            environment = replace(environment, strength=environment.strength * scale)
    placed = tuple(
        _to_view(light, camera_azimuth_deg, camera_elevation_deg) if frame == VIEW else light
        for frame, light in zip(frames, lights, strict=True)
    )
    return Lighting(world, placed, environment)


def card_reading(lighting: Lighting, card: Card, read_map: MapReader | None = None) -> float:
    """Return the mean luminance that white cards show in a lighting; 1 is full white.

    Raises:
        ValueError: the surroundings come from a file and nothing was given to read it.
    """
    readings = []
    around = lighting.environment
    picture = None if around is None else _measured(around, read_map)
    for normal in card.normals():
        reading = lighting.world
        for light in lighting.lights:
            share = disc_reading(normal, np.array(light.direction), light.softness_deg)
            reading += share * light.strength * float(np.dot(light.colour, LUMINANCE))
        if picture is not None:
            reading += map_reading(normal, picture)
        readings.append(reading)
    return sum(readings) / len(readings)


def _measured(environment: Environment, read_map: MapReader | None) -> np.ndarray:
    """The map as it shines, small enough to be measured quickly."""
    if environment.map != "file":
        picture = environment.picture()
    elif read_map is not None:
        picture = read_map(environment.path)
    else:
        raise ValueError("a reader is needed to measure surroundings from a file")
    turned = turned_map(small_map(picture), environment.rotation_deg)
    return turned * environment.strength


def _draw_environment(spec: EnvironmentSpec | None, rng: np.random.Generator) -> Environment | None:
    if spec is None:
        return None
    rotation, strength = spec.rotation_deg.draw(rng), spec.strength.draw(rng)
    seed = int(rng.integers(2**31 - 1))
    return Environment(spec.map, spec.path, seed, rotation, strength)


def _towards(azimuth_deg: float, elevation_deg: float) -> tuple[float, float, float]:
    x, y, z = orbit_direction(azimuth_deg, elevation_deg).tolist()
    return (x, y, z)


def _scaled(lights: list[Light], scale: float) -> list[Light]:
    return [replace(light, strength=light.strength * scale) for light in lights]


def _to_view(light: Light, azimuth_deg: float, elevation_deg: float) -> Light:
    """The light of a camera in front, moved along with the camera."""
    x, y, z = light.direction
    raise_by, turn_by = np.radians(elevation_deg), np.radians(azimuth_deg)
    # Raising the camera turns -Y towards +Z, going round turns -Y towards +X.
    forth = y * np.cos(raise_by) + z * np.sin(raise_by)
    up = z * np.cos(raise_by) - y * np.sin(raise_by)
    across = x * np.cos(turn_by) - forth * np.sin(turn_by)
    along = x * np.sin(turn_by) + forth * np.cos(turn_by)
    return replace(light, direction=(float(across), float(along), float(up)))
