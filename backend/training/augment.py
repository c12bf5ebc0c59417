"""What may happen to a cut-out picture before the network sees it.

The product cuts objects out of photographs, so that edges are a little wrong: eaten away, grown,
soft, with holes, with bits of the background, with something in front. Cameras add noise, blur,
compression and colours of their own. Most pictures get a few of these changes, some get none.

Pictures are changed one after another: one fits into a processor's cache and a batch does not,
and a change that a picture does not get costs nothing.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

# Share of the pictures that each change is made to.
_COLOUR, _BEND, _GREY, _CUT, _HOLES, _SCRAPS = 0.9, 0.4, 0.03, 0.45, 0.1, 0.15
_OCCLUDER, _BLUR, _COMPRESS, _NOISE = 0.1, 0.35, 0.3, 0.5

#: Luminance table of JPEG's standard (ITU-T T.81, annex K.1), for a quality of 50.
_TABLE = (
    *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
    *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
    *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
    *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
)


def augmented(picture: Tensor, generator: torch.Generator) -> Tensor:
    """Change pictures as photographing, compressing and cutting out do.

    Args:
        picture: (B, 4, H, W) float, colour premultiplied by alpha, both 0..1. H and W are
            multiples of 8.
        generator: decides everything; lives on the picture's device.

    Returns:
        The same shape, dtype and ranges; no colour exceeds its alpha. The argument stays as it is.
    """
    draw = _Draw(generator, len(picture), picture.dtype)
    grain = torch.randn(
        picture.shape[1:], generator=generator, device=picture.device, dtype=torch.float32
    )[:3].to(picture.dtype)
    out = torch.empty_like(picture)
    for number, one in enumerate(picture):
        out[number] = _changed(one, grain, draw)
    return out


class _Draw:
    """Random numbers; plain ones are drawn all at once, so that a device is asked only once."""

    #: More numbers than one picture can need.
    _EACH = 64

    def __init__(self, generator: torch.Generator, count: int, dtype: torch.dtype) -> None:
        self._generator, self._dtype = generator, dtype
        drawn = torch.rand(count * self._EACH, generator=generator, device=generator.device)
        self._numbers = iter(drawn.tolist())

    def even(self, low: float, high: float) -> float:
        """A number between two ends."""
        return low + (high - low) * next(self._numbers)

    def happens(self, share: float) -> bool:
        """True in a share of the cases."""
        return next(self._numbers) < share

    def three(self, low: float, high: float) -> list[float]:
        """Three numbers between two ends."""
        return [self.even(low, high) for _ in range(3)]

    def spots(self, like: Tensor, cells: int) -> Tensor:
        """(1, H, W) smooth noise within 0..1, with ``cells`` spots along an edge."""
        shape = (1, 1, cells, cells)
        coarse = torch.rand(shape, generator=self._generator, device=like.device).to(self._dtype)
        size = (like.shape[1], like.shape[2])
        return F.interpolate(coarse, size=size, mode="bilinear", align_corners=False)[0]


def _changed(picture: Tensor, grain: Tensor, draw: _Draw) -> Tensor:
    """One picture, (4, H, W)."""
    rgb, alpha = picture[:3], picture[3:]
    if draw.happens(_COLOUR):
        rgb = _recoloured(rgb, alpha, draw)
    if draw.happens(_CUT):
        rgb, alpha = _recut(rgb, alpha, draw)
    if draw.happens(_HOLES):
        keep = 1 - ((draw.spots(alpha, 16) - 0.8) * 12).clamp(0, 1)
        rgb, alpha = rgb * keep, alpha * keep
    if draw.happens(_SCRAPS):
        rgb, alpha = _with_scraps(rgb, alpha, draw)
    if draw.happens(_OCCLUDER):
        rgb, alpha = _occluded(rgb, alpha, draw)
    if draw.happens(_BLUR):
        rgb, alpha = _blurred(torch.cat([rgb, alpha]), draw).split((3, 1))
    if draw.happens(_COMPRESS):
        rgb = _compressed(rgb, draw.even(0.5, 4.0))
    if draw.happens(_NOISE):
        turn = (int(draw.even(0, grain.shape[1])), int(draw.even(0, grain.shape[2])))
        rgb = torch.addcmul(rgb, grain.roll(turn, (1, 2)), alpha, value=draw.even(0.0, 0.05))
    alpha = alpha.clamp(0, 1)
    return torch.cat([torch.minimum(rgb.clamp_min(0), alpha), alpha])


def _recoloured(rgb: Tensor, alpha: Tensor, draw: _Draw) -> Tensor:
    """Brightness, saturation, white balance, haze and gamma of an object."""
    saturation = 0.0 if draw.happens(_GREY) else draw.even(0.5, 1.35)
    gains = [draw.even(0.72, 1.28) * factor for factor in draw.three(0.9, 1.1)]
    # A matrix does saturation and gains in one pass over the picture.
    mix = torch.diag(torch.tensor([saturation] * 3)) + (1 - saturation) / 3
    mix = (torch.tensor(gains)[:, None] * mix).to(rgb)
    out = (mix @ rgb.flatten(1)).view(rgb.shape)
    out = torch.add(out, alpha, alpha=draw.even(-0.05, 0.07))
    out = torch.minimum(out.clamp_min(0), alpha)
    if draw.happens(_BEND):
        # A quadratic through 0 and 1 is close to a power, and much faster.
        out = torch.addcmul(out, out, alpha - out, value=draw.even(-0.35, 0.35))
    return out


def _recut(rgb: Tensor, alpha: Tensor, draw: _Draw) -> tuple[Tensor, Tensor]:
    """Cut the object out again, not quite right: eaten away, grown or soft.

    Where the new alpha exceeds the old one, the background shows.
    """
    # The mean of the neighbourhood falls from 1 to 0 across the edge: a threshold moves the edge,
    # by 2 pixels at most, and by different amounts along it.
    near = _soft(_soft(alpha, 1), 2)
    if draw.happens(0.4):
        cut = torch.lerp(alpha, near, draw.even(0.2, 0.9))
    else:
        shift = (draw.spots(alpha, 12) - 0.5) * draw.even(0.0, 0.5) + draw.even(0.2, 0.7)
        cut = ((near - shift) * draw.even(3.0, 8.0) + 0.5).clamp(0, 1)
    background = alpha.new_tensor(draw.three(0.0, 1.0)).view(3, 1, 1)
    return (rgb + background * (1 - alpha)) * cut, cut


def _with_scraps(rgb: Tensor, alpha: Tensor, draw: _Draw) -> tuple[Tensor, Tensor]:
    """Leave bits of the background that are close to the object."""
    close = F.max_pool2d(alpha[None, :, ::4, ::4], 7, 1, 3)
    size = (alpha.shape[1], alpha.shape[2])
    close = F.interpolate(close, size=size, mode="bilinear", align_corners=False)[0]
    scraps = ((draw.spots(alpha, 14) - 0.75) * 10).clamp(0, 1) * close * (1 - alpha)
    scraps = scraps * draw.even(0.3, 1.0)
    colour = alpha.new_tensor(draw.three(0.0, 1.0)).view(3, 1, 1)
    return torch.addcmul(rgb, scraps, colour), alpha + scraps


def _occluded(rgb: Tensor, alpha: Tensor, draw: _Draw) -> tuple[Tensor, Tensor]:
    """Something before the object that was cut away with the background, or kept with it."""
    height, width = alpha.shape[1:]
    y = torch.linspace(0, 1, height, device=alpha.device, dtype=alpha.dtype).view(1, -1, 1)
    x = torch.linspace(0, 1, width, device=alpha.device, dtype=alpha.dtype).view(1, 1, -1)
    angle, dx, dy = draw.even(0, math.pi), x - draw.even(0.1, 0.9), y - draw.even(0.1, 0.9)
    u = dx * math.cos(angle) + dy * math.sin(angle)
    v = dy * math.cos(angle) - dx * math.sin(angle)
    # Between an ellipse and a box; half a picture long at most.
    far = (u / draw.even(0.02, 0.25)) ** 4 + (v / draw.even(0.02, 0.1)) ** 4
    cover = ((1.5 - far) * 2).clamp(0, 1)
    kept = alpha * cover if draw.happens(0.5) else torch.zeros_like(alpha)
    colour = alpha.new_tensor(draw.three(0.0, 1.0)).view(3, 1, 1)
    return torch.addcmul(rgb * (1 - cover), kept, colour), alpha * (1 - cover) + kept


def _blurred(picture: Tensor, draw: _Draw) -> Tensor:
    """Out of focus, or sharpened."""
    mix = draw.even(-0.5, 1.0)
    soft = _soft(picture, 1)
    if mix > 0 and draw.happens(0.3):
        soft = _soft(soft, 2)
    return torch.lerp(picture, soft, mix)


def _soft(picture: Tensor, step: int) -> Tensor:
    """Average (C, H, W) with the neighbours ``step`` pixels away by 1 : 2 : 1; the rim stays.

    Sums of shifted pictures; torch's own pooling takes eight times as long on a processor.
    """
    across = picture.clone()
    across[:, :, step:-step] *= 0.5
    across[:, :, step:-step].add_(picture[:, :, : -2 * step], alpha=0.25)
    across[:, :, step:-step].add_(picture[:, :, 2 * step :], alpha=0.25)
    down = across.clone()
    down[:, step:-step] *= 0.5
    down[:, step:-step].add_(across[:, : -2 * step], alpha=0.25)
    down[:, step:-step].add_(across[:, 2 * step :], alpha=0.25)
    return down


def _compressed(rgb: Tensor, coarseness: float) -> Tensor:
    """What JPEG leaves: cosine coefficients of 8x8 blocks, rounded by the standard's table.

    All three colours are treated as luminance is, which errs on the side of less loss in colour.

    Args:
        coarseness: multiple of the table; 0.5 is a quality of 75 and 4 one of about 12.
    """
    height, width = rgb.shape[1:]
    turn = _cosines(rgb)
    blocks = rgb.reshape(3, height // 8, 8, width // 8, 8).transpose(2, 3).reshape(-1, 8, 8)
    step = rgb.new_tensor(_TABLE).view(8, 8) * (coarseness / 255)
    rounded = torch.round(turn @ blocks @ turn.T / step) * step
    back = (turn.T @ rounded @ turn).view(3, height // 8, width // 8, 8, 8)
    return back.transpose(2, 3).reshape(rgb.shape)


def _cosines(like: Tensor) -> Tensor:
    """(8, 8) orthonormal cosine transform, rows are frequencies."""
    n = torch.arange(8, device=like.device, dtype=torch.float32)
    rows = torch.cos(math.pi / 8 * (n + 0.5) * n[:, None]) * 0.5
    rows[0] /= math.sqrt(2)
    return rows.to(like.dtype)
