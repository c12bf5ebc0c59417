"""The configurations of the released models, by name."""

from __future__ import annotations

from .blocks import DecoderBlockConfig
from .heads import Activation, Density, HeadConfig
from .key_layouts import Layout
from .lrm import ModelConfig
from .plane_transformer import PlaneConfig
from .triplane import XY_XZ_YZ, XY_XZ_ZY
from .vision import VisionConfig, dino_v1, dino_v2

_CONDITION = 1024


def openlrm(
    encoder: VisionConfig,
    layers: int,
    width: int,
    heads: int,
    channels: int,
    picture: int,
    samples: int,
    newer: bool,
    condition: int = _CONDITION,
    side: int = 32,
) -> ModelConfig:
    """OpenLRM 1.0 or, ``newer``, 1.1."""
    block = DecoderBlockConfig(
        width,
        encoder.width,
        heads,
        condition,
        eps=1e-6,
        # Their files hold one matrix wherever both widths are the same.
        packed_cross=width == encoder.width,
    )
    return ModelConfig(
        Layout.OPENLRM_1_1 if newer else Layout.OPENLRM_1_0,
        encoder,
        PlaneConfig(block, layers, channels, side),
        picture,
        axes=XY_XZ_ZY,
        samples=samples,
        level=3.0,
    )


def triposr(
    encoder: VisionConfig,
    layers: int,
    width: int,
    heads: int,
    channels: int,
    picture: int,
    samples: int = 128,
    side: int = 32,
    head_width: int = 64,
) -> ModelConfig:
    """TripoSR (Tochilkin et al. 2024)."""
    block = DecoderBlockConfig(
        width,
        encoder.width,
        heads,
        out_bias=True,
        self_first=True,
        gated=True,
        packed_self=False,
    )
    head = HeadConfig(9, head_width, Activation.SILU, Density.EXP, widened=False)
    return ModelConfig(
        Layout.TRIPOSR,
        encoder,
        PlaneConfig(block, layers, channels, side, residual=True),
        picture,
        head,
        half=0.87,
        axes=XY_XZ_YZ,
        samples=samples,
        level=25.0,
    )


def instantmesh(
    encoder: VisionConfig,
    layers: int,
    width: int,
    heads: int,
    channels: int,
    surface: bool,
    samples: int = 96,
    picture: int = 320,
    side: int = 32,
    cells: int = 128,
) -> ModelConfig:
    """InstantMesh (Xu et al. 2024): volume or, with ``surface``, mesh."""
    block = DecoderBlockConfig(
        width, encoder.width, heads, eps=1e-5, packed_cross=width == encoder.width
    )
    return ModelConfig(
        Layout.INSTANTMESH,
        encoder,
        PlaneConfig(block, layers, channels, side),
        picture,
        HeadConfig(surface=surface, cells=cells),
        axes=XY_XZ_ZY,
        samples=samples,
        level=0.0 if surface else 10.0,
    )


def _openlrm_1_1(size: str) -> ModelConfig:
    small = dino_v2(384, 6)
    base = dino_v2(768, 12)
    if size == "small":
        return openlrm(small, 12, 512, 8, 32, 224, 96, newer=True)
    if size == "base":
        return openlrm(base, 12, 768, 12, 48, 336, 96, newer=True)
    return openlrm(base, 16, 1024, 16, 80, 448, 128, newer=True)


_SIZES = ("small", "base", "large")

#: Every released model under the name that the catalogue of weights uses.
MODELS: dict[str, ModelConfig] = {
    "triposr": triposr(dino_v1(pooler=True), 16, 1024, 16, 40, 512),
    **{
        f"openlrm-{data}-{size}-1.1": _openlrm_1_1(size)
        for data in ("mix", "obj")
        for size in _SIZES
    },
    "openlrm-small-obj-1.0": openlrm(dino_v1(), 12, 768, 12, 32, 224, 96, newer=False),
    "openlrm-base-obj-1.0": openlrm(dino_v1(), 12, 1024, 16, 40, 224, 96, newer=False),
    "openlrm-large-obj-1.0": openlrm(dino_v1(), 16, 1024, 16, 80, 448, 128, newer=False),
    **{
        f"instantmesh-{kind}-{size}": instantmesh(
            dino_v1(camera=True), layers, 1024, 16, channels, kind == "mesh", samples
        )
        for kind in ("nerf", "mesh")
        for size, layers, channels, samples in (("base", 12, 40, 96), ("large", 16, 80, 128))
    },
}
