"""Datasets of the furniture source, as ``maquette render`` leaves them, to training shards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.cameras import Camera
from ...core.dataset.layout import asset_folder, asset_ids, quarantined, read_manifest
from ...core.dataset.manifest import PlannedAsset, read_plan
from ...core.dataset.reading import Asset
from ...core.dataset.sources import FURNITURE
from ...core.errors import MaquetteError
from ...core.furniture.fingerprint import fingerprint
from ...core.furniture.primitives import Piece, normalisation
from ...core.furniture.raycast import cast
from ...core.furniture.shapes import draw_piece
from ...core.protocol import CATEGORIES
from ..imaging.framing import frame_object, frame_square, object_box
from .nearest_side import has_front, quarter_turns
from .samples import FILL, MAP, PICTURE, PictureSample, draw_points, surface_map
from .store import POINTS, save_shard
from .views import projection


def read_views(dataset: Path, category: str, seed: int) -> list[tuple[np.ndarray, Camera]]:
    """Return (rgba (H, W, 4) uint8 straight alpha, camera in unit-cube coordinates) pairs.

    A dataset's world *is* the unit cube of ``primitives.normalisation`` for furniture.

    Raises:
        MaquetteError: ``render-missing``, or ``render-outdated`` when the source draws another
            piece from this seed today.
    """
    name = f"{category}-{seed}"
    folder = asset_folder(dataset, name)
    try:
        asset = Asset(folder, read_manifest(folder)[0])
    except (OSError, ValueError) as error:
        raise MaquetteError(
            "render-missing",
            f"“{dataset}” has no complete pictures of {name}.",
            detail="maquette render furniture:... --out DATASET makes them",
        ) from error
    if asset.record.source.get("sha256") != fingerprint(draw_piece(category, seed)):
        raise MaquetteError(
            "render-outdated",
            f"{name} in “{dataset}” was rendered from an older furniture source.",
            detail="render the dataset again",
        )
    return [(asset.read("rgba", view), asset.camera(view)) for view in range(asset.views)]


def picture_sample(piece: Piece, rgba: np.ndarray, camera: Camera) -> PictureSample:
    """Frame a render as the service does, and find what its pixels see by casting rays."""
    left, top, edge = frame_square(object_box(rgba), FILL)
    crop = np.array([[1 / edge, 0, -left / edge], [0, 1 / edge, -top / edge], [0, 0, 1]])
    intrinsics = crop @ camera.intrinsics
    to_camera = camera.camera_to_world[:3, :3].T
    position = camera.camera_to_world[:3, 3]
    centre, scale = normalisation(piece)
    # One ray through the centre of each element of the map.
    pixels = np.diag([MAP, MAP, 1.0]) @ intrinsics
    shot = cast(piece, position / scale + centre, to_camera.T, pixels, (MAP, MAP), None)
    surface, hit = surface_map(shot.depth, shot.hit, to_camera, position, pixels, scale)
    matrix = projection(intrinsics, to_camera, -to_camera @ position)
    return PictureSample(frame_object(rgba, PICTURE, FILL), surface, hit, matrix.astype(np.float32))


def pack_renders(dataset: Path, folder: Path, seeds: int = 20) -> tuple[list[Path], int]:
    """Write what is complete and not yet in ``folder`` as shards.

    A shard holds the planned pieces of ``seeds`` consecutive seeds, and is written once all of
    them are there (or in quarantine): a dataset that is still being rendered can be packed again
    and again.

    Returns:
        The shards that are there, and how many still wait for their pieces.

    Raises:
        MaquetteError: the dataset cannot be read, holds something else than furniture, or
            ``render-outdated``.
    """
    planned = read_plan(dataset).assets
    there, given_up = set(asset_ids(dataset)), quarantined(dataset).keys()
    groups: dict[int, list[tuple[str, int, str]]] = {}
    for asset in planned:
        category, seed = _piece(asset)
        groups.setdefault(seed // seeds, []).append((category, seed, asset.id))
    done, waiting = [], 0
    for number, group in sorted(groups.items()):
        target = folder / f"{number * seeds:08d}-{(number + 1) * seeds - 1:08d}"
        if target.exists():
            done.append(target)
        elif all(name in there or name in given_up for *_, name in group):
            pieces = [(category, seed) for category, seed, name in group if name in there]
            if pieces:
                order = sorted(pieces, key=lambda p: (p[1], CATEGORIES.index(p[0])))
                done.append(save_shard(target, _columns(dataset, order)))
        else:
            waiting += 1
    return done, waiting


def _piece(asset: PlannedAsset) -> tuple[str, int]:
    """Category and seed of a planned asset; its URI is ``furniture:CATEGORY:SEED``."""
    scheme, *rest = str(asset.source.get("uri", "")).split(":")
    if scheme != FURNITURE or len(rest) != 2:
        raise MaquetteError(
            "dataset-not-furniture",
            f"Shards hold pieces of the furniture source only, and {asset.id} is something else.",
        )
    return rest[0], int(rest[1])


def _columns(dataset: Path, pieces: Sequence[tuple[str, int]]) -> dict[str, list[np.ndarray | int]]:
    columns: dict[str, list[np.ndarray | int]] = {}

    def add(name: str, value: np.ndarray | int) -> None:
        columns.setdefault(name, []).append(value)

    for number, (category, seed) in enumerate(pieces):
        piece = draw_piece(category, seed)
        fronted = has_front(piece)
        points = draw_points(piece, POINTS, np.random.default_rng([11, seed]))
        for name in ("points", "distance", "albedo"):
            add(name, getattr(points, name))
        add("category", CATEGORIES.index(category))
        for rgba, camera in read_views(dataset, category, seed):
            sample = picture_sample(piece, rgba, camera)
            for name in ("rgba", "surface", "hit", "matrix"):
                add(name, getattr(sample, name))
            add("turns", 0 if fronted else quarter_turns(sample.matrix))
            add("piece", number)
    return columns
