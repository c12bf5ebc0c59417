"""The image encoder: a convolutional U-net with a transformer at its bottleneck.

U-net after Ronneberger et al. 2015; pre-norm transformer blocks after Dosovitskiy et al. 2021.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a skip connection; keeps shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(x + self.norm2(self.conv2(y)))


class ConvNorm(nn.Sequential):
    """Convolution, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        padding = (kernel - stride) // 2 if kernel > stride else 0
        super().__init__(
            nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )


class Attention(nn.Module):
    """Multi-head attention of ``x`` over ``context`` (over itself without one)."""

    def __init__(self, width: int, context_width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(context_width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """x (B, N, W), context (B, M, C) -> (B, N, W)."""
        b, n, w = x.shape
        q = self.query(x).view(b, n, self.heads, -1).transpose(1, 2)
        k, v = self.key_value(context).view(b, context.shape[1], 2, self.heads, -1).unbind(2)
        k, v = k.transpose(1, 2), v.transpose(1, 2)
        # A few hundred tokens at most: two plain products beat the fused kernel on a CPU.
        scores = (q @ k.transpose(2, 3)).float() * q.shape[-1] ** -0.5
        y = scores.softmax(dim=-1).to(v.dtype) @ v
        return self.out(y.transpose(1, 2).reshape(b, n, w))


def feed_forward(width: int, ratio: int) -> nn.Sequential:
    """Two linear layers with a GELU between."""
    return nn.Sequential(
        nn.Linear(width, ratio * width), nn.GELU(), nn.Linear(ratio * width, width)
    )


class EncoderBlock(nn.Module):
    """Pre-norm self-attention and feed-forward."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = feed_forward(width, 4)

    def forward(self, x: Tensor) -> Tensor:
        """(B, N, W) -> (B, N, W)."""
        y = self.norm1(x)
        x = x + self.attention(y, y)
        return x + self.mlp(self.norm2(x))


class PictureUNet(nn.Module):
    """From a 128x128 picture to a 64x64 feature map and 64 bottleneck tokens."""

    def __init__(self, widths: tuple[int, int, int, int], features: int, layers: int) -> None:
        super().__init__()
        c1, c2, c3, c4 = widths
        self.down1 = nn.Sequential(ConvNorm(4, c1, 4, 2), ResidualBlock(c1))
        self.down2 = nn.Sequential(ConvNorm(c1, c2, 4, 2), ResidualBlock(c2), ResidualBlock(c2))
        self.down3 = nn.Sequential(ConvNorm(c2, c3, 4, 2), ResidualBlock(c3), ResidualBlock(c3))
        self.down4 = ConvNorm(c3, c4, 4, 2)
        self.position = nn.Parameter(torch.randn(1, 64, c4) * 0.02)
        self.blocks = nn.ModuleList(EncoderBlock(c4, c4 // 64) for _ in range(layers))
        self.norm = nn.LayerNorm(c4)
        self.narrow3, self.up3 = nn.Conv2d(c4, c3, 1), self._up(2 * c3, c3)
        self.narrow2, self.up2 = nn.Conv2d(c3, c2, 1), self._up(2 * c2, c2)
        self.narrow1, self.up1 = nn.Conv2d(c2, c1, 1), self._up(2 * c1, features)

    @staticmethod
    def _up(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(ConvNorm(inputs, outputs, 3), ResidualBlock(outputs))

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 4, 128, 128) premultiplied RGB and alpha -> (B, F, 64, 64), (B, 64, C4)."""
        x1 = self.down1(picture)
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        x4 = self.down4(x3)
        b, c, h, w = x4.shape
        tokens = x4.flatten(2).transpose(1, 2) + self.position
        for block in self.blocks:
            tokens = block(tokens)
        tokens = self.norm(tokens)
        y = tokens.transpose(1, 2).reshape(b, c, h, w)
        y = self.up3(torch.cat([_double(self.narrow3(y)), x3], dim=1))
        y = self.up2(torch.cat([_double(self.narrow2(y)), x2], dim=1))
        y = self.up1(torch.cat([_double(self.narrow1(y)), x1], dim=1))
        return y, tokens


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
