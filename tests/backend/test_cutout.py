"""The object is separated by alpha, by a plain ground, or by the network, else refused."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from service_rig import png

from maquette.backend.imaging.cutout import cut_out
from maquette.backend.imaging.decode import decode_image
from maquette.backend.imaging.embedded_cutout import embedded_alpha
from maquette.backend.imaging.matting import EMBEDDED_WEIGHTS, Matting, find_weights
from maquette.backend.imaging.objects import largest_object
from maquette.backend.imaging.refinement import refine_alpha
from maquette.backend.networks.cutout_net import restore
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


def photograph() -> np.ndarray:
    """A light box on a ground that is not plain: coarse noise."""
    small = np.random.default_rng(1).integers(0, 120, (8, 8, 3), np.uint8)
    rgb = np.asarray(Image.fromarray(small).resize((256, 256), Image.Resampling.BICUBIC)).copy()
    rgb[80:200, 70:190] = (235, 225, 200)
    return np.dstack([rgb, np.full((256, 256), 255, np.uint8)])


def test_photographs_need_no_download(nothing: Matting) -> None:
    cut = cut_out(photograph(), Background.AUTO, nothing)
    assert (cut.method, cut.model) == ("matting", "embedded")
    solid = cut.rgba[..., 3] >= 128
    assert solid[140, 130]


def test_a_named_network_that_is_not_here_names_the_fix(nothing: Matting) -> None:
    for model in ("u2net", "u2netp", "isnet-general-use", "birefnet-general"):
        assert not nothing.available(model)
        with pytest.raises(MaquetteError) as caught:
            cut_out(photograph(), Background.AUTO, nothing, model)
        assert caught.value.problem.code == "cutout-weights-missing"
        assert caught.value.problem.fix is Fix.FETCH_CUTOUT_WEIGHTS
    assert nothing.available() and nothing.available("embedded")


def test_a_named_network_is_used_on_plain_grounds_too(nothing: Matting) -> None:
    rgba, _ = scene(plain(255), (180, 60, 40))
    assert cut_out(rgba, Background.AUTO, nothing, "embedded").model == "embedded"


def test_without_rembg_the_embedded_network_cuts(
    nothing: Matting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "u2net.onnx").write_bytes(b"weights that nothing can run")
    for module in ("rembg", "rembg.sessions", "rembg.sessions.u2net", "onnxruntime"):
        monkeypatch.setitem(sys.modules, module, None)
    assert cut_out(photograph(), Background.AUTO, nothing).model == "embedded"
    with pytest.raises(MaquetteError, match="cutout-package-missing"):
        cut_out(photograph(), Background.AUTO, nothing, "u2net")


@pytest.mark.parametrize("data", [b"", b"weights that nothing can run"], ids=["empty", "text"])
@pytest.mark.parametrize("model", ["auto", "u2netp"])
def test_damaged_weights_are_named(
    nothing: Matting, tmp_path: Path, data: bytes, model: str
) -> None:
    pytest.importorskip("rembg", reason="the extra cutout is not installed")
    (tmp_path / "u2netp.onnx").write_bytes(data)
    with pytest.raises(MaquetteError, match="cutout-weights-damaged") as caught:
        cut_out(photograph(), Background.AUTO, nothing, model)
    assert str(tmp_path / "u2netp.onnx") in caught.value.problem.message
    assert caught.value.problem.message.endswith(".")


def test_weights_of_another_network_are_named(
    small_network: Matting, test_data: Path, tmp_path: Path
) -> None:
    weights = (test_data / "weights" / "u2netp.onnx").read_bytes()
    (tmp_path / "isnet-general-use.onnx").write_bytes(weights)
    with pytest.raises(MaquetteError, match="cutout-weights-damaged"):
        cut_out(photograph(), Background.AUTO, small_network, "isnet-general-use")
    assert cut_out(photograph(), Background.AUTO, small_network, "u2netp").model == "u2netp"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_does_not_darken_the_rest(nothing: Matting, value: float) -> None:
    grey = np.full((64, 96), 0.9, np.float32)
    grey[16:48, 24:72] = 0.2
    grey[3, 3] = value
    rgba = decode_image(png(Image.fromarray(grey), "TIFF"))
    assert (rgba[10, 10, 0], rgba[30, 40, 0]) == (229, 51)
    assert cut_out(rgba, Background.AUTO, nothing).rgba[30, 40, 3] == 255


def two_boxes(second: int) -> np.ndarray:
    """A box of 60 pixels and one of ``second`` on white: (200, 300, 4) uint8."""
    rgb = np.full((200, 300, 3), 255, np.uint8)
    rgb[70:130, 30:90] = (160, 40, 40)
    rgb[100 : 100 + second, 200 : 200 + second] = (40, 60, 160)
    return np.dstack([rgb, np.full((200, 300), 255, np.uint8)])


def test_only_the_largest_object_is_kept(nothing: Matting) -> None:
    cut = cut_out(two_boxes(40), Background.AUTO, nothing)
    assert cut.rgba[100, 60, 3] == 255
    assert cut.rgba[110, 210, 3] == 0
    assert any("another object" in note for note in cut.notes)


def test_specks_go_without_a_word(nothing: Matting) -> None:
    cut = cut_out(two_boxes(10), Background.AUTO, nothing)
    assert cut.rgba[105, 205, 3] == 0
    assert not any("another object" in note for note in cut.notes)


def test_parts_with_a_small_gap_are_one_object() -> None:
    solid = np.zeros((100, 200), bool)
    solid[20:60, 20:60] = solid[64:90, 20:60] = True  # a gap of 2 % of the longer edge
    solid[20:60, 120:150] = True
    kept, others = largest_object(solid)
    assert kept[80, 30] and kept[30, 30] and not kept[30, 130]
    assert others == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (300, 2)])
@pytest.mark.parametrize("fill", [True, False])
def test_masks_of_any_shape_have_a_largest_object(shape: tuple[int, int], fill: bool) -> None:
    kept, others = largest_object(np.full(shape, fill))
    assert (kept.all() if fill else not kept.any()) and others == 0


def test_soft_edges_follow_the_picture() -> None:
    """A blurred disc: the hard mask knows nothing of the blur, the refined one does."""
    y, x = np.mgrid[-1:1:160j, -1:1:160j]
    truth = np.clip((0.6 - np.hypot(x, y)) / 0.04 + 0.5, 0, 1)
    ground, disc = np.array([30, 60, 40]), np.array([220, 180, 90])
    rgb = (ground + (disc - ground) * truth[..., None]).round().astype(np.uint8)
    hard = ((truth > 0.5) * 255).astype(np.uint8)
    soft = refine_alpha(rgb, hard)
    error = np.abs(soft / 255 - truth)
    assert error.mean() < 0.6 * np.abs(hard / 255 - truth).mean()
    assert soft[80, 80] == 255 and soft[0, 0] == 0


@pytest.mark.parametrize("value", [0, 255])
def test_masks_without_outline_stay(value: int) -> None:
    alpha = np.full((20, 30), value, np.uint8)
    assert (refine_alpha(np.zeros((20, 30, 3), np.uint8), alpha) == alpha).all()


@pytest.mark.parametrize("shape", [(16, 16), (16, 600), (700, 20), (257, 255)])
def test_the_embedded_network_takes_any_size(shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(3).integers(0, 255, (*shape, 3), np.uint8)
    alpha = embedded_alpha(restore(EMBEDDED_WEIGHTS), rgb)
    assert alpha.shape == shape and alpha.dtype == np.uint8


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
    assert cut.model == "u2netp"
    assert 0.05 < solid.mean() < 0.8
    assert solid[solid.shape[0] // 4 : -solid.shape[0] // 4].any()


def test_own_folder_of_weights_is_found(nothing: Matting, tmp_path: Path) -> None:
    assert find_weights(tmp_path) is None
    (tmp_path / "u2netp.onnx").write_bytes(b"small")
    assert find_weights(tmp_path) == tmp_path / "u2netp.onnx"
    (tmp_path / "u2net.onnx").write_bytes(b"full")
    assert find_weights(tmp_path) == tmp_path / "u2net.onnx"
