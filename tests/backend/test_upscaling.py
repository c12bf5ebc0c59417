"""Enlarging: seams, factors, depth, range, alpha, and pictures that nobody expects."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from tiny_upscaler import encoded, loaded, scene

from maquette.backend.checkpoints.folder import WeightsFolder
from maquette.backend.imaging import upscaler_loading
from maquette.backend.imaging.picture_file import Picture, read_picture
from maquette.backend.imaging.tiling import picture_windows, run_windows
from maquette.backend.imaging.tone import compress, expand
from maquette.backend.imaging.upscaled_file import upscale_file
from maquette.backend.imaging.upscaler_loading import LoadedUpscaler, load_upscaler
from maquette.backend.imaging.upscaler_weights import choose, paths
from maquette.backend.imaging.upscaling import (
    CONTEXT_LIMIT,
    Tiles,
    bleed,
    enlarge,
    fitting_tiles,
)
from maquette.backend.networks.esrgan import RRDBNet
from maquette.core.errors import MaquetteError
from maquette.core.exr import encode_exr, read_exr
from maquette.core.png import decode_png, encode_png
from maquette.core.upscalers import EMBEDDED

KINDS = ("compact", "rrdb4", "rrdb2")


def whole(
    picture: Picture, kind: str = "compact", scale: int = 4, tiles: Tiles | None = None
) -> np.ndarray:
    """The enlarged picture at once."""
    made = enlarge(picture, loaded(kind), scale, tiles=tiles)
    rows = list(made.rows)
    joined = np.concatenate(rows)
    assert joined.shape == (made.height, made.width, len(made.letters))
    assert joined.dtype == made.dtype == picture.pixels.dtype
    return joined


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_tiles_equal_the_whole(kind: str, scale: int) -> None:
    picture = Picture(scene(57, 75), False)
    one = Tiles((58, 76), 0)
    context = loaded(kind).model.radius + loaded(kind).model.radius % 2
    for tile in ((16, 16), (20, 30), (58, 2)):
        cut = whole(picture, kind, scale, Tiles(tile, context, batch=3))
        off = np.abs(cut.astype(int) - whole(picture, kind, scale, one).astype(int))
        assert off.max() <= 1, (tile, off.max())


def test_tiles_without_context_have_seams() -> None:
    """The test above can fail."""
    picture = Picture(scene(57, 75), False)
    cut = whole(picture, tiles=Tiles((16, 16), 0)).astype(int)
    assert np.abs(cut - whole(picture, tiles=Tiles((58, 76), 0))).max() > 1


def test_the_released_network_has_no_seams(test_data: Path) -> None:
    path = test_data / "weights" / "realesr-general-x4v3.pth"
    if not path.is_file():
        pytest.skip(f"no {path}")
    network = load_upscaler([path], "general", "cpu", half=False)
    with Image.open(test_data / "images" / "chair_triposr.png") as image:
        pixels = np.array(image.convert("RGB").resize((96, 96)))
    picture = Picture(pixels, False)
    context = fitting_tiles(network.model, "cpu", 96, 96).context
    assert context == network.model.radius == 34
    rows = {}
    for tile in (96, 48):
        made = enlarge(picture, network, 4, tiles=Tiles((tile, tile), context))
        rows[tile] = np.concatenate(list(made.rows)).astype(int)
    assert np.abs(rows[96] - rows[48]).max() <= 1
    # It enlarges this picture, and not some other one.
    small = np.array(
        Image.fromarray(rows[96].astype(np.uint8)).resize((96, 96), Image.Resampling.BOX)
    )
    assert np.abs(small.astype(int) - pixels).mean() < 6


def embedded(half: bool | None = False) -> LoadedUpscaler:
    """The network that comes with Maquette."""
    files = paths(WeightsFolder.usual(), choose(EMBEDDED))
    return load_upscaler(files, EMBEDDED, "cpu", half=half)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_embedded_network_has_no_seams(scale: int) -> None:
    network, picture = embedded(), Picture(scene(50, 62, 4), True)
    context = fitting_tiles(network.model, "cpu", 50, 62).context
    assert context == network.model.radius == 18
    made = [
        np.concatenate(list(enlarge(picture, network, scale, tiles=tiles).rows)).astype(int)
        for tiles in (Tiles((50, 62), context), Tiles((20, 24), context))
    ]
    assert made[0].shape == (50 * scale, 62 * scale, 4)
    assert np.abs(made[0] - made[1]).max() <= 1


def test_the_embedded_network_draws_edges_nearer_to_the_truth_than_bicubic() -> None:
    """A picture of discs and bars as a renderer makes it: the mean over each pixel's area."""
    y, x = (np.mgrid[:1024, :1024] + 0.5) / 1024
    inside = (np.hypot(x - 0.4, y - 0.45) < 0.3) ^ (np.abs(x + 0.4 * y - 0.8) < 0.05)
    colour = np.where(inside[..., None], (205.0, 120.0, 60.0), (90.0, 95.0, 110.0))

    def at(edge: int) -> np.ndarray:
        step = 1024 // edge
        return colour.reshape(edge, step, edge, step, 3).mean((1, 3)).round().astype(np.uint8)

    low, high = at(64), at(256).astype(float)
    made = np.concatenate(list(enlarge(Picture(low, False), embedded(None), 4).rows))
    plain = np.asarray(Image.fromarray(low).resize((256, 256), Image.Resampling.BICUBIC))
    inner = (slice(16, -16), slice(16, -16))
    errors = [((p.astype(float) - high)[inner] ** 2).mean() for p in (made, plain)]
    assert errors[0] < 0.95 * errors[1]


def test_the_context_limit_is_wide_enough_for_residuals_that_fade() -> None:
    """The large networks look further than :data:`CONTEXT_LIMIT`, through ever weaker residuals."""
    torch.manual_seed(5)
    network = RRDBNet(16, 6, 8).eval().requires_grad_(False)
    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.weight *= 2.2  # stronger than it begins, so that far pixels count
    assert network.radius > CONTEXT_LIMIT == 48
    x = torch.rand(1, 3, 8, 200)
    whole = network(x)[0]
    off = {}
    for context in (4, CONTEXT_LIMIT):
        parts = [
            (part - whole[window.core.times(4).slices]).abs().max()
            for row in picture_windows(8, 200, (8, 20), context)
            for window, part in run_windows(network, row, lambda w: x[0][w.around.slices])
        ]
        off[context] = float(max(parts) / (whole.max() - whole.min()) * 255)
    assert off[CONTEXT_LIMIT] < 0.05
    assert off[4] > 1


@pytest.mark.parametrize("half", [None, torch.bfloat16])
def test_8_bit_pictures_take_half_precision_where_the_processor_gains_from_it(
    half: torch.dtype | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upscaler_loading, "half_of", lambda device: half)
    quick = embedded(half=None).quick
    assert (None if quick is None else next(quick.parameters()).dtype) is half


def test_half_precision_is_fine_enough_for_8_bits(test_data: Path) -> None:
    path = test_data / "weights" / "realesr-general-x4v3.pth"
    if not path.is_file():
        pytest.skip(f"no {path}")
    with Image.open(test_data / "images" / "chair_triposr.png") as image:
        picture = Picture(np.array(image.convert("RGB").resize((72, 72))), False)
    made = [
        np.concatenate(list(enlarge(picture, load_upscaler([path], "x", "cpu", half=half), 4).rows))
        for half in (False, True)
    ]
    off = np.abs(made[0].astype(int) - made[1])
    assert 0 < off.mean() < 0.5
    assert np.quantile(off, 0.999) <= 4
    # Deeper pictures are not touched by it.
    deep = Picture(picture.pixels.astype(np.uint16) * 257, False)
    network = load_upscaler([path], "x", "cpu", half=True)
    fine = np.concatenate(list(enlarge(deep, network, 4).rows)) / 257
    assert np.abs(fine - made[0]).max() <= 0.51


def test_all_released_pictures_are_enlarged(test_data: Path, tmp_path: Path) -> None:
    path = test_data / "weights" / "realesr-general-x4v3.pth"
    if not path.is_file():
        pytest.skip(f"no {path}")
    network = load_upscaler([path], "general", "cpu")
    for source in sorted((test_data / "images").iterdir()):
        with Image.open(source) as image:
            image.thumbnail((40, 40))
            size = image.size
            out = io.BytesIO()
            image.save(out, "PNG")
        done = upscale_file(out.getvalue(), network, 2, tmp_path / "out.png", lambda share: None)
        assert (done.width, done.height) == (size[0] * 2, size[1] * 2)
        with Image.open(tmp_path / "out.png") as image:
            assert image.size == (done.width, done.height)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_plain_ramp_stays_where_it_is(scale: int) -> None:
    """A shift by half a pixel would show."""
    pixels = np.repeat(np.tile(np.linspace(20, 230, 64), (24, 1))[..., None], 3, axis=2)
    made = enlarge(Picture(pixels.astype(np.uint8), False), loaded("plain"), scale)
    row = np.concatenate(list(made.rows))[12 * scale, :, 0].astype(float)
    x = (np.arange(64 * scale) + 0.5) / scale - 0.5
    expected = np.interp(x, np.arange(64), pixels[0, :, 0])
    assert np.abs(row - expected)[8:-8].max() <= 3


def test_16_bits_stay_16_bits(tmp_path: Path) -> None:
    grey = (np.linspace(1000, 1400, 48)[None, :, None].repeat(32, 0)).astype(np.uint16)
    for data in (encode_png(grey[..., 0]), _tiff(grey[..., 0]), _tiff(grey.repeat(3, 2))):
        upscale_file(data, loaded(), 2, tmp_path / "out.png", lambda share: None)
        back = decode_png((tmp_path / "out.png").read_bytes())
        assert back.dtype == np.uint16
        assert len(np.unique(back)) > 60  # 8 bits would leave 3


def _tiff(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, photometric="rgb" if pixels.ndim == 3 else "minisblack")
    return out.getvalue()


def hdr(alpha: bool = False) -> dict[str, np.ndarray]:
    """Linear light from dark to a lamp of 300; with alpha, premultiplied, half of it hidden."""
    light = (scene(30, 40).astype(np.float32) / 255) ** 2.2
    light[5:9, 30:36] = 300.0
    light[0, 0] = -0.02
    channels = {name: light[..., i].copy() for i, name in enumerate("RGB")}
    if alpha:
        cover = np.zeros((30, 40), np.float32)
        cover[:, 12:] = 1.0
        cover[:, 10:12] = 0.5
        channels = {name: c * cover for name, c in channels.items()} | {"A": cover}
    return channels


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("alpha", [False, True])
def test_linear_light_stays_linear_and_is_not_clipped(
    tmp_path: Path, dtype: str, alpha: bool
) -> None:
    channels = {name: c.astype(dtype) for name, c in hdr(alpha).items()}
    data = encode_exr(channels)
    done = upscale_file(data, loaded("plain"), 4, tmp_path / "out", lambda share: None)
    assert done.suffix == ".exr"
    back = read_exr((tmp_path / "out").read_bytes())
    assert {c.dtype for c in back.values()} == {np.dtype(dtype)}
    assert sorted(back) == sorted(channels)
    for name, plain in channels.items():
        repeated = plain.repeat(4, 0).repeat(4, 1).astype(float)
        assert np.allclose(back[name], repeated, rtol=2e-3, atol=1e-5), name


def test_no_dark_edge_comes_from_what_is_hidden(tmp_path: Path) -> None:
    upscale_file(encode_exr(hdr(True)), loaded(), 4, tmp_path / "out", lambda share: None)
    back = read_exr((tmp_path / "out").read_bytes())
    edge = back["G"][:, 44:48] / np.maximum(back["A"][:, 44:48], 0.2)
    assert edge.mean() > 0.6 * back["G"][:, 52:56].mean()


@pytest.mark.parametrize("peak", [1.0, 4.0, 65504.0])
def test_the_curve_is_undone_and_ends_at_one(peak: float) -> None:
    x = torch.cat([torch.linspace(-2, 2, 4001), torch.logspace(-6, 4.8, 500)]).double()
    x = x[x <= peak]
    y = compress(x, peak)
    assert torch.allclose(expand(y, peak), x, rtol=1e-6, atol=1e-9)
    assert float(compress(torch.tensor(peak), peak)) == pytest.approx(1.0)
    assert bool((y.diff()[x.diff() > 0] > 0).all())


def test_hidden_colours_do_not_come_out(tmp_path: Path) -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[..., 1] = 255  # hidden green
    pixels[10:30, 10:30] = (200, 40, 30, 255)
    upscale_file(encoded(pixels), loaded(), 4, tmp_path / "o.png", lambda share: None)
    back = decode_png((tmp_path / "o.png").read_bytes())
    assert back.shape == (160, 160, 4)
    assert (back[..., 1] < 110).all()
    assert (back[60:100, 60:100, 3] > 230).all()
    assert (back[:20, :20, 3] < 30).all()


def test_a_packed_texture_keeps_what_its_alpha_does_not_hide(tmp_path: Path) -> None:
    pixels = scene(12, 12, 4)
    pixels[..., 3] = 0
    pixels[3:6, 3:6, 3] = 200
    for packed in (True, False):
        made = Picture(pixels, True, covers=not packed)
        back = np.concatenate(list(enlarge(made, loaded("plain"), 4).rows))
        assert np.array_equal(back[1::4, 1::4, :3], pixels[..., :3]) is packed


def test_alpha_stays_within_what_the_neighbours_have() -> None:
    pixels = scene(17, 23, 4)
    pixels[..., 3] = 0
    pixels[4:9, 4:20, 3] = 255
    alpha = whole(Picture(pixels, True), "compact", 3, Tiles((5, 7), 6))[..., 3]
    wide = np.zeros((17, 23), bool)
    wide[3:10, 3:21] = True
    assert not alpha[~wide.repeat(3, 0).repeat(3, 1)].any()
    assert (alpha[15:24, 15:57] == 255).all()


def test_the_nearest_colour_is_taken() -> None:
    colour = np.arange(5)[None, :, None].repeat(2, 0)
    hidden = np.array([[True, True, False, True, False]] * 2)
    assert bleed(colour, hidden)[0, :, 0].tolist()[:3] == [2, 2, 2]
    assert bleed(colour, np.ones((2, 5), bool)) is colour


def _palette() -> bytes:
    out = io.BytesIO()
    Image.fromarray(scene(9, 12)).convert("P").save(out, "PNG")
    return out.getvalue()


ODD: dict[str, Callable[[], bytes]] = {
    "one pixel": lambda: encoded(np.full((1, 1, 3), 77, np.uint8)),
    "1 x 10000": lambda: encoded(scene(1, 10000)),
    "10000 x 1": lambda: encoded(scene(10000, 1)),
    "nothing to be seen": lambda: encoded(np.dstack([scene(9, 9), np.zeros((9, 9), np.uint8)])),
    "grey": lambda: encoded(scene(9, 12, 1)[..., 0]),
    "grey and alpha": lambda: encoded(scene(9, 12, 2)),
    "palette": _palette,
    "only alpha": lambda: encode_exr({"A": scene(9, 12, 1)[..., 0].astype(np.float16) / 255}),
    "odd edges": lambda: encoded(scene(7, 3)),
    "16384 x 3": lambda: encoded(scene(3, 16384)),
}


@pytest.mark.parametrize(
    ("name", "kind"),
    [(n, k) for n in ODD for k in ("compact", "rrdb2") if k == "compact" or "10000" not in n],
)
def test_odd_pictures_are_enlarged(tmp_path: Path, name: str, kind: str) -> None:
    data = ODD[name]()
    picture = read_picture(data)
    done = upscale_file(data, loaded(kind), 2, tmp_path / "out", lambda share: None)
    back = (tmp_path / "out").read_bytes()
    shape = next(iter(read_exr(back).values())).shape if done.suffix == ".exr" else None
    shape = shape or decode_png(back).shape
    assert shape[:2] == (picture.pixels.shape[0] * 2, picture.pixels.shape[1] * 2)
    assert shape[:2] == (done.height, done.width)


def test_infinities_and_what_is_no_number_are_told_and_gone(tmp_path: Path) -> None:
    channels = hdr()
    channels["R"][3, 4] = np.inf
    channels["G"][3, 5] = np.nan
    channels["B"][20, 20] = -np.inf
    done = upscale_file(encode_exr(channels), loaded(), 2, tmp_path / "out", lambda share: None)
    assert done.notes == (
        "3 pixels were infinite or no number: 0 and the brightest finite number stand there now.",
    )
    back = read_exr((tmp_path / "out").read_bytes())
    assert all(np.isfinite(c).all() for c in back.values())
    assert max(c.max() for c in back.values()) <= 301


def test_a_picture_of_nothing_but_such_numbers_is_enlarged(tmp_path: Path) -> None:
    for value in (np.nan, np.inf, -np.inf):
        data = encode_exr({name: np.full((5, 7), value, np.float32) for name in "RGBA"})
        done = upscale_file(data, loaded(), 2, tmp_path / "out", lambda share: None)
        assert "35 pixels" in done.notes[0]
        back = read_exr((tmp_path / "out").read_bytes())
        assert all(np.isfinite(c).all() for c in back.values())


@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("cover", [1.0, 0.002])
def test_the_brightest_number_there_is_stays_finite(
    tmp_path: Path, dtype: str, cover: float
) -> None:
    channels = hdr()
    channels["R"] = channels["R"].astype(dtype)
    channels["R"][3, 4] = np.finfo(dtype).max
    channels["A"] = np.full((30, 40), cover)
    data = encode_exr({name: c.astype(dtype) for name, c in channels.items()})
    upscale_file(data, loaded("plain"), 2, tmp_path / "out", lambda share: None)
    back = read_exr((tmp_path / "out").read_bytes())
    assert all(np.isfinite(c).all() for c in back.values())
    assert back["R"].max() > 1000


def test_other_channels_are_left_out_and_told() -> None:
    plain = {f"ViewLayer.Combined.{name}": c for name, c in hdr(True).items()}
    depth = {"ViewLayer.Depth.Z": plain["ViewLayer.Combined.A"]}
    picture = read_picture(encode_exr(plain | depth))
    assert picture.letters == "RGBA"
    assert picture.notes == (
        "Only colour and alpha are enlarged; another channel of the file is left out.",
    )


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "text": (lambda: b"not a picture", "image-unreadable"),
    "empty": (lambda: b"", "image-unreadable"),
    "cut": (lambda: encoded(scene(40, 40))[:600], "image-damaged"),
    "cut EXR": (lambda: encode_exr(hdr())[:600], "image-unreadable"),
    "EXR without colour": (lambda: encode_exr({"Z": hdr()["R"]}), "image-unreadable"),
    "16k x 16k": (lambda: _claims(16384, 16384, 8), "image-too-large"),
    "16k x 16k, 16 bits": (lambda: _claims(16384, 16384, 16), "image-too-large"),
    "too wide": (lambda: _claims(20000, 10, 8), "image-too-large"),
}


def _claims(width: int, height: int, depth: int) -> bytes:
    """A PNG that says that it is as large, and is not."""
    start = encode_png(np.zeros((2, 2), np.uint8 if depth == 8 else np.uint16))
    head = b"IHDR" + struct.pack(">II", width, height) + start[24:29]
    return start[:12] + head + struct.pack(">I", zlib.crc32(head)) + start[33:]


@pytest.mark.parametrize("name", BAD)
def test_bad_pictures_are_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    make, code = BAD[name]
    with pytest.raises(MaquetteError) as caught:
        upscale_file(make(), loaded(), 4, tmp_path / "out.png", lambda share: None)
    assert caught.value.problem.code == code
    assert caught.value.problem.message.endswith(".")
    assert list(tmp_path.iterdir()) == []


def test_too_many_new_pixels_are_refused_before_any_work() -> None:
    picture = Picture(np.broadcast_to(np.uint8(0), (8200, 4100, 1)), False)
    with pytest.raises(MaquetteError, match="upscale-too-large") as caught:
        enlarge(picture, loaded(), 4)
    assert "538 megapixels" in caught.value.problem.message


def test_the_wrong_ending_is_refused(tmp_path: Path) -> None:
    for data, name in ((encode_exr(hdr()), "a.png"), (encoded(scene(9, 9)), "a.exr")):
        with pytest.raises(MaquetteError, match="format-wrong"):
            upscale_file(data, loaded(), 2, tmp_path / name, lambda share: None)


def test_progress_rises_to_one_and_can_stop(tmp_path: Path) -> None:
    seen: list[float] = []
    picture = Picture(np.dstack([scene(40, 40), scene(40, 40, 1)]), True)
    made = enlarge(picture, loaded(), 2, seen.append, Tiles((16, 16), 4))
    # No more of the result is held than a row of tiles.
    assert [len(rows) for rows in made.rows] == [32, 32, 16]
    assert seen == sorted(seen)
    assert (seen[0], seen[-1], len(seen)) == (0.0, 1.0, 19)

    class Stop(BaseException):
        """As the service stops a job."""

    def stop(share: float) -> None:
        if share > 0:
            raise Stop

    with pytest.raises(Stop):
        upscale_file(encoded(scene(20, 20)), loaded(), 2, tmp_path / "o.png", stop)
    assert list(tmp_path.iterdir()) == []


def test_tiles_are_equal_and_small_for_the_large_network() -> None:
    made = fitting_tiles(loaded().model, "cpu", 2048, 1030)
    assert made.tile == (512, 344)
    with torch.device("meta"):
        large = RRDBNet()
    assert large.radius == 350
    tiles = fitting_tiles(large, "cpu", 2048, 2048)
    assert tiles.context == 48
    assert max(tiles.tile) <= 256
