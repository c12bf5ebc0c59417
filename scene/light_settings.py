"""The numbers of a light rig as properties, and back into a rig."""

# Blender reads the annotations of a PropertyGroup as values, so they must not be strings:
# no "from __future__ import annotations" here.

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..core.rigs import Card, EnvironmentSpec, LightRig, LightSpec, Spread
from .spread_settings import MAQUETTE_PG_angles, MAQUETTE_PG_spread, edited, loading, rounded


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
        update=edited,
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
        update=edited,
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
            probability=rounded(self.probability),
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
        update=edited,
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
        update=edited,
    )
    path: StringProperty(
        name="Picture",
        description="A picture of the whole sphere, EXR or HDR",
        subtype="FILE_PATH",
        update=edited,
    )
    rotation: PointerProperty(type=MAQUETTE_PG_angles)
    brightness: PointerProperty(type=MAQUETTE_PG_spread)
    per_asset: BoolProperty(
        name="Same for All Views",
        description="Light is drawn once for each asset and not for each view",
        update=edited,
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
        with loading(rig.title):
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
    with loading(rig.title):
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
    edited(rig, bpy.context)


def remove_light(rig: MAQUETTE_PG_light_rig, index: int) -> None:
    """Remove a light."""
    rig.lights.remove(index)
    rig.active = max(0, min(rig.active, len(rig.lights) - 1))
    edited(rig, bpy.context)


CLASSES = (MAQUETTE_PG_light, MAQUETTE_PG_light_rig)
