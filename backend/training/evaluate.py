"""``maquette evaluate``: measure an engine on the test split.

Every piece of the split is shown to the engine in one Cycles render; nothing but that picture
is given. Shapes are compared in the canonical unit cube as the engine returns them: no
alignment, no scaling, no known camera.
"""

from __future__ import annotations

import argparse
import json
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from ...core.cameras import Camera
from ...core.furniture.distance import is_inside
from ...core.furniture.primitives import bounds, normalisation
from ...core.furniture.sampling import sample_surface
from ...core.furniture.shapes import draw_piece
from ...core.furniture.splits import seeds
from ...core.protocol import CATEGORIES, Detail, JobSettings
from ..engines.base import View
from ..engines.embedded import WEIGHTS, EmbeddedEngine
from ..engines.silhouette_box import SilhouetteBox
from ..meshing.extraction import sample_field
from ..meshing.surface import to_mesh, without_floaters
from ..networks.field import NetworkField
from ..networks.weights_file import restore
from .metrics import POINTS, Scores, Surface, compare_surfaces, inside_volume, iou, sample_mesh
from .renders import read_views

MEASURES = ("iou", "chamfer_l1", "normal_consistency", "f_score")


@dataclass(frozen=True)
class Result:
    """One piece.

    Attributes:
        scores: of the embedded engine.
        box_iou: of the box that fits the silhouette.
        camera_error_deg: angle between true and fitted viewing direction.
        category_right: whether the engine named the category.
    """

    category: str
    seed: int
    scores: Scores
    box_iou: float
    camera_error_deg: float
    category_right: bool


_engine: EmbeddedEngine | None = None


def _prepare(weights: Path) -> None:
    global _engine  # noqa: PLW0603 - one engine a worker process, loaded once
    torch.set_num_threads(1)
    _engine = EmbeddedEngine()
    _engine.use(restore(weights))


def _measure(renders: Path, category: str, seed: int, resolution: int) -> Result:
    assert _engine is not None
    (rgba, camera), *_ = read_views(renders, category, seed)
    piece = draw_piece(category, seed)
    centre, scale = normalisation(piece)
    rng = np.random.default_rng([31, CATEGORIES.index(category), seed])
    cube = rng.uniform(-0.5, 0.5, (POINTS, 3))
    true_inside = is_inside(piece, cube / scale + centre)
    on, normals, _ = sample_surface(piece, POINTS, rng)
    true = Surface((on - centre) * scale, normals)
    low, high = bounds(piece)
    edge = float((high - low).max() * scale)

    encoding, matrix, _ = _engine.look(rgba)
    field = NetworkField(_engine.model, encoding, matrix, torch.device("cpu"))
    volume = without_floaters(sample_field(field.distance, resolution))
    vertices, faces = to_mesh(volume)
    scores = _scores(
        inside_volume(volume.values, cube), true_inside, vertices, faces, true, edge, rng
    )
    box_iou = _box_iou(rgba, cube, true_inside)
    named = CATEGORIES[int(encoding.category[0].argmax())] == category
    return Result(category, seed, scores, box_iou, _camera_error(matrix, camera), named)


def _box_iou(rgba: np.ndarray, cube: np.ndarray, true_inside: np.ndarray) -> float:
    """IoU of the box that fits the silhouette."""
    made = SilhouetteBox().reconstruct([View(rgba)], JobSettings(), lambda stage, share: None)
    low, high = made.vertices.min(axis=0), made.vertices.max(axis=0)
    return iou(((cube >= low) & (cube <= high)).all(axis=1), true_inside)


def _scores(
    inside: np.ndarray,
    true_inside: np.ndarray,
    vertices: np.ndarray,
    faces: np.ndarray,
    true: Surface,
    edge: float,
    rng: np.random.Generator,
) -> Scores:
    if len(faces) == 0:
        return Scores(0.0, float("nan"), 0.0, 0.0)
    made = sample_mesh(vertices, faces, POINTS, rng)
    return Scores(iou(inside, true_inside), *compare_surfaces(made, true, edge))


def _camera_error(matrix: torch.Tensor, camera: Camera) -> float:
    forward = matrix[0, 2, :3].numpy()
    cosine = forward @ camera.camera_to_world[:3, 2] / max(float(np.linalg.norm(forward)), 1e-9)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def table(results: list[Result]) -> str:
    """Return a Markdown table: a row a category, then the mean of the categories."""
    lines = [
        "| category | pieces | IoU | Chamfer-L1 | normal consistency | F-score 1 % | IoU of box |",
        "|---|---|---|---|---|---|---|",
    ]
    means = []
    for category in CATEGORIES:
        mine = [r for r in results if r.category == category]
        if not mine:
            continue
        row = [float(np.nanmean([getattr(r.scores, m) for r in mine])) for m in MEASURES]
        row.append(float(np.mean([r.box_iou for r in mine])))
        means.append(row)
        lines.append(f"| {category} | {len(mine)} | " + " | ".join(f"{v:.3f}" for v in row) + " |")
    mean = np.mean(means, axis=0)
    lines.append(
        f"| **mean** | {len(results)} | " + " | ".join(f"**{v:.3f}**" for v in mean) + " |"
    )
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--renders", type=Path, required=True, help="folder of test renders")
    parser.add_argument("--split", default="test")
    parser.add_argument("--count", type=int, default=200, help="pieces a category")
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--detail", choices=[d.value for d in Detail], default="normal")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="folder for evaluation.json and evaluation.md")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    begin = time.monotonic()
    jobs = [(c, s) for s in seeds(args.split, args.count) for c in CATEGORIES]
    resolution = Detail(args.detail).resolution
    done: list[Result] = []
    with ProcessPoolExecutor(args.workers, initializer=_prepare, initargs=(args.weights,)) as pool:
        futures = [pool.submit(_measure, args.renders, c, s, resolution) for c, s in jobs]
        for future in futures:
            done.append(future.result())
            if len(done) % 100 == 0 or len(done) == len(jobs):
                elapsed = time.monotonic() - begin
                print(f"{len(done)} of {len(jobs)} pieces in {elapsed:.0f} s", flush=True)
                if args.out:
                    _write(args, done)
    print(report(args, done))
    return 0


def report(args: argparse.Namespace, results: list[Result]) -> str:
    """Return what is known of the results, as Markdown."""
    angles = [r.camera_error_deg for r in results]
    named = np.mean([r.category_right for r in results])
    return "\n\n".join(
        [
            f"Embedded engine, detail {args.detail}, split {args.split}:",
            table(results),
            f"Camera direction: median error {np.median(angles):.1f} degrees, "
            f"90th percentile {np.percentile(angles, 90):.1f}; category named right: {named:.1%}.",
        ]
    )


def _write(args: argparse.Namespace, results: list[Result]) -> None:
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "evaluation.md").write_text(report(args, results) + "\n")
    (args.out / "evaluation.json").write_text(json.dumps([asdict(r) for r in results], indent=1))
