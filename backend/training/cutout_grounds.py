"""A stock of backgrounds on disk, since drawing one takes longer than training on one.

``python -m maquette.backend.training.cutout_grounds --out DIR`` draws it, shard by shard; training
uses the shards that are there and looks for new ones as it goes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from .cutout_backgrounds import colour, draw_background, in_perspective, shade
from .cutout_textures import TEXTURES

#: Edge of the stored pictures in pixels, and how many a shard holds.
EDGE, SHARD = 256, 100


def draw_ground(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Draw a background that is trained on: (S, S, 3) float32 sRGB in 0..1."""
    kind = rng.random()
    if kind < 0.45:
        return draw_background(rng, edge)
    if kind < 0.75:
        picture = _texture(rng, edge)
        return shade(rng, picture) if rng.random() < 0.3 else picture
    return _stage(rng, edge)


def _texture(rng: np.random.Generator, edge: int) -> np.ndarray:
    return TEXTURES[int(rng.integers(len(TEXTURES)))](rng, edge)


def _stage(rng: np.random.Generator, edge: int) -> np.ndarray:
    """Any pattern upright, and a floor, a table or nothing but an edge before it."""
    wall = _texture(rng, edge) if rng.random() < 0.7 else draw_background(rng, edge)
    wall = shade(rng, wall)
    horizon, tilt = rng.uniform(0.4, 0.92) * edge, rng.normal(0, 0.02) * edge
    wide = rng.uniform(0.0, 2.0) * edge
    if rng.random() < 0.4:
        flat = np.broadcast_to(colour(rng), wall.shape).astype(np.float32)
    else:
        flat = _texture(rng, edge) if rng.random() < 0.6 else draw_background(rng, edge)
    corners = [[0, horizon], [edge, horizon + tilt], [edge + wide, edge * 1.1]]
    corners.append([-wide, edge * 1.1])
    floor, mask = in_perspective(shade(rng, flat), np.array(corners), edge)
    return (wall + (floor - wall) * mask[..., None]).astype(np.float32)


def write_shard(folder: Path, number: int, seed: int = 0) -> Path:
    """Draw one shard unless it is there: (100, 256, 256, 3) uint8 in ``grounds-NNNN.npy``."""
    path = folder / f"grounds-{number:04d}.npy"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([seed, number])
        drawn = np.stack([np.clip(draw_ground(rng, EDGE), 0, 1) for _ in range(SHARD)])
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.save(file, (drawn * 255).astype(np.uint8))
        part.replace(path)
    return path


def main() -> None:
    """Run the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shards", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    for number in range(args.shards):
        print(write_shard(args.out, number, args.seed), flush=True)


if __name__ == "__main__":
    main()
