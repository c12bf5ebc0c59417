"""Image tokens to triplanes by a transformer decoder (LRM, Hong et al. 2024, section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .blocks import DecoderBlock, DecoderBlockConfig


@dataclass(frozen=True)
class PlaneConfig:
    """What differs between decoders.

    Attributes:
        side: learned tokens along an edge of a plane.
        channels: of the planes, whose edges have twice as many elements.
        residual: the learned tokens go through group norm and two linear layers, and are added
            to what comes out; otherwise they go straight in, and a norm ends the blocks.
    """

    block: DecoderBlockConfig
    layers: int
    channels: int
    side: int = 32
    residual: bool = False


class PlaneTransformer(nn.Module):
    """Learned tokens of three planes that look at the pictures' tokens."""

    def __init__(self, config: PlaneConfig) -> None:
        super().__init__()
        self.config = c = config
        width, side = c.block.width, c.side
        shape = (3, width, side, side) if c.residual else (1, 3 * side**2, width)
        self.tokens = nn.Parameter(torch.randn(shape) * width**-0.5)
        if c.residual:
            self.norm: nn.Module = nn.GroupNorm(32, width, 1e-6)
            self.into = nn.Linear(width, width)
            self.out = nn.Linear(width, width)
        else:
            self.norm = nn.LayerNorm(width, 1e-6)
        self.blocks = nn.ModuleList(DecoderBlock(c.block) for _ in range(c.layers))
        self.upsample = nn.ConvTranspose2d(width, c.channels, 2, 2)

    def ends(self) -> tuple[nn.Module, ...]:
        """The layers before the first block and after the last."""
        between = (self.into, self.out) if self.config.residual else ()
        return (*between, self.upsample)

    def forward(self, context: Tensor, condition: Tensor | None = None) -> Tensor:
        """context (B, M, C), condition (B, K) -> planes (B, 3, channels, 2 side, 2 side)."""
        side = self.config.side
        tokens = self.transform(context, condition)
        b, _, width = tokens.shape
        planes = tokens.view(b * 3, side, side, width).permute(0, 3, 1, 2)
        planes = in_own_precision(self.upsample, planes)
        return planes.view(b, 3, self.config.channels, 2 * side, 2 * side)

    def transform(self, context: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the (B, 3 * side**2, width) tokens before they become planes."""
        b = len(context)
        if not self.config.residual:
            x = self.tokens.expand(b, -1, -1)
            for block in self.blocks:
                x = block(x, context, condition)
            normed: Tensor = self.norm(x)
            return normed
        start = self.tokens.transpose(0, 1).flatten(1)[None].expand(b, -1, -1)  # (B, W, 3 side^2)
        x = in_own_precision(self.into, self.norm(start).mT)
        for block in self.blocks:
            x = block(x, context, condition)
        out: Tensor = in_own_precision(self.out, x) + start.mT
        return out


def in_own_precision(layer: nn.Module, x: Tensor) -> Tensor:
    """Apply a layer in the precision of its weight, whatever autocast is on.

    For the layers at both ends of the decoder: what they give is what runs from block to block,
    and the planes. Their rounding alone moved the surface more than all within the blocks.
    """
    with torch.autocast(x.device.type, enabled=False):
        out: Tensor = layer(x.to(layer.weight.dtype))
    return out
