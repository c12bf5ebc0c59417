"""The image encoder: a convolutional U-net with a transformer at its bottleneck.

U-net after Ronneberger et al. 2015; pre-norm transformer blocks after Dosovitskiy et al. 2021.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import EncoderBlock


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


class PictureUNet(nn.Module):
    """From a picture to a feature map of half its edge and bottleneck tokens at a sixteenth."""

    def __init__(
        self, picture: int, widths: tuple[int, int, int, int], features: int, layers: int
    ) -> None:
        super().__init__()
        c1, c2, c3, c4 = widths
        self.down1 = nn.Sequential(ConvNorm(4, c1, 4, 2), ResidualBlock(c1))
        self.down2 = nn.Sequential(ConvNorm(c1, c2, 4, 2), ResidualBlock(c2), ResidualBlock(c2))
        self.down3 = nn.Sequential(ConvNorm(c2, c3, 4, 2), ResidualBlock(c3), ResidualBlock(c3))
        self.down4 = ConvNorm(c3, c4, 4, 2)
        self.position = nn.Parameter(torch.randn(1, (picture // 16) ** 2, c4) * 0.02)
        self.blocks = nn.ModuleList(EncoderBlock(c4, c4 // 64, plain=True) for _ in range(layers))
        self.norm = nn.LayerNorm(c4)
        self.narrow3, self.up3 = nn.Conv2d(c4, c3, 1), self._up(2 * c3, c3)
        self.narrow2, self.up2 = nn.Conv2d(c3, c2, 1), self._up(2 * c2, c2)
        self.narrow1, self.up1 = nn.Conv2d(c2, c1, 1), self._up(2 * c1, features)

    @staticmethod
    def _up(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(ConvNorm(inputs, outputs, 3), ResidualBlock(outputs))

    def forward(self, picture: Tensor, mapped: int | None = None) -> tuple[Tensor, Tensor]:
        """Encode.

        Args:
            picture: (B, 4, P, P) premultiplied RGB and alpha.
            mapped: how many of the pictures, M, get features: the first. None for all.

        Returns:
            features (M, F, P / 2, P / 2) and tokens (B, (P / 16)^2, C4).
        """
        x1 = self.down1(picture)
        x2 = self.down2(x1)
        x3 = self.down3(x2)
        x4 = self.down4(x3)
        b, c, h, w = x4.shape
        tokens = x4.flatten(2).transpose(1, 2) + self.position
        for block in self.blocks:
            tokens = block(tokens)
        tokens = self.norm(tokens)
        y = tokens.transpose(1, 2).reshape(b, c, h, w)[:mapped]
        x1, x2, x3 = x1[:mapped], x2[:mapped], x3[:mapped]
        y = self.up3(torch.cat([_double(self.narrow3(y)), x3], dim=1))
        y = self.up2(torch.cat([_double(self.narrow2(y)), x2], dim=1))
        y = self.up1(torch.cat([_double(self.narrow1(y)), x1], dim=1))
        return y, tokens


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
