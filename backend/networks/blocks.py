"""Transformer blocks: of encoders, and of decoders that look at an encoder's tokens."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention import Attention, GatedFeedForward, Packing, feed_forward, modulate


class LayerScale(nn.Module):
    """A learned factor for each channel (Touvron et al. 2021)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., W) -> (..., W)."""
        return x * self.gamma


class EncoderBlock(nn.Module):
    """Pre-norm self-attention and feed-forward.

    Args:
        layer_scale: whether each branch ends in learned factors.
        condition: width of a vector that shifts and scales both norms' results; 0 for none.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        packing: Packing = Packing.KEY_VALUE,
        eps: float = 1e-5,
        layer_scale: bool = False,
        condition: int = 0,
        plain: bool = False,
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps)
        self.attention = Attention(width, width, heads, packing, plain=plain)
        self.norm2 = nn.LayerNorm(width, eps)
        self.mlp = feed_forward(width, 4)
        self.scale1 = LayerScale(width) if layer_scale else nn.Identity()
        self.scale2 = LayerScale(width) if layer_scale else nn.Identity()
        self.modulation = nn.Linear(condition, 4 * width) if condition else None

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """x (B, N, W), condition (B, C) -> (B, N, W)."""
        y = self.norm1(x)
        if self.modulation is not None and condition is not None:
            shift1, scale1, shift2, scale2 = self.modulation(F.silu(condition)).chunk(4, dim=-1)
            y = modulate(y, shift1, scale1)
            x = x + self.scale1(self.attention(y, y))
            y = modulate(self.norm2(x), shift2, scale2)
        else:
            x = x + self.scale1(self.attention(y, y))
            y = self.norm2(x)
        out: Tensor = x + self.scale2(self.mlp(y))
        return out


class ModulatedNorm(nn.LayerNorm):
    """LayerNorm, shifted and scaled by a vector where there is one."""

    def __init__(self, width: int, eps: float, condition: int) -> None:
        super().__init__(width, eps)
        self.modulation = nn.Linear(condition, 2 * width) if condition else None

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """x (B, N, W), condition (B, C) -> (B, N, W)."""
        y = super().forward(x)
        if self.modulation is None or condition is None:
            return y
        shift, scale = self.modulation(F.silu(condition)).chunk(2, dim=-1)
        return modulate(y, shift, scale)


@dataclass(frozen=True)
class DecoderBlockConfig:
    """What differs between decoders.

    Attributes:
        condition: width of a vector that modulates the norms; 0 for none.
        self_first: self-attention comes before the look at the context, not after it.
        gated: the feed-forward part is a GEGLU.
        packed_cross: one matrix for query, key and value of the cross-attention.
        packed_self: the same of the self-attention.
    """

    width: int
    context: int
    heads: int
    condition: int = 0
    ratio: int = 4
    eps: float = 1e-5
    bias: bool = False
    out_bias: bool = False
    self_first: bool = False
    gated: bool = False
    packed_cross: bool = False
    packed_self: bool = True


class DecoderBlock(nn.Module):
    """Pre-norm attention over a context and over itself, and feed-forward."""

    def __init__(
        self,
        config: DecoderBlockConfig,
        cross: Packing | None = None,
        own: Packing | None = None,
        plain: bool = False,
    ) -> None:
        super().__init__()
        c = config
        cross = cross or (Packing.ALL if c.packed_cross else Packing.SEPARATE)
        own = own or (Packing.ALL if c.packed_self else Packing.SEPARATE)
        self.self_first = c.self_first
        self.norm1 = ModulatedNorm(c.width, c.eps, c.condition)
        self.cross = Attention(c.width, c.context, c.heads, cross, c.bias, c.out_bias, plain)
        self.norm2 = ModulatedNorm(c.width, c.eps, c.condition)
        self.attention = Attention(c.width, c.width, c.heads, own, c.bias, c.out_bias, plain)
        self.norm3 = ModulatedNorm(c.width, c.eps, c.condition)
        self.mlp: nn.Module = (
            GatedFeedForward(c.width, c.ratio) if c.gated else feed_forward(c.width, c.ratio)
        )

    def forward(self, x: Tensor, context: Tensor, condition: Tensor | None = None) -> Tensor:
        """x (B, N, W), context (B, M, C), condition (B, K) -> (B, N, W)."""
        y = self.norm1(x, condition)
        x = x + (self.attention(y, y) if self.self_first else self.cross(y, context))
        y = self.norm2(x, condition)
        x = x + (self.cross(y, context) if self.self_first else self.attention(y, y))
        out: Tensor = x + self.mlp(self.norm3(x, condition))
        return out
