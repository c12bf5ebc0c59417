"""One measurement of ``make bench-upscale``, in a process of its own so that its peak is its own.

``python -m tools.measure_upscale METHOD EDGE [WEIGHTS]``: enlarges a picture of EDGE x EDGE pixels
fourfold and prints ``{"seconds": ..., "peak_mb": ...}``.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from maquette.backend.imaging.picture_file import Picture
from maquette.backend.imaging.upscaled_file import write_rows
from maquette.backend.imaging.upscaler_loading import LoadedUpscaler, load_upscaler
from maquette.backend.imaging.upscaling import enlarge
from maquette.backend.networks.esrgan import Compact

#: ``naive`` is the network called once on the whole picture; ``none`` loads all and does nothing.
METHODS = ("none", "naive", "tiled float32", "tiled")
SCALE = 4


def network(weights: str, half: bool | None) -> LoadedUpscaler:
    """The published network, or one of its build with random numbers: as fast, and as large."""
    if weights:
        return load_upscaler([Path(weights)], "general-x4v3", "cpu", half=half)
    with tempfile.TemporaryDirectory() as folder:
        torch.manual_seed(0)
        path = Path(folder, "random.pth")
        torch.save({"params": Compact(64, 32, SCALE).state_dict()}, path)
        return load_upscaler([path], "general-x4v3", "cpu", half=half)


def picture(edge: int) -> np.ndarray:
    """Noise over waves, (edge, edge, 3) uint8."""
    y, x = np.mgrid[:edge, :edge].astype(np.float32)
    waves = np.stack([128 + 90 * np.sin(x / (5 + c)) * np.cos(y / 7) for c in range(3)], -1)
    noise = np.random.default_rng(0).normal(0, 8, waves.shape).astype(np.float32)
    return np.clip(waves + noise, 0, 255).astype(np.uint8)


def naive(loaded: LoadedUpscaler, pixels: np.ndarray, target: Path) -> None:
    """What a first attempt does: one float32 tensor of the whole picture."""
    model = loaded.model.to(memory_format=torch.contiguous_format)
    with torch.inference_mode():
        x = torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255
        made = (model(x)[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    from PIL import Image

    Image.fromarray(made).save(target, compress_level=4)


def run(method: str, edge: int, weights: str) -> dict[str, float]:
    """Measure; a small picture is enlarged first, so that nothing is set up in the time."""
    loaded = network(weights, None if method == "tiled" else False)
    pixels = picture(edge)
    seconds = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for size in (64, edge) if method != "none" else ():
            began = time.perf_counter()
            target = Path(folder, "out.png")
            if method == "naive":
                naive(loaded, pixels[:size, :size].copy(), target)
            else:
                write_rows(enlarge(Picture(pixels[:size, :size], False), loaded, SCALE), target, "")
            seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": seconds, "peak_mb": peak / (1e6 if sys.platform == "darwin" else 1e3)}


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], int(sys.argv[2]), (sys.argv[3:] or [""])[0])))
