"""Woods, cloths, hides and stones from noise."""

from __future__ import annotations

import torch

from .packing import PATTERNS

#: Cycles per metre along the grain and across it, octaves.
_NOISES = {
    "wood": ((2.5, 40.0), 3),
    "fabric": ((260.0, 260.0), 1),
    "leather": ((110.0, 110.0), 2),
    "painted": ((12.0, 12.0), 2),
    "metal": ((6.0, 300.0), 1),
    "marble": ((3.0, 3.0), 4),
}


def value_noise(points: torch.Tensor) -> torch.Tensor:
    """Smooth noise (N,), 0 to 1, of points (N, 3) in cells of edge one."""
    cell = points.floor()
    f = points - cell
    f = f * f * (3 - 2 * f)
    cell = cell.long()
    total = torch.zeros_like(f[:, 0])
    for corner in range(8):
        bits = torch.tensor([corner & 1, corner >> 1 & 1, corner >> 2], device=points.device)
        weight = torch.where(bits.bool(), f, 1 - f).prod(dim=1)
        total = total + weight * _scrambled(cell + bits)
    return total


def _scrambled(cell: torch.Tensor) -> torch.Tensor:
    """A number from 0 to 1 for every cell (N, 3), the same on every device."""
    x = cell[:, 0] * 73856093 ^ cell[:, 1] * 19349663 ^ cell[:, 2] * 83492791
    x = x & 0x7FFFFFFF
    for _ in range(2):
        x = ((x >> 15 ^ x) * 0x2C1B3C6D) & 0x7FFFFFFF
    return (x >> 7 & 0xFFFF).float() / 0xFFFF


def turbulence(points: torch.Tensor, octaves: int) -> torch.Tensor:
    """Noise (N,) with finer noise on top of it, 0 to 1."""
    total, weight = torch.zeros_like(points[:, 0]), 1.0
    for octave in range(octaves):
        total = total + weight * value_noise(points * 2.0**octave + 17.0 * octave)
        weight *= 0.5
    return total / (2 - 2 * weight)


def tint(pattern: torch.Tensor, contrast: torch.Tensor, grain: torch.Tensor) -> torch.Tensor:
    """Return by what the colour is multiplied, (N,).

    Args:
        pattern: (N,) index into ``PATTERNS``.
        contrast: (N,), 0 to 1.
        grain: (N, 3) metres, x along the grain.
    """
    factor = torch.ones_like(contrast)
    for name, ((along, across), octaves) in _NOISES.items():
        rows = ((pattern == PATTERNS.index(name)) & (contrast > 0)).nonzero()[:, 0]
        if len(rows) == 0:
            continue
        p = grain[rows] * torch.tensor([along, across, across], device=grain.device)
        value = turbulence(p, octaves)
        if name == "wood":
            # Growth rings that waver, under the finer fibres.
            rings = torch.sin(p[:, 1] * 1.6 + 5.0 * value_noise(p * 0.25)) * 0.5 + 0.5
            value = 0.6 * value + 0.4 * rings
        if name == "fabric":
            q = grain[rows] * 3000.0
            weave = torch.sin(q[:, 0]) * torch.sin(q[:, 1] + q[:, 2])
            value = 0.7 * value + 0.3 * (0.5 + 0.5 * weave)
        if name == "marble":
            vein = torch.sin(p[:, 0] * 2 + p[:, 1] * 3 + 9 * value).abs()
            value = vein**0.3
        spread = ((value - 0.25) / 0.5).clamp(0, 1)
        c = contrast[rows]
        factor[rows] = 1 - c + 1.5 * c * spread
    return factor
