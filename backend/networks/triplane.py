"""Image tokens to a triplane, by a transformer decoder with learned plane tokens.

The scheme of LRM (Hong et al. 2024, section 3.2), small.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .picture_unet import Attention, feed_forward

_TOKENS = 8  # tokens along a plane's edge
_PATCH = 4  # plane elements along a token's edge


class DecoderBlock(nn.Module):
    """Pre-norm cross-attention to the picture, self-attention and feed-forward."""

    def __init__(self, width: int, context_width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.cross = Attention(width, context_width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.attention = Attention(width, width, heads)
        self.norm3 = nn.LayerNorm(width)
        self.mlp = feed_forward(width, 2)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """x (B, N, W), context (B, M, C) -> (B, N, W)."""
        x = x + self.cross(self.norm1(x), context)
        y = self.norm2(x)
        x = x + self.attention(y, y)
        return x + self.mlp(self.norm3(x))


class TriplaneDecoder(nn.Module):
    """Planes xy, xz and yz of 32x32 elements over the unit cube."""

    def __init__(self, context_width: int, width: int, layers: int, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.tokens = nn.Parameter(torch.randn(1, 3 * _TOKENS**2, width) * 0.02)
        self.blocks = nn.ModuleList(
            DecoderBlock(width, context_width, width // 64) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.unpatch = nn.Linear(width, channels * _PATCH**2)
        self.smooth = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, context: Tensor) -> Tensor:
        """(B, M, C) -> (B, 3, channels, 32, 32)."""
        b = len(context)
        x = self.tokens.expand(b, -1, -1)
        for block in self.blocks:
            x = block(x, context)
        x = self.unpatch(self.norm(x))
        x = x.view(b * 3, _TOKENS, _TOKENS, self.channels, _PATCH, _PATCH)
        size = _TOKENS * _PATCH
        x = x.permute(0, 3, 1, 4, 2, 5).reshape(b * 3, self.channels, size, size)
        return (x + self.smooth(x)).view(b, 3, self.channels, size, size)


def sample_triplane(planes: Tensor, points: Tensor) -> Tensor:
    """Read the planes at points, bilinearly.

    Args:
        planes: (B, 3, C, S, S) over the unit cube.
        points: (B, N, 3) in [-0.5, 0.5].

    Returns:
        (B, N, 3 * C).
    """
    b, _, c, s, _ = planes.shape
    n = points.shape[1]
    pairs = torch.stack([points[..., [0, 1]], points[..., [0, 2]], points[..., [1, 2]]], dim=1)
    read = F.grid_sample(
        planes.reshape(b * 3, c, s, s),
        pairs.reshape(b * 3, 1, n, 2) * 2,
        padding_mode="border",
        align_corners=False,
    )
    return read.view(b, 3 * c, n).transpose(1, 2)
