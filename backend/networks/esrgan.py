"""The two networks of Real-ESRGAN, with the parameter names of the published files.

RRDBNet is the generator of Wang et al., "ESRGAN" (2018), with the pixel-unshuffle of Wang et al.,
"Real-ESRGAN" (2021), for factors below 4; SRVGGNetCompact is the small network that came with
the latter's later releases.

Both are cut in two so that tiles cost less: ``features`` looks far around a pixel and is cheap to
hold, ``enlarge`` looks a little around and is dear to hold, so it is given the tile's core alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Upscaler(nn.Module):
    """What tiles need to know of a network.

    Attributes:
        scale: edge of the output over that of the input.
        multiple: edges of the input must be multiples of this.
        radius: how far, in input pixels, an output pixel looks at most.
        margin: how far ``enlarge`` alone looks, in input pixels; a multiple of ``multiple``.
        density: feature pixels for each ``multiple`` of input pixels along an edge.
        live_bytes: rough peak of memory, float32, for one input pixel: in ``features``, and in
            ``enlarge``.
    """

    scale: int
    multiple: int = 1
    radius: int
    margin: int = 0
    density: int = 1
    live_bytes: tuple[int, int]

    def features(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) of 0..1 to features (B, C, H * density / multiple, ...)."""
        raise NotImplementedError

    def enlarge(self, features: Tensor, x: Tensor) -> Tensor:
        """Features and the input that they stand for to (B, 3, H * scale, W * scale)."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) of 0..1 to (B, 3, H * scale, W * scale), not clamped."""
        return self.enlarge(self.features(x), x)


class Compact(Upscaler):
    """SRVGGNetCompact: convolutions at the input's size; the last one holds the new pixels.

    The input, repeated, is added at the end, in its own precision: the body may run in half
    precision and the sum does not lose what the input had.
    """

    def __init__(self, width: int = 64, convolutions: int = 32, scale: int = 4) -> None:
        super().__init__()
        self.scale = scale
        self.radius = convolutions + 2
        self.live_bytes = (4 * 3 * width, 4 * 6 * 3 * scale**2)
        layers: list[nn.Module] = [nn.Conv2d(3, width, 3, 1, 1), nn.PReLU(width)]
        for _ in range(convolutions):
            layers += [nn.Conv2d(width, width, 3, 1, 1), nn.PReLU(width)]
        layers.append(nn.Conv2d(width, 3 * scale**2, 3, 1, 1))
        self.body = nn.Sequential(*layers)

    def features(self, x: Tensor) -> Tensor:
        """See the base."""
        found: Tensor = self.body(x.to(self.body[0].weight.dtype))
        return found

    def enlarge(self, features: Tensor, x: Tensor) -> Tensor:
        """See the base."""
        out = F.pixel_shuffle(features.to(x.dtype), self.scale)
        return out + F.interpolate(x, scale_factor=self.scale, mode="nearest")


class _DenseBlock(nn.Module):
    """Five convolutions, each seeing all before it."""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        for index in range(4):
            layer = nn.Conv2d(width + index * growth, growth, 3, 1, 1)
            setattr(self, f"conv{index + 1}", layer)
        self.conv5 = nn.Conv2d(width + 4 * growth, width, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        seen = x
        for layer in (self.conv1, self.conv2, self.conv3, self.conv4):
            seen = torch.cat((seen, F.leaky_relu(layer(seen), 0.2)), 1)
        return x + 0.2 * self.conv5(seen)


class _Block(nn.Module):
    """Three dense blocks: a residual in residual dense block."""

    def __init__(self, width: int, growth: int) -> None:
        super().__init__()
        self.rdb1 = _DenseBlock(width, growth)
        self.rdb2 = _DenseBlock(width, growth)
        self.rdb3 = _DenseBlock(width, growth)

    def forward(self, x: Tensor) -> Tensor:
        return x + 0.2 * self.rdb3(self.rdb2(self.rdb1(x)))


class RRDBNet(Upscaler):
    """The large network; enlarges fourfold, what it enlarges less is first unshuffled."""

    def __init__(self, width: int = 64, blocks: int = 23, growth: int = 32, scale: int = 4) -> None:
        super().__init__()
        if scale not in (1, 2, 4):
            raise ValueError(f"scale {scale}")
        step = 4 // scale
        self.scale, self.multiple = scale, step
        # 15 convolutions a block, the first and the one after the blocks; then one at twice and
        # three at four times the size, which look 1/2 + 3/4 of a feature pixel further, with
        # another one for what the nearest neighbours round.
        self.margin = 3 * step
        self.radius = (15 * blocks + 2) * step + self.margin
        self.live_bytes = (
            4 * (3 * width + 6 * growth) // step**2 + 12,
            4 * 3 * width * 16 // step**2,
        )
        self.conv_first = nn.Conv2d(3 * step**2, width, 3, 1, 1)
        self.body = nn.Sequential(*(_Block(width, growth) for _ in range(blocks)))
        self.conv_body = nn.Conv2d(width, width, 3, 1, 1)
        self.conv_up1 = nn.Conv2d(width, width, 3, 1, 1)
        self.conv_up2 = nn.Conv2d(width, width, 3, 1, 1)
        self.conv_hr = nn.Conv2d(width, width, 3, 1, 1)
        self.conv_last = nn.Conv2d(width, 3, 3, 1, 1)

    def features(self, x: Tensor) -> Tensor:
        """See the base."""
        x = x.to(self.conv_first.weight.dtype)
        first = self.conv_first(F.pixel_unshuffle(x, self.multiple))
        return first + self.conv_body(self.body(first))

    def enlarge(self, features: Tensor, x: Tensor) -> Tensor:
        """See the base."""
        out = features
        for layer in (self.conv_up1, self.conv_up2):
            out = F.leaky_relu(layer(F.interpolate(out, scale_factor=2, mode="nearest")), 0.2)
        return self.conv_last(F.leaky_relu(self.conv_hr(out), 0.2)).to(x.dtype)


def fitting(state: Mapping[str, Tensor]) -> Upscaler | None:
    """The network whose parameters these look like, on the meta device; None when neither is.

    Sizes are read from names and shapes; whether all parameters fit is for the caller to find.
    """
    with torch.device("meta"):
        try:
            if "conv_first.weight" in state and "body.0.rdb1.conv1.weight" in state:
                width, channels = state["conv_first.weight"].shape[:2]
                growth = state["body.0.rdb1.conv1.weight"].shape[0]
                blocks = _bounded(1 + max(_index(key) for key in state))
                return RRDBNet(width, blocks, growth, {3: 4, 12: 2, 48: 1}[channels])
            if "body.0.weight" in state and "body.1.weight" in state:
                width, last = state["body.0.weight"].shape[0], max(_index(key) for key in state)
                scale = round((state[f"body.{last}.weight"].shape[0] / 3) ** 0.5)
                return Compact(width, _bounded(last // 2 - 1), _bounded(scale, 8))
        except (KeyError, ValueError, IndexError, RuntimeError):
            return None
    return None


def _bounded(count: int, most: int = 256) -> int:
    if not 1 <= count <= most:
        raise ValueError(f"{count} cannot be")
    return count


def _index(key: str) -> int:
    """N of ``body.N...``; -1 without."""
    parts = key.split(".")
    return int(parts[1]) if parts[0] == "body" and len(parts) > 2 and parts[1].isdigit() else -1
