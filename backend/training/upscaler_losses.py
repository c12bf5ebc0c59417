"""What the upscaler is trained for: nearness, likeness to a discriminator, likeness in features.

The terms are those of Wang et al., "ESRGAN" (2018): L1, a relativistic average GAN (their
equations 1 and 2) and a perceptual loss on features of VGG19 before activation. The discriminator
is the U-Net with spectral norms of Wang et al., "Real-ESRGAN" (2021).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


def nearness(made: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute difference of (B, 3, H, W) where ``weight`` (B, 1, H, W) sees it."""
    return ((made - truth).abs() * weight).sum() / (3 * weight.sum()).clamp(min=1.0)


def judged_loss(real: Tensor, made: Tensor) -> Tensor:
    """The discriminator's loss, of its logits for true and for made pictures, any shape."""
    return _relative(real, made, 1.0) + _relative(made, real, 0.0)


def deceiving_loss(real: Tensor, made: Tensor) -> Tensor:
    """The generator's loss on the same logits; gradients flow through both, as in the paper."""
    return _relative(real, made, 0.0) + _relative(made, real, 1.0)


def _relative(logits: Tensor, others: Tensor, answer: float) -> Tensor:
    """Half the cross-entropy of "more real than the others on average"."""
    than = logits - others.mean()
    return 0.5 * F.binary_cross_entropy_with_logits(than, torch.full_like(than, answer))


class Discriminator(nn.Module):
    """A U-Net that says of every pixel how real it looks."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        norm = cast(Callable[[nn.Module], nn.Module], spectral_norm)
        self.first = nn.Conv2d(3, width, 3, 1, 1)
        self.down = nn.ModuleList(
            norm(nn.Conv2d(width * 2**i, width * 2 ** (i + 1), 4, 2, 1, bias=False))
            for i in range(3)
        )
        self.up = nn.ModuleList(
            norm(nn.Conv2d(width * 2 ** (i + 1), width * 2**i, 3, 1, 1, bias=False))
            for i in (2, 1, 0)
        )
        self.last = nn.Sequential(
            norm(nn.Conv2d(width, width, 3, 1, 1, bias=False)),
            nn.LeakyReLU(0.2),
            norm(nn.Conv2d(width, width, 3, 1, 1, bias=False)),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 1, 3, 1, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) of 0..1, edges multiples of 8, to logits (B, 1, H, W)."""
        x = F.leaky_relu(self.first(x), 0.2)
        seen = [x]
        for layer in self.down:
            x = F.leaky_relu(layer(x), 0.2)
            seen.append(x)
        seen.pop()
        for layer in self.up:
            x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = F.leaky_relu(layer(x), 0.2) + seen.pop()
        logits: Tensor = self.last(x)
        return logits


#: Channels of VGG19's convolutions; 0 halves the size.
_VGG19 = (64, 64, 0, 128, 128, 0, *[256] * 4, 0, *[512] * 4, 0, *[512] * 4)
#: Its places, counted as in torchvision, whose features before activation are compared, and how
#: much each counts, as in Real-ESRGAN.
_COMPARED = {2: 0.1, 7: 0.1, 16: 1.0, 25: 1.0, 34: 1.0}


class Perception(nn.Module):
    """Features of VGG19 (Simonyan and Zisserman 2015), from weights of its published names.

    Its weights are not part of Maquette, and no training of ours has used them.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for width in _VGG19:
            if not width:
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(channels, width, 3, 1, 1), nn.ReLU()]
            channels = width
        self.features = nn.Sequential(*layers[:-1])
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[:, None, None], False)
        self.register_buffer("spread", torch.tensor([0.229, 0.224, 0.225])[:, None, None], False)
        self.requires_grad_(False)

    @classmethod
    def read(cls, path: Path) -> Perception:
        """Read safetensors with torchvision's names, ``features.0.weight`` and so on.

        Raises:
            OSError, SafetensorError: no such file; RuntimeError: names or shapes are others.
        """
        made = cls()
        state = {k: t.float() for k, t in load_file(path).items() if k.startswith("features.")}
        made.load_state_dict(state)
        return made.eval()

    def forward(self, made: Tensor, truth: Tensor) -> Tensor:
        """Weighted mean absolute difference of the features of (B, 3, H, W) pictures of 0..1."""
        a, b = ((x - self.mean) / self.spread for x in (made, truth))
        total = made.new_zeros(())
        for index, layer in enumerate(self.features):
            a, b = layer(a), layer(b)
            if index in _COMPARED:
                total = total + _COMPARED[index] * F.l1_loss(a, b)
        return total
