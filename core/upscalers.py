"""The networks that enlarge pictures: what a person chooses from, and their files.

One comes with Maquette and was trained on its own renders. The others are Real-ESRGAN's (Wang et
al. 2021), free for any use under BSD-3-Clause, and are fetched when they are wanted.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .errors import MaquetteError

#: Of the released networks.
LICENCE = "BSD-3-Clause"
EMBEDDED = "render-x4"
SCALES = (2, 3, 4)
_BASE = "https://github.com/xinntao/Real-ESRGAN/releases/download"


@dataclass(frozen=True)
class UpscalerFile:
    """One file of weights.

    Attributes:
        name: file name, there and on this machine.
        url: where it is published; "" for what comes with Maquette.
        size: bytes.
        sha256: hex digest.
    """

    name: str
    url: str
    size: int
    sha256: str


@dataclass(frozen=True)
class UpscalerInfo:
    """One network.

    Attributes:
        name: on the command line and on the wire.
        title, description: for a person.
        scale: how often the network itself enlarges; other factors are resampled from that.
        weak: file of the same network that removes less noise; blended in by the denoise strength.
        licence: SPDX id of the weights' licence.
    """

    name: str
    title: str
    description: str
    scale: int
    file: UpscalerFile
    weak: UpscalerFile | None = field(default=None)
    licence: str = LICENCE

    @property
    def embedded(self) -> bool:
        """Whether it comes with Maquette and is never fetched."""
        return not self.file.url

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return self.file.size + (self.weak.size if self.weak else 0)


def _file(tag: str, name: str, size: int, sha256: str) -> UpscalerFile:
    return UpscalerFile(name, f"{_BASE}/{tag}/{name}", size, sha256)


_INFOS = (
    UpscalerInfo(
        EMBEDDED,
        "Render x4",
        "Comes with Maquette and needs no download; for clean renders, invents no texture",
        4,
        UpscalerFile(
            "upscaler-v0.safetensors",
            "",
            1_247_360,
            "265b6f61c9b8cc41cda6c15c54db3a073202769ceee3a55e92d8114365ee243f",
        ),
        licence="GPL-3.0-or-later",
    ),
    UpscalerInfo(
        "general-x4v3",
        "General x4 v3",
        "Small and quick, for photographs and renders; how much noise it removes can be set",
        4,
        _file(
            "v0.2.5.0",
            "realesr-general-x4v3.pth",
            4_885_111,
            "8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
        ),
        _file(
            "v0.2.5.0",
            "realesr-general-wdn-x4v3.pth",
            4_885_111,
            "1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca",
        ),
    ),
    UpscalerInfo(
        "x4plus",
        "x4 plus",
        "Large and slow, for photographs; adds the most texture, also where there was none",
        4,
        _file(
            "v0.1.0",
            "RealESRGAN_x4plus.pth",
            67_040_989,
            "4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        ),
    ),
    UpscalerInfo(
        "x2plus",
        "x2 plus",
        "Large and slow, for photographs, at twice the size",
        2,
        _file(
            "v0.2.1",
            "RealESRGAN_x2plus.pth",
            67_061_725,
            "49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
        ),
    ),
    UpscalerInfo(
        "anime_6B",
        "Anime 6B",
        "For drawings; of middle size",
        4,
        _file(
            "v0.2.2.4",
            "RealESRGAN_x4plus_anime_6B.pth",
            17_938_799,
            "f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
        ),
    ),
    UpscalerInfo(
        "animevideov3",
        "Anime Video v3",
        "For drawings; the smallest and quickest",
        4,
        _file(
            "v0.2.5.0",
            "realesr-animevideov3.pth",
            2_504_012,
            "b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d",
        ),
    ),
)
#: By name, the usual choice first.
UPSCALERS = {info.name: info for info in _INFOS}
DEFAULT_UPSCALER = _INFOS[0].name


def upscaler_named(name: str) -> UpscalerInfo | None:
    """The network of that name, which may also be its published file's, with or without ending."""
    if name in UPSCALERS:
        return UPSCALERS[name]
    stem = _stem(name)
    return next(
        (info for info in _INFOS if stem in (info.name.casefold(), _stem(info.file.name))),
        None,
    )


def _stem(name: str) -> str:
    return name.removesuffix(".pth").removesuffix(".safetensors").casefold()


@dataclass(frozen=True)
class UpscaleSettings:
    """What the person chose for one picture.

    Attributes:
        model: one of :data:`UPSCALERS`.
        scale: one of :data:`SCALES`.
        denoise: 0 keeps noise, 1 removes it; of networks that come as two files.
        may_fetch: whether missing weights may be fetched from the network.
        packed_alpha: alpha is a channel of its own that hides nothing, as in packed textures.
    """

    model: str = DEFAULT_UPSCALER
    scale: int = 4
    denoise: float = 1.0
    may_fetch: bool = False
    packed_alpha: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> UpscaleSettings:
        """Check and read settings; missing keys take the default.

        Raises:
            MaquetteError: ``settings-invalid``.
        """
        known = {f.name for f in fields(cls)}
        if not isinstance(data, dict) or not known >= set(data):
            raise _invalid(f"must hold {', '.join(sorted(known))} at most")
        made = cls(**data)
        number = isinstance(made.denoise, int | float) and not isinstance(made.denoise, bool)
        if not isinstance(made.model, str) or made.model not in UPSCALERS:
            raise _invalid(f"needs a model, one of {', '.join(UPSCALERS)}")
        if isinstance(made.scale, bool) or made.scale not in SCALES:
            raise _invalid("needs a scale of 2, 3 or 4")
        if not number or not 0.0 <= made.denoise <= 1.0:
            raise _invalid("needs a denoise strength between 0 and 1")
        if made.denoise < 1.0 and UPSCALERS[made.model].weak is None:
            raise _invalid(f"has a denoise strength, which {made.model} does not take")
        if not isinstance(made.may_fetch, bool) or not isinstance(made.packed_alpha, bool):
            raise _invalid("answers may_fetch and packed_alpha with true or false")
        return made


def _invalid(why: str) -> MaquetteError:
    return MaquetteError("settings-invalid", f"The setting “upscale” {why}.")
