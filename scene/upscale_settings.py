"""What a person chooses for enlarging a picture; stored in the scene."""

# Blender reads the annotations of a PropertyGroup as values, so they must not be strings:
# no "from __future__ import annotations" here.

import bpy
from bpy.props import EnumProperty, FloatProperty, PointerProperty

from ..core.protocol import JobSettings
from ..core.upscalers import DEFAULT_UPSCALER, EMBEDDED, SCALES, UPSCALERS, UpscaleSettings

#: A .blend file keeps a network's number, so new ones are numbered after those that were there.
_NUMBERED = (*(name for name in UPSCALERS if name != EMBEDDED), EMBEDDED)
_MODELS = tuple(
    (info.name, info.title, info.description, "NONE", _NUMBERED.index(info.name))
    for info in UPSCALERS.values()
)
_SCALES = tuple((str(s), f"{s}x", f"{s} times as wide and as high") for s in SCALES)


class MAQUETTE_PG_upscale(bpy.types.PropertyGroup):
    """Settings of the panel Upscale."""

    image: PointerProperty(
        name="Picture", description="The picture to enlarge", type=bpy.types.Image
    )
    model: EnumProperty(
        name="Network", description="What enlarges", items=_MODELS, default=DEFAULT_UPSCALER
    )
    scale: EnumProperty(
        name="Factor", description="How much larger", items=_SCALES, default=str(SCALES[-1])
    )
    denoise: FloatProperty(
        name="Denoise",
        description="How much noise is removed; 0 keeps it",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )

    @property
    def takes_denoise(self) -> bool:
        """Whether the network has a denoise strength."""
        return UPSCALERS[self.model].weak is not None

    def job_settings(self, may_fetch: bool, image: bpy.types.Image | None = None) -> JobSettings:
        """The settings in the form that the service reads.

        Args:
            may_fetch: whether the network may be fetched when it is not on this machine.
            image: what is to be enlarged; says whether its alpha hides anything.
        """
        packed = image is not None and image.alpha_mode in ("CHANNEL_PACKED", "NONE")
        denoise = round(float(self.denoise), 3) if self.takes_denoise else 1.0
        return JobSettings(
            upscale=UpscaleSettings(self.model, int(self.scale), denoise, may_fetch, packed)
        )


CLASSES = (MAQUETTE_PG_upscale,)
