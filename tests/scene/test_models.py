"""Released models in the sidebar: licence, download, refusal; and objects of several pictures."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np
import pytest
from drawn_panels import draw

sys.path.append(str(Path(__file__).parents[1] / "backend" / "support"))

from stand_in_hub import Body, Hub, running

NAME = "triposr"


@pytest.fixture
def session(part, empty_file):
    """The session, put back afterwards."""
    live = part("core.session").SESSION
    kept = dict(vars(live))
    yield live
    vars(live).update(kept)


@pytest.fixture
def told(part, session):
    """Puts an engine with weights into the session, in any state."""

    def tell(**changes: Any) -> Any:
        weights, protocol = part("core.weights"), part("core.protocol")
        info = weights.WeightsInfo(
            NAME,
            "TripoSR",
            "TripoSR",
            1_677_246_742,
            "MIT",
            "https://example.org",
            "Any use.",
            True,
            False,
            weights.WeightsState.MISSING,
        )
        info = replace(info, **changes)
        most = 12 if info.family == "InstantMesh" else 1
        engine = protocol.EngineInfo(
            NAME, info.title, "Anything", info.licence, info.commercial, info.state.usable,
            "" if info.state.usable else "Its weights have to be downloaded first.",
            info.family, NAME, info.size_bytes, fewest=2 if most > 1 else 1, most=most,
        )  # fmt: skip
        session.weights, session.engines = (info,), (engine,)
        bpy.context.scene.maquette.engine = NAME
        return info

    return tell


class TestPanel:
    """What is drawn of weights in each state."""

    def test_missing_weights_are_offered_with_licence_and_size(self, told: Any) -> None:
        told(licence="CC-BY-NC-4.0", commercial=False)
        drawn = draw("MAQUETTE_PT_reconstruct")
        assert "Weights: 1.7 GB, CC-BY-NC-4.0" in drawn
        assert any("Not for commercial use" in text for text in drawn)
        assert "Download…" in drawn or "Allow Online Access" in drawn
        assert not bpy.ops.maquette.reconstruct.poll()

    def test_a_download_has_a_bar(self, told: Any, part: Any) -> None:
        fetching = part("core.weights").WeightsState.FETCHING
        told(state=fetching, step="verify", progress=0.93)
        assert "Checking 93%" in draw("MAQUETTE_PT_reconstruct")
        assert "TripoSR" in draw("MAQUETTE_PT_models")

    def test_a_failure_is_told_with_its_fix(self, told: Any, part: Any) -> None:
        errors = part("core.errors")
        problem = errors.Problem("disk-full", "There is no room.", errors.Fix.RETRY)
        told(state=part("core.weights").WeightsState.FAILED, problem=problem, progress=0.4)
        drawn = draw("MAQUETTE_PT_reconstruct")
        assert "There is no room." in drawn
        assert "Go On from 40%" in drawn or "Allow Online Access" in drawn
        assert bpy.ops.maquette.copy_error() == {"FINISHED"}

    def test_weights_that_are_there_take_no_room(self, told: Any, part: Any) -> None:
        told(state=part("core.weights").WeightsState.PRESENT, accepted=True, progress=1.0)
        assert not any("1.7 GB" in text for text in draw("MAQUETTE_PT_reconstruct"))

    def test_the_menu_offers_engines_that_lack_only_their_weights(self, told: Any) -> None:
        told()
        menu = bpy.types.MAQUETTE_MT_engine
        entries: list[Any] = []
        layout = SimpleNamespace(
            separator=lambda: None, row=lambda: entries.append(Entry()) or entries[-1]
        )
        menu.draw(SimpleNamespace(layout=layout), bpy.context)
        assert entries[0].enabled and entries[0].text == "TripoSR"
        bpy.context.scene.maquette.engine = "embedded"
        bpy.ops.maquette.choose_engine(engine=NAME)
        assert bpy.context.scene.maquette.engine == NAME

    def test_nothing_is_fetched_without_the_licence(self, told: Any, monkeypatch: Any) -> None:
        told()
        if not bpy.app.online_access:
            with pytest.raises(RuntimeError, match="Online Access"):
                bpy.ops.maquette.fetch_weights(weights=NAME, accept=True)
            bpy.context.preferences.system.use_online_access = True
        try:
            with pytest.raises(RuntimeError, match="licence that must be accepted"):
                bpy.ops.maquette.fetch_weights(weights=NAME)
            with pytest.raises(RuntimeError, match="Start it first"):
                bpy.ops.maquette.fetch_weights(weights="other", accept=True)
        finally:
            bpy.context.preferences.system.use_online_access = False

    def test_found_files_need_the_licence_and_no_network(
        self, told: Any, part: Any, monkeypatch: Any
    ) -> None:
        told(state=part("core.weights").WeightsState.FOUND)
        assert "Accept Licence…" in draw("MAQUETTE_PT_reconstruct")
        sent: list[Any] = []
        monkeypatch.setattr(part("operators.runtime").RUNTIME, "send", sent.append)
        assert bpy.ops.maquette.fetch_weights(weights=NAME, accept=True) == {"FINISHED"}
        assert sent[0].name == NAME and sent[0].accept == "MIT"


class Entry:
    """One row of the menu."""

    enabled = True
    text = ""

    def operator(self, name: str, text: str, icon: str) -> SimpleNamespace:
        self.text = text
        return SimpleNamespace()


def _image(name: str) -> bpy.types.Image:
    image = bpy.data.images.new(name, 64, 48, alpha=True)
    pixels = np.zeros((48, 64, 4), np.float32)
    pixels[10:40, 20:45] = (0.8, 0.2, 0.1, 1.0)
    image.pixels.foreach_set(pixels.ravel())
    image.pack()
    return image


def _camera(name: str, location: tuple[float, float, float], photo: bool = True) -> Any:
    data = bpy.data.cameras.new(name)
    obj = bpy.data.objects.new(name, data)
    obj.location = location
    direction = -obj.location
    obj.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.collection.objects.link(obj)
    if photo:
        data.show_background_images = True
        data.background_images.new().image = _image(f"{name} photo")
    return obj


class TestSeveralPictures:
    """Slots for sides, and cameras of the scene."""

    @pytest.fixture
    def sent(self, part: Any, session: Any, told: Any, monkeypatch: Any) -> list[Any]:
        """An engine for several pictures that is there; collects what is sent to the service."""
        state = part("core.weights").WeightsState.PRESENT
        told(family="InstantMesh", title="InstantMesh", state=state, accepted=True)
        commands: list[Any] = []
        runtime = part("operators.runtime").RUNTIME
        monkeypatch.setattr(runtime, "send", commands.append)
        return commands

    def test_the_panel_has_a_slot_for_each_side(self, sent: Any) -> None:
        drawn = draw("MAQUETTE_PT_reconstruct")
        assert [side for side in ("Front", "Right", "Back", "Left") if side in drawn] == [
            "Front", "Right", "Back", "Left",
        ]  # fmt: skip
        bpy.context.scene.maquette.pictures_from = "cameras"
        assert any("background pictures" in text for text in draw("MAQUETTE_PT_reconstruct"))

    def test_sides_are_sent_with_their_names(self, sent: Any, tmp_path: Path) -> None:
        settings = bpy.context.scene.maquette
        settings.image = _image("chair")
        assert not bpy.ops.maquette.reconstruct.poll()
        path = tmp_path / "behind.png"
        behind = _image("behind")
        behind.filepath_raw, behind.file_format = str(path), "PNG"
        behind.save()
        bpy.ops.maquette.open_image(filepath=str(path), side="back")
        assert settings.image.name == "chair" and settings.image_back is not None
        assert bpy.ops.maquette.reconstruct() == {"FINISHED"}
        (command,) = sent
        assert [view.side for view in command.views] == ["front", "back"]
        assert len(command.pictures) == 2 and all(p.is_file() for p in command.pictures)

    def test_cameras_are_sent_with_their_photos_and_poses(self, sent: Any, part: Any) -> None:
        bpy.context.scene.maquette.pictures_from = "cameras"
        _camera("B", (3.0, 0.0, 1.0))
        _camera("A", (0.0, -4.0, 0.5))
        assert bpy.ops.maquette.reconstruct() == {"FINISHED"}
        (command,) = sent
        cameras = [view.camera for view in command.views]
        assert [(c.width, c.height) for c in cameras] == [(64, 48)] * 2
        assert np.allclose(cameras[0].camera_to_world[:3, 3], (0.0, -4.0, 0.5))
        for camera in cameras:
            pixels, depth = part("core.cameras").project(camera, np.zeros((1, 3)))
            assert depth[0] > 0 and np.allclose(pixels[0], (32, 24), atol=1e-3)
        json.dumps([view.to_json() for view in command.views])

    def test_only_selected_cameras_are_used(self, sent: Any) -> None:
        bpy.context.scene.maquette.pictures_from = "cameras"
        for i in range(3):
            _camera(f"C{i}", (3.0, i - 1.0, 1.0)).select_set(i != 1)
        bpy.ops.maquette.reconstruct()
        assert len(sent[0].views) == 2

    @pytest.mark.parametrize(
        ("count", "code"), [(0, "cameras-few"), (1, "cameras-few"), (13, "pictures-many")]
    )
    def test_too_few_and_too_many_cameras(
        self, count: int, code: str, sent: Any, session: Any
    ) -> None:
        bpy.context.scene.maquette.pictures_from = "cameras"
        for i in range(count):
            _camera(f"C{i}", (3.0, i - 5.0, 1.0))
        with pytest.raises(RuntimeError):
            bpy.ops.maquette.reconstruct()
        assert session.trouble.code == code and not sent

    def test_an_orthographic_camera_is_refused(self, sent: Any, session: Any) -> None:
        bpy.context.scene.maquette.pictures_from = "cameras"
        _camera("A", (0.0, -4.0, 0.5))
        _camera("B", (3.0, 0.0, 1.0)).data.type = "ORTHO"
        with pytest.raises(RuntimeError):
            bpy.ops.maquette.reconstruct()
        assert session.trouble.code == "cameras-parallel" and "“B”" in session.trouble.message


def test_a_mesh_that_cameras_placed_stays_there(part: Any, session: Any, tmp_path: Path) -> None:
    jobs, protocol, glb = part("core.jobs"), part("core.protocol"), part("core.glb")
    result = protocol.ResultInfo(
        3, 1, "", (1.0, 1.0, 1.0), "", "", "e", "1", "0", licence="CC-BY-NC-4.0", in_world=True
    )
    path = tmp_path / "m.glb"
    path.write_bytes(_triangle())
    assert glb.read_glb(path.read_bytes()) is not None
    placement = jobs.Placement((5.0, 5.0, 5.0), bpy.context.scene.name, "")
    row = jobs.JobRow("id", "x", protocol.JobSettings(), placement, mesh=str(path), result=result)
    obj = part("scene.import_mesh").import_row(row, bpy.context.scene)
    assert tuple(obj.location) == (0.0, 0.0, 0.0)
    assert obj["maquette"]["licence"] == "CC-BY-NC-4.0", "the licence stays with the mesh"
    again = replace(row, result=replace(result, in_world=False))
    assert tuple(part("scene.import_mesh").import_row(again, bpy.context.scene).location) == (
        5,
        5,
        5,
    )


def _triangle() -> bytes:
    positions = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32).tobytes()
    faces = np.array([0, 1, 2], np.uint32).tobytes()
    document = {
        "asset": {"version": "2.0"},
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": len(positions) + len(faces)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(positions)},
            {"buffer": 0, "byteOffset": len(positions), "byteLength": len(faces)},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3",
             "min": [0, 0, 0], "max": [1, 1, 0]},
            {"bufferView": 1, "componentType": 5125, "count": 3, "type": "SCALAR"},
        ],
    }  # fmt: skip
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = positions + faces
    total = 12 + 8 + len(text) + 8 + len(body)
    parts = [b"glTF", (2).to_bytes(4, "little"), total.to_bytes(4, "little")]
    parts += [len(text).to_bytes(4, "little"), b"JSON", text]
    parts += [len(body).to_bytes(4, "little"), b"BIN\0", body]
    return b"".join(parts)


def test_a_download_from_click_to_refusal(
    part: Any, empty_file: Any, pump: Any, monkeypatch: Any
) -> None:
    """The real service: a licence, a bar, a cancel, and a sentence when the hub has no file."""
    session = part("core.session").SESSION
    hub = Hub({"stabilityai/TripoSR/model.ckpt": Body(b"PK", 1_677_246_742)})
    catalogue = "429e2c6b22a0923967459de24d67f05962b235f79cde6b032aa7ed2ffcd970ee"
    hub.etag, hub.commit = catalogue, "5b521936b01fbe1890f6f9baed0254ab6351c04a"
    hub.hold_after = 64 << 20
    online = bpy.context.preferences.system.use_online_access

    def stop() -> None:
        pump(lambda: session.service.state not in ("unknown", "starting"), 120)
        if bpy.ops.maquette.stop_service.poll():
            bpy.ops.maquette.stop_service()
            pump(lambda: session.service.state not in ("running", "stopping"), 60)

    with running(hub):
        for name, value in hub.variables.items():
            monkeypatch.setenv(name, value)
        try:
            bpy.context.preferences.system.use_online_access = True
            stop()
            bpy.ops.maquette.start_service()
            # What an earlier service told is still there before this one answers.
            pump(lambda: session.service.state == "running" and session.service.health, 120)
            pump(lambda: bool(session.weights) and bool(session.engines), 120)

            def state() -> Any:
                return session.weights_of(NAME)

            assert state().state == "missing" and not state().accepted
            bpy.ops.maquette.fetch_weights(weights=NAME, accept=True)
            pump(lambda: state().state == "fetching" and state().progress > 0.01, 120)
            assert state().accepted
            bpy.ops.maquette.cancel_weights(weights=NAME)
            pump(lambda: state().state == "missing")
            assert state().problem is None
            hub.error = "RevisionNotFound"
            bpy.ops.maquette.fetch_weights(weights=NAME)
            pump(lambda: state().state == "failed", 120)
            assert state().problem.code == "weights-gone"
            assert session.trouble is None
        finally:
            bpy.context.preferences.system.use_online_access = online
            hub.go.set()
            stop()
