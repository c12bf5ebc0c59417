"""Released weights: fetched from a hub on this machine, which breaks off, lies and goes away."""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
import torch
from parity import fixture
from safetensors.torch import save
from stand_in_hub import COMMIT, Body, Hub, running

from maquette.backend.checkpoints import catalogue
from maquette.backend.checkpoints.catalogue import Release
from maquette.backend.checkpoints.fetching import fetch
from maquette.backend.checkpoints.folder import WeightsFolder
from maquette.backend.checkpoints.loading import load_model
from maquette.backend.checkpoints.storing import ready, verify
from maquette.backend.networks.published import MODELS, triposr
from maquette.backend.networks.vision import VisionConfig
from maquette.core.errors import Fix, MaquetteError
from maquette.core.weights import WeightsState

NAME = "tiny-triposr"
CONFIG = triposr(VisionConfig(48, 2, 4, 16, 2, pooler=True), 2, 64, 4, 8, 64, 24, 8, 16)
RELEASE = Release(
    NAME,
    "Tiny TripoSR",
    "TripoSR",
    "somebody/tiny",
    "model.ckpt",
    1_400_000,
    "MIT",
    "https://example.org/mit",
    "Any use.",
    True,
)


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return fixture("triposr").weights


@pytest.fixture(scope="module")
def checkpoint(weights: dict[str, torch.Tensor]) -> bytes:
    return pickled(weights)


def pickled(data: Any) -> bytes:
    out = io.BytesIO()
    torch.save(data, out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release of a size for tests, in the place where the real ones are."""
    monkeypatch.setitem(MODELS, NAME, CONFIG)
    monkeypatch.setitem(catalogue.CATALOGUE, NAME, RELEASE)


def asked_at(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have this process ask that hub."""
    for name, value in hub.variables.items():
        monkeypatch.setenv(name, value)
    # What huggingface_hub read from the environment when it was imported.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def hub(checkpoint: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with running(Hub({"somebody/tiny/model.ckpt": Body(checkpoint)})) as made:
        asked_at(made, monkeypatch)
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> WeightsFolder:
    made = WeightsFolder(tmp_path / "weights", tmp_path / "other")
    made.accept(RELEASE)
    return made


def quiet(step: str, share: float) -> None:
    """Nobody looks."""


def refused(folder: WeightsFolder, release: Release = RELEASE) -> str:
    """The code with which fetching ends."""
    with pytest.raises(MaquetteError) as caught:
        fetch(folder, release, quiet)
    problem = caught.value.problem
    assert problem.message[-1] == "."
    if problem.code == "weights-gone":
        assert problem.fix is Fix.OPEN_PREFERENCES and "Checkpoints" in problem.message
    assert folder.state(release) is WeightsState.MISSING
    return problem.code


def test_fetched_weights_are_checked_stored_and_loaded(
    hub: Hub, folder: WeightsFolder, weights: dict[str, torch.Tensor]
) -> None:
    told: list[tuple[str, float]] = []
    path = fetch(folder, RELEASE, lambda step, share: told.append((step, share)))
    assert path.suffix == ".safetensors"
    assert [step for i, (step, _) in enumerate(told) if i == 0 or told[i - 1][0] != step] == [
        "download",
        "verify",
        "convert",
    ]
    assert ("download", 1.0) in told
    origin = folder.origin(RELEASE)
    assert origin is not None
    assert origin.revision == COMMIT and origin.proof == "hub" and origin.licence == "MIT"
    assert origin.source_sha256 == hub.files["somebody/tiny/model.ckpt"].sha256()
    model = load_model(folder, RELEASE, "cpu")
    state = model.state_dict()
    assert all(torch.equal(state[key], tensor) for key, tensor in weights.items())
    assert not list(path.parent.glob("*.part*"))
    assert "unchanged" in verify(folder, RELEASE)
    assert hub.ranges == [""] and set(hub.tokens) == {""}
    fetch(folder, RELEASE, quiet)
    assert hub.ranges == [""], "what is there is not fetched again"


def test_weights_stay_in_the_file_until_they_are_read(hub: Hub, folder: WeightsFolder) -> None:
    path = fetch(folder, RELEASE, quiet)
    model = load_model(folder, RELEASE, "cpu")
    maps = Path("/proc/self/maps")
    if not maps.is_file():
        pytest.skip("this system does not tell what is mapped")
    assert str(path) in maps.read_text()
    assert next(model.parameters()).dtype is torch.float32


def test_the_licence_comes_first(hub: Hub, tmp_path: Path) -> None:
    assert refused(WeightsFolder(tmp_path / "fresh")) == "licence-not-accepted"
    assert hub.revisions == []


def test_an_accepted_licence_is_recorded(folder: WeightsFolder) -> None:
    entry = json.loads((folder.root / "licences.json").read_text())[NAME]
    assert entry["licence"] == "MIT" and entry["text"] == RELEASE.licence_url
    assert entry["accepted"].startswith("20")
    assert not folder.accepted(replace(RELEASE, licence="CC-BY-NC-4.0")), "another licence is new"


def test_a_broken_connection_goes_on_where_it_stopped(hub: Hub, folder: WeightsFolder) -> None:
    hub.break_after = 300_000
    fetch(folder, RELEASE, quiet)
    assert hub.ranges[0] == ""
    assert hub.ranges[1].startswith("bytes=") and hub.ranges[1] != "bytes=0-"


def test_a_killed_download_goes_on_where_it_stopped(
    hub: Hub, folder: WeightsFolder, checkpoint: bytes
) -> None:
    half = len(checkpoint) // 2
    partial = folder.partial(RELEASE)
    partial.parent.mkdir(parents=True)
    partial.write_bytes(checkpoint[:half])
    sha256 = hub.files["somebody/tiny/model.ckpt"].sha256()
    partial.with_name("model.ckpt.part.json").write_text(json.dumps({"sha256": sha256}))
    fetch(folder, RELEASE, quiet)
    assert hub.ranges == [f"bytes={half}-"]


def test_the_rest_of_another_file_is_thrown_away(hub: Hub, folder: WeightsFolder) -> None:
    partial = folder.partial(RELEASE)
    partial.parent.mkdir(parents=True)
    partial.write_bytes(b"something else")
    partial.with_name("model.ckpt.part.json").write_text(json.dumps({"sha256": "0" * 64}))
    fetch(folder, RELEASE, quiet)
    assert hub.ranges == [""]


def test_damaged_bytes_are_thrown_away(hub: Hub, folder: WeightsFolder) -> None:
    hub.etag = "f" * 64
    assert refused(folder) == "download-damaged"
    assert not folder.partial(RELEASE).exists()


def test_only_the_known_file_is_fetched(hub: Hub, folder: WeightsFolder) -> None:
    assert refused(folder, replace(RELEASE, sha256="e" * 64)) == "weights-changed"
    assert hub.ranges == []


def test_a_wrong_revision_is_not_fetched(hub: Hub, folder: WeightsFolder) -> None:
    assert refused(folder, replace(RELEASE, revision="d" * 40)) == "weights-gone"
    assert hub.revisions == ["d" * 40] and hub.ranges == []


def test_the_first_commit_seen_is_kept(hub: Hub, folder: WeightsFolder) -> None:
    hub.break_after = 0
    hub.etag = "f" * 64
    assert refused(folder) == "download-damaged"
    hub.commit = "beef" * 10  # "main" moves on, the old commit is gone
    assert refused(folder) == "weights-gone"
    assert hub.revisions[0] == "main" and set(hub.revisions[1:]) == {COMMIT}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"error": "RepoNotFound"}, "weights-gone"),
        ({"error": "EntryNotFound"}, "weights-gone"),
        ({"status": 403}, "hub-refused"),
        ({"status": 500}, "hub-unreachable"),
        ({"etag": "not-a-hash"}, "hub-unreachable"),
        ({"size": 10**18}, "disk-full"),
    ],
)
def test_what_the_hub_says_is_told(
    change: dict[str, Any], code: str, hub: Hub, folder: WeightsFolder
) -> None:
    for name, value in change.items():
        setattr(hub, name, value)
    assert refused(folder) == code
    assert hub.ranges == []


def test_no_network(folder: WeightsFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(Hub()) as gone:
        pass
    asked_at(gone, monkeypatch)
    assert refused(folder) == "hub-unreachable"


def test_a_network_that_goes_away_in_the_middle(hub: Hub, folder: WeightsFolder) -> None:
    hub.break_after = 300_000

    def gone(step: str, share: float) -> None:
        hub.status = 503 if share > 0 else 0

    with pytest.raises(MaquetteError) as caught:
        fetch(folder, RELEASE, gone)
    assert caught.value.problem.code == "hub-unreachable"
    kept = folder.partial(RELEASE).stat().st_size
    assert 0 < kept <= 300_000, "what came is kept"
    hub.status = 0
    fetch(folder, RELEASE, quiet)
    assert hub.ranges == ["", f"bytes={kept}-"]


def test_a_server_that_never_sends_the_end_is_given_up(hub: Hub, folder: WeightsFolder) -> None:
    hub.size = hub.files["somebody/tiny/model.ckpt"].size + 1000
    assert refused(folder) == "hub-unreachable"
    assert 1 < len(hub.ranges) < 10


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_disk_that_fills_up(hub: Hub, folder: WeightsFolder) -> None:
    partial = folder.partial(RELEASE)
    partial.parent.mkdir(parents=True)
    partial.symlink_to("/dev/full")
    sha256 = hub.files["somebody/tiny/model.ckpt"].sha256()
    partial.with_name("model.ckpt.part.json").write_text(json.dumps({"sha256": sha256}))
    assert refused(folder) == "disk-full"
    partial.unlink()
    fetch(folder, RELEASE, quiet)
    assert folder.state(RELEASE) is WeightsState.PRESENT


class Harmful:
    """Unpickled by a careless program, this makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("where", ["fetched", "found"])
def test_a_hostile_pickle_is_not_run(
    where: str, hub: Hub, folder: WeightsFolder, tmp_path: Path, weights: dict[str, torch.Tensor]
) -> None:
    mark = tmp_path / "it-ran"
    data = pickled({**weights, "more": Harmful(mark)})
    if where == "fetched":
        hub.files["somebody/tiny/model.ckpt"] = Body(data)
        assert refused(folder) == "checkpoint-unsafe"
        assert not folder.partial(RELEASE).exists()
    else:
        place(folder, "model.ckpt", data)
        assert unusable(folder) == "checkpoint-unsafe"
    assert not mark.exists()


def old_form(data: Any) -> bytes:
    """As torch stored before it wrote archives."""
    out = io.BytesIO()
    torch.save(data, out, _use_new_zipfile_serialization=False)
    return out.getvalue()


@pytest.mark.parametrize("name", ["model.ckpt", "model.safetensors"])
@pytest.mark.parametrize(
    ("form", "code"),
    [
        (old_form, "checkpoint-unsafe"),
        (partial(pickle.dumps, protocol=2), "checkpoint-unsafe"),
        (partial(pickle.dumps, protocol=5), "checkpoint-unsafe"),
        (partial(pickle.dumps, protocol=0), "checkpoint-unreadable"),
    ],
    ids=["old form", "protocol 2", "protocol 5", "protocol 0"],
)
@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_hostile_pickle_of_another_form_is_not_run(
    form: Callable[[Any], bytes], code: str, name: str, folder: WeightsFolder, tmp_path: Path
) -> None:
    mark = tmp_path / "it-ran"
    place(folder, name, form({"more": Harmful(mark)}))
    assert unusable(folder) == code
    assert not mark.exists()


def test_the_old_form_of_torch_is_read(
    folder: WeightsFolder, weights: dict[str, torch.Tensor]
) -> None:
    place(folder, "model.ckpt", old_form(weights))
    assert load_model(folder, RELEASE, "cpu").config == CONFIG


def place(folder: WeightsFolder, name: str, data: bytes) -> None:
    """Put a file where a person would put what was fetched elsewhere."""
    assert folder.other is not None
    target = folder.other / NAME / name
    target.parent.mkdir(parents=True)
    target.write_bytes(data)
    assert folder.state(RELEASE) is WeightsState.FOUND


def unusable(folder: WeightsFolder) -> str:
    """The code with which the found file is refused."""
    with pytest.raises(MaquetteError) as caught:
        ready(folder, RELEASE)
    assert not folder.stored(RELEASE).exists()
    return caught.value.problem.code


def test_a_file_from_elsewhere_is_brought_in(folder: WeightsFolder, checkpoint: bytes) -> None:
    place(folder, "model.ckpt", checkpoint)
    assert load_model(folder, RELEASE, "cpu").config == CONFIG
    origin = folder.origin(RELEASE)
    assert origin is not None and origin.source.endswith("model.ckpt") and origin.proof == ""


def test_a_renamed_file_is_told_by_its_content(
    folder: WeightsFolder, checkpoint: bytes, weights: dict[str, torch.Tensor]
) -> None:
    place(folder, "model.safetensors", checkpoint)  # it is a pickle
    assert ready(folder, RELEASE).is_file()
    assert folder.other is not None
    folder.stored(RELEASE).unlink()
    (folder.other / NAME / "model.safetensors").unlink()
    (folder.other / NAME / "model.ckpt").write_bytes(save(weights))
    assert ready(folder, RELEASE).is_file()


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
@pytest.mark.parametrize("kind", ["pickle", "safetensors"])
def test_a_truncated_file_is_refused(
    share: float,
    kind: str,
    folder: WeightsFolder,
    checkpoint: bytes,
    weights: dict[str, torch.Tensor],
) -> None:
    data = checkpoint if kind == "pickle" else save(weights)
    place(folder, "model.ckpt", data[: int(len(data) * share)])
    assert unusable(folder) == "checkpoint-unreadable"


@pytest.mark.parametrize("data", [b"<html>not found</html>" * 50, pickled([1, 2]), pickled({})])
def test_something_else_is_refused(data: bytes, folder: WeightsFolder) -> None:
    place(folder, "model.ckpt", data)
    assert unusable(folder) == "checkpoint-unreadable"


def test_the_first_wrong_name_is_told(
    folder: WeightsFolder, weights: dict[str, torch.Tensor]
) -> None:
    for key, change, words in (
        ("backbone.proj_in.weight", None, "“backbone.proj_in.weight” is missing"),
        ("decoder.layers.0.weight", torch.zeros(2, 2), "has the shape (2, 2), not (16, 24)"),
        ("tokenizer.embeddings", torch.zeros(3, 64, 8, 8, dtype=torch.int64), "int64"),
        ("stranger", torch.zeros(1), "“stranger” does not belong to it"),
    ):
        wrong = {k: t for k, t in weights.items() if k != key}
        if change is not None:
            wrong[key] = change
        place(folder, "model.ckpt", pickled(wrong))
        with pytest.raises(MaquetteError) as caught:
            ready(folder, RELEASE)
        assert caught.value.problem.code == "checkpoint-wrong"
        assert words in caught.value.problem.message
        assert "Tiny TripoSR" in caught.value.problem.message
        assert folder.other is not None
        (folder.other / NAME / "model.ckpt").unlink()
        (folder.other / NAME).rmdir()


def test_parameters_inside_a_training_checkpoint(
    folder: WeightsFolder, weights: dict[str, torch.Tensor]
) -> None:
    """As InstantMesh's files: under a key, with a prefix, among others."""
    release = replace(RELEASE, inside="state_dict", prefix="lrm_generator.")
    inside = {f"lrm_generator.{key}": tensor for key, tensor in weights.items()}
    data = pickled({"epoch": 3, "state_dict": {**inside, "lpips.x": torch.zeros(3)}})
    place(folder, "model.ckpt", data)
    assert ready(folder, release).is_file()


def test_numbers_that_no_shape_shows_come_from_the_file(
    folder: WeightsFolder, weights: dict[str, torch.Tensor]
) -> None:
    """As OpenLRM 1.0's files."""
    release = replace(RELEASE, inside="weights")
    kwargs = {"model": {"transformer_heads": 2}, "infer": {"source_size": 48}}
    place(folder, "model.ckpt", pickled({"weights": weights, "kwargs": kwargs}))
    model = load_model(folder, release, "cpu")
    assert model.config.picture == 48 and model.config.planes.block.heads == 2


def test_stored_weights_that_changed_are_told(folder: WeightsFolder, checkpoint: bytes) -> None:
    place(folder, "model.ckpt", checkpoint)
    path = ready(folder, RELEASE)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    with pytest.raises(MaquetteError) as caught:
        verify(folder, RELEASE)
    assert caught.value.problem.code == "weights-damaged"


@pytest.mark.parametrize(
    "place_in",
    [
        "{name}.ckpt",
        "somebody/tiny/model.ckpt",
        "tiny/model.ckpt",
        "models--somebody--tiny/snapshots/1/model.ckpt",
    ],
)
def test_usual_places_in_the_other_folder(
    place_in: str, folder: WeightsFolder, checkpoint: bytes
) -> None:
    assert folder.other is not None
    path = folder.other / place_in.format(name=NAME)
    path.parent.mkdir(parents=True)
    path.write_bytes(checkpoint)
    assert folder.found(RELEASE) == path


def command(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run ``maquette weights``."""
    return subprocess.run(
        [sys.executable, "-m", "maquette.backend", "weights", "--folder", str(folder), *more],
        capture_output=True,
        text=True,
        check=False,
        env=dict(os.environ),
    )


def test_the_command_lists_and_refuses(tmp_path: Path, hub: Hub) -> None:
    listed = command(tmp_path, "list")
    assert listed.returncode == 0 and "triposr" in listed.stdout and "CC-BY-NC" in listed.stdout
    without = command(tmp_path, "fetch", "triposr")
    assert without.returncode == 1 and "licence-not-accepted" in without.stderr
    assert "MIT" in without.stdout and "--accept-licence" in without.stdout
    gone = command(tmp_path, "fetch", "triposr", "--accept-licence")
    assert gone.returncode == 1 and "weights-gone" in gone.stderr
    lines = command(tmp_path, "fetch", "triposr", "--json")
    assert json.loads(lines.stdout.splitlines()[-1])["problem"]["code"] == "weights-gone"
    unknown = command(tmp_path, "fetch", "other")
    assert unknown.returncode == 1 and "weights-unknown" in unknown.stderr
    # What comes with Maquette is there from the beginning.
    assert command(tmp_path, "verify").stdout == "render-x4: as published\n"
