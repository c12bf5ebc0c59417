"""What decides how the pictures of a dataset look, apart from the assets themselves."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import MaquetteError
from .canonical import canonical_json
from .passes import PASSES

ENGINES = ("cycles", "eevee")


@dataclass(frozen=True)
class Recipe:
    """One way to make pictures; equal recipes give equal pictures of an asset.

    Attributes:
        cameras, lights, quality: names of presets.
        width, height: of the pictures, pixels.
        views: pictures per asset; None takes the camera rig's number.
        passes: what is stored of each picture, names of ``passes.PASSES``.
        engine: ``"cycles"`` or ``"eevee"``.
        samples: per pixel; None takes the quality preset's.
        denoise: with OpenImageDenoise.
        adaptive_threshold: noise level at which Cycles stops; 0 samples all pixels alike.
        exposure_gain: automatic scale of the lights when a picture is too dark or clipped.
        seed: of the dataset, see ``seeds``.
        presets_sha256: of the contents of the presets named above, so that an edited preset is
            another recipe; empty when they were not looked at.
        enlarged: how often a network enlarged the pictures after they were rendered at
            ``width / enlarged``; ``enlarged_by`` names it with the SHA-256 of its weights.
        maquette, blender: versions; Blender's as ``4.2.23``. Pictures differ between versions.
    """

    cameras: str
    lights: str
    quality: str
    width: int = 512
    height: int = 512
    views: int | None = None
    passes: tuple[str, ...] = ("rgba",)
    engine: str = "cycles"
    samples: int | None = None
    denoise: bool = False
    adaptive_threshold: float = 0.0
    exposure_gain: bool = False
    seed: int = 0
    presets_sha256: str = ""
    maquette: str = ""
    blender: str = ""
    enlarged: int = 1
    enlarged_by: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be rendered.

        Raises:
            MaquetteError: ``recipe-invalid``.
        """
        unknown = [name for name in self.passes if name not in PASSES]
        if unknown:
            raise _invalid(f"the pass “{unknown[0]}” is unknown; there are {', '.join(PASSES)}")
        if not self.passes or len(set(self.passes)) != len(self.passes):
            raise _invalid("passes must be named, each once")
        if self.engine not in ENGINES:
            raise _invalid(f"the engine must be one of {', '.join(ENGINES)}")
        if min(self.width, self.height) < 1 or max(self.width, self.height) > 65536:
            raise _invalid("width and height must be 1 to 65536 pixels")
        if (self.views is not None and self.views < 1) or (
            self.samples is not None and self.samples < 1
        ):
            raise _invalid("views and samples must be at least 1")

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict; what was not enlarged says nothing of that."""
        data = {**asdict(self), "passes": list(self.passes)}
        if self.enlarged == 1:
            del data["enlarged"], data["enlarged_by"]
        return data

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Recipe:
        """Read what :meth:`to_json` wrote.

        Raises:
            MaquetteError: ``recipe-invalid``.
        """
        known = {field.name for field in fields(cls)}
        if not {"cameras", "lights", "quality"} <= data.keys() <= known:
            raise _invalid(f"its entries must be among {', '.join(sorted(known))}")
        return cls(**{**data, "passes": tuple(data.get("passes", ("rgba",)))})

    def digest(self) -> str:
        """Return the SHA-256 of the recipe, hexadecimal; equal recipes have equal ones."""
        return hashlib.sha256(canonical_json(self.to_json())).hexdigest()


def _invalid(why: str) -> MaquetteError:
    return MaquetteError("recipe-invalid", f"These render settings cannot be used: {why}.")
