"""Small datasets whose every number is known: two boxes, seen by exact rays.

The seat and the back of a chair, as a renderer without noise would store them, so that writers,
readers and checks can be tested without Blender.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from maquette.core.cameras import Camera, intrinsics_from_fov, orbit
from maquette.core.dataset.finish import finish_dataset
from maquette.core.dataset.layout import write_asset
from maquette.core.dataset.manifest import Plan, PlannedAsset, write_plan
from maquette.core.dataset.pictures import encode_pass
from maquette.core.dataset.recipe import Recipe
from maquette.core.dataset.records import AssetRecord, ObjectRecord, ViewRecord
from maquette.core.ply import encode_ply

EVERYTHING = (
    "rgba",
    "depth",
    "normal_world",
    "normal_camera",
    "position",
    "albedo",
    "mask",
    "object_index",
    "material_index",
    "roughness",
    "metallic",
)
BOXES = np.array([[[-0.4, -0.4, -0.5], [0.4, 0.4, -0.1]], [[-0.4, 0.2, -0.1], [0.4, 0.4, 0.5]]])
COLOURS = np.array([[0.6, 0.2, 0.1], [0.1, 0.3, 0.6]])
#: Source units are centimetres here: 80 of them are one world unit.
SCALE, CENTRE = 1 / 80, (10.0, 20.0, 40.0)


def camera(
    view: int, views: int, size: int, fov_deg: float = 40.0, distance: float = 2.4
) -> Camera:
    """The camera of a view on a rising turntable; view 0 is in front."""
    pose = orbit(view * 360 / views, 10 + 3 * (view % 5), distance, np.zeros(3))
    return Camera(pose, intrinsics_from_fov(fov_deg, size, size), size, size)


def trace(camera: Camera) -> dict[str, np.ndarray]:
    """Every pass of the two boxes, one ray through the middle of each pixel."""
    rows, columns = np.indices((camera.height, camera.width))
    image = np.stack([columns + 0.5, rows + 0.5, np.ones(rows.shape)], axis=-1)
    local = image @ np.linalg.inv(camera.intrinsics).T  # z is 1, so lengths are planar depths
    turn, origin = camera.camera_to_world[:3, :3], camera.camera_to_world[:3, 3]
    rays = local @ turn.T
    if camera.orthographic:
        origin = origin + rays - turn[:, 2]
        rays = np.broadcast_to(turn[:, 2], rays.shape)
    best = np.full(rows.shape, np.inf)
    index = np.zeros(rows.shape, np.uint16)
    normal = np.zeros(rays.shape)
    for number, (low, high) in enumerate(BOXES):
        with np.errstate(divide="ignore"):
            near, far = (low - origin) / rays, (high - origin) / rays
        enter, leave = np.minimum(near, far), np.maximum(near, far)
        depth = enter.max(axis=-1)
        hit = (depth <= leave.min(axis=-1)) & (depth > 0) & (depth < best)
        best[hit], index[hit] = depth[hit], number + 1
        axis = enter.argmax(axis=-1)
        facing = -np.sign(np.take_along_axis(rays, axis[..., None], -1)) * np.eye(3)[axis]
        normal[hit] = facing[hit]
    seen = index > 0
    depth = np.where(seen, best, 0.0)
    colour = np.where(seen[..., None], COLOURS[np.maximum(index, 1) - 1], 0.0)
    cover = (255 * seen).astype(np.uint8)
    shade = np.clip(0.5 + 0.5 * normal[..., 2:], 0, 1)
    rgb = np.rint(colour * shade * 255).astype(np.uint8)
    return {
        "rgba": np.concatenate([rgb, cover[..., None]], axis=2),
        "depth": depth,
        "normal_world": normal,
        "normal_camera": normal @ turn,
        "position": np.where(seen[..., None], origin + rays * depth[..., None], 0.0),
        "albedo": colour,
        "mask": cover,
        "object_index": index,
        "material_index": index,
        "roughness": np.where(seen, 0.5, 0.0),
        "metallic": np.zeros(rows.shape),
    }


def mesh() -> bytes:
    """The two boxes as PLY, world frame."""
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij")).reshape(3, -1).T
    vertices = np.concatenate([box[corners, np.arange(3)] for box in BOXES])
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    faces = [[q[0], q[i], q[i + 1]] for q in quads for i in (1, 2)]
    return encode_ply(vertices.astype(np.float32), np.array([*faces, *(np.array(faces) + 8)]))


def objects() -> tuple[ObjectRecord, ...]:
    """Seat and back, each along axes of its own that stand in the middle of its box."""
    made = []
    for number, (low, high) in enumerate(BOXES):
        pose = np.eye(4)
        pose[:3, 3] = (low + high) / 2
        half = (high - low) / 2
        made.append(
            ObjectRecord(
                number + 1,
                ("seat", "back")[number],
                ("seat", "back")[number],
                tuple(pose.reshape(-1).tolist()),
                tuple((-half).tolist()),
                tuple(half.tolist()),
            )
        )
    return tuple(made)


def record(asset_id: str, recipe: Recipe, cameras: list[Camera], parts: bool) -> AssetRecord:
    """What ``asset.json`` says of the chair."""
    return AssetRecord(
        id=asset_id,
        recipe=recipe,
        source={"kind": "made", "uri": f"made:{asset_id}", "licence": "CC0-1.0"},
        category="chair",
        views=tuple(ViewRecord(camera) for camera in cameras),
        centre=CENTRE,
        scale=SCALE,
        unit="cm",
        labels=("furniture", "wood"),
        objects=objects() if parts else (),
    )


def make_dataset(
    out: Path,
    *,
    assets: int = 1,
    views: int = 4,
    size: int = 24,
    passes: tuple[str, ...] = EVERYTHING,
    parts: bool = False,
    finish: bool = True,
) -> Path:
    """Write a dataset of chairs ``chair-0``...; ``parts`` tells seat and back apart."""
    recipe = Recipe("test-rig", "test-light", "test", size, size, views, passes, seed=3)
    ids = [f"chair-{number}" for number in range(assets)]
    planned = tuple(PlannedAsset(name, "chair", {"kind": "made"}) for name in ids)
    write_plan(out, Plan("Chairs", recipe, planned))
    cameras = [camera(view, views, size) for view in range(views)]
    pictures = []
    for view, seen in enumerate(map(trace, cameras)):
        if not parts:
            seen["object_index"] = np.minimum(seen["object_index"], 1)
        pictures += [(name, view, encode_pass(name, seen[name])) for name in passes]
    for name in ids:
        write_asset(out, record(name, recipe, cameras, parts), pictures, {"mesh.ply": mesh()})
    if finish:
        finish_dataset(out)
    return out
