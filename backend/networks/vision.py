"""Vision transformers of the DINO family (Dosovitskiy 2021; Caron 2021; Oquab 2024).

One module for DINO v1 and for DINOv2 with registers (Darcet et al. 2024); also with its norms
modulated by a camera, as InstantMesh has them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention import Packing
from .blocks import EncoderBlock

CAMERA_NUMBERS = 16
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class VisionConfig:
    """What differs between encoders.

    Attributes:
        patch: edge of a patch in pixels.
        grid: patches along an edge of the stored positional table.
        registers: extra tokens, which are left out of the result.
        offset: added to the picture's patch count before the table's scale factor is taken.
            The published weights were trained with such a factor and not with a target size,
            which moves the tokens noticeably.
        antialias: whether the table is low-pass filtered when it shrinks.
        normalised: whether pictures are brought to ImageNet's mean and deviation first.
        camera: whether a camera vector modulates the norms.
        pooler: whether the file holds a pooling layer, which nothing reads.
        packed: one matrix for query, key and value.
    """

    width: int = 768
    layers: int = 12
    heads: int = 12
    patch: int = 16
    grid: int = 14
    registers: int = 0
    layer_scale: bool = False
    eps: float = 1e-12
    offset: float = 0.1
    antialias: bool = False
    normalised: bool = True
    camera: bool = False
    pooler: bool = False
    packed: bool = False


def dino_v1(pooler: bool = False, camera: bool = False) -> VisionConfig:
    """DINO ViT-B/16."""
    return VisionConfig(pooler=pooler, camera=camera)


def dino_v2(width: int, heads: int) -> VisionConfig:
    """DINOv2 with patches of 14 and four registers, as OpenLRM 1.1 feeds it: pictures in 0..1."""
    return VisionConfig(
        width,
        heads=heads,
        patch=14,
        grid=37,
        registers=4,
        layer_scale=True,
        eps=1e-6,
        offset=0.0,
        antialias=True,
        normalised=False,
        packed=True,
    )


def camera_embedder(width: int) -> nn.Sequential:
    """16 numbers of a camera to a vector."""
    return nn.Sequential(nn.Linear(CAMERA_NUMBERS, width), nn.SiLU(), nn.Linear(width, width))


def normalise(images: Tensor) -> Tensor:
    """(B, 3, H, W) in 0..1 to ImageNet's mean 0 and deviation 1."""
    return (images - images.new_tensor(_MEAN)[:, None, None]) / images.new_tensor(_STD)[
        :, None, None
    ]


class VisionTransformer(nn.Module):
    """Picture to tokens."""

    def __init__(self, config: VisionConfig) -> None:
        super().__init__()
        self.config = c = config
        self.class_token = nn.Parameter(torch.zeros(1, 1, c.width))
        self.positions = nn.Parameter(torch.randn(1, c.grid**2 + 1, c.width) * 0.02)
        if c.registers:
            self.registers = nn.Parameter(torch.zeros(1, c.registers, c.width))
        self.patches = nn.Conv2d(3, c.width, c.patch, c.patch)
        if c.camera:
            self.camera = camera_embedder(c.width)
        packing = Packing.ALL if c.packed else Packing.SEPARATE
        condition = c.width if c.camera else 0
        self.blocks = nn.ModuleList(
            EncoderBlock(c.width, c.heads, packing, c.eps, c.layer_scale, condition)
            for _ in range(c.layers)
        )
        self.norm = nn.LayerNorm(c.width, c.eps)
        if c.pooler:
            self.pooler = nn.Linear(c.width, c.width)

    def forward(self, images: Tensor, cameras: Tensor | None = None) -> Tensor:
        """Encode pictures.

        Args:
            images: (B, 3, H, W) in 0..1, edges multiples of the patch.
            cameras: (B, 16), only with ``config.camera``.

        Returns:
            (B, 1 + H / patch * W / patch, width): the class token, then the patches by rows.
        """
        c = self.config
        if c.normalised:
            images = normalise(images)
        x = self.patches(images.to(self.patches.weight.dtype))
        rows, columns = x.shape[2:]
        x = torch.cat([self.class_token.expand(len(x), -1, -1), x.flatten(2).mT], dim=1)
        x = x + self.position_table(rows, columns).to(x.dtype)
        if c.registers:
            x = torch.cat([x[:, :1], self.registers.expand(len(x), -1, -1), x[:, 1:]], dim=1)
        condition = self.camera(cameras.to(x.dtype)) if cameras is not None else None
        for block in self.blocks:
            x = block(x, condition)
        x = self.norm(x)
        return torch.cat([x[:, :1], x[:, 1 + c.registers :]], dim=1) if c.registers else x

    def position_table(self, rows: int, columns: int) -> Tensor:
        """(1, 1 + rows * columns, width) float32 positions of a picture of so many patches."""
        grid, offset = self.config.grid, self.config.offset
        table = self.positions.float()
        if rows == columns == grid:
            return table
        square = table[:, 1:].view(1, grid, grid, -1).permute(0, 3, 1, 2)
        square = F.interpolate(
            square,
            scale_factor=((rows + offset) / grid, (columns + offset) / grid),
            mode="bicubic",
            antialias=self.config.antialias,
        )
        if square.shape[2:] != (rows, columns):
            raise ValueError(f"positions came out as {tuple(square.shape[2:])}")
        return torch.cat([table[:, :1], square.flatten(2).mT], dim=1)
