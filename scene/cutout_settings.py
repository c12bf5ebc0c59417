"""How the picture's object is separated from its background; part of the scene's settings."""

# Blender reads the annotations of a PropertyGroup as values, so they must not be strings:
# no "from __future__ import annotations" here.

import bpy
from bpy.props import BoolProperty, EnumProperty, PointerProperty

from ..core.cutouts import AUTO, CUTOUTS


def _described(name: str) -> tuple[str, str, str]:
    info = CUTOUTS[name]
    size = f"; fetched once, {info.size / 1e6:.0f} MB" if info.size else ""
    return name, info.title, f"{info.description}. Licence: {info.licence}{size}"


_MODELS = (
    (AUTO, "Automatic", "The best network that is on this machine; none for plain backgrounds"),
    *(_described(name) for name in CUTOUTS),
)


class MAQUETTE_PG_cutout(bpy.types.PropertyGroup):
    """Network, outline, and the mask that a person has corrected."""

    model: EnumProperty(
        name="Cut-Out",
        description="The network that finds the object in photographs",
        items=_MODELS,
    )
    soft_edges: BoolProperty(
        name="Soft Edges",
        description="Refine the outline where it is hairy or blurred; takes seconds longer",
    )
    mask: PointerProperty(
        name="Mask", description="The picture with its background removed", type=bpy.types.Image
    )
    mask_of: PointerProperty(
        name="Mask Of", description="The picture that the mask belongs to", type=bpy.types.Image
    )

    def mask_for(self, image: bpy.types.Image | None) -> bpy.types.Image | None:
        """The mask of this picture, or None when there is none for it."""
        return self.mask if image is not None and self.mask_of == image else None


CLASSES = (MAQUETTE_PG_cutout,)
