"""From the tables of a preset file to the rig that it describes."""

from __future__ import annotations

from .calibration import Card
from .camera_rigs import CameraRig, ListedView, why_not_shared
from .cameras import PROJECTIONS
from .environments import MAPS
from .light_rigs import FRAMES, EnvironmentSpec, LightRig, LightSpec
from .placements import Placement
from .preset_tables import Table
from .rigs import Quality

_ELEVATIONS = (-90.0, 90.0)
_FIELDS_OF_VIEW = (0.1, 175.0)
_FILLS = (0.01, 1.0)
_FARTHEST = 1e6


def camera_rig(name: str, data: Table) -> CameraRig:
    """Read a camera rig.

    Raises:
        MaquetteError: ``preset-invalid``; all these functions raise it.
    """
    placement = Placement(data.choice("spacing", tuple(Placement)))
    listed = placement is Placement.LISTED
    rings = placement is Placement.RINGS
    rig = CameraRig(
        name=name,
        title=data.text("title"),
        azimuth_deg=data.spread("azimuth_deg", 0.0 if listed else None),
        elevation_deg=data.spread(
            "elevation_deg", 0.0 if listed or rings else None, within=_ELEVATIONS
        ),
        fov_deg=data.spread(
            "fov_deg",
            40.0 if data.choice("projection", PROJECTIONS) != PROJECTIONS[0] else None,
            within=_FIELDS_OF_VIEW,
        ),
        fill=data.spread("fill", within=_FILLS),
        offset=data.spread("offset", 0.0),
        views=data.whole("views"),
        placement=placement,
        rings_deg=data.numbers("rings_deg") if rings else (),
        listed=tuple(_listed(entry) for entry in data.tables("listed")) if listed else (),
        projection=data.choice("projection", PROJECTIONS),
        shared_distance=data.choice("distance", ("each", "shared")) == "shared",
        front_first=data.choice("first", ("any", "front")) == "front",
        turned=data.flag("turned"),
    )
    data.done()
    if listed and not rig.listed:
        raise data.invalid("it lists no views, which are written as [[listed]]")
    if any(abs(elevation) > _ELEVATIONS[1] for elevation in rig.rings_deg):
        raise data.invalid("“rings_deg” must lie between -90 and 90")
    if rig.shared_distance and (reason := why_not_shared(rig)):
        raise data.invalid(f"its views cannot share a distance, because {reason} varies")
    return rig


def _listed(data: Table) -> ListedView:
    view = ListedView(
        azimuth_deg=data.number("azimuth_deg"),
        elevation_deg=data.spread("elevation_deg", within=_ELEVATIONS).low,
        roll_deg=data.number("roll_deg", 0.0),
        fov_deg=data.spread("fov_deg", within=_FIELDS_OF_VIEW).low if data.has("fov_deg") else None,
        # A camera that a person has moved may well see a part of the object only.
        fill=data.spread("fill", within=(1e-6, _FARTHEST)).low if data.has("fill") else None,
        offset=_three(data.numbers("offset", 3)) if data.has("offset") else None,
    )
    data.done()
    return view


def _three(numbers: tuple[float, ...]) -> tuple[float, float, float]:
    x, y, z = numbers
    return (x, y, z)


def light_rig(name: str, data: Table) -> LightRig:
    """Read a light rig."""
    rig = LightRig(
        name=name,
        title=data.text("title"),
        world=data.spread("world", within=(0.0, _FARTHEST)),
        lights=tuple(_light(entry) for entry in data.tables("lights")),
        exposure=data.spread("exposure", within=(0.0, _FARTHEST)) if data.has("exposure") else None,
        card=Card(data.choice("card", tuple(Card))),
        environment=_environment(data.table("environment")),
        per_asset=data.choice("draw", ("view", "asset")) == "asset",
    )
    data.done()
    if rig.card is not Card.NONE and rig.exposure is not None:
        raise data.invalid("“card” and “exposure” exclude each other")
    return rig


def _light(data: Table) -> LightSpec:
    light = LightSpec(
        name=data.text("name"),
        frame=data.choice("frame", FRAMES),
        azimuth_deg=data.spread("azimuth_deg"),
        elevation_deg=data.spread("elevation_deg"),
        strength=data.spread("strength", within=(0.0, _FARTHEST)),
        softness_deg=data.spread("softness_deg", within=(0.0, 180.0)),
        warmth=data.spread("warmth", 0.0, within=(-1.0, 1.0)),
        probability=data.spread("probability", 1.0, within=(0.0, 1.0)).low,
    )
    data.done()
    return light


def _environment(data: Table | None) -> EnvironmentSpec | None:
    if data is None:
        return None
    spec = EnvironmentSpec(
        map=data.choice("map", (*MAPS, "file")),
        rotation_deg=data.spread("rotation_deg", 0.0),
        strength=data.spread("strength", 1.0, within=(0.0, _FARTHEST)),
        path=data.text("path", ""),
    )
    data.done()
    if spec.map == "file" and not spec.path:
        raise data.invalid("“path” must name the picture of the surroundings")
    return spec


def quality(name: str, data: Table) -> Quality:
    """Read a quality."""
    found = Quality(name, data.text("title"), data.whole("samples"), data.whole("bounces"))
    data.done()
    return found
