"""From what the planes hold at a point to density, distance and colour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Activation(StrEnum):
    """Of the hidden layers."""

    RELU = "relu"
    SILU = "silu"


class Density(StrEnum):
    """How the head's first number becomes a density; its bias of -1 is part of both."""

    SOFTPLUS = "softplus"
    EXP = "exp"


@dataclass(frozen=True)
class HeadConfig:
    """What differs between heads.

    Attributes:
        hidden: hidden layers.
        density: of a density head.
        widened: colours are ``sigmoid * 1.002 - 0.001``, as of mip-NeRF, not a plain sigmoid.
        surface: a distance head with deformation and weights, in place of a density head.
        cells: cells along an edge of a distance head's grid.
        grid_scale: edge of that grid in the model's units.
    """

    hidden: int = 3
    width: int = 64
    activation: Activation = Activation.RELU
    density: Density = Density.SOFTPLUS
    widened: bool = True
    surface: bool = False
    cells: int = 128
    grid_scale: float = 2.1


#: A distance head moves grid points by at most this share of half a cell of the unit.
_DEFORMATION = 4.0
#: FlexiCubes weights: 12 edges, 8 corners, 1 split.
CELL_WEIGHTS = 21
_WEIGHT_SCALE = 0.1


def mlp(inputs: int, outputs: int, config: HeadConfig) -> nn.Sequential:
    """Linear layers with activations between."""
    layers: list[nn.Module] = []
    for i in range(config.hidden):
        layers.append(nn.Linear(inputs if i == 0 else config.width, config.width))
        layers.append(nn.ReLU() if config.activation is Activation.RELU else nn.SiLU())
    return nn.Sequential(*layers, nn.Linear(config.width, outputs))


class DensityHead(nn.Module):
    """Features of a point to density and colour."""

    def __init__(self, features: int, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.net = mlp(features, 4, config)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """(..., F) -> raw density (..., 1) and raw colour (..., 3), before any activation."""
        out = self.net(features)
        return out[..., :1], out[..., 1:]

    def value(self, features: Tensor) -> Tensor:
        """(..., F) -> raw density (..., 1)."""
        value: Tensor = self.net(features)[..., :1]
        return value

    def rgb(self, features: Tensor) -> Tensor:
        """(..., F) -> colour (..., 3), sRGB, 0..1."""
        return self.colour(self.net(features)[..., 1:])

    def density(self, raw: Tensor) -> Tensor:
        """Raw density to density; works on any shape."""
        shifted = raw.float() - 1
        return shifted.exp() if self.config.density is Density.EXP else F.softplus(shifted)

    def raw_of(self, density: float) -> float:
        """The raw number that :meth:`density` turns into this positive one."""
        exp = self.config.density is Density.EXP
        return 1 + math.log(density if exp else math.expm1(density))

    def colour(self, raw: Tensor) -> Tensor:
        """Raw colour to sRGB 0..1; a widened sigmoid leaves that range by 0.001."""
        return _colour(raw, self.config.widened)


class SurfaceHead(nn.Module):
    """Features of grid points to distance, deformation, colour; of cells to weights.

    The parameters of FlexiCubes (Shen et al. 2023), as InstantMesh predicts them.
    """

    def __init__(self, features: int, config: HeadConfig) -> None:
        super().__init__()
        self.config = config
        self.sdf = mlp(features, 1, config)
        self.rgb_net = mlp(features, 3, config)
        self.deformation = mlp(features, 3, config)
        self.weight = mlp(8 * features, CELL_WEIGHTS, config)

    def value(self, features: Tensor) -> Tensor:
        """(..., F) -> signed distance (..., 1), negative inside."""
        value: Tensor = self.sdf(features)
        return value

    def rgb(self, features: Tensor) -> Tensor:
        """(..., F) -> colour (..., 3), sRGB, 0..1."""
        return _colour(self.rgb_net(features), self.config.widened)

    def moved(self, features: Tensor) -> Tensor:
        """(..., F) of grid points -> by how much each is moved (..., 3), units of the model."""
        return self.deformation(features).float().tanh() / (self.config.cells * _DEFORMATION)

    def cell_weights(self, corners: Tensor) -> Tensor:
        """(..., 8, F) features of each cell's corners -> (..., 21) weights."""
        weights: Tensor = self.weight(corners.flatten(-2)) * _WEIGHT_SCALE
        return weights


def _colour(raw: Tensor, widened: bool) -> Tensor:
    colour = raw.float().sigmoid()
    return colour * 1.002 - 0.001 if widened else colour


def head(features: int, config: HeadConfig) -> DensityHead | SurfaceHead:
    """Make the head that the configuration asks for."""
    return SurfaceHead(features, config) if config.surface else DensityHead(features, config)


def grid_points(config: HeadConfig) -> tuple[Tensor, Tensor]:
    """The grid of a distance head.

    Returns:
        ((cells + 1)**3, 3) float32 points, x slowest and z fastest, and (cells**3, 8) int64
        corners of each cell in FlexiCubes' order: x fastest, then y, then z.
    """
    n = config.cells
    line = torch.linspace(-config.grid_scale / 2, config.grid_scale / 2, n + 1)
    points = torch.cartesian_prod(line, line, line)
    index = torch.arange((n + 1) ** 3).view(n + 1, n + 1, n + 1)
    ends = (slice(0, n), slice(1, n + 1))
    corners = [index[ends[x], ends[y], ends[z]] for z in (0, 1) for y in (0, 1) for x in (0, 1)]
    return points, torch.stack(corners, dim=-1).view(-1, 8)
