"""Training samples on disk: shards of plain .npy files that are memory-mapped while training."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from ...core.errors import MaquetteError
from ...core.furniture.shapes import draw_piece
from ...core.protocol import CATEGORIES
from .nearest_side import has_front, quarter_turns
from .samples import PICTURE, draw_picture, draw_points
from .views import RIG, load_random_rig

POINTS = 6144
_OF_PICTURES = ("rgba", "surface", "hit", "matrix", "turns", "piece")
_OF_PIECES = ("points", "distance", "albedo", "category")
_FIELDS = (*_OF_PICTURES, *_OF_PIECES)


def write_shard(folder: Path, seeds: Sequence[int], views: int, rig: str = RIG) -> Path:
    """Ray-cast ``views`` pictures of every category for every seed into one shard folder.

    The folder appears under its name only when it is whole. A shard that exists is kept.
    """
    done = folder / f"{seeds[0]:08d}-{seeds[-1]:08d}"
    if done.exists():
        return done
    pieces = [(category, seed) for seed in seeds for category in CATEGORIES]
    return save_shard(done, columns_of(pieces, views, rig=rig))


def columns_of(
    pieces: Sequence[tuple[str, int]], views: int, edge: int = PICTURE, rig: str = RIG
) -> dict[str, list[np.ndarray | int]]:
    """Ray-cast ``views`` pictures of an edge of each piece, given by category and seed.

    Raises:
        MaquetteError: as of :func:`.views.load_random_rig`.
    """
    cameras = load_random_rig(rig)
    columns: dict[str, list[np.ndarray | int]] = {name: [] for name in _FIELDS}
    for number, (category, seed) in enumerate(pieces):
        piece = draw_piece(category, seed)
        fronted = has_front(piece)
        rng = np.random.default_rng([7, CATEGORIES.index(category), seed])
        points = draw_points(piece, POINTS, rng)
        for name in ("points", "distance", "albedo"):
            columns[name].append(getattr(points, name))
        columns["category"].append(CATEGORIES.index(category))
        for _ in range(views):
            picture = draw_picture(piece, rng, edge, cameras)
            for name in ("rgba", "surface", "hit", "matrix"):
                columns[name].append(getattr(picture, name))
            columns["turns"].append(0 if fronted else quarter_turns(picture.matrix))
            columns["piece"].append(number)
    return columns


def save_shard(done: Path, columns: dict[str, list[np.ndarray | int]]) -> Path:
    """Write the columns as .npy files and put the finished folder in place."""
    part = done.with_name(done.name + f".part{os.getpid()}")
    part.mkdir(parents=True, exist_ok=True)
    for name, values in columns.items():
        np.save(part / f"{name}.npy", np.stack([np.asarray(v) for v in values]))
    part.rename(done)
    return done


def write_shards(
    folder: Path,
    seeds: Sequence[int],
    views: int,
    shard: int = 100,
    workers: int = 1,
    rig: str = RIG,
) -> list[Path]:
    """Write all seeds in shards of ``shard`` seeds, in ``workers`` processes."""
    groups = [seeds[i : i + shard] for i in range(0, len(seeds), shard)]
    if workers == 1:
        return [write_shard(folder, group, views, rig) for group in groups]
    with ProcessPoolExecutor(workers) as pool:
        n = len(groups)
        return list(pool.map(write_shard, [folder] * n, groups, [views] * n, [rig] * n))


def open_shards(folder: Path) -> list[dict[str, np.ndarray]]:
    """Memory-map every finished shard of a folder, in the order of their names.

    Raises:
        MaquetteError: ``training-data-outdated``, a shard lacks what is kept today.
    """
    shards = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and ".part" not in path.name:
            missing = [name for name in _FIELDS if not (path / f"{name}.npy").is_file()]
            if missing:
                raise MaquetteError(
                    "training-data-outdated",
                    f"The shard “{path.name}” in “{folder}” was made by another version. "
                    "Remove the folder and make its shards again.",
                    detail=f"missing: {', '.join(missing)}",
                )
            shards.append({name: np.load(path / f"{name}.npy", mmap_mode="r") for name in _FIELDS})
    return shards
