"""What is measured: true shapes and pictures of them, from datasets, pairs of files, two meshes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from ...core.cameras import Camera
from ...core.dataset.reading import Asset, Dataset, open_dataset
from ...core.dataset.sources import FURNITURE
from ...core.errors import MaquetteError
from ...core.furniture.fingerprint import fingerprint
from ...core.furniture.shapes import draw_piece
from ...core.ply import decode_ply
from ...core.protocol import CATEGORIES
from .mesh_files import SUFFIXES, read_mesh
from .shapes import GREY, LONGEST, Mesh, MeshShape, PieceShape, Shape, normalised

PICTURES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of a shape.

    Attributes:
        rgba: (H, W, 4) uint8, sRGB, straight alpha, cut out.
        camera: in the canonical frame, where it is known.
    """

    rgba: np.ndarray
    camera: Camera | None = None


@dataclass(frozen=True)
class Item:
    """One true shape.

    Attributes:
        name: unique.
        category: or "".
        views: how many pictures of it are shown to engines, one by one.
    """

    name: str
    category: str
    views: int


class Cases(Protocol):
    """Where true shapes and their pictures come from; goes to worker processes."""

    def items(self) -> list[Item]:
        """List everything; reads no picture."""
        ...

    def truth(self, item: Item) -> Shape:
        """The true shape, canonical frame; raises MaquetteError."""
        ...

    def pictures(self, item: Item) -> list[Picture]:
        """All pictures of it, the first ``item.views`` being those for the engines."""
        ...


@dataclass(frozen=True)
class DatasetCases:
    """Assets of a rendered dataset.

    Furniture is compared with its exact solids, everything else with the mesh that the dataset
    holds of it.

    Attributes:
        views: pictures of each asset shown to engines; 0 for all.
        count: assets of each category; 0 for all.
    """

    folder: Path
    views: int = 0
    count: int = 0

    def _dataset(self) -> Dataset:
        dataset = open_dataset(self.folder)
        if "rgba" not in dataset.plan.recipe.passes:
            raise MaquetteError(
                "dataset-passes",
                f"The dataset in “{self.folder}” has no colour pictures; render it with rgba.",
            )
        return dataset

    def items(self) -> list[Item]:
        """See :class:`Cases`; seeds or names rise, categories take turns."""
        made: dict[str, list[Item]] = {}
        for asset in self._dataset().assets:
            category = asset.record.category
            shown = min(self.views or asset.views, asset.views)
            made.setdefault(category, []).append(Item(asset.id, category, shown))
        chosen = [items[: self.count or None] for items in made.values()]
        longest = max(len(items) for items in chosen)
        return [items[i] for i in range(longest) for items in chosen if i < len(items)]

    def truth(self, item: Item) -> Shape:
        """See :class:`Cases`.

        Raises:
            MaquetteError: ``dataset-outdated`` when the furniture generator has changed since,
                ``dataset-damaged`` when the mesh is missing or damaged.
        """
        asset = self._dataset().asset(item.name)
        source = asset.record.source
        if source.get("kind") != FURNITURE:
            return MeshShape(_stored_mesh(asset))
        piece = draw_piece(asset.record.category, int(source["seed"]))
        if source.get("sha256") != fingerprint(piece):
            raise MaquetteError(
                "dataset-outdated",
                f"{item.name} is not drawn as it was when “{self.folder}” was rendered; render "
                "it again.",
            )
        return PieceShape(piece)

    def pictures(self, item: Item) -> list[Picture]:
        """See :class:`Cases`."""
        asset = self._dataset().asset(item.name)
        found = []
        for view in range(asset.views):
            try:
                rgba = asset.read("rgba", view)
            except (OSError, ValueError) as error:
                raise MaquetteError(
                    "dataset-damaged",
                    f"View {view} of {item.name} in “{self.folder}” cannot be read.",
                    detail=str(error),
                ) from error
            found.append(Picture(rgba, _canonical(asset.camera(view))))
        return found


def _canonical(camera: Camera) -> Camera:
    """From a dataset's world, in which the longest edge is 1."""
    pose = camera.camera_to_world.copy()
    pose[:3, 3] *= LONGEST
    intrinsics = camera.intrinsics.copy()
    if camera.orthographic:
        intrinsics[:2, :2] /= LONGEST
    return replace(camera, camera_to_world=pose, intrinsics=intrinsics)


def _stored_mesh(asset: Asset) -> Mesh:
    path = asset.folder / "mesh.ply"
    try:
        vertices, faces = decode_ply(path.read_bytes())
        if len(faces) == 0:
            raise ValueError("it has no triangles")
    except (OSError, ValueError) as error:
        raise MaquetteError(
            "dataset-damaged",
            f"The mesh of {asset.id} is missing or damaged: “{path}”.",
            detail=str(error),
        ) from error
    grey = np.full((len(vertices), 3), GREY, np.float32)
    return Mesh(vertices.astype(np.float64) * LONGEST, faces.astype(np.int64), grey)


@dataclass(frozen=True)
class PairCases:
    """A folder with meshes, and for each a picture of the same name.

    Attributes:
        weights: folder of the networks that cut objects out of photographs.
    """

    folder: Path
    weights: Path

    def items(self) -> list[Item]:
        """See :class:`Cases`.

        Raises:
            MaquetteError: ``pairs-empty``, or ``pairs-broken`` naming a file that is alone.
        """
        meshes = sorted(p for p in _files(self.folder) if p.suffix.lower() in SUFFIXES)
        if not meshes:
            raise MaquetteError("pairs-empty", f"There are no meshes in “{self.folder}”.")
        for mesh in meshes:
            _picture_of(mesh)
        return [Item(path.name, category_in(path.stem), 1) for path in meshes]

    def truth(self, item: Item) -> Shape:
        """See :class:`Cases`."""
        shape = MeshShape(read_mesh(self.folder / item.name))
        return MeshShape(normalised(shape.drawn, *shape.bounds()))

    def pictures(self, item: Item) -> list[Picture]:
        """See :class:`Cases`; photographs are cut out as in a reconstruction."""
        from ...core.protocol import Background
        from ..imaging.cutout import cut_out
        from ..imaging.decode import decode_image
        from ..imaging.matting import Matting

        path = _picture_of(self.folder / item.name)
        try:
            rgba = decode_image(path.read_bytes())
            return [Picture(cut_out(rgba, Background.AUTO, Matting(self.weights)).rgba)]
        except (OSError, MaquetteError) as error:
            raise MaquetteError(
                "picture-unusable", f"“{path}” cannot be used as a picture.", detail=str(error)
            ) from error


def _files(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        raise MaquetteError("pairs-empty", f"There is no folder “{folder}”.")
    return [path for path in folder.iterdir() if path.is_file()]


def _picture_of(mesh: Path) -> Path:
    for suffix in PICTURES:
        if (found := mesh.with_suffix(suffix)).is_file():
            return found
    raise MaquetteError("pairs-broken", f"“{mesh}” has no picture of the same name beside it.")


def category_in(name: str) -> str:
    """The category that a file's name starts with, or ""."""
    return next((c for c in CATEGORIES if name.casefold().startswith(c)), "")
