"""The panel's operators and Blender's own command make the dataset that a shell makes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bpy
import pytest
from batches import LOOK, SOURCES, Command, contents
from drawn_panels import draw


@pytest.fixture
def session(part, empty_file):
    """The session; nothing renders before and after."""
    live = part("core.session").SESSION
    live.training = None
    yield live
    part("operators.render_run").RENDER.cancel()
    live.training = None


@pytest.fixture
def training(session, tmp_path: Path):
    """Settings for small pictures, and a selected cube and cone."""
    bpy.ops.mesh.primitive_cube_add(size=1.0)
    cube = bpy.context.object
    bpy.ops.mesh.primitive_cone_add(location=(0.0, 0.0, 1.0))
    cube.select_set(True)
    bpy.context.view_layer.objects.active = cube
    settings = bpy.context.scene.maquette.training
    settings.output = str(tmp_path / "views")
    settings.resolution, settings.views, settings.quality = 32, 3, "draft"
    settings.passes, settings.formats = {"depth", "mask"}, {"nerf"}
    return settings


def ended(session):
    """Whether the batch is over."""
    return lambda: session.training is not None and not session.training.status.phase.active


def test_selected_objects_become_a_dataset(part, pump, session, training, tmp_path: Path) -> None:
    assert bpy.ops.maquette.render_training_views() == {"FINISHED"}
    assert not bpy.ops.maquette.render_training_views.poll(), "one at a time"
    pump(ended(session), 120)
    status, out = session.training.status, tmp_path / "views"
    assert status.phase == "finished", status.problem
    assert (status.done, status.pictures_done, status.lost) == (1, 3, ())
    told = json.loads((out / "assets/Cube/asset.json").read_text())
    assert sorted(item["name"] for item in told["objects"]) == ["Cone", "Cube"]
    assert len(told["views"]) == 3 and (out / "assets/Cube/depth/002.exr").is_file()
    assert list((out / "formats/nerf").rglob("transforms*.json"))
    assert "Maquette Asset" not in bpy.data.collections
    assert part("core.dataset.verify").verify_dataset(out).sound


def test_views_are_enlarged_afterwards_when_that_is_chosen(
    part, pump, session, training, monkeypatch, tmp_path: Path
) -> None:
    training.upscale, training.views, training.formats = "X2", 1, set()
    words = part("operators.training_views").arguments(training, tmp_path / "views")
    assert words[-2:] == ["--upscale", "2"]
    with monkeypatch.context() as without:
        without.setenv("MAQUETTE_BACKEND_PYTHON", str(tmp_path / "no" / "python"))
        with pytest.raises(RuntimeError, match="not installed"):
            bpy.ops.maquette.render_training_views()
        assert (session.trouble.code, session.trouble.fix) == ("service-missing", "install_backend")
        assert session.training is None
    assert bpy.ops.maquette.render_training_views() == {"FINISHED"}
    pump(lambda: session.training.status.phase == "enlarging", 240)
    assert not bpy.ops.maquette.render_training_views.poll(), "one at a time"
    assert "Enlarging the Pictures" in draw("MAQUETTE_PT_training_run")
    pump(ended(session), 240)
    assert session.training.status.phase == "finished", session.training.status.problem
    report = part("core.dataset.verify").verify_dataset(tmp_path / "views-x2")
    assert report.sound and report.views == 1
    recipe = json.loads((tmp_path / "views-x2" / "dataset.json").read_text())["recipe"]
    assert (recipe["width"], recipe["enlarged"]) == (64, 2)
    assert recipe["enlarged_by"].startswith("render-x4, SHA-256 ")
    shutil.rmtree(tmp_path / "views-x2")
    (tmp_path / "views-x2").write_text("in the way")
    assert bpy.ops.maquette.resume_training_views() == {"FINISHED"}
    pump(ended(session), 240)
    status = session.training.status
    assert (status.phase, status.problem.code) == ("failed", "upscale-failed")


def test_an_estimate_says_how_much_and_keeps_nothing(pump, session, training, tmp_path) -> None:
    assert bpy.ops.maquette.estimate_training_views() == {"FINISHED"}
    pump(ended(session), 120)
    status = session.training.status
    assert status.phase == "finished", status.problem
    assert (status.estimate.pictures, status.estimate.assets) == (3, 1)
    assert status.estimate.bytes > 0 and status.estimate.seconds > 0
    assert not (tmp_path / "views" / "assets").exists()


def test_a_cancelled_batch_is_gone_on_with(pump, session, training, tmp_path: Path) -> None:
    training.views = 800  # seconds of work, and the cancel comes at the first picture
    bpy.ops.maquette.render_training_views()
    pump(lambda: session.training.status.pictures_done > 0, 240)
    bpy.ops.maquette.cancel_training_views()
    assert session.training.status.phase == "cancelled"
    out = tmp_path / "views"
    assert not list(out.glob(".work*")) and not (out / "assets/Cube").exists()
    for obj in list(bpy.data.objects):
        bpy.data.objects.remove(obj)
    training.views = 3  # what was asked for counts, not what the panel says now
    assert bpy.ops.maquette.resume_training_views() == {"FINISHED"}
    pump(lambda: session.training.status.pictures_done > 0, 240)
    assert session.training.status.pictures == 800


def test_what_is_in_quarantine_is_tried_again_when_asked(pump, session, training, tmp_path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    bad = folder / "bad.stl"
    bad.write_bytes(b"solid nothing\nendsolid nothing\n")
    training.source, training.folder = "FOLDER", str(folder)
    for operator, wanted in (
        (bpy.ops.maquette.render_training_views, ["bad"]),
        (bpy.ops.maquette.resume_training_views, ["bad"]),
    ):
        assert operator() == {"FINISHED"}
        pump(ended(session), 120)
        assert [lost.id for lost in session.training.status.lost] == wanted
    log = tmp_path / "views" / "quarantine" / "bad" / "log.txt"
    log.unlink()
    assert bpy.ops.maquette.resume_training_views(again=True) == {"FINISHED"}
    pump(ended(session), 120)
    assert log.is_file(), "it was tried once more"


def test_what_is_wrong_is_said_before_anything_starts(session, training, tmp_path: Path) -> None:
    training.output = "//views"
    with pytest.raises(RuntimeError, match="never saved"):
        bpy.ops.maquette.render_training_views()
    assert session.trouble.code == "output-unknown"
    training.output = str(tmp_path / "views")
    training.formats, training.passes = {"bop"}, {"mask"}
    with pytest.raises(RuntimeError, match="needs the pass"):
        bpy.ops.maquette.render_training_views()
    with pytest.raises(RuntimeError, match="Nothing was begun"):
        bpy.ops.maquette.resume_training_views()
    assert session.training is None
    bpy.ops.object.select_all(action="DESELECT")
    assert not bpy.ops.maquette.render_training_views.poll()


def test_blenders_own_command_makes_the_same_bytes(part, quiet, tmp_path: Path) -> None:
    out = tmp_path / "set"
    run = part("operators.command_line").run
    assert run(["render", *SOURCES, "--out", str(out), *LOOK, "--workers", "1", "--yes"]) == 0
    assert contents(out) == quiet
    assert run(["render", "nothing.glb", "--out", str(out), *LOOK]) == 1


def test_assets_of_a_catalog_are_found(command: Command, quiet, tmp_path: Path) -> None:
    library = tmp_path / "library.blend"
    catalog = "6a1f9d0c-2a3b-4c5d-8e9f-001122334455"
    (tmp_path / "blender_assets.cats.txt").write_text(
        f"VERSION 1\n\n{catalog}:Furniture/Chairs:Chairs\n", "utf-8"
    )
    marked = []
    for name in ("Stool", "Bench", "Lamp"):
        bpy.ops.mesh.primitive_cube_add()
        obj = bpy.context.object
        obj.name = name
        obj.asset_mark()
        if name != "Lamp":
            obj.asset_data.catalog_id = catalog
        marked.append(obj)
    bpy.data.libraries.write(str(library), set(marked))
    out = tmp_path / "set"
    source = f"{library}#catalog=Furniture"
    code, said = command.render(out, "--yes", sources=(source,))
    assert code == 0, said
    assert sorted(path.name for path in (out / "assets").iterdir()) == [
        "library-Bench",
        "library-Stool",
    ]
