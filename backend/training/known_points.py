"""Points of which a mesh says whether they are inside; found once and kept."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np

COUNT = 16384
#: How far points near the surface lie from it, standard deviation, cube units.
_SPREAD = 0.02


def known_points(mesh: Path, cache: Path) -> tuple[np.ndarray, np.ndarray]:
    """Points of the unit cube (N, 3) float16, half of them near the surface, and bools (N,).

    Args:
        cache: folder of files named after the meshes' contents.
    """
    digest = hashlib.sha256(mesh.read_bytes()).hexdigest()[:32]
    path = cache / f"{digest}.npz"
    if not path.is_file():
        points, inside = _find(mesh, int(digest[:8], 16))
        cache.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        with part.open("wb") as file:
            np.savez(file, points=points, inside=inside)
        part.replace(path)
    with np.load(path) as data:
        return data["points"], data["inside"]


def _find(mesh: Path, seed: int) -> tuple[np.ndarray, np.ndarray]:
    # What reads meshes is asked for only where there are some.
    from ..evaluation.mesh_files import read_mesh
    from ..evaluation.metrics import sample_mesh
    from ..evaluation.solid import make_solid

    found = read_mesh(mesh)
    rng = np.random.default_rng(seed)
    near = sample_mesh(found.vertices, found.faces, COUNT // 2, rng).points
    near = near + rng.normal(size=near.shape) * _SPREAD
    points = np.concatenate([near, rng.uniform(-0.5, 0.5, (COUNT - len(near), 3))])
    points = points.astype(np.float16)
    solid = make_solid(found.vertices, found.faces)
    return points, solid.inside(points.astype(np.float64))
