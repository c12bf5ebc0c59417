"""The engines of released models: which way is up, several views, and too little memory.

They run the tiny stored models; where a shape matters, a known field stands in for what the
planes would say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from service_rig import picture, png
from tiny_models import TINY, tiny_engine

from maquette.backend.checkpoints.catalogue import CATALOGUE
from maquette.backend.checkpoints.folder import WeightsFolder
from maquette.backend.device import is_out_of_memory
from maquette.backend.engines.base import View
from maquette.backend.engines.multi_view import by_cameras, by_sides, camera_numbers
from maquette.backend.engines.plane_engine import PlaneEngine
from maquette.backend.engines.registry import engine_infos, load_engine
from maquette.backend.engines.steps_back import TO_PROCESSOR
from maquette.backend.imaging.matting import Matting
from maquette.backend.pipeline import Picture, reconstruct_pictures
from maquette.core.cameras import Camera, intrinsics_from_fov, look_at, orbit, project
from maquette.core.errors import MaquetteError
from maquette.core.protocol import Detail, JobSettings

DRAFT = JobSettings(detail=Detail.DRAFT)
RGBA = np.asarray(picture())
FRONT_AT_X = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])


def quiet(stage: Any, share: float) -> None:
    """Nobody looks."""


def views_for(name: str) -> list[View]:
    if CATALOGUE[name].family != "InstantMesh":
        return [View(RGBA)]
    return [View(RGBA, side) for side in ("front", "right", "back", "left")]


def source_camera(name: str, stored: Any, engine: PlaneEngine) -> np.ndarray:
    """(4, 4) OpenGL camera-to-world of the front picture, in the model's world, as published."""
    pose = np.eye(4)
    if name == "triposr":
        # The stored rays of the view at azimuth 0, which its trainers took pictures from.
        origin, rays = stored["in.rays_o"][0].numpy(), stored["in.rays_d"][0].numpy()
        across, up = rays[0, -1] - rays[0, 0], rays[0, 0] - rays[-1, 0]
        pose[:3, 0] = across / np.linalg.norm(across)
        pose[:3, 1] = up / np.linalg.norm(up)
        pose[:3, 2] = np.cross(pose[:3, 0], pose[:3, 1])
        pose[:3, 3] = origin[0, 0]
    elif CATALOGUE[name].family == "OpenLRM":
        pose[:3] = stored["in.source_camera"][0, :12].view(3, 4).numpy()
    else:
        pose[:3] = engine.prepare(views_for(name)).cameras[0, 0, :12].view(3, 4).numpy()  # type: ignore[index]
    return pose


@pytest.mark.parametrize("name", TINY)
def test_a_result_stands_upright_and_faces_the_front_unmirrored(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Balls to the picture's right, to its top and towards its camera end at +X, +Z and -Y."""
    engine, stored = tiny_engine(name)
    pose = torch.from_numpy(source_camera(name, stored, engine)).float()
    half = engine.model.config.half
    # The camera may look down a little: what is up in the world counts, not in the picture.
    up = torch.tensor([0.0, 0.0, 1.0])
    right = pose[:3, 0]
    towards = torch.linalg.cross(right, up)
    assert towards @ pose[:3, 2] > 0.9
    directions = torch.stack([right, up, towards])
    centres = torch.cat(
        [torch.zeros(1, 3), directions * torch.tensor([[0.6], [0.7], [0.5]]) * half]
    )
    radii = torch.tensor([0.4, 0.2, 0.2, 0.2]) * half

    def deep(points: torch.Tensor) -> torch.Tensor:
        return radii - (points[..., None, :] - centres).norm(dim=-1)  # (B, N, balls)

    def value(planes: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        inside = deep(points).amax(-1, keepdim=True)
        config = engine.model.config
        return -inside if config.head.surface else config.level + 10 * inside

    def colour(planes: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        names = torch.tensor([[0.5, 0.5, 0.5], [1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0]])
        return names[deep(points).argmax(-1)]

    _put_in(engine, monkeypatch, value)
    monkeypatch.setattr(engine.model, "colour", colour)
    made = engine.reconstruct(views_for(name), DRAFT, quiet)
    assert np.abs(made.vertices).max() <= 0.5
    for channel, axis in ((0, (1, 0, 0)), (1, (0, 0, 1)), (2, (0, -1, 0))):
        ball = made.vertices[made.colours[:, channel] > 0.9]
        middle = (ball.max(0) + ball.min(0)) / 2
        middle /= np.linalg.norm(middle)
        assert middle @ axis > 0.98, (channel, middle)
    a, b, c = made.vertices[made.faces].astype(float).transpose(1, 0, 2)
    assert (np.cross(a, b) * c).sum() > 0, "faces look outwards"


@pytest.mark.parametrize("name", TINY)
def test_a_whole_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, _ = tiny_engine(name)
    # Random weights make density everywhere or nowhere; the middle of what they say is a surface.
    values = _grid_values(engine, name)
    engine.model.config = replace(engine.model.config, level=0.0)
    level = float(values.median())
    ask = engine.model.value
    _put_in(engine, monkeypatch, lambda planes, points: ask(planes, points) - level)
    pictures = [Picture(png(picture()), view.side) for view in views_for(name)]
    made = reconstruct_pictures(pictures, DRAFT, engine, Matting(tmp_path), quiet)
    release = CATALOGUE[name]
    assert made.glb[:4] == b"glTF" and made.info.faces > 0
    assert made.info.licence == release.licence
    assert made.info.commercial is release.commercial
    assert any(release.licence in note for note in made.info.notes) is not release.commercial
    assert release.licence.encode() in made.glb


def _grid_values(engine: PlaneEngine, name: str) -> torch.Tensor:
    prepared = engine.prepare(views_for(name))
    line = torch.linspace(-0.4, 0.4, 12)
    planes = engine.model.encode(prepared.images, prepared.cameras)
    return engine.model.value(planes, torch.cartesian_prod(line, line, line)[None])


class TestCount:
    """Zero, one, two and twelve pictures."""

    @pytest.mark.parametrize(
        ("name", "count", "code"),
        [
            ("triposr", 0, "image-missing"),
            ("triposr", 2, "pictures-many"),
            ("instantmesh-nerf-base", 0, "image-missing"),
            ("instantmesh-nerf-base", 1, "pictures-few"),
            ("instantmesh-nerf-base", 13, "pictures-many"),
        ],
    )
    def test_refused(self, name: str, count: int, code: str, tmp_path: Path) -> None:
        engine, _ = tiny_engine(name)
        pictures = [Picture(png(picture()))] * count
        with pytest.raises(MaquetteError) as caught:
            reconstruct_pictures(pictures, DRAFT, engine, Matting(tmp_path), quiet)
        assert caught.value.problem.code == code

    def test_twelve_pictures_of_different_sizes(self) -> None:
        engine, _ = tiny_engine("instantmesh-nerf-base")
        views = [
            ball_view(30.0 * i, 10.0 * (i % 3), 40 + 9 * i, 50 + 7 * ((5 * i) % 12))
            for i in range(12)
        ]
        prepared = engine.prepare(views)
        assert prepared.images.shape == (1, 12, 3, 48, 48)
        assert prepared.cameras is not None and prepared.cameras.shape == (1, 12, 16)
        planes = engine.model.encode(prepared.images, prepared.cameras)
        assert planes.isfinite().all()


CENTRE, RADIUS = np.array([3.0, -2.0, 1.0]), 0.5


def ball_view(
    azimuth: float, elevation: float, width: int, height: int, distance: float = 6.0
) -> View:
    """A grey ball away from the world's origin, as a camera on an orbit around it sees it."""
    pose = orbit(azimuth, elevation, distance, CENTRE)
    camera = Camera(pose, intrinsics_from_fov(20.0, width, height), width, height)
    return View(_ball(camera), camera=camera)


def _ball(camera: Camera, centre: np.ndarray = CENTRE) -> np.ndarray:
    pixels, depth = project(camera, centre)
    v, u = np.mgrid[: camera.height, : camera.width] + 0.5
    radius = RADIUS / depth[0] * camera.intrinsics[0, 0]
    solid = (u - pixels[0, 0]) ** 2 + (v - pixels[0, 1]) ** 2 < radius**2
    rgba = np.zeros((camera.height, camera.width, 4), np.uint8)
    rgba[solid] = (90, 90, 90, 255)
    return rgba


class TestSides:
    """Pictures whose sides a person named."""

    def test_cameras_are_those_of_the_trainers(self) -> None:
        engine, fixture = tiny_engine("instantmesh-nerf-base")
        stored, turn = fixture["in.cameras"][0], np.array(engine.turn())
        k = intrinsics_from_fov(30.0, 320, 320)
        for index, (azimuth, elevation) in enumerate(
            zip((30, 90, 150, 210, 270, 330), (20, -10) * 3, strict=True)
        ):
            pose = orbit(azimuth, elevation, 4.0, np.zeros(3))
            ours = camera_numbers(pose, k, 320, turn)
            assert np.allclose(ours, stored[index].numpy(), atol=1e-4)

    def test_the_object_is_equally_high_in_all_pictures(self) -> None:
        wide = np.zeros((100, 300, 4), np.uint8)
        wide[40:60, 50:250] = (10, 200, 10, 255)  # 200 x 20
        narrow = np.zeros((90, 60, 4), np.uint8)
        narrow[5:85, 10:50] = (10, 200, 10, 255)  # 40 x 80
        posed = by_sides([View(wide, "front"), View(narrow, "left")], 200, FRONT_AT_X)
        heights = [int((p[..., 3] > 127).any(1).sum()) for p in posed.pictures]
        assert abs(heights[0] - heights[1]) <= 1 and heights[0] == pytest.approx(16, abs=1)
        assert int((posed.pictures[0][..., 3] > 127).any(0).sum()) == pytest.approx(160, abs=1)

    @pytest.mark.parametrize("sides", [("front", "front"), ("front", ""), ("front", "above")])
    def test_unclear_sides_are_refused(self, sides: tuple[str, str]) -> None:
        with pytest.raises(MaquetteError) as caught:
            by_sides([View(RGBA, side) for side in sides], 32, FRONT_AT_X)
        assert caught.value.problem.code == "sides-unclear"


class TestCameras:
    """Pictures of cameras of the scene."""

    def test_the_object_is_found_where_it_is(self) -> None:
        engine, _ = tiny_engine("instantmesh-nerf-base")
        views = [ball_view(a, 15.0, 200 + a, 160) for a in (0, 80, 170, 260)]
        to_world = engine.prepare(views).to_world
        assert to_world is not None
        assert np.allclose(to_world[:3, 3], CENTRE, atol=0.02)
        # The ball's diameter is to be 1.6 of the 2 units of the model's box.
        assert to_world[0, 0] == pytest.approx(2 * RADIUS * 2.0 / 1.6, rel=0.05)

    def test_cameras_fit_the_cropped_pictures(self) -> None:
        """A point of the ball's surface lands where the cropped picture shows it."""
        views = [ball_view(a, 15.0, 200, 160) for a in (0, 80)]
        turn = FRONT_AT_X
        posed = by_cameras(views, 64, turn)
        for picture_made, numbers in zip(posed.pictures, posed.cameras, strict=True):
            pose = np.eye(4)
            pose[:3] = numbers[:12].reshape(3, 4)
            pose[:3, :3] = pose[:3, :3] @ np.diag([1.0, -1.0, -1.0])
            fx, fy, cx, cy = numbers[12:] * 64
            camera = Camera(pose, np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]]), 64, 64)
            pixels, _ = project(camera, np.zeros((1, 3)))
            solid = picture_made[..., 3] > 127
            middle = np.argwhere(solid).mean(0)[::-1] + 0.5
            assert np.allclose(pixels[0], middle, atol=1.0)
            edge = np.array([[0.0, 0.0, 0.8]])  # the ball's top, in the model's units
            top, _ = project(camera, edge)
            assert abs(top[0, 1] - np.argwhere(solid)[:, 0].min()) < 3.0

    def test_front_and_back_alone_put_it_half_way(self) -> None:
        views = [ball_view(a, 0.0, 100, 100) for a in (0, 180)]
        posed = by_cameras(views, 48, FRONT_AT_X)
        assert np.allclose(posed.centre, CENTRE, atol=0.02)

    def test_cameras_that_miss_are_refused(self) -> None:
        views = [ball_view(0, 0, 100, 100), ball_view(90, 0, 100, 100)]
        # The second camera looks elsewhere, but its picture shows the ball in the middle.
        position = views[1].camera.camera_to_world[:3, 3]  # type: ignore[union-attr]
        pose = look_at(position, CENTRE + np.array([0.0, 0.0, 5.0]))
        camera = Camera(pose, intrinsics_from_fov(20.0, 100, 100), 100, 100)
        _refused([views[0], View(views[1].rgba, camera=camera)], "cameras-miss")

    def test_cameras_that_look_away_are_refused(self) -> None:
        views = [ball_view(a, 0, 100, 100) for a in (0, 90)]
        turned = []
        for view in views:
            pose = view.camera.camera_to_world.copy()  # type: ignore[union-attr]
            pose[:3, [0, 2]] *= -1
            turned.append(
                View(view.rgba, camera=Camera(pose, view.camera.intrinsics, 100, 100))  # type: ignore[union-attr]
            )
        _refused(turned, "cameras-miss")

    def test_one_camera_is_refused(self) -> None:
        _refused([ball_view(0, 0, 100, 100)], "cameras-few")

    def test_an_empty_picture_is_refused(self) -> None:
        views = [ball_view(a, 0, 100, 100) for a in (0, 90)]
        _refused(
            [views[0], View(np.zeros_like(views[1].rgba), camera=views[1].camera)], "no-object"
        )

    def test_the_picture_without_the_object_is_named(self, tmp_path: Path) -> None:
        engine, _ = tiny_engine("instantmesh-nerf-base")
        k = intrinsics_from_fov(40.0, 96, 64)
        cameras = [Camera(orbit(a, 10, 3.0, np.zeros(3)), k, 96, 64) for a in (0, 90)]
        nothing = Image.new("RGBA", (96, 64))
        seen = [picture(96, 64), nothing]
        pictures = [Picture(png(p), "", c) for p, c in zip(seen, cameras, strict=True)]
        with pytest.raises(MaquetteError) as caught:
            reconstruct_pictures(pictures, DRAFT, engine, Matting(tmp_path), quiet)
        assert caught.value.problem.code == "no-object"
        assert caught.value.problem.message.startswith("Picture 2 of 2: ")

    def test_orthographic_cameras_are_refused(self) -> None:
        camera = Camera(np.eye(4), np.eye(3), 100, 100, "orthographic")
        view = ball_view(0, 0, 100, 100)
        _refused([view, View(view.rgba, camera=camera)], "cameras-parallel")


def _refused(views: list[View], code: str) -> None:
    with pytest.raises(MaquetteError) as caught:
        by_cameras(views, 48, FRONT_AT_X)
    assert caught.value.problem.code == code


class TestMemory:
    """Too little memory costs detail or time, not the job."""

    def test_a_coarser_grid_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        engine, _ = tiny_engine("triposr")
        asked: list[int] = []
        _ball_field(engine, monkeypatch)
        _scarce(monkeypatch, asked, lambda resolution: resolution > 64)
        made = engine.reconstruct([View(RGBA)], JobSettings(detail=Detail.NORMAL), quiet)
        assert asked == [128, 64] and len(made.faces) > 0
        assert any("64 cells along an edge in place of 128" in note for note in made.notes)

    def test_the_processor_takes_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        engine, _ = tiny_engine("triposr")
        engine._device = "cpu:0"  # stands for a card; there may be none here
        _ball_field(engine, monkeypatch)
        real, devices = engine.model.encode, []

        def encode(images: torch.Tensor, cameras: Any) -> torch.Tensor:
            devices.append(engine._device)
            if engine._device != "cpu":
                raise torch.OutOfMemoryError("CUDA out of memory")
            return real(images, cameras)

        monkeypatch.setattr(engine.model, "encode", encode)
        made = engine.reconstruct([View(RGBA)], DRAFT, quiet)
        assert devices == ["cpu:0", "cpu"] and len(made.faces) > 0
        assert any("graphics card" in note for note in made.notes)

    @pytest.mark.parametrize(
        ("name", "grids"),
        [("triposr", [128, 64, 128]), ("instantmesh-mesh-base", [128, 128])],
        ids=["every grid is too large", "a head with a grid of its own"],
    )
    def test_the_processor_makes_the_mesh(
        self, name: str, grids: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        engine, _ = tiny_engine(name)
        engine._device = "cpu:0"  # stands for a card; there may be none here
        _ball_field(engine, monkeypatch)
        asked: list[int] = []
        _scarce(monkeypatch, asked, lambda resolution: engine._device != "cpu")
        views = [View(RGBA)] if name == "triposr" else [View(RGBA, s) for s in ("front", "back")]
        made = engine.reconstruct(views, JobSettings(detail=Detail.NORMAL), quiet)
        assert asked == grids and len(made.faces) > 0
        assert [note for note in made.notes if "memory" in note] == [TO_PROCESSOR]

    @pytest.mark.parametrize(
        ("error", "lacking"),
        [
            (MemoryError(), True),
            (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), True),
            (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), True),
            (RuntimeError("CUDA error: out of memory"), True),
            (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling"), True),
            (RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"), True),
            (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
            (ValueError("out of memory"), False),
        ],
    )
    def test_lack_of_memory_is_told_from_other_errors(
        self, error: Exception, lacking: bool
    ) -> None:
        assert is_out_of_memory(error) is lacking

    def test_there_is_an_end_to_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        engine, _ = tiny_engine("triposr")
        asked: list[int] = []
        _scarce(monkeypatch, asked, lambda resolution: True)
        with pytest.raises(MemoryError):
            engine.reconstruct([View(RGBA)], JobSettings(detail=Detail.FINE), quiet)
        assert asked == [256, 128, 64]


def _ball_field(engine: PlaneEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    def value(planes: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        return engine.model.config.level + 0.5 - points.norm(dim=-1, keepdim=True)

    _put_in(engine, monkeypatch, value)


def _put_in(
    engine: PlaneEngine,
    monkeypatch: pytest.MonkeyPatch,
    value: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> None:
    """Let a field of the test's own answer in place of planes and head."""
    from maquette.backend.meshing import plane_surface

    def nodes(field: Any, resolution: int) -> Any:
        def ask(points: torch.Tensor) -> torch.Tensor:
            at = (points / resolution - 0.5) * field.edge
            there = engine.model.value(field.planes, at[None])[0, :, 0]
            return -there if field.is_distance else there - field.level

        return ask

    monkeypatch.setattr(engine.model, "value", value)
    monkeypatch.setattr(plane_surface, "node_field", nodes)
    monkeypatch.setattr(plane_surface, "_to_density", lambda found, head, level: None)


def _scarce(
    monkeypatch: pytest.MonkeyPatch, asked: list[int], fails: Callable[[int], bool]
) -> None:
    from maquette.backend.engines import plane_engine

    real = plane_engine.extract

    def extract(field: Any, resolution: int, progress: Any) -> Any:
        asked.append(resolution)
        if fails(resolution):
            raise MemoryError
        return real(field, resolution, progress)

    monkeypatch.setattr(plane_engine, "extract", extract)


class TestWeights:
    """An engine says what it lacks."""

    def test_every_engine_is_described(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MAQUETTE_WEIGHTS", str(tmp_path))
        infos = {info.name: info for info in engine_infos()}
        for name, release in CATALOGUE.items():
            info = infos[name]
            assert info.weights == name and info.licence == release.licence
            assert info.size_bytes == release.size and not info.available
            assert "GB) have to be downloaded first" in info.reason and not info.accepted
        assert infos["embedded"].weights == ""

    def test_an_engine_without_weights_cannot_be_loaded(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MAQUETTE_WEIGHTS", str(tmp_path))
        with pytest.raises(MaquetteError) as caught:
            load_engine("triposr", "cpu")
        assert caught.value.problem.code == "engine-unavailable"
        assert "1.7 GB" in caught.value.problem.message

    def test_a_found_file_without_accepted_licence_is_not_used(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MAQUETTE_WEIGHTS", str(tmp_path / "own"))
        monkeypatch.setenv("MAQUETTE_CHECKPOINTS", str(tmp_path / "other"))
        file = tmp_path / "other" / "triposr" / "model.ckpt"
        file.parent.mkdir(parents=True)
        file.write_bytes(b"anything")
        with pytest.raises(MaquetteError) as caught:
            load_engine("triposr", "cpu")
        assert caught.value.problem.code == "licence-not-accepted"
        WeightsFolder.usual().accept(CATALOGUE["triposr"])
        with pytest.raises(MaquetteError) as caught:
            load_engine("triposr", "cpu")
        assert caught.value.problem.code == "checkpoint-unreadable"
