"""A compact network that interpolates before it has learned anything.

The network adds what its last layer says to repeated pixels, and a deep stack of plain layers takes
thousands of steps to find out how to interpolate. So some channels carry the picture through all
layers: once as it is and four times moved by a pixel, which the layers between leave alone since
nothing of it is negative. The last layer, which sees 3 x 3 pixels, then sees 5 x 5 of the picture,
enough for bicubic interpolation but for the four corners, whose share is below a hundredth.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..networks.esrgan import Compact

#: Row and column by which each carried copy is moved.
_MOVES = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))
_COLOURS = 3
CARRIED = len(_MOVES) * _COLOURS


def _convolutions(model: Compact) -> list[nn.Conv2d]:
    return [layer for layer in model.body if isinstance(layer, nn.Conv2d)]


@torch.no_grad()
def begin_as_bicubic(model: Compact) -> None:
    """Set the weights so that the network is bicubic interpolation, inside a picture.

    The channels that carry nothing begin near the identity, so that gradients reach the first
    layer, and the last layer begins deaf to them. Networks of fewer than twice :data:`CARRIED`
    channels are left as they are.
    """
    first, *between, last = _convolutions(model)
    if first.out_channels < 2 * CARRIED:
        return
    for layer in between:
        layer.weight *= 0.3
        nn.init.zeros_(layer.bias)
        layer.weight += nn.init.dirac_(torch.empty_like(layer.weight))
        layer.weight[:CARRIED] = 0
        for channel in range(CARRIED):
            layer.weight[channel, channel, 1, 1] = 1
    first.weight[:CARRIED] = 0
    first.bias[:CARRIED] = 0
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    share = _bicubic(model.scale)
    share[2, 2] -= 1  # what the repeated pixels have already
    pixels = model.scale**2
    for copy, (down, right) in enumerate(_MOVES):
        for colour in range(_COLOURS):
            channel = copy * _COLOURS + colour
            first.weight[channel, colour, 1 + down, 1 + right] = 1
            taps = torch.zeros(3, 3, pixels)
            if (down, right) == (0, 0):
                taps[:] = share[1:4, 1:4]
            elif down:
                taps[1 + down] = share[2 + 2 * down, 1:4]
            else:
                taps[:, 1 + right] = share[1:4, 2 + 2 * right]
            rows = slice(colour * pixels, (colour + 1) * pixels)
            last.weight[rows, channel] = taps.permute(2, 0, 1)


def hold_carried(model: Compact) -> None:
    """Take the gradients from what carries the picture: only the last layer's use of it learns."""
    first, *between, _ = _convolutions(model)
    if first.out_channels < 2 * CARRIED:
        return
    for layer in (first, *between):
        for parameter in (layer.weight, layer.bias):
            if parameter is not None and parameter.grad is not None:
                parameter.grad[:CARRIED] = 0


def _bicubic(scale: int) -> Tensor:
    """Share of each of 5 x 5 pixels in the middle one's new pixels: (5, 5, scale * scale)."""
    single = torch.eye(25).reshape(25, 1, 5, 5)
    large = F.interpolate(single, scale_factor=scale, mode="bicubic", align_corners=False)
    middle = large[..., 2 * scale : 3 * scale, 2 * scale : 3 * scale].reshape(5, 5, scale**2)
    middle[::4, ::4] = 0
    return middle / middle.sum((0, 1))
