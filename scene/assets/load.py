"""Loading an asset into the current scene: upright, in the unit cube, ready to be rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix

from ...core.dataset.records import ObjectRecord
from ...core.dataset.sources import BLEND_OBJECTS, FURNITURE, AssetSource
from ...core.errors import MaquetteError
from ...core.furniture.primitives import normalisation
from ...core.furniture.shapes import draw_piece
from ...core.furniture.tessellate import tessellate
from ..compat import node_tree
from ..furniture import build_piece
from . import datablocks
from .flatten import Flat, flatten
from .geometry import as_array, moved, positions, rigid_part, used
from .hull import outermost
from .importers import append_from_blend, import_file, referred_files
from .report import geometry_report, missing_textures

_GREY = 0.5
_SMALLEST = 1e-9


@dataclass(eq=False)
class LoadedAsset:
    """An asset in the scene.

    Attributes:
        objects: what is rendered; their pass index is their number from 1.
        materials: of these; their pass index is their number from 1.
        points: (N, 3) float64, world; vertices of faces, of very many only the outermost.
        centre, scale: ``world = (source - centre) * scale``.
        unit: of the source's lengths.
        records: what the dataset says about the objects.
        report: of geometry and textures, JSON-ready.
    """

    objects: list[bpy.types.Object]
    materials: list[bpy.types.Material]
    points: np.ndarray
    centre: tuple[float, float, float]
    scale: float
    unit: str
    records: tuple[ObjectRecord, ...]
    report: dict[str, Any]
    _data: list[bpy.types.ID] = field(default_factory=list)

    @property
    def has_pictures(self) -> bool:
        """True when a picture came along, such as a texture."""
        return any(isinstance(item, bpy.types.Image) for item in self._data)

    def remove(self) -> None:
        """Take the asset with everything that came along out of the file again."""
        datablocks.remove(self._data)
        self.objects, self.materials, self._data = [], [], []


def load_asset(source: AssetSource) -> LoadedAsset:
    """Load an asset into the current scene, which shows nothing else but lights and cameras.

    On a failure everything that was added is removed again.

    Raises:
        MaquetteError: ``asset-unreadable``, ``asset-part-missing``, ``asset-empty``,
            ``asset-not-finite`` or ``asset-without-size``.
    """
    scene = bpy.context.scene
    before = set(datablocks.everything())
    shown = set(scene.collection.objects), set(scene.collection.children)
    try:
        asset = _furniture(source) if source.kind == FURNITURE else _file(source, shown)
    except BaseException:
        datablocks.remove(datablocks.added_since(before))
        raise
    _number(asset)
    asset._data = datablocks.added_since(before)
    return asset


def _furniture(source: AssetSource) -> LoadedAsset:
    piece = draw_piece(source.category, int(source.extra["seed"]))
    centre, scale = normalisation(piece)
    points = (tessellate(piece).vertices - centre) * scale
    obj = build_piece(piece, bpy.context.scene.collection, normalised=True)
    x, y, z = centre.tolist()
    return LoadedAsset(
        objects=[obj],
        materials=[],
        points=points,
        centre=(x, y, z),
        scale=float(scale),
        unit="m",
        records=(_record(1, obj.name, np.eye(4), points),),
        report=geometry_report([obj], np.ptp(points, axis=0) / scale, []),
    )


def _file(source: AssetSource, shown: tuple[set[Any], set[Any]]) -> LoadedAsset:
    scene, path = bpy.context.scene, Path(source.path)
    if not path.is_file():
        raise MaquetteError("asset-unreadable", f"There is no file “{path.name}”.")
    before = set(datablocks.everything())
    if source.kind == BLEND_OBJECTS:
        notes: list[str] = []
        append_from_blend(path, source.extra)
    else:
        notes = import_file(path, source.extra)
    animated = _to_first_frame(scene, before)
    flats, left_out = flatten(scene)
    notes += left_out
    missing = missing_textures(datablocks.added_since(before), referred_files(path))
    # What was imported is no longer shown, but stays: materials may refer to it.
    for obj in set(scene.collection.objects) - shown[0]:
        scene.collection.objects.unlink(obj)
    for child in set(scene.collection.children) - shown[1]:
        scene.collection.children.unlink(child)
    if not flats:
        raise MaquetteError("asset-empty", f"“{path.name}” shows no surface.")
    matrices = [as_array(flat.matrix) for flat in flats]
    points = [
        moved(positions(flat.obj.data)[used(flat.obj.data)], matrix)
        for flat, matrix in zip(flats, matrices, strict=True)
    ]
    metres = float(source.extra.get("unit", 1.0))
    centre, scale = _normalisation(path.name, points)
    normalise = np.diag([scale, scale, scale, 1.0])
    normalise[:3, 3] = -scale * centre
    objects = _place(scene, flats, [normalise @ matrix for matrix in matrices])
    points = [moved(found, normalise) for found in points]
    records = [
        _record(number, flat.name, rigid_part(normalise @ matrix), found, flat.category)
        for number, (flat, matrix, found) in enumerate(
            zip(flats, matrices, points, strict=True), start=1
        )
    ]
    everything = np.concatenate(points)
    report = geometry_report(objects, np.ptp(everything, axis=0) / scale * metres, notes)
    report |= {"animated": animated, "missing_textures": missing}
    x, y, z = centre.tolist()
    return LoadedAsset(
        objects=objects,
        materials=[],
        points=outermost(everything),
        centre=(x, y, z),
        scale=scale,
        unit="m" if metres == 1 else f"{metres:g} m",
        records=tuple(records),
        report=report,
    )


def _to_first_frame(scene: bpy.types.Scene, before: set[int]) -> bool:
    """Go to the first frame of what was imported; True when something moves."""
    actions = [a for a in bpy.data.actions if a.session_uid not in before]
    if actions:
        scene.frame_set(round(min(action.frame_range[0] for action in actions)))
    return bool(actions)


def _normalisation(name: str, points: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """Centre (3,) and scale of ``LoadedAsset``; raises MaquetteError."""
    if not all(np.isfinite(found).all() for found in points):
        raise MaquetteError(
            "asset-not-finite", f"“{name}” has vertices whose place is not a number."
        )
    low = np.min([found.min(axis=0) for found in points], axis=0)
    high = np.max([found.max(axis=0) for found in points], axis=0)
    edge = float((high - low).max())
    if edge < _SMALLEST:
        raise MaquetteError("asset-without-size", f"“{name}” is scaled to nothing.")
    return (low + high) / 2, 1.0 / edge


def _place(
    scene: bpy.types.Scene, flats: Sequence[Flat], matrices: Sequence[np.ndarray]
) -> list[bpy.types.Object]:
    """Link the objects into the scene at any matrix, sheared ones included."""
    root = bpy.data.objects.new("Maquette asset", None)
    scene.collection.objects.link(root)
    for flat, matrix in zip(flats, matrices, strict=True):
        scene.collection.objects.link(flat.obj)
        # An object's own place, rotation and scale cannot express shear; this matrix can.
        flat.obj.parent = root
        flat.obj.matrix_parent_inverse = Matrix(matrix.tolist())
    return [flat.obj for flat in flats]


def _record(
    number: int, name: str, pose: np.ndarray, world: np.ndarray, category: str = ""
) -> ObjectRecord:
    local = moved(world, np.linalg.inv(pose))
    low, high = local.min(axis=0).tolist(), local.max(axis=0).tolist()
    numbers = tuple(pose.ravel().tolist())
    return ObjectRecord(number, name, category, numbers, tuple(low), tuple(high))


def _number(asset: LoadedAsset) -> None:
    """Give every face a material, and objects and materials their numbers."""
    grey: bpy.types.Material | None = None
    found: dict[int, bpy.types.Material] = {}
    for number, obj in enumerate(asset.objects, start=1):
        obj.pass_index = number
        if not obj.data.materials:
            obj.data.materials.append(None)
        for slot in obj.material_slots:
            if slot.material is None:
                grey = grey or _grey_material()
                slot.material = grey
            found.setdefault(slot.material.session_uid, slot.material)
    asset.materials = list(found.values())
    for number, material in enumerate(asset.materials, start=1):
        material.pass_index = number


def _grey_material() -> bpy.types.Material:
    material = bpy.data.materials.new("Maquette grey")
    shader = next(n for n in node_tree(material).nodes if n.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (_GREY, _GREY, _GREY, 1.0)
    return material
