"""One measurement of ``make bench-models``, in a process of its own for the peak of memory.

``python -m tools.measure_models MODEL WAY DEVICE FOLDER``, run with ``.venv``'s Python. The way
``plain`` asks the whole grid in float32 and must come first: it also writes the level at which
``fast``, the way of the product, looks for the surface. ``compiled`` is the same with torch's
compiler, which has compiled nothing before. ``rewritten`` measures what half precision does to
weights in which blocks rewrite much of what runs through the network.

Released weights cannot be part of a repository, so they are drawn from a seed, as torch draws
them, with three changes that give a surface of ordinary size: the learned tokens are a smooth
random field, since neighbours look alike in trained models, and outweigh what single blocks add;
the upsampling does not tell its four places apart; and the head is drawn after He et al. 2015,
whose values do not fade from layer to layer. The surface is put where the raw value has its
quantile ``QUANTILE``, which gives between the 32,000 triangles that the literature names for
TripoSR's meshes and what OpenLRM's have at this grid, some 290,000 (Boss et al. 2024, with 662,000
at 384 cells).
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .demo import PICTURE
from .measure import machine

if TYPE_CHECKING:
    from maquette.backend.engines.plane_engine import PlaneEngine
    from maquette.backend.networks.lrm import LargeReconstructor

CELLS = 256
QUANTILE = 0.99
SEED = 0
#: Control points of the smooth random field along an edge of a plane.
_CONTROL = 5
#: Its deviation. Each block adds about 1 to what runs through the network.
_STRENGTH = 4.0
#: The same where blocks are to rewrite much of what runs through.
_WEAK = 1.0
_CHUNK = 1 << 17
#: Runs of the product's way after the first.
WARM_RUNS = 2


def drawn_model(name: str, strength: float = _STRENGTH) -> LargeReconstructor:
    """A full-size model with weights from the seed."""
    import torch
    from torch import nn

    from maquette.backend.networks.lrm import LargeReconstructor
    from maquette.backend.networks.published import MODELS

    torch.manual_seed(SEED)
    model = LargeReconstructor(MODELS[name]).eval().requires_grad_(False)
    tokens, upsample = model.planes.tokens, model.planes.upsample.weight
    side, width = model.config.planes.side, model.config.planes.block.width
    smooth = nn.functional.interpolate(
        torch.randn(3, width, _CONTROL, _CONTROL), size=(side, side), mode="bicubic"
    )
    if tokens.dim() == 3:  # (1, 3 side^2, width), not (3, width, side, side)
        smooth = smooth.permute(0, 2, 3, 1).reshape(tokens.shape)
    tokens.copy_(strength * smooth)
    # Where no norm comes before it, the strength goes on into the planes.
    scale = 3 / strength if model.config.planes.residual else 3
    upsample.copy_(scale * upsample[:, :, :1, :1].expand_as(upsample))
    for layer in model.head.net:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            layer.bias.zero_()
    return model


def engine_of(name: str) -> PlaneEngine:
    """The product's engine for a release, without a model."""
    from maquette.backend.engines.openlrm import OpenLRM
    from maquette.backend.engines.triposr import TripoSR

    return TripoSR() if name == "triposr" else OpenLRM.variant(name)()


class Clock:
    """Wall and processor seconds of named parts."""

    def __init__(self) -> None:
        self.seconds: dict[str, dict[str, float]] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure what is done within."""
        wall, processor = time.perf_counter(), _processor_seconds()
        yield
        self.seconds[name] = {
            "wall": time.perf_counter() - wall,
            "processor": _processor_seconds() - processor,
        }


def _processor_seconds() -> float:
    """Of this process and of those that it waited for, compilers among them."""
    return sum(os.times()[:4])


def plain(name: str, device: str, folder: Path) -> dict[str, Any]:
    """The reference: float32, every point of the grid, skimage's marching cubes."""
    import torch
    from skimage import measure

    from maquette.backend.meshing.glb import write_glb
    from maquette.backend.networks.plane_field import PlaneField
    from maquette.core.colour import srgb_to_linear

    torch.backends.cuda.matmul.allow_tf32 = False
    engine, view, clock = engine_of(name), _view(folder), Clock()
    model = drawn_model(name).to(device)
    engine._model = model
    with torch.inference_mode():
        with clock.part("encode"):
            ready = engine.prepare([view])
            cameras = None if ready.cameras is None else ready.cameras.to(device)
            planes = model.encode(ready.images.to(device), cameras)
            _wait(device)
        level = _level(model, planes)
        model.config = replace(model.config, level=level)
        field = PlaneField(model, planes, engine.turn())
        with clock.part("field"):
            line = torch.linspace(-0.5, 0.5, CELLS + 1, device=device)
            values = torch.empty(CELLS + 1, (CELLS + 1) ** 2)
            for i in range(CELLS + 1):
                slab = torch.cartesian_prod(line[i : i + 1], line, line)
                parts = [field.values(part) for part in slab.split(_CHUNK)]
                values[i] = torch.cat(parts).cpu()
        with clock.part("mesh"):
            grid = values.view(CELLS + 1, CELLS + 1, CELLS + 1).numpy() - level
            for axis in range(3):  # closed where the surface leaves the grid, as ours are
                border = np.moveaxis(grid, axis, 0)
                border[0] = border[0].clip(max=-1e-3)
                border[-1] = border[-1].clip(max=-1e-3)
            vertices, faces, _, _ = measure.marching_cubes(grid, 0.0, gradient_direction="ascent")
            vertices = (vertices / CELLS - 0.5).astype(np.float32)
        with clock.part("colour"):
            colours = srgb_to_linear(field.colour(vertices))
        with clock.part("pack"):
            glb = write_glb(vertices, faces, colours)
    (folder / f"{name}.glb").write_bytes(glb)
    np.savez(folder / f"{name}.npz", vertices=vertices, faces=faces)
    (folder / f"{name}.json").write_text(json.dumps({"level": level}), encoding="utf-8")
    return {
        "seconds": clock.seconds,
        "queries": (CELLS + 1) ** 3,
        "vertices": len(vertices),
        "faces": len(faces),
    }


def fast(name: str, device: str, folder: Path) -> dict[str, Any]:
    """The product: from the picture's bytes to the GLB, as the service runs it."""
    from maquette.backend.imaging.matting import Matting
    from maquette.backend.pipeline import reconstruct_picture
    from maquette.core.protocol import Detail, JobSettings

    engine: Any = engine_of(name)
    model = drawn_model(name)
    told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    model.config = replace(model.config, level=told["level"])
    engine.use(model, device)
    settings = JobSettings(engine=name, detail=Detail.FINE)
    runs, made, data = [], [], Path(PICTURE).read_bytes()
    real = engine.reconstruct

    def kept(*arguments: Any) -> Any:
        made.append(real(*arguments))
        return made[-1]

    engine.reconstruct = kept
    for _ in range(WARM_RUNS + 1):
        clock = Clock()
        with clock.part("total"):
            done = reconstruct_picture(
                data, settings, engine, Matting(folder), lambda stage, share: None, name
            )
            _wait(device)
        stages = {stage: {"wall": wall} for stage, wall in done.info.timings_s.items()}
        runs.append({**clock.seconds, **stages})
    theirs, ours = np.load(folder / f"{name}.npz"), made[-1]
    return {
        "runs": runs,
        "queries": ours.stats["field_queries"],
        "vertices": len(ours.vertices),
        "faces": len(ours.faces),
        **_apart((ours.vertices, ours.faces), (theirs["vertices"], theirs["faces"])),
        "half": str(engine._half),
        "notes": ours.notes,
    }


def compiled(name: str, device: str, folder: Path) -> dict[str, Any]:
    """The product with torch's compiler."""
    from maquette.backend.compile_option import VARIABLE

    with tempfile.TemporaryDirectory() as nothing_yet:
        os.environ |= {VARIABLE: "1", "TORCHINDUCTOR_CACHE_DIR": nothing_yet}
        return fast(name, device, folder)


def rewritten(name: str, device: str, folder: Path) -> dict[str, Any]:
    """What half precision alone does where learned tokens do not outweigh the blocks."""
    import torch

    from maquette.backend.meshing.plane_surface import extract
    from maquette.backend.networks.plane_field import PlaneField

    engine, model, made = engine_of(name), drawn_model(name, _WEAK).to(device), []
    engine._model, engine._device = model, device
    ready = engine.prepare([_view(folder)])
    whole = engine._planes(ready)
    with torch.inference_mode():
        level = _level(model, whole)
    engine.use(model, device)
    for planes in (whole, engine._planes(ready)):
        model.config = replace(model.config, level=level)
        surface = extract(PlaneField(model, planes, engine.turn()), CELLS)
        made.append((surface.vertices, surface.faces))
    return {**_apart(made[1], made[0]), "strength": _WEAK, "half": str(engine._half)}


def _apart(ours: tuple[Any, Any], theirs: tuple[Any, Any]) -> dict[str, float]:
    """How far the vertices of each mesh lie from the other."""
    off = _distance(ours[0], *theirs) * CELLS
    missed = _distance(theirs[0], *ours) * CELLS
    return {
        "within_half_a_cell": float((off < 0.5).mean()),
        "plain_within_half_a_cell": float((missed < 0.5).mean()),
        "median_cells": float(np.median(off)),
    }


def _distance(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(N,) from points to a mesh, at most a sixth of a triangle's edge too much."""
    from scipy.spatial import cKDTree

    thirds = [(i, j, 3 - i - j) for i in range(4) for j in range(4 - i)]
    weights = np.array(thirds, np.float32) / 3
    inner = np.einsum("kc,fcd->fkd", weights, vertices[faces]).reshape(-1, 3)
    return np.asarray(cKDTree(inner).query(points)[0])


def _view(folder: Path) -> Any:
    from maquette.backend.engines.base import View
    from maquette.backend.imaging.cutout import cut_out
    from maquette.backend.imaging.decode import decode_image
    from maquette.backend.imaging.matting import Matting
    from maquette.core.protocol import Background

    rgba = decode_image(Path(PICTURE).read_bytes())
    return View(cut_out(rgba, Background.AUTO, Matting(folder)).rgba)


def _level(model: LargeReconstructor, planes: Any) -> float:
    """The density at the raw values' quantile."""
    import torch

    from maquette.backend.networks.heads import DensityHead

    line = torch.linspace(-1, 1, 49, device=planes.device) * model.config.half
    points = torch.cartesian_prod(line, line, line)[None]
    raw = model.head.value(model.features(planes, points)).flatten().float().quantile(QUANTILE)
    assert isinstance(model.head, DensityHead)
    return float(model.head.density(raw))


def _wait(device: str) -> None:
    if device != "cpu":
        import torch

        torch.cuda.synchronize()


def _threads() -> int:
    import torch

    return int(torch.get_num_threads())


def _memory(device: str) -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    if device == "cpu":
        return {"peak_gb": peak}
    import torch

    return {"peak_gb": peak, "device_peak_gb": torch.cuda.max_memory_allocated() / 1e9}


WAYS = {"plain": plain, "fast": fast, "compiled": compiled, "rewritten": rewritten}


def main(arguments: list[str]) -> int:
    """Measure and print one JSON line."""
    name, way, device, folder = arguments
    before = machine()
    found = WAYS[way](name, device, Path(folder))
    print(json.dumps({**found, **_memory(device), "machine": before, "threads": _threads()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
