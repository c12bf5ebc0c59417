"""A small network that tells the object of a photograph from its background.

A U-net (Ronneberger et al. 2015) whose finest level has a quarter of the picture's edge: its
input are blocks of 4x4 pixels, its output blocks of 4x4 logits (sub-pixel convolution, Shi et
al. 2016), which keeps it quick on a CPU. Two transformer blocks at the bottleneck see the whole
picture, since what the object is cannot be told from a part of it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from .blocks import EncoderBlock
from .picture_unet import ConvNorm, ResidualBlock

#: Pixels of a block, and the multiple of pixels that a picture's edges must have.
BLOCK, MULTIPLE = 4, 32


@dataclass(frozen=True)
class CutoutConfig:
    """Sizes of the network.

    Attributes:
        edge: edge in pixels that pictures are given to it at.
        widths: channels at 1/4, 1/8, 1/16 and 1/32 of the edge.
        layers: transformer blocks at the bottleneck.
        grid: edge of the grid that the learned positions are stored for.
    """

    edge: int = 256
    widths: tuple[int, int, int, int] = (40, 64, 80, 128)
    layers: int = 2
    grid: int = 8


class CutoutNet(nn.Module):
    """From a picture to the logits of its mask."""

    def __init__(self, config: CutoutConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or CutoutConfig()
        c1, c2, c3, c4 = config.widths
        self.down1 = nn.Sequential(ConvNorm(3 * BLOCK**2, c1, 3), ResidualBlock(c1))
        self.down2 = nn.Sequential(ConvNorm(c1, c2, 2, 2), ResidualBlock(c2))
        self.down3 = nn.Sequential(ConvNorm(c2, c3, 2, 2), ResidualBlock(c3))
        self.down4 = ConvNorm(c3, c4, 2, 2)
        self.position = nn.Parameter(torch.randn(1, c4, config.grid, config.grid) * 0.02)
        self.blocks = nn.ModuleList(
            EncoderBlock(c4, c4 // 32, plain=True) for _ in range(config.layers)
        )
        self.norm = nn.LayerNorm(c4)
        self.narrow3, self.up3 = nn.Conv2d(c4, c3, 1), _merge(c3)
        self.narrow2, self.up2 = nn.Conv2d(c3, c2, 1), _merge(c2)
        self.narrow1, self.up1 = nn.Conv2d(c2, c1, 1), _merge(c1)
        self.head = nn.Conv2d(c1, BLOCK**2, 3, padding=1)

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 3, H, W) sRGB 0..1, H and W multiples of 32 -> (B, 1, H, W) logits."""
        x1 = self.down1(F.pixel_unshuffle(picture * 4 - 2, BLOCK))
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        y = self._look_around(self.down4(x3))
        y = self.up3(torch.cat([_double(self.narrow3(y)), x3], dim=1))
        y = self.up2(torch.cat([_double(self.narrow2(y)), x2], dim=1))
        y = self.up1(torch.cat([_double(self.narrow1(y)), x1], dim=1))
        return F.pixel_shuffle(self.head(y), BLOCK)

    def _look_around(self, x: Tensor) -> Tensor:
        b, c, h, w = x.shape
        position = self.position
        if position.shape[-2:] != (h, w):
            position = F.interpolate(position, (h, w), mode="bilinear", align_corners=False)
        tokens = (x + position).flatten(2).transpose(1, 2)
        for block in self.blocks:
            tokens = block(tokens)
        out: Tensor = self.norm(tokens).transpose(1, 2).reshape(b, c, h, w)
        return out


def _merge(channels: int) -> nn.Sequential:
    return nn.Sequential(ConvNorm(2 * channels, channels, 3), ResidualBlock(channels))


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def store(model: CutoutNet, path: Path) -> None:
    """Write the weights in float16 with their configuration."""
    tensors = {
        name: (t.half() if t.is_floating_point() else t).contiguous()
        for name, t in model.state_dict().items()
    }
    save_file(tensors, path, {"config": json.dumps(asdict(model.config))})


def restore(path: Path) -> CutoutNet:
    """Read what :func:`store` wrote; float32, in evaluation mode."""
    with safe_open(path, "pt") as file:
        told = json.loads(file.metadata()["config"])
    model = CutoutNet(CutoutConfig(**{**told, "widths": tuple(told["widths"])}))
    model.load_state_dict(
        {n: t.float() if t.is_floating_point() else t for n, t in load_file(path).items()}
    )
    return model.eval().requires_grad_(False)
