"""Image tokens to a triplane, by a transformer decoder with learned plane tokens.

The scheme of LRM (Hong et al. 2024, section 3.2), small.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention import Packing
from .blocks import DecoderBlock, DecoderBlockConfig
from .picture_unet import ConvNorm, ResidualBlock

_TOKENS = 8  # tokens along a plane's edge
_PATCH = 4  # plane elements along a token's edge


class TriplaneDecoder(nn.Module):
    """Planes xy, xz and yz of 32x32 elements over the unit cube."""

    def __init__(
        self, context_width: int, width: int, layers: int, channels: int, lifted: int = 0
    ) -> None:
        """Make the layers.

        Args:
            context_width: of the picture's tokens.
            channels: of a plane that the tokens alone give.
            lifted: channels of :class:`.lifted_planes.LiftedPlanes`, and of what comes of them
                and is appended to those; 0 for none.
        """
        super().__init__()
        self.channels = channels
        self.tokens = nn.Parameter(torch.randn(1, 3 * _TOKENS**2, width) * 0.02)
        block = DecoderBlockConfig(
            width, context_width, width // 64, ratio=2, bias=True, out_bias=True
        )
        packing = Packing.KEY_VALUE
        self.blocks = nn.ModuleList(
            DecoderBlock(block, packing, packing, plain=True) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)
        self.unpatch = nn.Linear(width, channels * _PATCH**2)
        self.smooth = nn.Conv2d(channels, channels, 3, padding=1)
        if lifted:
            self.patch = nn.Conv2d(lifted, width, _PATCH, _PATCH)
            self.kind = nn.Parameter(torch.zeros(3, lifted, 1, 1))
            self.merge = nn.Sequential(
                ConvNorm(channels + lifted, 2 * lifted, 3),
                ResidualBlock(2 * lifted),
                ResidualBlock(2 * lifted),
                nn.Conv2d(2 * lifted, lifted, 1),
            )

    def forward(self, context: Tensor, lifted: Tensor | None) -> Tensor:
        """Tokens (B, M, C) and lifted planes (B, 3, L, 32, 32) -> (B, 3, channels + L, 32, 32)."""
        b = len(context)
        x = self.tokens.expand(b, -1, -1)
        if lifted is not None:
            lifted = (lifted + self.kind).flatten(0, 1)
            told = self.patch(lifted).flatten(2).transpose(1, 2)
            x = x + told.reshape(b, -1, told.shape[-1])
        for block in self.blocks:
            x = block(x, context)
        x = self.unpatch(self.norm(x))
        x = x.view(b * 3, _TOKENS, _TOKENS, self.channels, _PATCH, _PATCH)
        size = _TOKENS * _PATCH
        x = x.permute(0, 3, 1, 4, 2, 5).reshape(b * 3, self.channels, size, size)
        x = x + self.smooth(x)
        if lifted is not None:
            x = torch.cat([x, self.merge(torch.cat([x, lifted], dim=1))], dim=1)
        return x.view(b, 3, -1, size, size)


#: Pairs of axes of each plane, the first along its rows' elements.
Axes = tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
XY_XZ_YZ: Axes = ((0, 1), (0, 2), (1, 2))
XY_XZ_ZY: Axes = ((0, 1), (0, 2), (2, 1))


def sample_triplane(
    planes: Tensor,
    points: Tensor,
    half: float = 0.5,
    axes: Axes = XY_XZ_YZ,
    padding: str = "border",
) -> Tensor:
    """Read the planes at points, bilinearly.

    Args:
        planes: (B, 3, C, S, S) over the cube [-half, half].
        points: (B, N, 3).
        padding: ``"border"`` or ``"zeros"``: what is read outside of the cube.

    Returns:
        (B, N, 3 * C).
    """
    b, _, c, s, _ = planes.shape
    n = points.shape[1]
    pairs = torch.stack([points[..., list(pair)] for pair in axes], dim=1)
    read = F.grid_sample(
        planes.reshape(b * 3, c, s, s),
        pairs.reshape(b * 3, 1, n, 2) * (1 / half),
        padding_mode=padding,
        align_corners=False,
    )
    return read.view(b, 3 * c, n).transpose(1, 2)
