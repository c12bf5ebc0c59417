"""A rig's numbers as properties that a person can edit, and back into a rig."""

# Blender reads the annotations of a PropertyGroup as values, so they must not be strings:
# no "from __future__ import annotations" here.

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..core.cameras import PROJECTIONS
from ..core.rigs import (
    CameraRig,
    Card,
    EnvironmentSpec,
    LightRig,
    LightSpec,
    ListedView,
    Placement,
    Spread,
)

#: Called with the scene whose rig was edited; set by whoever shows rigs.
edited_callbacks: list[Callable[[bpy.types.Scene], None]] = []
_loads: list[str] = []  # titles of the presets that are being taken over


@contextmanager
def _loading(title: str) -> Iterator[None]:
    """Numbers change because a preset is taken over, not because a person edits them."""
    _loads.append(title)
    try:
        yield
    finally:
        _loads.pop()


def _edited(group: Any, _context: bpy.types.Context) -> None:
    if _loads:
        return
    scene = group.id_data
    part = group.path_from_id().split(".")[2].split("[")[0]
    getattr(scene.maquette.training, part).edited = True
    for callback in edited_callbacks:
        callback(scene)


def _rounded(value: float) -> float:
    """The number that a person typed: properties hold single precision."""
    return float(f"{value:.6g}")


def _degrees(value: float) -> float:
    return _rounded(math.degrees(value))


class _Ends:
    """Shared by the two kinds of spreads; ``low``, ``high`` and ``peak`` are the properties."""

    low: Any
    high: Any
    peak: Any
    peaked: Any

    def _out(self, value: float) -> float:
        return _rounded(value)

    def _in(self, value: float) -> float:
        return value

    def read(self) -> Spread:
        """The spread."""
        low, high = sorted((self._out(self.low), self._out(self.high)))
        inside = self.peaked and low < high
        peak = min(max(self._out(self.peak), low), high) if inside else None
        return Spread(low, high, peak)

    def write(self, spread: Spread) -> None:
        """Take over a spread."""
        self.low, self.high = self._in(spread.low), self._in(spread.high)
        self.peaked = spread.peak is not None
        self.peak = self._in(spread.low if spread.peak is None else spread.peak)


class MAQUETTE_PG_spread(_Ends, bpy.types.PropertyGroup):
    """A number, or the two ends that it is drawn between."""

    low: FloatProperty(name="From", description="The smallest value", update=_edited)
    high: FloatProperty(name="To", description="The largest value", update=_edited)
    peak: FloatProperty()
    peaked: BoolProperty()


class MAQUETTE_PG_angles(_Ends, bpy.types.PropertyGroup):
    """An angle, or the two ends that it is drawn between; radians, as Blender holds them."""

    low: FloatProperty(
        name="From", description="The smallest angle", subtype="ANGLE", update=_edited
    )
    high: FloatProperty(name="To", description="The largest angle", subtype="ANGLE", update=_edited)
    peak: FloatProperty()
    peaked: BoolProperty()

    def _out(self, value: float) -> float:
        return _degrees(value)

    def _in(self, value: float) -> float:
        return math.radians(value)


def _angle(name: str, description: str) -> Any:
    return FloatProperty(name=name, description=description, subtype="ANGLE", update=_edited)


class MAQUETTE_PG_view(bpy.types.PropertyGroup):
    """One view of a rig that lists its views."""

    azimuth: _angle("Azimuth", "Direction round the object; 0 is its front")
    elevation: _angle("Elevation", "Height above the horizon")
    roll: _angle("Roll", "Turn around the viewing direction")
    own_fov: BoolProperty()
    fov: _angle("Field of View", "Vertical angle of view")
    own_fill: BoolProperty()
    fill: FloatProperty(name="Fill", description="Share of the frame", update=_edited)
    own_offset: BoolProperty()
    offset: FloatVectorProperty(update=_edited)

    def read(self) -> ListedView:
        """The view."""
        x, y, z = (_rounded(value) for value in self.offset)
        return ListedView(
            _degrees(self.azimuth),
            _degrees(self.elevation),
            _degrees(self.roll),
            _degrees(self.fov) if self.own_fov else None,
            _rounded(self.fill) if self.own_fill else None,
            (x, y, z) if self.own_offset else None,
        )

    def write(self, view: ListedView) -> None:
        """Take over a view."""
        self.azimuth, self.elevation = (
            math.radians(view.azimuth_deg),
            math.radians(view.elevation_deg),
        )
        self.roll = math.radians(view.roll_deg)
        self.own_fov, self.own_fill = view.fov_deg is not None, view.fill is not None
        self.own_offset = view.offset is not None
        self.fov = math.radians(view.fov_deg or 0.0)
        self.fill = view.fill or 0.0
        self.offset = view.offset or (0.0, 0.0, 0.0)


_PLACEMENTS = (
    (Placement.RANDOM, "Random", "Azimuth and elevation are drawn from their ranges"),
    (Placement.SHELL, "Random Shell", "Drawn evenly from a part of the sphere"),
    (Placement.EVEN, "Turntable", "Evenly around at one height"),
    (Placement.RINGS, "Rings", "Evenly around at several heights"),
    (Placement.FIBONACCI, "Fibonacci Sphere", "Evenly over a part of the sphere, on a spiral"),
    (Placement.HAMMERSLEY, "Hammersley Sphere", "Evenly over a part of the sphere"),
    (Placement.LISTED, "Listed", "One direction after another from a list"),
)
_MAX_RINGS = 8


class MAQUETTE_PG_camera_rig(bpy.types.PropertyGroup):
    """The numbers of a camera rig."""

    edited: BoolProperty(description="The numbers are no longer the preset's")
    title: StringProperty()
    placement: EnumProperty(
        name="Spacing",
        description="How the cameras are spread",
        items=[(str(value), name, text) for value, name, text in _PLACEMENTS],
        update=_edited,
    )
    projection: EnumProperty(
        name="Projection",
        description="Whether distant parts look smaller",
        items=[(value, value.title(), "") for value in PROJECTIONS],
        update=_edited,
    )
    views: IntProperty(
        name="Views",
        description="How many pictures the rig takes",
        default=1,
        min=1,
        soft_max=200,
        max=10000,
        update=_edited,
    )
    azimuth: PointerProperty(type=MAQUETTE_PG_angles)
    elevation: PointerProperty(type=MAQUETTE_PG_angles)
    fov: PointerProperty(type=MAQUETTE_PG_angles)
    fill: PointerProperty(type=MAQUETTE_PG_spread)
    offset: PointerProperty(type=MAQUETTE_PG_spread)
    ring_count: IntProperty(
        name="Rings", description="How many rings", min=0, max=_MAX_RINGS, update=_edited
    )
    rings: FloatVectorProperty(
        name="Elevations",
        description="Elevation of each ring",
        size=_MAX_RINGS,
        subtype="EULER",
        update=_edited,
    )
    listed: CollectionProperty(type=MAQUETTE_PG_view)
    shared_distance: BoolProperty(
        name="Same Distance",
        description="All cameras keep the distance of the one that needs most room",
        update=_edited,
    )
    front_first: BoolProperty(
        name="Front First", description="The first camera stands in front", update=_edited
    )
    turned: BoolProperty(
        name="Turn for Each Asset",
        description="Every asset sees the cameras turned by another angle",
        update=_edited,
    )

    def read(self, name: str) -> CameraRig:
        """The rig that the numbers describe."""
        placement = Placement(self.placement)
        rings = placement is Placement.RINGS
        return CameraRig(
            name=name,
            title=self.title or name,
            azimuth_deg=self.azimuth.read(),
            elevation_deg=self.elevation.read(),
            fov_deg=self.fov.read(),
            fill=self.fill.read(),
            offset=self.offset.read(),
            views=self.views,
            placement=placement,
            rings_deg=tuple(_degrees(e) for e in self.rings[: self.ring_count]) if rings else (),
            listed=tuple(v.read() for v in self.listed) if placement is Placement.LISTED else (),
            projection=self.projection,
            shared_distance=self.shared_distance,
            front_first=self.front_first,
            turned=self.turned,
        )

    def write(self, rig: CameraRig) -> None:
        """Take over a rig; nothing counts as edited."""
        with _loading(rig.title):
            self.title, self.views = rig.title, rig.views
            self.placement, self.projection = str(rig.placement), rig.projection
            self.azimuth.write(rig.azimuth_deg)
            self.elevation.write(rig.elevation_deg)
            self.fov.write(rig.fov_deg)
            self.fill.write(rig.fill)
            self.offset.write(rig.offset)
            self.ring_count = len(rig.rings_deg)
            for index, elevation in enumerate(rig.rings_deg[:_MAX_RINGS]):
                self.rings[index] = math.radians(elevation)
            self.listed.clear()
            for view in rig.listed:
                self.listed.add().write(view)
            self.shared_distance, self.front_first = rig.shared_distance, rig.front_first
            self.turned = rig.turned
            self.edited = False


class MAQUETTE_PG_light(bpy.types.PropertyGroup):
    """The numbers of one light; ``name`` is Blender's own property."""

    frame: EnumProperty(
        name="Fixed To",
        description="What the direction of the light counts from",
        items=(
            ("object", "Object", "The light stands still around the object"),
            ("camera", "Camera's Side", "The light goes round with the camera"),
            ("view", "Camera", "The light goes wherever the camera goes"),
        ),
        update=_edited,
    )
    azimuth: PointerProperty(type=MAQUETTE_PG_angles)
    elevation: PointerProperty(type=MAQUETTE_PG_angles)
    strength: PointerProperty(type=MAQUETTE_PG_spread)
    softness: PointerProperty(type=MAQUETTE_PG_angles)
    warmth: PointerProperty(type=MAQUETTE_PG_spread)
    probability: FloatProperty(
        name="Probability",
        description="How often the light is there at all",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_edited,
    )

    def read(self) -> LightSpec:
        """The light."""
        return LightSpec(
            name=self.name,
            frame=self.frame,
            azimuth_deg=self.azimuth.read(),
            elevation_deg=self.elevation.read(),
            strength=self.strength.read(),
            softness_deg=self.softness.read(),
            warmth=self.warmth.read(),
            probability=_rounded(self.probability),
        )

    def write(self, light: LightSpec) -> None:
        """Take over a light."""
        self.name, self.frame, self.probability = light.name, light.frame, light.probability
        self.azimuth.write(light.azimuth_deg)
        self.elevation.write(light.elevation_deg)
        self.strength.write(light.strength)
        self.softness.write(light.softness_deg)
        self.warmth.write(light.warmth)


class MAQUETTE_PG_light_rig(bpy.types.PropertyGroup):
    """The numbers of a light rig."""

    edited: BoolProperty(description="The numbers are no longer the preset's")
    title: StringProperty()
    world: PointerProperty(type=MAQUETTE_PG_spread)
    lights: CollectionProperty(type=MAQUETTE_PG_light)
    active: IntProperty(name="Light", description="The light whose numbers are shown")
    card: EnumProperty(
        name="Grey Card",
        description="How the exposure is set",
        items=(
            (Card.NONE.value, "Off", "The strengths are taken as they are"),
            (Card.FRONT.value, "Front", "A grey card that faces the front reads mid-grey"),
            (Card.ROUND.value, "All Round", "A grey card reads mid-grey, the mean of four sides"),
        ),
        update=_edited,
    )
    use_exposure: BoolProperty()
    exposure: PointerProperty(type=MAQUETTE_PG_spread)
    environment: EnumProperty(
        name="Surroundings",
        description="What is seen all around",
        items=(
            ("none", "Even", "The same grey from everywhere"),
            ("sky", "Sky", "An open sky, drawn anew for every asset"),
            ("studio", "Studio Room", "A room with soft boxes, drawn anew for every asset"),
            ("file", "Picture", "A picture of the whole sphere"),
        ),
        update=_edited,
    )
    path: StringProperty(
        name="Picture",
        description="A picture of the whole sphere, EXR or HDR",
        subtype="FILE_PATH",
        update=_edited,
    )
    rotation: PointerProperty(type=MAQUETTE_PG_angles)
    brightness: PointerProperty(type=MAQUETTE_PG_spread)
    per_asset: BoolProperty(
        name="Same for All Views",
        description="Light is drawn once for each asset and not for each view",
        update=_edited,
    )

    def read(self, name: str) -> LightRig:
        """The rig that the numbers describe."""
        around = None
        if self.environment != "none":
            path = bpy.path.abspath(self.path) if self.environment == "file" else ""
            around = EnvironmentSpec(
                self.environment, self.rotation.read(), self.brightness.read(), path
            )
        return LightRig(
            name=name,
            title=self.title or name,
            world=self.world.read(),
            lights=tuple(light.read() for light in self.lights),
            exposure=self.exposure.read() if self.use_exposure and self.card == "none" else None,
            card=Card(self.card),
            environment=around,
            per_asset=self.per_asset,
        )

    def write(self, rig: LightRig) -> None:
        """Take over a rig; nothing counts as edited."""
        with _loading(rig.title):
            self.title, self.card, self.per_asset = rig.title, rig.card.value, rig.per_asset
            self.world.write(rig.world)
            self.use_exposure = rig.exposure is not None
            self.exposure.write(rig.exposure or Spread(1.0, 1.0))
            around = rig.environment
            self.environment = around.map if around is not None else "none"
            self.path = around.path if around is not None else ""
            self.rotation.write(around.rotation_deg if around is not None else Spread(0.0, 0.0))
            self.brightness.write(around.strength if around is not None else Spread(1.0, 1.0))
            self.lights.clear()
            self.active = 0
            for light in rig.lights:
                self.lights.add().write(light)
            self.edited = False


def add_light(rig: MAQUETTE_PG_light_rig) -> None:
    """Add a soft light from the front left above, and show its numbers."""
    with _loading(rig.title):
        light = rig.lights.add()
        light.write(
            LightSpec(
                name=f"light {len(rig.lights)}",
                frame="object",
                azimuth_deg=Spread(-45.0, -45.0),
                elevation_deg=Spread(45.0, 45.0),
                strength=Spread(0.5, 0.5),
                softness_deg=Spread(30.0, 30.0),
                warmth=Spread(0.0, 0.0),
            )
        )
        rig.active = len(rig.lights) - 1
    _edited(rig, bpy.context)


def remove_light(rig: MAQUETTE_PG_light_rig, index: int) -> None:
    """Remove a light."""
    rig.lights.remove(index)
    rig.active = max(0, min(rig.active, len(rig.lights) - 1))
    _edited(rig, bpy.context)


CLASSES = (
    MAQUETTE_PG_spread,
    MAQUETTE_PG_angles,
    MAQUETTE_PG_view,
    MAQUETTE_PG_camera_rig,
    MAQUETTE_PG_light,
    MAQUETTE_PG_light_rig,
)
