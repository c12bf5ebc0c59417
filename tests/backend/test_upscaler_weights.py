"""Weights of upscalers: found, fetched, read without running anything, blended, refused."""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tiny_upscaler import scene

from maquette.backend.checkpoints.folder import WeightsFolder
from maquette.backend.commands import weights
from maquette.backend.imaging.picture_file import Picture
from maquette.backend.imaging.upscaler_loading import load_upscaler, read_state
from maquette.backend.imaging.upscaler_weights import (
    MIRROR_VARIABLE,
    Choice,
    choose,
    fetch,
    missing,
    paths,
    verify,
)
from maquette.backend.imaging.upscaling import enlarge
from maquette.backend.networks.esrgan import Compact
from maquette.core.errors import Fix, MaquetteError
from maquette.core.upscalers import (
    DEFAULT_UPSCALER,
    EMBEDDED,
    UPSCALERS,
    UpscalerFile,
    UpscalerInfo,
    upscaler_named,
)


def state(seed: int = 0) -> dict[str, torch.Tensor]:
    """Parameters of a tiny network."""
    torch.manual_seed(seed)
    return {k: t.clone() for k, t in Compact(8, 1, 4).state_dict().items()}


def refused(path: Path) -> MaquetteError:
    """What is said of a file that is not an upscaler; one sentence or more, ended."""
    with pytest.raises(MaquetteError) as caught:
        load_upscaler([path], "x", "cpu", half=False)
    assert path.name in caught.value.problem.message
    return caught.value


@pytest.mark.parametrize("inside", ["", "params", "params_ema"])
def test_the_parameters_are_found_inside_the_file(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "tiny.pth"
    other = {"params": state(1)} if inside == "params_ema" else {}
    torch.save({inside: state(), **other} if inside else state(), path)
    loaded = load_upscaler([path], "tiny", "cpu", half=False)
    assert torch.equal(loaded.model.state_dict()["body.0.weight"], state()["body.0.weight"])
    assert loaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert loaded.model.scale == 4


def test_safetensors_are_read_too(tmp_path: Path) -> None:
    save_file(state(), tmp_path / "tiny.safetensors")
    assert load_upscaler([tmp_path / "tiny.safetensors"], "tiny", "cpu").model.scale == 4


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_the_denoise_strength_blends_two_files(tmp_path: Path, strength: float) -> None:
    files = []
    for seed in (1, 2):
        files.append(tmp_path / f"{seed}.pth")
        torch.save({"params": state(seed)}, files[-1])
    loaded = load_upscaler(files, "both", "cpu", strength, half=False)
    for key, tensor in loaded.model.state_dict().items():
        expected = strength * state(1)[key] + (1 - strength) * state(2)[key]
        assert torch.allclose(tensor, expected)
    assert loaded.sha256.count("+") == 1


def test_a_file_that_would_run_something_is_not_opened(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "ran",))

    (tmp_path / "evil.pth").write_bytes(pickle.dumps({"params": Evil()}))
    torch.save({"params": Evil()}, tmp_path / "evil2.pth")
    for name in ("evil.pth", "evil2.pth"):
        code = refused(tmp_path / name).problem.code
        assert code in ("checkpoint-unsafe", "checkpoint-unreadable")
    assert not (tmp_path / "ran").exists()


def test_wrong_checkpoints_are_refused_in_a_sentence(tmp_path: Path) -> None:
    whole = state()
    less = {k: t for k, t in whole.items() if k != "body.2.bias"}
    other = {**whole, "body.2.weight": torch.zeros(8, 8, 5, 5)}
    more = {**whole, "head.weight": torch.zeros(1)}
    for name, data, code in (
        ("less", less, "checkpoint-wrong"),
        ("other", other, "checkpoint-wrong"),
        ("more", more, "checkpoint-wrong"),
        ("list", [1, 2], "checkpoint-unreadable"),
        ("number", {"params": 3}, "checkpoint-unreadable"),
        ("empty", {}, "checkpoint-unreadable"),
        ("counted", dict(enumerate(whole.values())), "checkpoint-unreadable"),
        ("nan", {**whole, "body.2.bias": torch.full((8,), torch.nan)}, "checkpoint-wrong"),
        ("infinite", {**whole, "body.2.bias": torch.full((8,), torch.inf)}, "checkpoint-wrong"),
    ):
        torch.save(data, tmp_path / f"{name}.pth")
        assert refused(tmp_path / f"{name}.pth").problem.code == code
    (tmp_path / "text.pth").write_text("weights")
    (tmp_path / "cut.pth").write_bytes((tmp_path / "less.pth").read_bytes()[:900])
    for name in ("text.pth", "cut.pth"):
        assert refused(tmp_path / name).problem.code == "checkpoint-unreadable"


def test_other_networks_need_a_package_and_it_is_named(tmp_path: Path) -> None:
    try:
        import spandrel  # noqa: F401
    except (ImportError, RuntimeError):
        torch.save({"conv_in.weight": torch.zeros(8, 3, 3, 3)}, tmp_path / "swin.pth")
        problem = refused(tmp_path / "swin.pth").problem
        assert problem.code == "package-missing"
        assert "pip install spandrel" in problem.message
    else:
        pytest.skip("spandrel is installed here")


def test_networks_of_other_kinds_enlarge_where_the_package_is_installed(tmp_path: Path) -> None:
    try:
        from spandrel.architectures.SPAN import SPAN
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"spandrel does not work here: {error}")
    torch.manual_seed(0)
    span = SPAN(num_in_ch=3, num_out_ch=3, feature_channels=16, upscale=2)
    torch.save({"params": span.state_dict()}, tmp_path / "span.pth")
    loaded = load_upscaler([tmp_path / "span.pth"], "span", "cpu", half=True)
    assert (loaded.model.scale, loaded.quick) == (2, None)
    picture = Picture(scene(37, 53, 4), True)
    for scale in (2, 3, 4):
        rows = np.concatenate(list(enlarge(picture, loaded, scale).rows))
        assert rows.shape == (37 * scale, 53 * scale, 4)
    colour = Picture(picture.pixels[..., :3], False)
    x = torch.from_numpy(colour.pixels).permute(2, 0, 1)[None] / 255
    published = span.eval()(x).detach()[0].permute(1, 2, 0).clamp(0, 1).numpy() * 255
    made = np.concatenate(list(enlarge(colour, loaded, 2).rows))
    assert np.abs(made - published).max() <= 0.51
    torch.save({"a.weight": torch.zeros(3)}, tmp_path / "other.pth")
    assert refused(tmp_path / "other.pth").problem.code == "upscaler-unsupported"


def test_names_of_networks() -> None:
    for info in UPSCALERS.values():
        assert upscaler_named(info.name) is info
        assert upscaler_named(info.file.name) is info
        assert upscaler_named(info.file.name.rpartition(".")[0]) is info
        assert len(info.file.sha256) == 64
    for wrong in ("x8plus", ""):
        with pytest.raises(MaquetteError, match="upscaler-unknown"):
            choose(wrong)
    with pytest.raises(MaquetteError, match="settings-invalid"):
        choose("x4plus", denoise=0.5)
    assert len(choose("general-x4v3").files) == 1
    assert len(choose("general-x4v3", denoise=0.5).files) == 2


def test_the_network_that_comes_with_maquette_is_the_usual_one_and_here(tmp_path: Path) -> None:
    folder = WeightsFolder(tmp_path / "root", tmp_path / "other")
    info = UPSCALERS[DEFAULT_UPSCALER]
    assert next(iter(UPSCALERS)) == DEFAULT_UPSCALER == EMBEDDED
    assert info.embedded and not any(i.embedded for i in UPSCALERS.values() if i is not info)
    choice = choose(DEFAULT_UPSCALER)
    assert missing(folder, choice) == []
    (path,) = paths(folder, choice)
    assert path.stat().st_size == info.size <= 2_500_000
    assert verify(folder, choice) == "as published"
    network = load_upscaler([path], info.name, "cpu", half=False)
    assert (network.model.scale, network.sha256) == (info.scale, info.file.sha256)
    with safe_open(path, "pt") as file:
        assert json.loads(file.metadata()["provenance"])["pairs"] > 100
    # A whole installation has it; one that lost it does not ask the network for it.
    gone = Choice(replace(info, file=replace(info.file, name="gone.safetensors")))
    for lost in (lambda: paths(folder, gone), lambda: fetch(folder, gone, lambda share: None)):
        with pytest.raises(MaquetteError, match="weights-missing") as caught:
            lost()
        assert caught.value.problem.fix == Fix.INSTALL_BACKEND


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A mirror with the two files ``a`` and ``b``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.path[1:].encode() * 100
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv(MIRROR_VARIABLE, url)
        yield url
        server.shutdown()


def published(name: str) -> UpscalerFile:
    body = name.encode() * 100
    sha256 = hashlib.sha256(body).hexdigest()
    return UpscalerFile(name, "http://127.0.0.1:9/", len(body), sha256)


def test_what_is_missing_is_fetched_and_checked(web: str, tmp_path: Path) -> None:
    folder = WeightsFolder(tmp_path / "root", tmp_path / "other")
    choice = Choice(UpscalerInfo("n", "N", "", 4, published("a"), published("b")), None, 0.5)
    with pytest.raises(MaquetteError, match="weights-missing"):
        paths(folder, choice)
    seen: list[float] = []
    fetch(folder, choice, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert [path.read_bytes() for path in paths(folder, choice)] == [b"a" * 100, b"b" * 100]
    assert missing(folder, choice) == []
    wrong = UpscalerFile("c", "http://127.0.0.1:9/", 100, "0" * 64)
    with pytest.raises(MaquetteError, match="download-damaged"):
        fetch(folder, Choice(UpscalerInfo("n", "N", "", 4, wrong)), seen.append)


def test_the_shell_lists_and_checks_what_enlarges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    weights.add_arguments(parser)

    def told(*arguments: str) -> tuple[int, str]:
        code = weights.run(parser.parse_args(["--folder", str(tmp_path), *arguments]))
        return code, capsys.readouterr().out

    code, text = told("list")
    (line,) = [line for line in text.splitlines() if line.startswith("x4plus")]
    assert (code, line.split()[-1]) == (0, "missing")
    info = UPSCALERS["x4plus"]
    (tmp_path / "upscalers").mkdir()
    (tmp_path / "upscalers" / info.file.name).write_bytes(b"other")
    assert [line for line in told("list")[1].splitlines() if "present" in line]
    code, text = told("verify")
    assert (code, "weights-damaged" in text) == (1, True)
    code, text = told("verify", "general-x4v3")
    assert (code, "weights-missing" in text) == (1, True)


def test_files_fetched_by_other_means_are_found(tmp_path: Path) -> None:
    folder = WeightsFolder(tmp_path / "root", tmp_path)
    choice = choose("general-x4v3")
    (tmp_path / choice.files[0].name).write_bytes(b"x")
    assert paths(folder, choice) == [tmp_path / choice.files[0].name]
    assert missing(folder, choice) == []


def test_the_released_network_loads(test_data: Path) -> None:
    folder = test_data / "weights"
    general, weak = (folder / f"realesr-general-{n}x4v3.pth" for n in ("", "wdn-"))
    if not general.is_file():
        pytest.skip(f"no {general}")
    loaded = load_upscaler([general, weak], "general-x4v3", "cpu", 0.5, half=False)
    key = "body.32.weight"
    middle = (read_state(general)[key] + read_state(weak)[key]) / 2
    assert torch.allclose(loaded.model.state_dict()[key], middle)
    assert loaded.model.radius == 34
