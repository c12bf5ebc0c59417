"""Enlarge a picture tile by tile: colour and alpha apart, in its own depth and range.

Networks know photographs as they are displayed: sRGB numbers of 0..1, without transparency. So

- integers are taken as the sRGB that they are, 8 or 16 bits, and come back as such;
- linear light goes through :mod:`.tone`, all of it, and comes back as linear light;
- colour is straight, and under what is transparent lies the nearest colour that can be seen, so
  that no edge of the object is an edge to black;
- alpha is enlarged by the same network as a grey picture, within what a pixel and its neighbours
  have; linear light is multiplied by the new alpha again. Only light that does not cover (a glow,
  in linear pictures) is left as it is, since there is nothing to divide it by.

What the network enlarges by another factor than was asked for is resampled (bicubic, over the
area of the new pixels). Tiles follow the context rule of :mod:`.tiling`; where the network looks
further than :data:`CONTEXT_LIMIT` they see that far, and differ a little from the whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, maximum_filter, minimum_filter
from torch import Tensor
from torch.nn import functional as F

from ...core.errors import Fix, MaquetteError
from ..device import free_memory_bytes
from ..networks.esrgan import Upscaler
from .picture_file import Picture
from .tiling import Window, even_size, picture_windows, run_windows
from .tone import compress, expand
from .upscaler_loading import LoadedUpscaler

#: Tiles see at most so many pixels beyond what is kept. The compact networks look 18 or 34 pixels
#: far, and their tiles are exact; the large one looks 350, of which nobody can pay for.
CONTEXT_LIMIT = 48
MAX_OUTPUT_PIXELS = 1 << 28
#: Kept beyond a core where its new pixels are resampled: two pixels are more than the filter sees.
_BORDER = 2
_CPU_BYTES = 512 * 1024**2
_GPU_BYTES = 4 * 1024**3
_TILES = (1024, 768, 512, 384, 256, 192, 128, 96, 64)
_CPU_TILE = 512
#: Cover below which linear light is not divided by it.
_THIN = 1e-3

Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Enlargement:
    """A picture that is made while its rows are taken.

    Attributes:
        letters, dtype: of the rows; as the source's.
        rows: arrays (n, width, channels), from the top; made once.
    """

    height: int
    width: int
    letters: str
    dtype: np.dtype
    rows: Iterator[np.ndarray]


@dataclass(frozen=True)
class Tiles:
    """How a picture is cut.

    Attributes:
        tile: height and width of a core, input pixels.
        context: input pixels that the network sees beyond what is kept.
        batch: windows at once.
    """

    tile: tuple[int, int]
    context: int
    batch: int = 1


def enlarge(
    picture: Picture,
    loaded: LoadedUpscaler,
    scale: int,
    progress: Progress = lambda share: None,
    tiles: Tiles | None = None,
) -> Enlargement:
    """Begin to enlarge; the work is done while :attr:`Enlargement.rows` are taken.

    Args:
        scale: 2, 3 or 4.
        progress: called with the share done, 0 to 1, after every window; may raise to stop.
        tiles: None takes what fits into memory.

    Raises:
        MaquetteError: ``upscale-too-large``.
    """
    height, width = picture.pixels.shape[:2]
    if height * width * scale**2 > MAX_OUTPUT_PIXELS:
        raise MaquetteError(
            "upscale-too-large",
            f"At {scale} times its size the picture would have "
            f"{height * width * scale**2 / 1e6:.0f} megapixels; {MAX_OUTPUT_PIXELS / 1e6:.0f} are "
            "the most. Choose a smaller factor or cut the picture.",
            Fix.CHOOSE_IMAGE,
        )
    # Half precision is finer than 8 bits can show, and coarser than 16 bits or a wide range.
    quick = loaded.quick if picture.pixels.dtype == np.uint8 else None
    model = quick or loaded.model
    tiles = tiles or fitting_tiles(model, loaded.device, height, width)
    work = _Work(picture, model, loaded.device, scale, tiles, progress)
    return Enlargement(
        height * scale, width * scale, picture.letters, picture.pixels.dtype, work.rows()
    )


def fitting_tiles(model: Upscaler, device: str, height: int, width: int) -> Tiles:
    """Tiles for a picture of that size: large, equal, and within a share of the memory."""
    gpu = device.startswith("cuda")
    context = _up(min(model.radius, CONTEXT_LIMIT), model.multiple)
    budget = min(_GPU_BYTES, free_memory_bytes(device) // 3) if gpu else _CPU_BYTES
    share = next(model.parameters()).dtype.itemsize / 4

    def cost(edge: int) -> float:
        far, near = (edge + 2 * (context + _BORDER)) ** 2, (edge + 2 * model.margin) ** 2
        return share * (model.live_bytes[0] * far + model.live_bytes[1] * near)

    most = _TILES[0] if gpu else _CPU_TILE
    edge = next((t for t in _TILES if t <= most and cost(t) <= budget), _TILES[-1])

    def equal(length: int) -> int:
        return _up(math.ceil(length / math.ceil(length / edge)), model.multiple)

    batch = max(1, min(8, int(budget / cost(edge)))) if gpu else 1
    return Tiles((equal(height), equal(width)), context, batch)


def bleed(colour: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Replace hidden pixels by the nearest one that is seen.

    Args:
        colour: (h, w, channels).
        hidden: (h, w) bool.

    Returns:
        A new array; the same one where nothing or everything is hidden.
    """
    if not hidden.any() or hidden.all():
        return colour
    rows, columns = distance_transform_edt(hidden, return_distances=False, return_indices=True)
    return np.asarray(colour[rows, columns])


class _Work:
    """One enlargement under way."""

    def __init__(
        self,
        picture: Picture,
        model: Upscaler,
        device: str,
        scale: int,
        tiles: Tiles,
        progress: Progress,
    ) -> None:
        self._picture, self._model, self._device, self._scale = picture, model, device, scale
        self._tiles, self._progress = tiles, progress
        self._top = 1.0 if picture.linear else float(np.iinfo(picture.pixels.dtype).max)
        self._alpha = picture.pixels[..., -1] if picture.alpha else None
        self._colour, self._divided = _straight(picture)
        self._peak = self._floor = 1.0
        if picture.linear and picture.colours:
            self._peak = max(float(self._colour.max()), 1.0)
            lowest = torch.tensor(min(float(self._colour.min()), 0.0))
            self._floor = float(compress(lowest, self._peak))
        self._done = self._total = 0

    def rows(self) -> Iterator[np.ndarray]:
        height, width = self._picture.pixels.shape[:2]
        m = self._model.multiple
        border = 0 if self._model.scale == self._scale else _up(_BORDER, m)
        cut = list(
            picture_windows(
                _up(height, m), _up(width, m), self._tiles.tile, self._tiles.context, border
            )
        )
        passes = bool(self._picture.colours) + self._picture.alpha
        self._total = passes * sum(map(len, cut))
        self._progress(0.0)
        for windows in cut:
            yield self._strip(windows)

    @torch.inference_mode()
    def _strip(self, windows: list[Window]) -> np.ndarray:
        """One row of tiles, in the picture's own type."""
        height, width, channels = self._picture.pixels.shape
        s, top = self._scale, windows[0].core.top
        bottom = min(windows[0].core.bottom, height)
        strip = np.empty(((bottom - top) * s, width * s, channels), self._picture.pixels.dtype)

        def place(window: Window) -> tuple[slice, slice]:
            core = window.core
            return (
                slice((core.top - top) * s, (core.bottom - top) * s),
                slice(core.left * s, core.right * s),
            )

        if self._alpha is not None:
            flat = [w for w in windows if self._is_flat(w)]
            for window in flat:
                strip[..., -1][place(window)] = self._alpha[window.around.slices].flat[0]
                self._count()
            for window, part in self._run([w for w in windows if w not in flat], self._read_alpha):
                whole = part.mean(0).cpu().numpy()
                self._put(strip[..., -1][place(window)], np.clip(whole, *self._bounds(window)))
        if self._picture.colours:
            for window, part in self._run(windows, self._read_colour):
                target = strip[place(window)][..., : self._picture.colours]
                made = part if self._picture.colours == 3 else part.mean(0, keepdim=True)
                if self._picture.linear:
                    made = expand(made.clamp(self._floor, 1.0), self._peak)
                whole = made.permute(1, 2, 0).cpu().numpy()
                if self._divided:
                    cover = strip[place(window)][..., -1:]
                    whole = whole[: cover.shape[0], : cover.shape[1]] * cover
                self._put(target, whole)
        return strip

    def _put(self, target: np.ndarray, values: np.ndarray) -> None:
        """Write what of the values lies within the picture, in its type."""
        values = values[: target.shape[0], : target.shape[1]]
        if not self._picture.linear:
            values = np.rint(np.clip(values, 0.0, 1.0) * self._top)
        target[...] = values

    def _run(
        self, windows: list[Window], read: Callable[[Window], Tensor]
    ) -> Iterator[tuple[Window, Tensor]]:
        """Enlarge windows and bring their cores to the scale that was asked for."""
        native, wanted = self._model.scale, self._scale
        for window, made in run_windows(self._model, windows, read, self._tiles.batch):
            part = made
            if native != wanted:
                size = [edge // native * wanted for edge in made.shape[1:]]
                part = F.interpolate(
                    made[None], size, mode="bicubic", align_corners=False, antialias=True
                )[0]
            yield window, part[window.core.seen_from(window.kept).times(wanted).slices]
            self._count()

    def _count(self) -> None:
        self._done += 1
        self._progress(self._done / self._total)

    def _read_colour(self, window: Window) -> Tensor:
        return self._read(self._colour[window.around.slices[1:]], self._picture.linear)

    def _read_alpha(self, window: Window) -> Tensor:
        assert self._alpha is not None
        return self._read(self._alpha[window.around.slices][..., None], False)

    def _read(self, piece: np.ndarray, linear: bool) -> Tensor:
        """(h, w, 1 or 3) to what the network sees, (3, h, w) of 0..1."""
        x = torch.from_numpy(piece.astype(np.float32)).to(self._device).permute(2, 0, 1)
        x = compress(x, self._peak) if linear else x / self._top
        return even_size(x, self._model.multiple).expand(3, -1, -1)

    def _bounds(self, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Least and most alpha that is plausible, for each new pixel of a core.

        That of the pixel and its neighbours: what is hidden stays hidden, what covers covers.
        """
        assert self._alpha is not None
        near = window.core.grown(1, *self._alpha.shape)
        piece = self._alpha[near.slices].astype(np.float32) / self._top
        inner = window.core.seen_from(near).slices
        low, high = (f(piece, 3, mode="nearest")[inner] for f in (minimum_filter, maximum_filter))
        if low.shape != window.core.size:  # the core reaches beyond an odd picture
            more = [(0, a - b) for a, b in zip(window.core.size, low.shape, strict=True)]
            low, high = (np.pad(bound, more, "edge") for bound in (low, high))
        s = self._scale
        return low.repeat(s, 0).repeat(s, 1), high.repeat(s, 0).repeat(s, 1)

    def _is_flat(self, window: Window) -> bool:
        assert self._alpha is not None
        seen = self._alpha[window.around.slices]
        return bool((seen == seen.flat[0]).all())


def _straight(picture: Picture) -> tuple[np.ndarray, bool]:
    """The colour to enlarge, (h, w, 0, 1 or 3), and whether it was divided by alpha for that."""
    colour = picture.pixels[..., : picture.colours]
    if not picture.alpha or not picture.colours or not picture.covers:
        return colour, False
    alpha = picture.pixels[..., -1]
    if not picture.linear:
        return bleed(colour, alpha == 0), False
    hidden = alpha < _THIN
    if (colour[hidden] != 0).any():
        return colour, False
    cover = np.where(hidden, 1.0, alpha).astype(np.float64)[..., None]
    most = np.finfo(np.float32).max
    straight = np.clip(colour / cover, -most, most).astype(np.float32)
    return bleed(straight, hidden), True


def _up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple
