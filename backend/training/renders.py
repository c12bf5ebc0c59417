"""Cycles renders, as ``scene/render_furniture.py`` leaves them, to training shards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ...core.cameras import Camera
from ...core.furniture.primitives import Piece, normalisation
from ...core.furniture.raycast import cast
from ...core.furniture.shapes import draw_piece
from ...core.protocol import CATEGORIES
from ..imaging.framing import frame_object, frame_square, object_box
from .samples import FILL, MAP, PICTURE, PictureSample, draw_points, surface_map
from .store import POINTS, save_shard
from .views import projection

_DEPTH = MAP * 3  # odd multiple, see surface_map


def finished(folder: Path) -> list[tuple[str, int]]:
    """Return (category, seed) of the pieces whose renders are complete, seed by seed."""
    found = [
        (path.parent.parent.name, int(path.parent.name)) for path in folder.glob("*/*/views.json")
    ]
    return sorted(found, key=lambda f: (f[1], CATEGORIES.index(f[0])))


def read_views(folder: Path, category: str, seed: int) -> list[tuple[np.ndarray, Camera]]:
    """Return (rgba (H, W, 4) uint8 straight alpha, camera in unit-cube coordinates) pairs."""
    home = folder / category / str(seed)
    record = json.loads((home / "views.json").read_text())
    views = []
    for view in record["views"]:
        with Image.open(home / view["file"]) as image:
            rgba = np.asarray(image.convert("RGBA"))
        views.append((rgba, Camera.from_json(view["camera"])))
    return views


def picture_sample(piece: Piece, rgba: np.ndarray, camera: Camera) -> PictureSample:
    """Frame a render as the service does, and find what its pixels see by casting rays."""
    left, top, edge = frame_square(object_box(rgba), FILL)
    crop = np.array([[1 / edge, 0, -left / edge], [0, 1 / edge, -top / edge], [0, 0, 1]])
    intrinsics = crop @ camera.intrinsics
    to_camera = camera.camera_to_world[:3, :3].T
    position = camera.camera_to_world[:3, 3]
    centre, scale = normalisation(piece)
    pixels = np.diag([_DEPTH, _DEPTH, 1.0]) @ intrinsics
    shot = cast(piece, position / scale + centre, to_camera.T, pixels, (_DEPTH, _DEPTH), None)
    surface, hit = surface_map(shot.depth, shot.hit, to_camera, position, pixels, scale)
    matrix = projection(intrinsics, to_camera, -to_camera @ position)
    return PictureSample(frame_object(rgba, PICTURE, FILL), surface, hit, matrix.astype(np.float32))


def pack_renders(renders: Path, folder: Path, shard: int = 100) -> list[Path]:
    """Write all complete renders that are not yet in ``folder`` as shards of ``shard`` pieces.

    Pieces that do not fill a shard wait for the next call.
    """
    pieces = finished(renders)
    done = []
    for i in range(0, len(pieces) - shard + 1, shard):
        target = folder / f"renders-{i:06d}"
        if not target.exists():
            save_shard(target, _columns(renders, pieces[i : i + shard]))
        done.append(target)
    return done


def _columns(renders: Path, pieces: Sequence[tuple[str, int]]) -> dict[str, list[np.ndarray | int]]:
    columns: dict[str, list[np.ndarray | int]] = {}

    def add(name: str, value: np.ndarray | int) -> None:
        columns.setdefault(name, []).append(value)

    for number, (category, seed) in enumerate(pieces):
        piece = draw_piece(category, seed)
        points = draw_points(piece, POINTS, np.random.default_rng([11, seed]))
        for name in ("points", "distance", "albedo"):
            add(name, getattr(points, name))
        add("category", CATEGORIES.index(category))
        for rgba, camera in read_views(renders, category, seed):
            sample = picture_sample(piece, rgba, camera)
            for name in ("rgba", "surface", "hit", "matrix"):
                add(name, getattr(sample, name))
            add("piece", number)
    return columns
