"""From bytes to a placed mesh: scale, axes, provenance, and engines that misbehave."""

from __future__ import annotations

import hashlib
import io
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image
from service_rig import picture, png

from maquette.backend.engines.base import Reconstruction
from maquette.backend.engines.silhouette_box import SilhouetteBox
from maquette.backend.imaging.matting import Matting
from maquette.backend.pipeline import DEFAULT_HEIGHT_M, Delivery, reconstruct_picture
from maquette.core.errors import MaquetteError
from maquette.core.protocol import CATEGORIES, JobSettings, Stage

SETTINGS = JobSettings(engine="silhouette-box")


class Given:
    """An engine that returns what it was given."""

    name, version = "given", "7"

    def __init__(self, made: Reconstruction) -> None:
        self.made = made

    def load(self, device: str) -> None:
        """Nothing to load."""

    def reconstruct(self, views: Any, settings: Any, progress: Any) -> Reconstruction:
        return self.made


def arrow() -> Reconstruction:
    """A tetrahedron that points forward, to -Y: one red vertex in front, three blue behind."""
    vertices = np.array(
        [[0, -0.4, 0], [-0.1, 0.4, -0.2], [0.1, 0.4, -0.2], [0, 0.4, 0.2]], np.float32
    )
    colours = np.array([[1, 0, 0]] + [[0, 0, 1]] * 3, np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]], np.int32)
    return Reconstruction(vertices, faces, colours, category="chair", weights_sha256="ab")


def run(
    tmp_path: Path, engine: Any = None, settings: JobSettings = SETTINGS, data: bytes | None = None
) -> Delivery:
    engine = engine or SilhouetteBox()
    sent = png(picture()) if data is None else data
    return reconstruct_picture(sent, settings, engine, Matting(tmp_path), lambda s, f: None, "x")


def mesh_of(delivery: Delivery) -> trimesh.Trimesh:
    scene = trimesh.load(io.BytesIO(delivery.glb), file_type="glb")
    (mesh,) = scene.geometry.values()
    return mesh


def test_box_stands_on_the_floor(tmp_path: Path) -> None:
    delivery = run(tmp_path, settings=replace(SETTINGS, height_m=0.5))
    mesh = mesh_of(delivery)
    assert mesh.is_watertight
    assert mesh.volume == pytest.approx(0.125, rel=0.01)  # faces point outward
    assert mesh.bounds[0] == pytest.approx([-0.25, 0.0, -0.25], abs=0.01)
    assert mesh.bounds[1] == pytest.approx([0.25, 0.5, 0.25], abs=0.01)
    assert delivery.info.faces == len(mesh.faces) > 500
    assert delivery.info.vertices == len(mesh.vertices)


def test_front_faces_plus_z(tmp_path: Path) -> None:
    mesh = mesh_of(run(tmp_path, Given(arrow())))
    front = mesh.vertices[mesh.visual.vertex_attributes["color"][:, 0] > 30000]
    assert front[:, 2].min() > 0
    assert mesh.volume > 0  # the turn is a rotation, not a mirror


@pytest.mark.parametrize("category", CATEGORIES)
def test_default_height_per_category(tmp_path: Path, category: str) -> None:
    delivery = run(tmp_path, settings=replace(SETTINGS, category=category))
    assert delivery.info.size_m[2] == pytest.approx(DEFAULT_HEIGHT_M[category])
    assert delivery.info.category == category


def test_engine_tells_the_category_unless_the_person_does(tmp_path: Path) -> None:
    assert run(tmp_path, Given(arrow())).info.size_m[2] == pytest.approx(0.9)
    forced = replace(SETTINGS, category="table")
    assert run(tmp_path, Given(arrow()), forced).info.size_m[2] == pytest.approx(0.75)


def test_unknown_category_has_a_longest_edge_of_one_metre(tmp_path: Path) -> None:
    assert max(run(tmp_path).info.size_m) == pytest.approx(1.0)


def test_provenance(tmp_path: Path) -> None:
    data = png(picture())
    delivery = run(tmp_path, Given(arrow()), data=data)
    (length,) = struct.unpack_from("<I", delivery.glb, 12)
    extras = json.loads(delivery.glb[20 : 20 + length])["asset"]["extras"]["maquette"]
    assert extras["image_sha256"] == hashlib.sha256(data).hexdigest()
    assert extras["weights_sha256"] == "ab"
    assert (extras["engine"], extras["engine_version"]) == ("given", "7")
    assert JobSettings.from_json(extras["settings"]) == SETTINGS
    assert delivery.info.image_sha256 == extras["image_sha256"]


def test_progress_names_every_stage_in_order(tmp_path: Path) -> None:
    seen: list[Stage] = []

    def progress(stage: Stage, fraction: float) -> None:
        assert 0.0 <= fraction <= 1.0
        if not seen or seen[-1] is not stage:
            seen.append(stage)

    made = reconstruct_picture(
        png(picture()), SETTINGS, SilhouetteBox(), Matting(tmp_path), progress
    )
    order = [Stage.CUTOUT, Stage.INFER, Stage.MESH, Stage.TEXTURE, Stage.PACK]
    assert seen == order
    assert list(made.info.timings_s) == [s.value for s in order]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"faces": np.zeros((0, 3), np.int32)}, "mesh-empty"),
        ({"vertices": np.full((4, 3), np.nan, np.float32)}, "mesh-invalid"),
        ({"vertices": np.full((4, 3), 0.7, np.float32)}, "mesh-invalid"),
        ({"faces": np.array([[0, 1, 4]], np.int32)}, "mesh-invalid"),
        ({"faces": np.array([[0, 1, -1]], np.int32)}, "mesh-invalid"),
        ({"colours": np.zeros((3, 3), np.float32)}, "mesh-invalid"),
    ],
)
def test_unusable_meshes_are_refused(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    with pytest.raises(MaquetteError, match=code):
        run(tmp_path, Given(replace(arrow(), **change)))


def test_flat_mesh_does_not_divide_by_zero(tmp_path: Path) -> None:
    made = arrow()
    flat = replace(made, vertices=made.vertices * (1, 1, 0), category="table")
    assert max(run(tmp_path, Given(flat)).info.size_m) == pytest.approx(1.0)


def test_silhouette_box_follows_the_silhouette(tmp_path: Path) -> None:
    tall = Image.fromarray(np.pad(np.full((90, 30, 4), 255, np.uint8), ((5, 5), (20, 20), (0, 0))))
    x, y, z = run(tmp_path, data=png(tall)).info.size_m
    assert (x / z, y / x) == (pytest.approx(1 / 3, abs=0.02), pytest.approx(1.0))


def loaded(made: Delivery) -> trimesh.Trimesh:
    """The delivered mesh, read by another program."""
    scene = trimesh.load(io.BytesIO(made.glb), file_type="glb", process=False)
    mesh: trimesh.Trimesh = next(iter(scene.geometry.values()))
    return mesh


def test_a_budget_and_a_texture(tmp_path: Path) -> None:
    settings = replace(SETTINGS, faces=500, texture=512)
    told: list[tuple[Stage, float]] = []
    made = reconstruct_picture(
        png(picture()),
        settings,
        SilhouetteBox(),
        Matting(tmp_path),
        lambda stage, share: told.append((stage, share)),
        "x",
    )
    assert 0 < made.info.faces <= 500
    mesh = loaded(made)
    assert len(mesh.faces) == made.info.faces
    assert mesh.visual.material.baseColorTexture.size == (512, 512)
    assert mesh.visual.uv.min() >= 0 and mesh.visual.uv.max() <= 1
    texture = [share for stage, share in told if stage is Stage.TEXTURE]
    assert texture == sorted(texture) and texture[-1] == 1
    stages = list(dict.fromkeys(stage for stage, _ in told))
    assert stages[-2:] == [Stage.TEXTURE, Stage.PACK]


def test_normals_of_a_textured_mesh_point_outwards(tmp_path: Path) -> None:
    """Also for a mesh in the scene's world, whose normals are turned with it."""
    turned = np.array([[0, -2.0, 0, 1], [2.0, 0, 0, 2], [0, 0, 2.0, 3], [0, 0, 0, 1]])
    for to_world in (None, turned):
        made = run(
            tmp_path, Given(replace(arrow(), to_world=to_world)), replace(SETTINGS, texture=512)
        )
        mesh = loaded(made)
        # Each vertex's normal leaves the middle, whichever way the mesh stands.
        outward = mesh.vertices - mesh.vertices.mean(axis=0)
        assert ((mesh.vertex_normals * outward).sum(axis=1) > 0).all()
