"""The numbers of a camera rig as properties, and back into a rig."""

# Blender reads the annotations of a PropertyGroup as values, so they must not be strings:
# no "from __future__ import annotations" here.

import math
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
from ..core.rigs import CameraRig, ListedView, Placement
from .spread_settings import (
    MAQUETTE_PG_angles,
    MAQUETTE_PG_spread,
    degrees,
    edited,
    loading,
    rounded,
)


def _angle(name: str, description: str) -> Any:
    return FloatProperty(name=name, description=description, subtype="ANGLE", update=edited)


class MAQUETTE_PG_view(bpy.types.PropertyGroup):
    """One view of a rig that lists its views."""

    azimuth: _angle("Azimuth", "Direction round the object; 0 is its front")
    elevation: _angle("Elevation", "Height above the horizon")
    roll: _angle("Roll", "Turn around the viewing direction")
    own_fov: BoolProperty()
    fov: _angle("Field of View", "Vertical angle of view")
    own_fill: BoolProperty()
    fill: FloatProperty(name="Fill", description="Share of the frame", update=edited)
    own_offset: BoolProperty()
    offset: FloatVectorProperty(update=edited)

    def read(self) -> ListedView:
        """The view."""
        x, y, z = (rounded(value) for value in self.offset)
        return ListedView(
            degrees(self.azimuth),
            degrees(self.elevation),
            degrees(self.roll),
            degrees(self.fov) if self.own_fov else None,
            rounded(self.fill) if self.own_fill else None,
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
        update=edited,
    )
    projection: EnumProperty(
        name="Projection",
        description="Whether distant parts look smaller",
        items=[(value, value.title(), "") for value in PROJECTIONS],
        update=edited,
    )
    views: IntProperty(
        name="Views",
        description="How many pictures the rig takes",
        default=1,
        min=1,
        soft_max=200,
        max=10000,
        update=edited,
    )
    azimuth: PointerProperty(type=MAQUETTE_PG_angles)
    elevation: PointerProperty(type=MAQUETTE_PG_angles)
    fov: PointerProperty(type=MAQUETTE_PG_angles)
    fill: PointerProperty(type=MAQUETTE_PG_spread)
    offset: PointerProperty(type=MAQUETTE_PG_spread)
    ring_count: IntProperty(
        name="Rings", description="How many rings", min=0, max=_MAX_RINGS, update=edited
    )
    rings: FloatVectorProperty(
        name="Elevations",
        description="Elevation of each ring",
        size=_MAX_RINGS,
        subtype="EULER",
        update=edited,
    )
    listed: CollectionProperty(type=MAQUETTE_PG_view)
    shared_distance: BoolProperty(
        name="Same Distance",
        description="All cameras keep the distance of the one that needs most room",
        update=edited,
    )
    front_first: BoolProperty(
        name="Front First", description="The first camera stands in front", update=edited
    )
    turned: BoolProperty(
        name="Turn for Each Asset",
        description="Every asset sees the cameras turned by another angle",
        update=edited,
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
            rings_deg=tuple(degrees(e) for e in self.rings[: self.ring_count]) if rings else (),
            listed=tuple(v.read() for v in self.listed) if placement is Placement.LISTED else (),
            projection=self.projection,
            shared_distance=self.shared_distance,
            front_first=self.front_first,
            turned=self.turned,
        )

    def write(self, rig: CameraRig) -> None:
        """Take over a rig; nothing counts as edited."""
        with loading(rig.title):
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


CLASSES = (MAQUETTE_PG_view, MAQUETTE_PG_camera_rig)
