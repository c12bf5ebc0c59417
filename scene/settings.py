"""What a person chooses for the next reconstruction; stored in the scene."""

# Blender reads the annotations of a PropertyGroup as values, so they must not be strings:
# no "from __future__ import annotations" here.

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..core.protocol import (
    CATEGORIES,
    DEFAULT_ENGINE,
    FEWEST_FACES,
    MOST_FACES,
    SIDES,
    TEXTURE_SIZES,
    Background,
    Detail,
    JobSettings,
)
from . import cutout_settings, training_settings, upscale_settings

_DETAILS = (
    (Detail.DRAFT.value, "Draft", "A coarse mesh in a moment"),
    (Detail.NORMAL.value, "Normal", "The mesh for most uses"),
    (Detail.FINE.value, "Fine", "The finest mesh; takes longer and more memory"),
)
_BACKGROUNDS = (
    (Background.AUTO.value, "Automatic", "Use transparency if there is any, else cut out"),
    (Background.KEEP.value, "Keep", "Use the picture as it is"),
    (Background.REMOVE.value, "Remove", "Ignore transparency and cut the object out"),
)
_KINDS = (
    ("auto", "Automatic", "Let the engine tell what the picture shows"),
    *((kind, kind.title(), f"The picture shows a {kind}") for kind in CATEGORIES),
)
_TEXTURES = (
    ("0", "Vertex Colours", "Colours at the vertices, no texture"),
    *(
        (
            str(size),
            f"{size} px",
            "An unwrapped texture, with the picture itself on the side that it shows",
        )
        for size in TEXTURE_SIZES[1:]
    ),
)


class MAQUETTE_PG_settings(bpy.types.PropertyGroup):
    """Settings of the panel Reconstruct; those of the other panels are within."""

    image: PointerProperty(
        name="Picture", description="The picture to reconstruct", type=bpy.types.Image
    )
    pictures_from: EnumProperty(
        name="Pictures",
        description="What an engine for several pictures is given",
        items=(
            ("sides", "Named Sides", "Pictures of the object's sides, one for each"),
            (
                "cameras",
                "Scene Cameras",
                "The selected cameras, or all. A camera with a background picture gives that "
                "picture, any other what it sees; the mesh is put where they see the object",
            ),
        ),
    )
    image_right: PointerProperty(
        name="Right", description="The object from its right, from +X", type=bpy.types.Image
    )
    image_back: PointerProperty(
        name="Back", description="The object from behind, from +Y", type=bpy.types.Image
    )
    image_left: PointerProperty(
        name="Left", description="The object from its left, from -X", type=bpy.types.Image
    )
    engine: StringProperty(name="Engine", description="What makes the mesh", default=DEFAULT_ENGINE)
    detail: EnumProperty(
        name="Detail", description="How fine the mesh is", items=_DETAILS, default="normal"
    )
    background: EnumProperty(
        name="Background", description="How the object is separated", items=_BACKGROUNDS
    )
    category: EnumProperty(name="Kind", description="What the picture shows", items=_KINDS)
    use_height: BoolProperty(
        name="Set Height", description="Give the object a height; otherwise its kind decides"
    )
    height: FloatProperty(
        name="Height",
        description="Height of the object",
        default=1.0,
        min=0.01,
        soft_max=3.0,
        max=100.0,
        unit="LENGTH",
    )
    use_faces: BoolProperty(
        name="Limit Triangles", description="Simplify the mesh to at most so many triangles"
    )
    faces: IntProperty(
        name="Triangles",
        description="Most triangles of the mesh",
        default=10_000,
        min=FEWEST_FACES,
        soft_max=200_000,
        max=MOST_FACES,
    )
    texture: EnumProperty(
        name="Texture",
        description="What carries the colours",
        items=_TEXTURES,
        default="0",
    )
    training: PointerProperty(type=training_settings.MAQUETTE_PG_training)
    upscale: PointerProperty(type=upscale_settings.MAQUETTE_PG_upscale)
    cutout: PointerProperty(type=cutout_settings.MAQUETTE_PG_cutout)

    def sides(self) -> dict[str, bpy.types.Image]:
        """The pictures by the side that they show, without empty slots."""
        slots = {"front": self.image, **{s: getattr(self, f"image_{s}") for s in SIDES[1:]}}
        return {side: image for side, image in slots.items() if image is not None}

    def job_settings(self) -> JobSettings:
        """The settings in the form that the service reads."""
        return JobSettings(
            engine=self.engine or DEFAULT_ENGINE,
            detail=Detail(self.detail),
            background=Background(self.background),
            category=self.category,
            height_m=float(self.height) if self.use_height else 0.0,
            cutout=self.cutout.model,
            soft_edges=self.cutout.soft_edges,
            faces=self.faces if self.use_faces else 0,
            texture=int(self.texture),
        )


CLASSES = (
    *training_settings.CLASSES,
    *upscale_settings.CLASSES,
    *cutout_settings.CLASSES,
    MAQUETTE_PG_settings,
)


def register_properties() -> None:
    """Attach the settings to scenes."""
    bpy.types.Scene.maquette = PointerProperty(type=MAQUETTE_PG_settings)


def unregister_properties() -> None:
    """Detach the settings from scenes."""
    del bpy.types.Scene.maquette
