"""``maquette evaluate`` from end to end, on shapes whose figures are known."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from made_datasets import make_dataset

from maquette.backend.cli import run
from maquette.backend.evaluation.alignment import Alignment
from maquette.backend.evaluation.cases import DatasetCases, Item
from maquette.backend.evaluation.drawing import cameras_around, draw
from maquette.backend.evaluation.measuring import look_at, measure
from maquette.backend.evaluation.mesh_files import read_mesh
from maquette.backend.evaluation.methods import Answer
from maquette.backend.evaluation.nearest import VIEWS, describe, make_index
from maquette.backend.evaluation.page import put_section
from maquette.backend.evaluation.results import Evaluation, Result
from maquette.backend.evaluation.shapes import MeshShape, PieceShape, normalised
from maquette.backend.evaluation.tables import margin
from maquette.core.dataset.layout import write_asset
from maquette.core.dataset.manifest import Plan, PlannedAsset, write_plan
from maquette.core.dataset.pictures import encode_pass
from maquette.core.dataset.recipe import Recipe
from maquette.core.dataset.records import AssetRecord, ViewRecord
from maquette.core.errors import MaquetteError
from maquette.core.furniture.fingerprint import fingerprint
from maquette.core.furniture.shapes import draw_piece

#: So that nobody waits for exact figures of boxes.
_FEW = ("--points", "6000")


def _stool(path: Path) -> Path:
    """A seat on one leg, Y up as GLB is, off the middle and large."""
    seat = trimesh.creation.box(extents=(2.0, 0.5, 1.6))
    leg = trimesh.creation.cylinder(radius=0.2, height=1.5, sections=24)
    leg.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, (1, 0, 0)))
    leg.apply_translation((0.3, -0.9, 0.0))
    mesh = trimesh.util.concatenate([seat, leg])
    mesh.apply_translation((5.0, 1.0, -2.0))
    mesh.export(path)
    return path


def test_a_mesh_is_all_of_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mesh = _stool(tmp_path / "stool.glb")
    status = run(["evaluate", "--meshes", str(mesh), str(mesh), "--out", str(tmp_path / "out")])
    assert status == 0
    (found,) = json.loads((tmp_path / "out" / "evaluation.json").read_text())["results"]
    figures = [found[k] for k in ("iou", "chamfer_l1", "normal_consistency", "f_score")]
    assert figures == [1.0, 0.0, pytest.approx(1.0, abs=1e-12), 1.0]
    assert found["mask_iou"] == 1.0
    assert "| **mean** | **1** | **1** | **1.000** | **0.000** |" in capsys.readouterr().out


def test_a_moved_mesh_is_found_by_alignment_alone(tmp_path: Path) -> None:
    true = _stool(tmp_path / "stool.glb")
    made = trimesh.load_mesh(true)
    made.apply_transform(trimesh.transformations.rotation_matrix(np.radians(77), (0, 1, 0)))
    made.apply_scale(0.6)
    made.export(tmp_path / "made.glb")
    figures = {}
    for how in ("none", "yaw"):
        out = tmp_path / how
        words = ["--meshes", str(true), str(tmp_path / "made.glb"), "--align", how, *_FEW]
        assert run(["evaluate", *words, "--out", str(out)]) == 0
        (figures[how],) = json.loads((out / "evaluation.json").read_text())["results"]
    assert figures["none"]["iou"] < 0.2
    assert figures["yaw"]["iou"] > 0.95
    assert figures["yaw"]["scale"] == pytest.approx(1 / 0.6, rel=0.02)


def test_a_damaged_mesh_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    true = _stool(tmp_path / "stool.glb")
    broken = tmp_path / "broken.glb"
    broken.write_bytes(true.read_bytes()[:200])
    assert run(["evaluate", "--meshes", str(true), str(broken)]) == 1
    assert "broken.glb" in capsys.readouterr().err


def _pairs(folder: Path) -> Path:
    folder.mkdir()
    for name in ("chair_a", "sofa_b"):
        mesh = read_mesh(_stool(folder / f"{name}.glb"))
        shape = MeshShape(mesh)
        shape = MeshShape(normalised(mesh, *shape.bounds()))
        picture = draw(shape.mesh(), cameras_around(96)[0], lit=True)
        Image.fromarray(picture).save(folder / f"{name}.png")
    return folder


def test_pairs_of_meshes_and_pictures(tmp_path: Path) -> None:
    """The report and the page hold what was measured."""
    folder, out, page = _pairs(tmp_path / "pairs"), tmp_path / "out", tmp_path / "page.md"
    page.write_text("# Page\n\n<!-- begin two -->\nold\n<!-- end two -->\n\nkept\n")
    words = ["--pairs", str(folder), "--engines", "silhouette-box", "--align", "scale", *_FEW]
    words += ["--workers", "1", "--out", str(out), "--docs", str(page), "--section", "two"]
    assert run(["evaluate", *words]) == 0
    told = json.loads((out / "evaluation.json").read_text())
    assert [r["category"] for r in told["results"]] == ["chair", "sofa"]
    ious = [r["iou"] for r in told["results"]]
    # The same shape and the same picture: the same figure, of a box around a seat with a leg.
    assert ious[0] == ious[1] and 0.3 < ious[0] < 0.9
    assert told["means"]["silhouette-box"]["iou"] == pytest.approx(ious[0])
    report = (out / "report.html").read_text()
    assert f"{ious[0]:.3f}" in report and "chair_a.glb" in report and "sofa_b.glb" in report
    # Best and worst of each category: the input, four of the truth and four of the answer.
    assert report.count("data:image/jpeg;base64,") == 2 * 9
    assert "http" not in report
    written = page.read_text()
    assert "old" not in written and "kept" in written and f"{ious[0]:.3f}" in written


def test_methods_are_compared_on_what_all_were_shown() -> None:
    """The first method's easier picture, which the other one never saw, does not count."""
    rows = [("a", "x", 0.4), ("a", "y", 0.8), ("b", "x", 0.3)]
    results = tuple(Result(method, name, "chair", 0, iou=iou) for method, name, iou in rows)
    evaluation = Evaluation({}, ("a", "b"), results)
    assert evaluation.mean("a", "iou") == pytest.approx(0.6)
    best, gap = margin(evaluation.shared()) or ("", 0.0)
    assert (best, gap) == ("b", pytest.approx(0.1))


@pytest.mark.parametrize("fault", ["alone", "not-a-picture", "no-folder"])
def test_a_broken_pair_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    folder = _pairs(tmp_path / "pairs")
    if fault == "alone":
        (folder / "sofa_b.png").unlink()
    elif fault == "not-a-picture":
        (folder / "sofa_b.png").write_bytes(b"nothing")
    else:
        folder = tmp_path / "elsewhere"
    words = ["--pairs", str(folder), "--engines", "silhouette-box", "--workers", "1", *_FEW]
    assert run(["evaluate", *words]) == 1
    assert ("elsewhere" if fault == "no-folder" else "sofa_b") in capsys.readouterr().err


def test_a_dataset_is_measured_in_its_own_frame(tmp_path: Path) -> None:
    """The stored mesh, drawn by the stored cameras, covers what the pictures show."""
    folder = make_dataset(tmp_path / "chairs", views=3, size=96)
    cases = DatasetCases(folder, views=2)
    (item,) = cases.items()
    assert item == Item("chair-0", "chair", 2)
    shape = cases.truth(item)
    truth = look_at(item, shape, cases.pictures(item), 20_000)
    assert np.ptp(np.stack(shape.bounds()), axis=0).max() == pytest.approx(0.95)
    result, _ = measure("itself", 0, Answer(shape), truth, Alignment.NONE)
    assert result.iou == 1.0 and result.mask_iou is not None and result.mask_iou > 0.97
    assert truth.volume.inside.mean() * truth.volume.size == pytest.approx(
        0.95**3 * (0.8 * 0.8 * 0.4 + 0.8 * 0.2 * 0.6), rel=0.02
    )


def test_the_command_that_is_written_down_says_what_was_asked(tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "chairs", views=1, size=64)
    asked = ["--engines", "silhouette-box", "--others", "1", "--nearest-pieces", "30", *_FEW]
    out = tmp_path / "out"
    words = ["evaluate", "--dataset", str(folder), *asked, "--workers", "1", "--out", str(out)]
    assert run(words) == 0
    command = json.loads((out / "evaluation.json").read_text())["about"]["command"].split()
    for name, value in zip(asked[::2], asked[1::2], strict=True):
        assert command[command.index(name) + 1] == value


def test_a_damaged_dataset_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make_dataset(tmp_path / "chairs", views=1, size=32)
    (folder / "assets" / "chair-0" / "mesh.ply").write_bytes(b"ply\n")
    words = ["--dataset", str(folder), "--engines", "silhouette-box", "--workers", "1"]
    assert run(["evaluate", *words]) == 1
    assert "chair-0" in capsys.readouterr().err


def _furniture(folder: Path, category: str, seed: int, digest: str) -> Path:
    """A dataset of one piece with an empty picture."""
    recipe = Recipe("test-rig", "test-light", "test", 16, 16, 1, ("rgba",))
    name = f"{category}-{seed}"
    source = {"kind": "furniture", "uri": f"furniture:{category}:{seed}", "seed": seed}
    write_plan(folder, Plan("Piece", recipe, (PlannedAsset(name, category, source),)))
    view = ViewRecord(cameras_around(16)[0])
    record = AssetRecord(name, recipe, {**source, "sha256": digest}, category, (view,))
    picture = np.zeros((16, 16, 4), np.uint8)
    write_asset(folder, record, [("rgba", 0, encode_pass("rgba", picture))])
    return folder


def test_furniture_is_compared_with_its_exact_solids(tmp_path: Path) -> None:
    """Its triangles and its solids are the same shape, measured by different code."""
    piece = draw_piece("table", 2_000_003)
    folder = _furniture(tmp_path / "one", "table", 2_000_003, fingerprint(piece))
    cases = DatasetCases(folder)
    (item,) = cases.items()
    shape = cases.truth(item)
    assert isinstance(shape, PieceShape)
    truth = look_at(item, shape, [], 60_000)
    result, _ = measure("triangles", 0, Answer(MeshShape(shape.mesh())), truth, Alignment.NONE)
    assert result.iou > 0.95 and result.f_score > 0.98 and result.normal_consistency > 0.95


def test_furniture_that_is_drawn_otherwise_now_is_refused(tmp_path: Path) -> None:
    cases = DatasetCases(_furniture(tmp_path / "one", "table", 2_000_003, "0" * 64))
    with pytest.raises(MaquetteError, match="table-2000003") as caught:
        cases.truth(cases.items()[0])
    assert caught.value.problem.code == "dataset-outdated"


def test_the_nearest_piece_is_that_of_the_same_picture() -> None:
    index = make_index(2)
    assert len(index.pieces) == len(index.features) == 2 * 5 * VIEWS
    rng = np.random.default_rng(0)
    square = np.zeros((40, 40, 4), np.uint8)
    square[10:30, 8:34] = (*rng.integers(0, 255, 3), 255)
    nearest = index.nearest(square)
    wanted = ((index.features - describe(square)) ** 2).sum(axis=1).argmin()
    assert (nearest.category, nearest.seed) == index.pieces[wanted]


def test_a_section_is_replaced_and_others_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    put_section(page, "one", "first")
    put_section(page, "two", "second")
    put_section(page, "one", "third")
    assert page.read_text() == (
        "<!-- begin one -->\nthird\n<!-- end one -->\n\n"
        "<!-- begin two -->\nsecond\n<!-- end two -->\n"
    )
    page.write_text("<!-- begin one -->\nno end\n")
    with pytest.raises(MaquetteError, match="markers-broken"):
        put_section(page, "one", "text")
