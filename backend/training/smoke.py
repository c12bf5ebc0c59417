"""A few shapes learned by heart: whether training as a whole works, in minutes.

``python -m maquette.backend.training.smoke shards FOLDER`` makes the data and
``... measure FOLDER CHECKPOINT`` prints the IoU on the very pictures that were trained on. What
the network would make of others is another question; see ``maquette evaluate``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from ...core.furniture.distance import is_inside
from ...core.furniture.primitives import normalisation
from ...core.furniture.shapes import draw_piece
from ...core.furniture.splits import seeds
from ...core.protocol import CATEGORIES
from ..networks.field import NetworkField, look
from ..networks.reconstructor import Config, Reconstructor
from .saving import read_checkpoint
from .store import columns_of, open_shards, save_shard

#: Pieces a category, pictures a piece, and points on which the IoU is taken.
PIECES, VIEWS, POINTS = 4, 1, 40_000
#: Of so many pieces of a category the bulkiest are taken: of a board of a hundredth of the cube no
#: network tells nine tenths in minutes, and the question is whether it learns at all.
_CHOSEN_FROM = 24
#: What the mean must exceed.
GOAL = 0.9
#: Edge of the pictures, as ``configs/smoke.toml`` has it.
EDGE = 64


def make_shards(folder: Path) -> None:
    """Ray-cast 20 shapes and keep small pictures of them in ``folder``/small."""
    if (folder / "small").exists():
        return
    columns = columns_of(shapes(), VIEWS, EDGE)
    save_shard(folder / "small" / "all", columns)


def shapes() -> list[tuple[str, int]]:
    """Category and seed of every shape."""
    points = np.random.default_rng(4).uniform(-0.5, 0.5, (4000, 3))
    found = []
    for category in CATEGORIES:
        share = {s: _inside(category, s, points).mean() for s in seeds("train", _CHOSEN_FROM)}
        found += [(category, s) for s in sorted(share, key=lambda s: -share[s])[:PIECES]]
    return found


def _inside(category: str, seed: int, points: np.ndarray) -> np.ndarray:
    piece = draw_piece(category, seed)
    centre, scale = normalisation(piece)
    return is_inside(piece, points.astype(np.float64) / scale + centre)


@torch.inference_mode()
def measure(folder: Path, checkpoint: Path) -> dict[str, float]:
    """Mean IoU of each category over its pieces, from one picture each, as the engine works."""
    data = read_checkpoint(checkpoint)
    model = Reconstructor(Config.from_json(data["sizes"]))
    model.load_state_dict(data["averaged"])
    model.eval()
    (shard,) = open_shards(folder / "small")
    points = np.random.default_rng(5).uniform(-0.5, 0.5, (POINTS, 3)).astype(np.float32)
    found: dict[str, list[float]] = {name: [] for name in CATEGORIES}
    for number, (name, seed) in enumerate(shapes()):
        true = _inside(name, seed, points)
        picture = np.array(shard["rgba"][np.flatnonzero(shard["piece"] == number)[0]])
        made = NetworkField(model, look(model, picture, torch.device("cpu"))).distance(points) < 0
        found[name].append(float((made & true).sum() / max((made | true).sum(), 1)))
    return {name: float(np.mean(values)) for name, values in found.items()}


def main(arguments: Sequence[str]) -> int:
    """Make the shards, or measure; exit status 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("shards", "measure"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("checkpoint", type=Path, nargs="?")
    args = parser.parse_args(arguments)
    if args.what == "shards":
        make_shards(args.folder)
        return 0
    if args.checkpoint is None:
        parser.error("measure needs a checkpoint")
    found = measure(args.folder, args.checkpoint)
    mean = float(np.mean(list(found.values())))
    each = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
    print(f"IoU on the {PIECES * len(CATEGORIES)} training shapes: {mean:.3f} ({each})")
    print(f"The goal is more than {GOAL}: " + ("reached." if mean > GOAL else "missed."))
    return 0 if mean > GOAL else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
