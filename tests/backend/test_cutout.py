"""The object is separated by alpha, by a plain ground, or by the network, else refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from maquette.backend.imaging.cutout import cut_out
from maquette.backend.imaging.decode import decode_image
from maquette.backend.imaging.matting import Matting, find_weights
from maquette.core.errors import Fix, MaquetteError
from maquette.core.protocol import Background


@pytest.fixture
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Matting:
    """A matting network whose weights are nowhere."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("U2NET_HOME", raising=False)
    return Matting(tmp_path)


@pytest.fixture
def small_network(test_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Matting:
    """The small network from the test data."""
    pytest.importorskip("rembg", reason="the extra cutout is not installed")
    monkeypatch.setenv("U2NET_HOME", str(test_data / "weights"))
    return Matting(tmp_path)


def scene(ground: np.ndarray, colour: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A ring with a handle's hole on a ground: (picture, true mask)."""
    height, width = ground.shape[:2]
    mask = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(mask)
    draw.ellipse((width * 0.25, height * 0.2, width * 0.75, height * 0.8), fill=255)
    draw.ellipse((width * 0.42, height * 0.4, width * 0.58, height * 0.6), fill=0)
    inside = np.asarray(mask) > 0
    rgb = ground.copy()
    rgb[inside] = colour
    return np.dstack([rgb, np.full((height, width), 255, np.uint8)]), inside


def plain(value: int) -> np.ndarray:
    return np.full((240, 320, 3), value, np.uint8)


def shaded() -> np.ndarray:
    """A vignette, blue in the middle and dark at the edges, with sensor noise."""
    y, x = np.mgrid[-1:1:240j, -1:1:320j]
    light = 1.0 - 0.45 * (x**2 + y**2)
    noise = np.random.default_rng(0).normal(0, 1.0, (240, 320, 3))
    return np.clip(light[..., None] * (70, 60, 200) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("ground", "colour"),
    [
        (plain(255), (180, 60, 40)),
        (plain(0), (200, 200, 210)),
        (plain(128), (200, 90, 30)),
        (plain(255), (205, 205, 205)),
        (shaded(), (60, 90, 80)),
    ],
    ids=["white", "black", "grey", "light grey on white", "shaded and noisy"],
)
def test_plain_grounds_need_no_network(
    nothing: Matting, ground: np.ndarray, colour: tuple[int, int, int]
) -> None:
    rgba, truth = scene(ground, colour)
    cut = cut_out(rgba, Background.AUTO, nothing)
    found = cut.rgba[..., 3] >= 128
    assert cut.method == "plain-ground"
    assert (found & truth).sum() / (found | truth).sum() > 0.96
    assert not found[120, 160]  # the hole shows the ground


def test_alpha_is_used_as_it_is(nothing: Matting) -> None:
    rgba, truth = scene(plain(10), (200, 0, 0))
    rgba[..., 3] = np.where(truth, 255, 0)
    cut = cut_out(rgba, Background.AUTO, nothing)
    assert cut.method == "alpha"
    assert (cut.rgba == rgba).all()
    ignored = cut_out(rgba, Background.REMOVE, nothing)
    assert ignored.method == "plain-ground"


def test_keep_takes_the_whole_picture(nothing: Matting) -> None:
    rgba = np.full((40, 40, 4), 255, np.uint8)
    cut = cut_out(rgba, Background.KEEP, nothing)
    assert (cut.method, cut.notes) == ("kept", ())


def test_object_at_the_border_is_noted(nothing: Matting) -> None:
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[20:64, 20:40] = 255
    assert "border" in cut_out(rgba, Background.AUTO, nothing).notes[0]


@pytest.mark.parametrize("background", list(Background))
def test_all_transparent_has_no_object(nothing: Matting, background: Background) -> None:
    with pytest.raises(MaquetteError, match="no-object"):
        cut_out(np.zeros((64, 64, 4), np.uint8), background, nothing)


def test_gradient_alone_has_no_object_or_needs_the_network(nothing: Matting) -> None:
    ground = np.dstack([shaded(), np.full((240, 320), 255, np.uint8)])
    with pytest.raises(MaquetteError) as caught:
        cut_out(ground, Background.AUTO, nothing)
    assert caught.value.problem.code in ("no-object", "cutout-weights-missing")


def test_photograph_without_weights_names_the_fix(nothing: Matting) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (128, 128, 4), np.uint8)
    noise[..., 3] = 255
    with pytest.raises(MaquetteError) as caught:
        cut_out(noise, Background.AUTO, nothing)
    assert caught.value.problem.code == "cutout-weights-missing"
    assert caught.value.problem.fix is Fix.FETCH_CUTOUT_WEIGHTS


PLAIN = ("bookcase", "couch", "iso_house", "school_desk", "single_bed", "table", "teapot_triposr")
CLEAR = ("chair_triposr", "fireplace", "ornate", "television", "workbench")
PHOTOGRAPHS = ("lamp_photo", "mushroom", "watermelon")


def the_picture(test_data: Path, name: str) -> np.ndarray:
    (path,) = (test_data / "images").glob(f"{name}*")
    return decode_image(path.read_bytes())


@pytest.mark.parametrize("name", [*PLAIN, *CLEAR])
def test_pictures_that_need_no_network(nothing: Matting, test_data: Path, name: str) -> None:
    cut = cut_out(the_picture(test_data, name), Background.AUTO, nothing)
    assert cut.method == ("alpha" if name in CLEAR else "plain-ground")
    assert 0.05 < (cut.rgba[..., 3] >= 128).mean() < 0.7


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_are_cut_by_the_network(
    small_network: Matting, test_data: Path, name: str
) -> None:
    cut = cut_out(the_picture(test_data, name), Background.AUTO, small_network)
    solid = cut.rgba[..., 3] >= 128
    assert cut.method == "matting"
    assert 0.05 < solid.mean() < 0.8
    assert solid[solid.shape[0] // 4 : -solid.shape[0] // 4].any()


def test_own_folder_of_weights_is_found(nothing: Matting, tmp_path: Path) -> None:
    assert find_weights(tmp_path) is None
    (tmp_path / "u2netp.onnx").write_bytes(b"small")
    assert find_weights(tmp_path) == tmp_path / "u2netp.onnx"
    (tmp_path / "u2net.onnx").write_bytes(b"full")
    assert find_weights(tmp_path) == tmp_path / "u2net.onnx"
