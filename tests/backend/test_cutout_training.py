"""Made photographs have a truth, and a network that sees them learns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from maquette.backend.cli import run
from maquette.backend.imaging.colour_model import guided, sharpened
from maquette.backend.networks.cutout_net import CutoutConfig, CutoutNet, restore, store
from maquette.backend.training import cutout_batches, cutout_grounds
from maquette.backend.training.cutout_backgrounds import HELD_OUT, TRAINED
from maquette.backend.training.cutout_batches import Composites, draw_batch
from maquette.backend.training.cutout_composites import compose
from maquette.backend.training.cutout_evaluate import draw_ground, intersection_over_union
from maquette.backend.training.cutout_foregrounds import blob, cropped, read_renders
from maquette.backend.training.cutout_invented import write_invented
from maquette.backend.training.cutout_textures import TEXTURES, VALIDATION
from maquette.backend.training.cutout_train import CutoutPlan, mask_loss, train

SMALL = CutoutConfig(edge=64, widths=(8, 8, 16, 32), layers=1)


@pytest.mark.parametrize("painter", [*TRAINED, *TEXTURES, *VALIDATION, *HELD_OUT])
def test_backgrounds_are_pictures_and_repeat_with_their_seed(painter) -> None:
    one, other = (painter(np.random.default_rng(4), 48) for _ in range(2))
    assert one.shape == (48, 48, 3)
    assert np.isfinite(one).all() and one.min() >= 0 and one.max() <= 1
    assert (one == other).all()


def test_nothing_that_is_held_out_is_trained_on() -> None:
    assert not {*TRAINED, *TEXTURES} & {*HELD_OUT, *VALIDATION}
    names = {draw_ground(np.random.default_rng(0), i, None)[0] for i in range(10)}
    assert names == {*(painter.__name__ for painter in HELD_OUT), "scikit-image"}


def test_a_composite_shows_the_object_where_its_truth_says() -> None:
    red = np.zeros((40, 30, 4), np.uint8)
    red[..., 0] = red[..., 3] = 255
    blue = np.zeros((96, 96, 3), np.float32)
    blue[..., 2] = 0.7
    for seed in range(6):
        made = compose(np.random.default_rng(seed), red, blue)
        assert made.rgb.shape == (96, 96, 3) and made.alpha.shape == (96, 96)
        warm = made.rgb[..., 0].astype(int) > made.rgb[..., 2]
        assert intersection_over_union(warm, made.alpha >= 128) > 0.85


@pytest.fixture
def stock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a few small backgrounds."""
    monkeypatch.setattr(cutout_grounds, "EDGE", 64)
    monkeypatch.setattr(cutout_grounds, "SHARD", 8)
    cutout_grounds.write_shard(tmp_path / "grounds", 0)
    return tmp_path / "grounds"


def test_backgrounds_are_stored_once_and_repeat_with_their_seed(stock: Path) -> None:
    path = stock / "grounds-0000.npy"
    drawn, since = np.load(path), path.stat().st_mtime_ns
    assert drawn.shape == (8, 64, 64, 3) and drawn.dtype == np.uint8
    assert cutout_grounds.write_shard(stock, 0).stat().st_mtime_ns == since
    assert (np.load(cutout_grounds.write_shard(stock.parent / "more", 0)) == drawn).all()


def test_training_pictures_show_the_object_where_the_mask_says(monkeypatch) -> None:
    monkeypatch.setattr(cutout_batches, "_CAMOUFLAGED", 0.0)
    grey = np.full((1, 64, 64, 3), 20, np.uint8)
    white = np.full((40, 30, 4), 255, np.uint8)
    picture, alpha = draw_batch(np.random.default_rng(0), [white], [grey], 96, 60)
    assert picture.shape == (60, 3, 96, 96) and alpha.shape == (60, 1, 96, 96)
    assert picture.dtype == alpha.dtype == torch.uint8
    empty = 0
    for one, mask in zip(picture.float().mean(1), alpha[:, 0] >= 128, strict=True):
        if not mask.any():
            assert one.max() < 160  # nothing white is in it
            empty += 1
            continue
        assert 0.05 < mask.float().mean() < 0.99
        assert one[mask].mean() > one[~mask].mean() + 20
    assert 1 <= empty <= 12


def test_parts_of_some_objects_take_the_hue_around_them() -> None:
    red, alpha, green = (
        torch.zeros(40, 3, 64, 64),
        torch.zeros(40, 1, 64, 64),
        torch.zeros(3, 64, 64),
    )
    red[:, 0], alpha[..., 16:48, 16:48], green[1] = 0.8, 1.0, 0.6
    torch.manual_seed(0)
    ground = green.expand(40, 3, 64, 64)
    made = cutout_batches._camouflaged(np.random.default_rng(0), red, alpha, ground)
    assert made.shape == red.shape and 0 <= float(made.min()) <= float(made.max()) <= 1
    changed = (made != red).flatten(1).any(1)
    assert 3 <= int(changed.sum()) <= 20
    greener = (made[:, 1] > made[:, 0] + 0.1).flatten(1)
    assert not greener[~changed].any()
    assert greener[changed].any(1).float().mean() > 0.5  # spots seldom miss all of the picture
    assert not greener[changed].all(1).all()


def test_groups_are_several_things_and_one_object(monkeypatch) -> None:
    from scipy import ndimage

    monkeypatch.setattr(cutout_batches, "_GROUP", 1.0)
    box, counts = np.full((40, 30, 4), 255, np.uint8), set()
    for seed in range(12):
        group = np.asarray(cutout_batches._object(np.random.default_rng(seed), [box]))
        solid = group[..., 3] >= 128
        assert solid.any(0)[[0, -1]].all()  # nothing is cut, and no room is left at the sides
        counts.add(ndimage.label(solid, np.ones((3, 3)))[1])
    assert counts >= {2, 3}
    monkeypatch.setattr(cutout_batches, "_GROUP", 0.0)
    assert (np.asarray(cutout_batches._object(np.random.default_rng(0), [box])) == box).all()


def test_batches_of_one_seed_are_the_same_and_hold_as_many_pixels(stock: Path) -> None:
    pool = [blob(np.random.default_rng(i), 48) for i in range(3)]
    sizes = {32: 0.5, 64: 0.5}
    one, other = (iter(Composites(pool, stock, sizes, 2 * 64**2, [1])) for _ in range(2))
    seen = set()
    for _ in range(60):  # beyond those that are remembered
        (picture, alpha), (same, _) = next(one), next(other)
        assert (picture == same).all()
        assert picture[:, :1].shape == alpha.shape
        assert picture[:, 0].numel() == 2 * 64**2
        seen.add(picture.shape[-1])
    assert seen == set(sizes)


def test_invented_things_are_read_as_renders_are(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("maquette.backend.training.cutout_invented._FOLDER", 3)
    write_invented(tmp_path, 0)
    assert len(read_renders(tmp_path)) == 3


def test_blobs_are_one_thing() -> None:
    from scipy import ndimage

    for seed in range(8):
        rgba = blob(np.random.default_rng(seed), 64)
        assert ndimage.label(rgba[..., 3] >= 128, np.ones((3, 3)))[1] == 1


def test_a_small_network_learns_and_is_stored(tmp_path: Path, stock: Path) -> None:
    torch.manual_seed(0)
    pool = [blob(np.random.default_rng(i), 64) for i in range(4)]
    lines: list[str] = []
    out = tmp_path / "net.safetensors"
    plan = CutoutPlan(minutes=0.05, batch=4)
    made = train(CutoutNet(SMALL), pool, stock, plan, out, lines.append, 0)
    back = restore(out)
    assert back.config == SMALL
    assert json.loads(out.with_suffix(".json").read_text())["steps"] > 0
    picture = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        difference = (back(picture) - made(picture)).abs().max()
    assert difference < 0.05  # stored in float16


def test_the_loss_is_least_where_the_mask_is_right() -> None:
    alpha = torch.zeros(1, 1, 8, 8)
    alpha[..., 2:6, 2:6] = 1
    right, wrong = mask_loss(alpha * 20 - 10, alpha), mask_loss(10 - alpha * 20, alpha)
    assert right < 0.01
    assert wrong > 1


def test_weights_come_back_as_they_were(tmp_path: Path) -> None:
    net = CutoutNet(SMALL).eval()
    store(net, tmp_path / "a.safetensors")
    with torch.no_grad():
        x = torch.rand(2, 3, 32, 64)
        assert restore(tmp_path / "a.safetensors")(x).shape == (2, 1, 32, 64)


def test_colours_mend_a_rough_matte() -> None:
    rgb = np.full((60, 60, 3), (40, 90, 40), np.uint8)
    rgb[20:45, 15:40] = (200, 60, 50)
    truth = (rgb[..., 0] > 100).astype(np.float32)
    rough = np.clip(np.roll(truth, (3, 3), (0, 1)) * 0.6 + 0.2, 0, 1)
    before = intersection_over_union(rough > 0.5, truth > 0)
    after = intersection_over_union(sharpened(rgb, rough) > 0.5, truth > 0)
    assert before < 0.75
    assert after > 0.97


def test_the_guided_filter_keeps_an_even_picture() -> None:
    guide = np.random.default_rng(0).random((20, 30, 3))
    assert np.allclose(guided(guide, np.full((20, 30), 0.3)), 0.3)


def test_renders_are_read_cropped_and_evaluated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rgba = np.zeros((80, 80, 4), np.uint8)
    rgba[10:60, 20:70] = (200, 120, 80, 255)
    home = tmp_path / "chair" / "3"
    home.mkdir(parents=True)
    Image.fromarray(rgba).save(home / "0.png")
    (home / "views.json").write_text(json.dumps({"views": [{"file": "0.png"}]}))
    (read,) = read_renders(tmp_path)
    assert read.shape == (50, 50, 4) and (read == cropped(rgba)).all()
    scores = tmp_path / "scores.json"
    call = ["evaluate-cutout", "--objects", str(tmp_path), "--count", "2", "--json", str(scores)]
    assert run(call) == 0
    assert "mean IoU" in capsys.readouterr().out
    assert [0 <= s["iou"] <= 1 for s in json.loads(scores.read_text())["embedded"]] == [True] * 2
    assert run(["evaluate-cutout", "--objects", str(tmp_path / "none")]) == 1
    assert run([*call[:3], "--photographs", str(tmp_path)]) == 1
