"""Every format, read by a person's reading of its specification, not by our own code."""

from __future__ import annotations

import io
import json
import math
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_points import BUILT_IN, CORNERS, MM, SIZE, VIEWS, in_blender_axes, known, lens, tree
from made_datasets import BOXES, camera, make_dataset, trace

from maquette.core.cameras import Camera, project
from maquette.core.dataset.export import LIMIT_PX, export_dataset
from maquette.core.dataset.writers.colmap_model import quaternion, read_model, rotation
from maquette.core.dataset.writers.run_length import expanded
from maquette.core.exr import read_exr
from maquette.core.ply import decode_ply
from maquette.core.png import decode_png


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    return make_dataset(out, assets=3, views=VIEWS, size=SIZE, parts=True)


@pytest.fixture(scope="module")
def written(dataset: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("written")

    def get(name: str) -> Path:
        if not (folder / name).exists():
            done = export_dataset(dataset, name, folder / name)
            assert done.round_trip_px <= LIMIT_PX
        return folder / name

    return get


def test_openlrm(written, dataset):
    out = written("openlrm")
    (fx, fy), (cx, cy), size = np.load(out / "chair-1/intrinsics.npy")
    assert size.tolist() == [SIZE, SIZE]
    assert sorted(p.name for p in (out / "chair-1/rgba").iterdir())[31] == "031.png"
    for view in range(VIEWS):
        pose = np.load(out / f"chair-1/pose/{view:03d}.npy")
        assert pose.shape == (3, 4)
        assert pose.dtype == np.float64
        inverse = np.linalg.inv(np.vstack([pose, [0, 0, 0, 1]]))
        seen = in_blender_axes(inverse, 2 * CORNERS, lens(fx, fy, cx, cy))
        assert np.abs(seen - known(view)).max() < LIMIT_PX
        original = dataset / f"assets/chair-1/rgba/{view:03d}.png"
        assert (out / f"chair-1/rgba/{view:03d}.png").read_bytes() == original.read_bytes()
    lists = [json.loads((out / f"{name}.json").read_text()) for name in ("train", "val", "test")]
    assert sorted(name for ids in lists for name in ids) == ["chair-0", "chair-1", "chair-2"]
    # View 0 stands in front, so its camera lies on -Y; the object is twice as large.
    assert np.load(out / "chair-0/pose/000.npy")[1, 3] == pytest.approx(-4.8 * math.cos(0.1745329))


def test_zero123(written):
    out = written("zero123")
    focal = np.load(out / "chair-0/intrinsics.npy")
    for view in range(VIEWS):
        pose = np.load(out / f"chair-0/{view:03d}.npy")
        seen = in_blender_axes(pose, CORNERS, focal[view])
        assert np.abs(seen - known(view)).max() < LIMIT_PX
        # Its loader takes the camera's place from the pose: -R^T t.
        place = -pose[:, :3].T @ pose[:, 3]
        assert np.allclose(place, camera(view, VIEWS, SIZE).camera_to_world[:3, 3])
    paths = json.loads((out / "valid_paths.json").read_text())
    rest = json.loads((out / "test_paths.json").read_text())
    assert sorted(paths + rest) == ["chair-0", "chair-1", "chair-2"]
    assert decode_png((out / "chair-0/000.png").read_bytes()).shape == (SIZE, SIZE, 4)


def test_nerf(written):
    folder = written("nerf") / "chair-2"
    frames = {}
    for name in ("train", "val", "test"):
        data = json.loads((folder / f"transforms_{name}.json").read_text())
        focal = SIZE / 2 / math.tan(data["camera_angle_x"] / 2)
        for frame in data["frames"]:
            path = folder / f"{frame['file_path']}.png"
            assert path.exists()
            inverse = np.linalg.inv(np.array(frame["transform_matrix"]))
            seen = in_blender_axes(inverse, 2 * CORNERS, lens(focal, focal, SIZE / 2, SIZE / 2))
            assert np.abs(seen - known(int(path.stem))).max() < LIMIT_PX
            frames.setdefault(name, set()).add(path.stem)
    assert len(frames["train"]) == 28
    assert frames["val"] == frames["test"] == {"007", "015", "023", "031"}
    assert not frames["train"] & frames["test"]


def test_ngp(written):
    folder = written("ngp") / "chair-0"
    data = json.loads((folder / "transforms.json").read_text())
    assert (data["w"], data["h"]) == (SIZE, SIZE)
    k = lens(data["fl_x"], data["fl_y"], data["cx"], data["cy"])
    for view, frame in enumerate(data["frames"]):
        assert (folder / frame["file_path"]).exists()
        inverse = np.linalg.inv(np.array(frame["transform_matrix"]))
        assert np.abs(in_blender_axes(inverse, CORNERS, k) - known(view)).max() < LIMIT_PX
    # Inside instant-ngp's unit box, with some air.
    box = CORNERS * data["scale"] + data["offset"]
    assert box.min() > 0
    assert box.max() < 1


def colmap_lines(path: Path) -> list[list[str]]:
    return [x.split() for x in path.read_text().splitlines() if not x.startswith("#")]


def test_colmap(written):
    folder = written("colmap") / "chair-0"
    model = folder / "sparse/0"
    lenses = {w[0]: np.array(w[4:], float) for w in colmap_lines(model / "cameras.txt")}
    points = {w[0]: w for w in colmap_lines(model / "points3D.txt")}
    rows = colmap_lines(model / "images.txt")
    tracks = {(w[0], *pair) for w in points.values() for pair in zip(w[8::2], w[9::2], strict=True)}
    observed = set()
    for image, seen in zip(rows[0::2], rows[1::2], strict=True):
        w, x, y, z = np.array(image[1:5], float)
        # Turning p by the unit quaternion q = (w, v): p + 2w (v x p) + 2 v x (v x p).
        v, t = np.array([x, y, z]), np.array(image[5:8], float)
        assert w * w + v @ v == pytest.approx(1)
        fx, fy, cx, cy = lenses[image[8]]
        table = np.array(seen).reshape(-1, 3)
        places = np.array([points[i][1:4] for i in table[:, 2]], float)
        for p, pixels in [
            (CORNERS, known(int(image[9][:3]))),
            (places, table[:, :2].astype(float)),
        ]:
            local = p + 2 * w * np.cross(v, p) + 2 * np.cross(v, np.cross(v, p)) + t
            u = np.stack([fx * local[:, 0], fy * local[:, 1]], axis=1) / local[:, 2:] + [cx, cy]
            assert np.abs(u - pixels).max() < LIMIT_PX
        observed |= {(i, image[0], str(n)) for n, i in enumerate(table[:, 2])}
        assert (folder / "images" / image[9]).exists()
        mask = decode_png((folder / "masks" / f"{image[9]}.png").read_bytes())
        assert np.array_equal(mask > 0, trace(camera(int(image[9][:3]), VIEWS, SIZE))["mask"] > 0)
    assert observed == tracks
    places = np.array([w[1:4] for w in points.values()], float)
    distance = np.abs(places[:, None, None] - BOXES[None]).min(axis=(1, 2, 3))
    assert len(places) > 200
    assert distance.max() < 1e-6  # every point lies on a side of a box
    assert np.median([(len(w) - 8) / 2 for w in points.values()]) > 3


def test_colmap_points_are_limited_and_read_back(written, monkeypatch, dataset, tmp_path):
    _, places, seen = read_model(written("colmap") / "chair-0/sparse/0")
    assert len(seen) == VIEWS
    monkeypatch.setattr("maquette.core.dataset.writers.colmap.POINTS", 50)
    export_dataset(dataset, "colmap", tmp_path / "few")
    few = read_model(tmp_path / "few/chair-0/sparse/0")[1]
    assert 30 <= len(few) <= 50 < len(places)
    assert np.ptp(few, axis=0).min() > 0.5  # from all sides still


@given(st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: np.linalg.norm(q) > 0.1))
def test_quaternions_are_rotations(parts):
    q = np.array(parts) / np.linalg.norm(parts)
    turn = rotation(q)
    assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    again = quaternion(turn)
    assert again[0] >= 0
    assert min(np.abs(again - q).max(), np.abs(again + q).max()) < 1e-12


def bop_scene(out: Path, asset_id: str) -> Path:
    scenes = json.loads((out / "maquette_scenes.json").read_text())
    (name,) = (name for name, asset in scenes.items() if asset == asset_id)
    (folder,) = out.glob(f"*/{name}")
    return folder


def bop_pixels(data: dict, turn: str, shift: str, k: np.ndarray, points: np.ndarray) -> np.ndarray:
    local = points @ np.reshape(data[turn], (3, 3)).T + data[shift]
    return (local @ k.T)[:, :2] / local[:, 2:]


def test_bop(written):
    out = written("bop")
    folder = bop_scene(out, "chair-1")
    cameras = json.loads((folder / "scene_camera.json").read_text())
    poses = json.loads((folder / "scene_gt.json").read_text())
    infos = json.loads((folder / "scene_gt_info.json").read_text())
    models = json.loads((out / "models/models_info.json").read_text())
    for view in (0, 5, 31):
        seen = trace(camera(view, VIEWS, SIZE))
        about = cameras[str(view)]
        k = np.reshape(about["cam_K"], (3, 3))
        pixels = bop_pixels(about, "cam_R_w2c", "cam_t_w2c", k, CORNERS * MM)
        assert np.abs(pixels - known(view)).max() < LIMIT_PX
        depth = decode_png((folder / f"depth/{view:06d}.png").read_bytes())
        assert depth.dtype == np.uint16
        off = np.abs(depth * about["depth_scale"] - seen["depth"] * MM)
        assert off.max() <= about["depth_scale"] / 2 + 1e-3
        assert depth.max() > 20000  # the numbers are used
        for place, (pose, info) in enumerate(zip(poses[str(view)], infos[str(view)], strict=True)):
            model = models[str(pose["obj_id"])]
            low = np.array([model[f"min_{axis}"] for axis in "xyz"])
            high = low + [model[f"size_{axis}"] for axis in "xyz"]
            box = np.where(CORNERS > 0, high, low)
            wanted = np.where(CORNERS > 0, *BOXES[place][::-1])
            pixels = bop_pixels(pose, "cam_R_m2c", "cam_t_m2c", k, box)
            in_world = project(camera(view, VIEWS, SIZE), wanted)[0]
            assert np.abs(pixels - in_world).max() < LIMIT_PX
            mask = decode_png((folder / f"mask_visib/{view:06d}_{place:06d}.png").read_bytes())
            assert np.array_equal(mask == 255, seen["object_index"] == place + 1)
            assert info["px_count_visib"] == np.count_nonzero(mask)
            assert "visib_fract" not in info
    ids = {pose["obj_id"] for views in poses.values() for pose in views}
    assert ids == {3, 4}  # the second asset's two objects


def test_bop_of_single_objects_has_models_and_full_masks(tmp_path):
    out = tmp_path / "bop"
    export_dataset(make_dataset(tmp_path / "made", views=2), "bop", out)
    vertices, faces = decode_ply((out / "models/obj_000001.ply").read_bytes())
    assert np.allclose(
        [vertices.min(0), vertices.max(0)],
        np.array([[-400, -400, -500], [400, 400, 500]]) * MM / 1000,
    )
    assert faces.shape == (24, 3)
    model = json.loads((out / "models/models_info.json").read_text())["1"]
    far = np.sqrt((0.8**2) * 2 + 1) * MM
    assert far * 0.99 <= model["diameter"] <= far * 1.0001
    (info,) = json.loads((bop_scene(out, "chair-0") / "scene_gt_info.json").read_text())["0"]
    count = np.count_nonzero(trace(camera(0, 2, 24))["mask"])
    assert info["px_count_all"] == info["px_count_valid"] == info["px_count_visib"] == count
    assert info["visib_fract"] == 1.0
    left, top, width, height = info["bbox_obj"]
    mask = decode_png((bop_scene(out, "chair-0") / "mask/000000_000000.png").read_bytes())
    assert np.count_nonzero(mask[top : top + height, left : left + width]) == count


def test_coco(written):
    out = written("coco")
    files = [json.loads(p.read_text()) for p in sorted((out / "annotations").iterdir())]
    names = {c["id"]: c["name"] for c in files[0]["categories"]}
    assert sorted(names.values()) == ["back", "seat"]
    images = {image["id"]: image for data in files for image in data["images"]}
    assert len(images) == 3 * VIEWS
    assert files[0]["licenses"][0]["name"] == "CC0-1.0"
    for data in files:
        assert [a["id"] for a in data["annotations"]] == list(
            range(1, len(data["annotations"]) + 1)
        )
        for item in data["annotations"]:
            image = images[item["image_id"]]
            view = int(image["file_name"][-7:-4])
            number = {"seat": 1, "back": 2}[names[item["category_id"]]]
            seen = trace(camera(view, VIEWS, SIZE))["object_index"] == number
            assert item["segmentation"]["size"] == [SIZE, SIZE]
            assert np.array_equal(expanded(item["segmentation"]["counts"], SIZE, SIZE), seen)
            assert item["area"] == seen.sum()
            left, top, width, height = item["bbox"]
            assert seen[top : top + height, left : left + width].sum() == seen.sum()
            assert seen[:, left].any()
            assert seen[top + height - 1].any()
    picture = decode_png((out / "images" / images[1]["file_name"]).read_bytes())
    assert picture.shape == (SIZE, SIZE, 3)
    assert picture[0, 0].tolist() == [255, 255, 255]


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_coco_s_own_reader_reads_it(written):
    coco = pytest.importorskip("pycocotools.coco")
    api = coco.COCO(str(written("coco") / "annotations/instances_train.json"))
    for item in api.loadAnns(api.getAnnIds()):
        mask = api.annToMask(item)
        assert mask.sum() == item["area"]


def test_webdataset(written):
    out = written("webdataset")
    samples: dict[str, dict[str, bytes]] = {}
    for path in sorted(out.glob("*.tar")):
        with tarfile.open(path) as shard:
            entries = shard.getmembers()
            assert {entry.mtime for entry in entries} == {0}
            keys = [entry.name.partition(".")[0] for entry in entries]
            assert keys == sorted(keys)  # the files of a sample are next to each other
            for entry in entries:
                key, _, kind = entry.name.partition(".")
                samples.setdefault(key, {})[kind] = shard.extractfile(entry).read()
    assert len(samples) == 3 * VIEWS
    assert len({frozenset(files) for files in samples.values()}) == 1
    sample = samples["chair-1-005"]
    about = json.loads(sample["json"])
    assert (about["asset"], about["view"], about["category"]) == ("chair-1", 5, "chair")
    assert np.abs(project(Camera.from_json(about["camera"]), CORNERS)[0] - known(5)).max() == 0
    assert json.loads((out / "categories.json").read_text())[int(sample["cls"])] == "chair"
    seen = trace(camera(5, VIEWS, SIZE))
    assert np.array_equal(read_exr(sample["depth.exr"])["Z"], seen["depth"].astype(np.float32))
    assert np.array_equal(decode_png(sample["rgba.png"]), seen["rgba"])
    assert io.BytesIO(sample["mask.png"]).read(4) == b"\x89PNG"


def test_large_datasets_are_several_shards(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("maquette.core.dataset.writers.webdataset.SHARD", 10)
    export_dataset(dataset, "webdataset", tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*-000003.tar"))) == 3  # 32 views in shards of 10


@pytest.mark.parametrize("name", BUILT_IN)
def test_formats_are_the_same_bytes_twice(name, written, dataset, tmp_path):
    export_dataset(dataset, name, tmp_path / "again")
    assert tree(tmp_path / "again") == tree(written(name))
