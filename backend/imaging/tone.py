"""Scene-linear light as the numbers around 0..1 that networks for photographs know, and back.

Up to 1 the curve is sRGB's encoding; above it goes on as a logarithm with the same slope, and the
whole is divided so that the brightest number of the picture comes out as 1:

    g(x) = srgb(x)               x <= 1
    g(x) = 1 + a ln(x)           x > 1,  a = srgb'(1) = 1.055 / 2.4
    f(x) = g(x) / g(max(peak, 1))

Negative numbers, which filters and denoisers leave, are mirrored: f(-x) = -f(x). A picture that
has nothing brighter than 1 is seen exactly as it is displayed; one with a lamp of 100 is seen three
times darker, and steps in the lamp as small as in the rest. The curve is undone exactly.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

_SLOPE = 1.055 / 2.4


def compress(linear: Tensor, peak: float) -> Tensor:
    """Encode finite linear light of any shape; see the module."""
    x = linear.abs()
    low = torch.where(
        x <= 0.0031308, x * 12.92, 1.055 * x.clamp(min=0.0031308).pow(1 / 2.4) - 0.055
    )
    high = 1.0 + _SLOPE * x.clamp(min=1.0).log()
    return torch.where(x > 1.0, high, low) * linear.sign() / _range(peak)


def expand(encoded: Tensor, peak: float) -> Tensor:
    """Undo :func:`compress`."""
    y = encoded.abs() * _range(peak)
    low = torch.where(y <= 0.04045, y / 12.92, ((y.clamp(min=0.04045) + 0.055) / 1.055).pow(2.4))
    high = ((y.clamp(min=1.0) - 1.0) / _SLOPE).exp()
    return torch.where(y > 1.0, high, low) * encoded.sign()


def _range(peak: float) -> float:
    return 1.0 + _SLOPE * math.log(peak) if peak > 1.0 else 1.0
