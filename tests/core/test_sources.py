"""What a person names, as assets with ids."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from maquette.core.dataset.layout import check_asset_id
from maquette.core.dataset.sources import AssetSource, Helpers, resolve_sources
from maquette.core.errors import MaquetteError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("chair.glb", "chair.obj", "sub/chair.glb", "sub/Sofa (1).FBX", "notes.txt"):
        path = tmp_path / "meshes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "meshes"


def _ids(*arguments: str, base: Path | None = None, helpers: Helpers | None = None) -> list[str]:
    return [s.id for s in resolve_sources(arguments, base=base, helpers=helpers)]


def _code(*arguments: str, base: Path | None = None) -> str:
    with pytest.raises(MaquetteError) as caught:
        resolve_sources(arguments, base=base)
    return caught.value.problem.code


def test_a_folder_gives_every_mesh_once(folder: Path) -> None:
    found = resolve_sources([str(folder)])
    assert [s.id for s in found] == ["chair-glb", "chair-obj", "sub-Sofa-1", "sub-chair"]
    assert [s.uri for s in found][-1] == "meshes/sub/chair.glb"
    assert all(check_asset_id(s.id) for s in found)
    assert all(Path(s.path).is_file() for s in found)


def test_folder_glob_and_file_name_an_asset_alike(folder: Path) -> None:
    assert _ids("meshes/sub", base=folder.parent) == ["Sofa-1", "chair"]
    assert _ids("meshes/*/*.glb", base=folder.parent) == ["sub-chair"]
    assert _ids("meshes/**/*.glb", base=folder.parent) == ["chair", "sub-chair"]
    assert _ids(str(folder / "sub/chair.glb")) == ["chair"]


def test_the_same_name_in_two_folders_stays_two_assets(folder: Path) -> None:
    other = folder.parent / "more"
    other.mkdir()
    (other / "chair.glb").write_bytes(b"x")
    ids = _ids(str(other), str(folder / "sub"))
    assert len(set(ids)) == 3
    assert ids == _ids(str(other), str(folder / "sub"))
    assert _code(str(folder / "chair.obj"), str(folder / "chair.obj")) == "source-invalid"


def test_an_id_is_the_same_whatever_else_is_there_if_names_differ(folder: Path) -> None:
    assert "sub-chair" in _ids("furniture:chair:0-3", str(folder))


def test_furniture() -> None:
    assert _ids("furniture:chair:3") == ["chair-3"]
    assert _ids("furniture:all:0-1")[:6] == [
        *("table-0", "chair-0", "bookshelf-0", "bed-0", "sofa-0"),
        "table-1",
    ]
    (piece,) = resolve_sources(["furniture:sofa:test:2-2"])
    assert (piece.category, piece.extra["seed"]) == ("sofa", 2_000_002)
    again = AssetSource.from_json(json.loads(json.dumps(piece.to_json())))
    assert again == piece
    assert len(piece.sha256()) == 64
    assert piece.sha256() != resolve_sources(["furniture:sofa:test:1"])[0].sha256()


@pytest.mark.parametrize(
    "argument",
    [
        *("furniture:lamp:0-3", "furniture:chair", "furniture:chair:5-2", "furniture:chair:x:0-1"),
        *("objaverse:xyz", "meshes/notes.txt", "meshes/bad.blend#scene=A"),
    ],
)
def test_what_cannot_be_meant(argument: str, folder: Path) -> None:
    (folder / "bad.blend").write_bytes(b"")
    assert _code(argument, base=folder.parent) == "source-invalid"


def test_what_is_not_there(folder: Path) -> None:
    assert _code("nothing.glb", base=folder) == "source-missing"
    assert _code("no.blend#collection=A", base=folder) == "source-missing"
    assert _code("*.stl", base=folder) == "source-empty"


def test_parts_of_a_blend(folder: Path) -> None:
    (folder / "props.blend").write_bytes(b"")
    found = resolve_sources(
        ["props.blend#collection=My Chairs", "props.blend#objects=A,B", "props.blend#catalog=Set"],
        base=folder,
        helpers=Helpers(list_catalog=lambda path, name: [f"{path.stem} {name} {n}" for n in "12"]),
    )
    assert [s.extra for s in found[:2]] == [{"collection": "My Chairs"}, {"objects": ["A", "B"]}]
    assert [s.id for s in found] == [
        *("props-My-Chairs", "props-A"),
        *("props-props-Set-1", "props-props-Set-2"),
    ]
    assert _code("props.blend#catalog=Set", base=folder) == "source-needs"


def test_a_list_says_more_about_its_assets(folder: Path) -> None:
    table = folder / "list.csv"
    table.write_text(
        "path,id,category,labels,licence,unit,up\n"
        "sub/chair.glb,my chair,chair,red; wooden,CC0-1.0,,\n"
        "chair.obj,,,,,0.01,z\n"
        "furniture:bed:1,,,,,,\n",
        "utf-8",
    )
    chair, other, bed = resolve_sources([str(table)])
    assert (chair.id, chair.category) == ("my-chair", "chair")
    assert chair.extra == {"labels": ["red", "wooden"], "licence": "CC0-1.0"}
    assert chair.record()["licence"] == "CC0-1.0"
    assert other.extra == {"unit": 0.01, "up": "Z"}
    assert bed.category == "bed"
    table.write_text("path,unit\nsub/chair.glb,metres\n", "utf-8")
    assert _code(str(table)) == "source-invalid"
    table.write_text("file\nsub/chair.glb\n", "utf-8")
    assert _code(str(table)) == "source-invalid"


def test_packages_that_are_not_there_are_named(folder: Path) -> None:
    (folder / "list.parquet").write_bytes(b"")
    uid = "0123456789abcdef" * 2
    for argument, package in [("list.parquet", "pyarrow"), (f"objaverse:{uid}", "objaverse")]:
        with pytest.raises(MaquetteError, match=f"pip install.*|{package}") as caught:
            resolve_sources([argument], base=folder)
        assert caught.value.problem.code == "source-needs"
        assert package in caught.value.problem.message


def test_objaverse_assets_come_from_the_helper(folder: Path) -> None:
    uids = ["0123456789abcdef" * 2, "f" * 32]
    there = {uid: folder / "chair.glb" for uid in uids}
    helpers = Helpers(fetch_objaverse=lambda wanted: {u: there[u] for u in wanted})
    found = resolve_sources([f"objaverse:{','.join(uids)}"], helpers=helpers)
    assert [s.id for s in found] == uids
    assert found[0].uri == f"objaverse:{uids[0]}"
