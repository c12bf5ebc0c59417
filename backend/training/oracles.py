"""What truth would be worth: ``python -m maquette.backend.training.oracles WEIGHTS``.

Parts of what the network finds out about a picture are replaced by the truth, one at a time, and
the rest goes on from there. The gain in IoU says how much is lost by that part. It is no bound:
what is decoded was learned beside the network's own errors, not beside truth.

The pictures are ray-cast, of the validation split. Labels of pieces without a front are turned to
the side that the picture shows, as in training.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...core.furniture.distance import is_inside
from ...core.furniture.primitives import normalisation
from ...core.furniture.shapes import draw_piece
from ...core.furniture.splits import seeds
from ...core.protocol import CATEGORIES
from ..networks.alignment import mirrored_camera
from ..networks.camera_fit import camera_matrix, camera_parts
from ..networks.encoding import Encoding
from ..networks.field import Look, NetworkField, look
from ..networks.reconstructor import Reconstructor
from ..networks.weights_file import restore_unfitted
from .nearest_side import has_front, quarter_turns, rotation
from .samples import draw_picture

#: Points of the cube on which a picture's IoU is estimated.
_POINTS = 16384
_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Truth:
    """What is true of one picture.

    Attributes:
        rgba: (P, P, 4) uint8.
        matrix: (3, 4) float32; surface: (S, S, 3) float32; hit: (S, S) bool.
        points: (N, 3) float32 in the unit cube; inside: (N,) bool.
    """

    rgba: np.ndarray
    matrix: np.ndarray
    surface: np.ndarray
    hit: np.ndarray
    points: np.ndarray
    inside: np.ndarray


def draw_truth(category: str, seed: int, edge: int) -> Truth:
    """Draw a piece, a picture of it with an edge in pixels, and points."""
    rng = np.random.default_rng([61, CATEGORIES.index(category), seed])
    piece = draw_piece(category, seed)
    picture = draw_picture(piece, rng, edge)
    points = rng.uniform(-0.5, 0.5, (_POINTS, 3)).astype(np.float32)
    centre, scale = normalisation(piece)
    inside = is_inside(piece, points / scale + centre)
    turn = rotation(0 if has_front(piece) else quarter_turns(picture.matrix)).T
    matrix = np.hstack([picture.matrix[:, :3] @ turn, picture.matrix[:, 3:]])
    surface = picture.surface.astype(np.float32) @ turn
    return Truth(picture.rgba, matrix, surface, picture.hit, points @ turn, inside)


def told(found: Look, truth: Truth) -> dict[str, Look]:
    """What the network found, and the same with parts of the truth; by what is true of it."""
    matrix, surface, hit = truth.matrix, truth.surface, truth.hit
    if found.mirrored:
        matrix, hit = mirrored_camera(matrix), hit[:, ::-1]
        surface = surface[:, ::-1] * np.array([-1, 1, 1], np.float32)
    camera = torch.from_numpy(matrix.copy())[None]
    turned, centre, scale, nearness = camera_parts(found.matrix)
    true_turned, true_centre, true_scale, true_nearness = camera_parts(camera)
    place = camera_matrix(turned, true_centre, true_scale, nearness)
    way = camera_matrix(true_turned, centre, scale, true_nearness)
    seen = _with_surface(found.encoding, surface, hit)
    return {
        "nothing": found,
        "way and nearness of the camera": replace(found, matrix=way),
        "place and size in the picture": replace(found, matrix=place),
        "the camera": replace(found, matrix=camera),
        "the visible surface": replace(found, encoding=seen),
        "camera and visible surface": replace(found, encoding=seen, matrix=camera),
    }


def _with_surface(encoding: Encoding, surface: np.ndarray, hit: np.ndarray) -> Encoding:
    true = torch.from_numpy(surface.copy()).permute(2, 0, 1)[None]
    known: Tensor = torch.where(torch.from_numpy(hit.copy()), true, encoding.surface)
    maps = torch.cat([encoding.maps[:, :-4], known, encoding.maps[:, -1:]], dim=1)
    return replace(encoding, maps=maps, surface=known)


def measure(
    model: Reconstructor, count: int, progress: Callable[[str], None]
) -> dict[str, dict[str, float]]:
    """Mean IoU by what is true and by category, of so many pieces a category."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number, seed in enumerate(seeds("val", count)):
        for category in CATEGORIES:
            truth = draw_truth(category, seed, model.config.picture)
            for name, known in told(look(model, truth.rgba, _CPU), truth).items():
                inside = NetworkField(model, known).distance(truth.points) < 0
                both, either = inside & truth.inside, inside | truth.inside
                found[name][category].append(both.sum() / max(1, either.sum()))
        if (number + 1) % 10 == 0:
            progress(f"{number + 1} of {count} pieces a category")
    return {
        name: {category: float(np.mean(ious)) for category, ious in by.items()}
        for name, by in found.items()
    }


def main(arguments: Sequence[str]) -> int:
    """Measure and print a table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--count", type=int, default=40, help="pieces a category")
    args = parser.parse_args(arguments)
    found = measure(restore_unfitted(args.weights), args.count, print)
    print("| true | mean IoU |", *(f" {category} |" for category in CATEGORIES), sep="")
    print("|---|---:|", *("---:|" for _ in CATEGORIES), sep="")
    for name, by in found.items():
        mean = sum(by.values()) / len(by)
        print(f"| {name} | {mean:.3f} |", *(f" {by[c]:.3f} |" for c in CATEGORIES), sep="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
