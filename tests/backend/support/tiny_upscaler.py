"""Small networks with the build of the real ones, and pictures for them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from maquette.backend.imaging.upscaler_loading import LoadedUpscaler, load_upscaler
from maquette.backend.networks.esrgan import Compact, RRDBNet, Upscaler


def tiny(kind: str = "compact") -> Upscaler:
    """A network with fixed random weights; ``plain`` repeats pixels and adds nothing."""
    torch.manual_seed(3)
    made = {
        "compact": lambda: Compact(8, 2, 4),
        "plain": lambda: Compact(8, 2, 4),
        "rrdb4": lambda: RRDBNet(8, 1, 4, 4),
        "rrdb2": lambda: RRDBNet(8, 1, 4, 2),
    }[kind]()
    if isinstance(made, Compact):
        with torch.no_grad():
            made.body[-1].weight *= 0.0 if kind == "plain" else 0.3
            made.body[-1].bias.zero_()
    return made.eval().requires_grad_(False)


def loaded(kind: str = "compact") -> LoadedUpscaler:
    """The same, as the product holds it, in float32."""
    return LoadedUpscaler(tiny(kind), None, kind, "0" * 64, "cpu")


def stored(folder: Path, kind: str = "compact") -> Path:
    """The same as a file, as its publishers store it."""
    path = folder / f"{kind}.pth"
    torch.save({"params": tiny(kind).state_dict()}, path)
    assert load_upscaler([path], kind, "cpu").model.scale == tiny(kind).scale
    return path


def scene(height: int, width: int, channels: int = 3) -> np.ndarray:
    """Waves, an edge and some noise, (h, w, channels) uint8."""
    y, x = np.mgrid[:height, :width].astype(float)
    waves = [128 + 90 * np.sin(x / (3 + c) + y / 5) * np.cos(y / (4 + c)) for c in range(channels)]
    pixels = np.stack(waves, axis=-1) + np.random.default_rng(0).normal(0, 6, (height, width, 1))
    pixels[height // 3 : height // 2, width // 4 : width // 2] = 250
    return np.clip(pixels, 0, 255).astype(np.uint8)


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    """A picture file."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()
