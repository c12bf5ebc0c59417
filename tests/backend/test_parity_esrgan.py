"""The networks of Real-ESRGAN against numbers of the published code, and the published names."""

from __future__ import annotations

import pytest
import torch
from parity import Fixture, fixture, published_keys

from maquette.backend.imaging.tiling import Window, even_size, picture_windows, run_windows
from maquette.backend.networks.esrgan import Compact, RRDBNet, Upscaler, fitting

TAGS = ("rrdb_x4", "rrdb_x2", "srvgg_x4")
FILES = {
    "RealESRGAN_x4plus": RRDBNet,
    "RealESRGAN_x2plus": RRDBNet,
    "RealESRGAN_x4plus_anime_6B": RRDBNet,
    "realesr-animevideov3": Compact,
    "realesr-general-x4v3": Compact,
}


@pytest.fixture(scope="module")
def stored() -> Fixture:
    """The stored numbers."""
    return fixture("realesrgan")


def network(stored: Fixture, tag: str) -> Upscaler:
    """A network with the stored weights, found by the sizes of its parameters."""
    state = {
        key.removeprefix(f"{tag}."): tensor
        for key, tensor in stored.weights.items()
        if key.startswith(f"{tag}.")
    }
    model = fitting(state)
    assert model is not None
    assert isinstance(model, Compact if tag == "srvgg_x4" else RRDBNet)
    model.load_state_dict(state, strict=True, assign=True)
    return model.eval().requires_grad_(False)


@pytest.mark.parametrize("tag", TAGS)
def test_whole_pictures_come_out_as_published(stored: Fixture, tag: str) -> None:
    model = network(stored, tag)
    stored.check(f"{tag}.out.image", model(stored[f"{tag}.in.image"]))


@pytest.mark.parametrize("tag", TAGS)
def test_reflected_borders_come_out_as_published(stored: Fixture, tag: str) -> None:
    model, x = network(stored, tag), stored[f"{tag}.in.image"]
    padded = torch.nn.functional.pad(x, (0, 10, 0, 10), "reflect")
    height, width = (edge * model.scale for edge in x.shape[2:])
    stored.check(f"{tag}.out.prepad10", model(padded)[..., :height, :width])


def test_odd_edges_come_out_as_published(stored: Fixture) -> None:
    model, x = network(stored, "rrdb_x2"), stored["rrdb_x2.in.odd_image"]
    height, width = (edge * model.scale for edge in x.shape[2:])
    out = model(even_size(x, model.multiple))[..., :height, :width]
    stored.check("rrdb_x2.out.odd_modpad", out)


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("tag", TAGS)
def test_tiles_come_out_as_published(stored: Fixture, tag: str, batch: int) -> None:
    model, x = network(stored, tag), stored[f"{tag}.in.image"]
    height, width = x.shape[2:]
    s = model.scale
    out = torch.zeros(1, 3, height * s, width * s)

    def put(window: Window, part: torch.Tensor) -> None:
        top, left = window.core.top * s, window.core.left * s
        out[0, :, top : top + part.shape[1], left : left + part.shape[2]] = part

    for row in picture_windows(height, width, tile=(8, 8), context=4):
        for window, part in run_windows(model, row, lambda w: x[0][w.around.slices], batch):
            put(window, part)
    stored.check(f"{tag}.out.tile8_pad4", out)


@pytest.mark.parametrize("tag", TAGS)
def test_nothing_beyond_the_stated_radius_is_seen(stored: Fixture, tag: str) -> None:
    model = network(stored, tag)
    assert model.radius < 80
    size = 2 * (model.radius + 4)
    size += size % 2
    x = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0)).double()
    x.requires_grad_(True)
    middle = size // 2 * model.scale
    model.double()(x)[0, :, middle : middle + model.scale, middle].sum().backward()
    assert x.grad is not None
    seen = x.grad.abs().sum((0, 1)).nonzero()
    reach = int((seen - size // 2).abs().max())
    assert reach <= model.radius
    assert reach >= model.radius - 2 * model.margin - model.multiple


@pytest.mark.parametrize("name", FILES)
def test_released_files_have_these_names_and_shapes(name: str) -> None:
    published = published_keys(name)
    state = {k: torch.empty(s, device="meta") for k, s in published["tensors"].items()}
    model = fitting(state)
    assert isinstance(model, FILES[name])
    model.load_state_dict(state, strict=True, assign=True)
    assert sum(p.numel() for p in model.parameters()) == published["params"]
    assert model.scale == (2 if "x2" in name else 4)


def test_other_parameters_are_of_no_known_network() -> None:
    assert fitting({}) is None
    assert fitting({"body.0.weight": torch.zeros(4), "body.1.weight": torch.zeros(4)}) is None
    other = published_keys("triposr")["tensors"]
    assert fitting({k: torch.empty(s, device="meta") for k, s in other.items()}) is None
