"""Cut a picture into windows that a network can enlarge one by one, without seams.

The context rule: a window's core is what is kept of it; around the core the network sees as many
more pixels as one of its output pixels can look at (its receptive field's radius), or up to the
picture's border, where it pads as it would pad the whole. Then a tile is, but for rounding, what
the network makes of the whole picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import EllipsisType

import torch
from torch import Tensor

from ..networks.esrgan import Upscaler


@dataclass(frozen=True)
class Box:
    """Rows ``top`` to ``bottom`` and columns ``left`` to ``right``, ends not included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[EllipsisType, slice, slice]:
        """Index of the box in an array (..., H, W)."""
        return ..., slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.bottom - self.top, self.right - self.left

    def grown(self, by: int, height: int, width: int) -> Box:
        """The box with a border, within a picture of that size."""
        return Box(
            max(self.top - by, 0),
            max(self.left - by, 0),
            min(self.bottom + by, height),
            min(self.right + by, width),
        )

    def seen_from(self, other: Box) -> Box:
        """The same box counted from another one's corner."""
        t, left = other.top, other.left
        return Box(self.top - t, self.left - left, self.bottom - t, self.right - left)

    def times(self, over: int, under: int = 1) -> Box:
        """The box in pixels of another size; all edges must be multiples of ``under``."""
        edges = (self.top, self.left, self.bottom, self.right)
        return Box(*(edge * over // under for edge in edges))


@dataclass(frozen=True)
class Window:
    """One tile, in input pixels.

    Attributes:
        core: the part of the picture that this tile stands for.
        kept: what is asked of the network: the core, and a border for what comes after it.
        around: what the network sees.
    """

    core: Box
    kept: Box
    around: Box


def picture_windows(
    height: int, width: int, tile: tuple[int, int], context: int, border: int = 0
) -> Iterator[list[Window]]:
    """Yield rows of windows, from the top.

    Args:
        tile: height and width of a core, pixels; the last ones may be smaller.
        context: pixels that the network sees beyond what is kept.
        border: pixels that are kept beyond the core.
    """
    for top in range(0, height, tile[0]):
        row = []
        for left in range(0, width, tile[1]):
            core = Box(top, left, min(top + tile[0], height), min(left + tile[1], width))
            kept = core.grown(border, height, width)
            row.append(Window(core, kept, kept.grown(context, height, width)))
        yield row


def run_windows(
    model: Upscaler, windows: list[Window], read: Callable[[Window], Tensor], batch: int = 1
) -> Iterator[tuple[Window, Tensor]]:
    """Enlarge windows, several of one size together.

    All edges must be multiples of the model's ``multiple``.

    Args:
        read: gives what the network sees of a window, (3, h, w).

    Yields:
        Window and (3, h, w) of its ``kept`` box times the model's scale.
    """
    alike: dict[tuple[int, ...], list[Window]] = {}
    for window in windows:
        inner = window.kept.seen_from(window.around)
        alike.setdefault((*window.around.size, *inner.size, inner.top, inner.left), []).append(
            window
        )
    for group in alike.values():
        for start in range(0, len(group), batch):
            some = group[start : start + batch]
            made = _enlarge(model, some[0], torch.stack([read(window) for window in some]))
            yield from zip(some, made, strict=True)


def _enlarge(model: Upscaler, window: Window, x: Tensor) -> Tensor:
    """Enlarge equal windows: features of all that is seen, new pixels of what is kept alone."""
    near = window.kept.grown(model.margin, 1 << 40, 1 << 40)
    around = window.around
    near = Box(
        max(near.top, around.top),
        max(near.left, around.left),
        min(near.bottom, around.bottom),
        min(near.right, around.right),
    )
    inner = near.seen_from(around)
    features = model.features(x)[inner.times(model.density, model.multiple).slices].contiguous()
    out = model.enlarge(features, x[inner.slices])
    return out[window.kept.seen_from(near).times(model.scale).slices]


def even_size(x: Tensor, multiple: int) -> Tensor:
    """Reflect (..., H, W) at its lower and right border until its edges are multiples."""
    for axis in (-1, -2):
        size = x.shape[axis]
        if size % multiple:
            index = torch.arange(size + -size % multiple)
            index = torch.where(index < size, index, 2 * (size - 1) - index).clamp(min=0)
            x = x.index_select(axis, index.to(x.device))
    return x
