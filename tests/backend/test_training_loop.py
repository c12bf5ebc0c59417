"""The training loop on a small network: it learns, it goes on exactly, it copes with trouble."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from maquette.backend.training.config_file import build, find_config, read_table
from maquette.backend.training.configured import configured
from maquette.backend.training.journal import read_log
from maquette.backend.training.loop import Done, start, train
from maquette.backend.training.plan import Schedule, Shape
from maquette.backend.training.processes import Group
from maquette.backend.training.saving import checkpoint_exists, read_checkpoint, write_checkpoint
from maquette.backend.training.stepping import Run, step
from maquette.backend.training.store import columns_of, save_shard
from maquette.backend.training.tensor_batch import TensorBatch
from maquette.core.errors import MaquetteError
from maquette.core.protocol import CATEGORIES

ALONE = Group(0, 1, torch.device("cpu"))
SUPPORT = Path(__file__).parent / "support"
#: Packages of the service that a machine which only trains may lack.
BARE_OF = (
    "fastapi",
    "fast_simplification",
    "huggingface_hub",
    "psutil",
    "pydantic",
    "requests",
    "safetensors",
    "scipy",
    "skimage",
    "tensorboard",
    "tifffile",
    "tqdm",
    "trimesh",
    "xatlas",
)
CONFIG = """
task = "furniture"
[schedule]
steps = 16
batch = 4
rate = 2e-3
warmup = 2
[machine]
workers = 0
[record]
log = 1
save_minutes = 0
tensorboard = false
[data]
points = 64
folders = [{ path = "SHARDS" }]
validation = [{ path = "SHARDS" }]
[model]
picture = 64
widths = [8, 16, 32, 64]
features = 8
encoder_layers = 1
triplane_width = 64
triplane_layers = 1
triplane_channels = 4
decoder_width = 32
decoder_layers = 1
"""


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    for seed in range(2):
        pieces = [(category, seed) for category in CATEGORIES]
        save_shard(folder / "shards" / str(seed), columns_of(pieces, views=2, edge=64))
    path = folder / "small.toml"
    path.write_text(CONFIG.replace("SHARDS", (folder / "shards").as_posix()))
    return path


def _run(config: Path, out: Path, *changes: str) -> Run:
    plan, task = configured(read_table(config, changes))
    return Run(plan, task, ALONE, out)


def _train(run: Run, resume: bool = False, minutes: float | None = None) -> Done:
    return train(run, start(run, resume), minutes)


def _losses(folder: Path) -> list[tuple[int, float, float]]:
    """Step, loss and gradient norm, as they were written: with every digit."""
    return [(e["step"], e["loss"], e["norm"]) for e in read_log(folder) if "loss" in e]


class Strained:
    """A task with trouble put in front of its losses."""

    def __init__(self, task: Any, trouble: Any) -> None:
        self._task, self._trouble = task, trouble

    def __getattr__(self, name: str) -> Any:
        return getattr(self._task, name)

    def losses(self, model: Any, batch: Any, moment: Any) -> Any:
        return self._trouble(self._task.losses(model, batch, moment), batch, moment)


@dataclasses.dataclass(frozen=True)
class Pairs(TensorBatch):
    x: torch.Tensor
    y: torch.Tensor


class Line:
    """The smallest task there is: a straight line through pairs."""

    def build(self) -> torch.nn.Module:
        return torch.nn.Linear(3, 1)

    def weights(self) -> dict[str, float]:
        return {"square": 1.0}

    def source(self, validation: bool) -> Line:
        return self

    def draw(self, portion: Any, rng: Any) -> Pairs:
        x = torch.from_numpy(rng.normal(size=(portion.size, 3)).astype("float32"))
        return Pairs(x, x.sum(dim=1, keepdim=True))

    def losses(self, model: Any, batch: Pairs, moment: Any) -> dict[str, torch.Tensor]:
        return {"square": (model(batch.x) - batch.y).square().mean()}

    def describe(self) -> dict[str, Any]:
        return {"kind": "line"}

    def finish(self, model: Any, folder: Path) -> str:
        return ""


def _on_a_line(run: Run) -> Run:
    return dataclasses.replace(run, task=Line())


def _strained(run: Run, trouble: Any) -> Run:
    return dataclasses.replace(run, task=Strained(run.task, trouble))


@pytest.fixture(scope="module")
def whole(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nobody disturbed."""
    out = tmp_path_factory.mktemp("whole")
    assert _train(_run(config, out)) == Done("finished", 16, 64)
    return out


def test_it_learns(whole: Path) -> None:
    entries = [e for e in read_log(whole) if "loss" in e]
    assert [e["step"] for e in entries] == list(range(1, 17))
    last = entries[-4:]
    assert sum(e["reprojection"] for e in last) / 4 < 0.6 * entries[0]["reprojection"]
    assert sum(e["occupancy"] for e in last) / 4 < 0.9 * entries[0]["occupancy"]


def test_after_a_kill_every_loss_is_the_same_to_the_bit(
    config: Path, whole: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "maquette.backend", "train", str(config)]
    child = subprocess.Popen([*command, "--out", str(tmp_path)], stdout=subprocess.DEVNULL)
    while len(_losses(tmp_path)) < 7 and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    done = read_checkpoint(tmp_path / "last.pt")["step"]
    assert 0 < done < 16
    assert _train(_run(config, tmp_path), resume=True).step == 16
    assert _losses(tmp_path) == _losses(whole)
    ours, theirs = (read_checkpoint(p / "last.pt") for p in (tmp_path, whole))
    for name in ("model", "averaged"):
        for key, value in theirs[name].items():
            assert torch.equal(value, ours[name][key]), key


def test_it_stops_in_time_and_keeps_the_schedule(config: Path, whole: Path, tmp_path: Path) -> None:
    first = _train(_run(config, tmp_path), minutes=0)
    assert first == Done("stopped", 1, 4)
    assert json.loads((tmp_path / "run.json").read_text())["reason"] == "stopped"
    assert _train(_run(config, tmp_path), resume=True) == Done("finished", 16, 64)
    assert _losses(tmp_path) == _losses(whole)


def test_muon_goes_on_to_the_bit(config: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert _train(_run(config, whole, 'optimiser.method="muon"')).step == 16
    assert _train(_run(config, parts, 'optimiser.method="muon"'), minutes=0).step == 1
    assert _train(_run(config, parts, 'optimiser.method="muon"'), resume=True).step == 16
    assert _losses(parts) == _losses(whole)


def test_the_encoder_can_be_taught_alone(config: Path, tmp_path: Path) -> None:
    off = [f"losses.{name}=0.0" for name in ("distance", "occupancy", "overlap", "colour")]
    assert _train(_run(config, tmp_path, *off), minutes=0).step == 1
    before = read_checkpoint(tmp_path / "last.pt")["model"]
    assert _train(_run(config, tmp_path, *off), resume=True).step == 16
    entries = [e for e in read_log(tmp_path) if "loss" in e]
    assert all(e["distance"] == e["occupancy"] == 0 for e in entries)
    assert sum(e["reprojection"] for e in entries[-4:]) / 4 < 0.7 * entries[0]["reprojection"]
    after = read_checkpoint(tmp_path / "last.pt")["model"]
    moved = {name for name, t in after.items() if not torch.equal(t, before[name])}
    assert not any(name.startswith(("decoder.", "triplane.")) for name in moved)
    assert {"surface.weight", "category.weight"} <= moved


def test_a_signal_ends_a_run_after_its_step(config: Path, tmp_path: Path) -> None:
    def ask(terms: Any, batch: Any, moment: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return terms

    before = signal.getsignal(signal.SIGTERM)
    done = _train(_strained(_run(config, tmp_path), ask))
    assert done == Done("stopped", 1, 4)
    assert signal.getsignal(signal.SIGTERM) is before
    assert read_checkpoint(tmp_path / "last.pt")["step"] == 1


def test_out_of_memory_halves_the_portion_and_goes_on(config: Path, tmp_path: Path) -> None:
    sizes = []

    def full(terms: Any, batch: Any, moment: Any) -> Any:
        sizes.append(len(batch))
        if len(batch) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return terms

    run = _run(config, tmp_path, "schedule.steps=2")
    state = start(run, False)
    done = train(_strained(run, full), state)
    assert done == Done("finished", 2, 8)
    assert sizes == [4, 2, 1, 1, 1, 1, 1, 1, 1, 1]
    assert state.micro == 1
    told = [e for e in read_log(tmp_path) if e.get("event") == "memory"]
    assert [e["micro"] for e in told] == [2, 1]
    again = start(run, True)
    assert again.micro == 1


def test_no_memory_for_one_sample_is_told(config: Path, tmp_path: Path) -> None:
    def full(terms: Any, batch: Any, moment: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(MaquetteError, match="single sample") as caught:
        _train(_strained(_run(config, tmp_path), full))
    assert caught.value.problem.code == "out-of-memory"


def test_uneven_portions_add_up_to_the_batch(config: Path, tmp_path: Path) -> None:
    x = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    batch = Pairs(x, x.sum(dim=1, keepdim=True))
    found = []
    for micro in (0, 3, 1):
        run = _on_a_line(_run(config, tmp_path, f"machine.micro={micro}"))
        state = start(run, False)
        terms, norm, _ = step(run, state, batch)
        found.append((float(terms["loss"]), norm, state.model.weight.detach().clone()))
    for loss, norm, weight in found[1:]:
        assert (loss, norm) == pytest.approx(found[0][:2], rel=1e-5)
        assert torch.allclose(weight, found[0][2], rtol=1e-5)


def test_steps_whose_gradients_are_no_numbers_are_left_out(config: Path, tmp_path: Path) -> None:
    calls = []

    def broken(terms: Any, batch: Any, moment: Any) -> Any:
        calls.append(0)
        factor = math.nan if len(calls) == 2 else 1.0
        return {name: term * factor for name, term in terms.items()}

    run = _on_a_line(_run(config, tmp_path, "schedule.steps=3"))
    state = start(run, False)
    train(_strained(run, broken), state)
    assert all(torch.isfinite(p).all() for p in state.model.parameters())
    assert [e["step"] for e in read_log(tmp_path) if e.get("event") == "skipped"] == [1]

    def always(terms: Any, batch: Any, moment: Any) -> Any:
        return {name: term * math.nan for name, term in terms.items()}

    with pytest.raises(MaquetteError) as caught:
        _train(_strained(_on_a_line(_run(config, tmp_path / "b", "schedule.steps=30")), always))
    assert caught.value.problem.code == "training-diverged"


def test_it_ends_when_nothing_improves(config: Path, tmp_path: Path) -> None:
    changes = ("record.validate=1", "record.patience=2", "record.batches=1", "schedule.rate=1e-30")
    run = _on_a_line(_run(config, tmp_path, *changes, "optimiser.decay=0.0"))
    state = start(run, False)
    done = train(run, state)
    assert done.reason == "no-improvement"
    assert done.step < 16
    assert state.waited == 2
    assert read_checkpoint(tmp_path / "best.pt")["best"] == state.best


def test_tensorboard_is_told_every_term_once(config: Path, tmp_path: Path) -> None:
    events = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    changes = ("schedule.steps=6", "record.tensorboard=true", "record.save_minutes=0")
    run = _on_a_line(_run(config, tmp_path, *changes))
    train(run, start(run, False), minutes=0)
    train(run, start(run, True))
    board = events.EventAccumulator(str(tmp_path / "tensorboard"))
    board.Reload()
    assert {"loss", "square", "norm", "rate"} <= set(board.Tags()["scalars"])
    shown = [(e.step, pytest.approx(e.value, rel=1e-5)) for e in board.Scalars("loss")]
    assert shown == [(number, loss) for number, loss, _ in _losses(tmp_path)]
    assert len(shown) == 6


def test_previews_show_pictures_and_meshes(config: Path, whole: Path, tmp_path: Path) -> None:
    run = _run(config, tmp_path)
    state = start(run, False)
    state.take(read_checkpoint(whole / "last.pt"))
    sheet = run.task.preview(state.averaged.eval(), ALONE.device)
    assert sheet is not None
    rows, columns = sheet.shape[0] // 128, sheet.shape[1] // 128
    assert (rows, columns, sheet.dtype) == (6, 3, np.uint8)
    # Something other than the ground is seen in every picture.
    for row in range(rows):
        assert sheet[row * 128 : row * 128 + 128, :128].std() > 3


def test_nothing_but_torch_numpy_and_pillow_is_needed(config: Path, tmp_path: Path) -> None:
    script = f"""
import sys
sys.modules.update(dict.fromkeys({BARE_OF!r}))
from maquette.backend.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    words = ["train", str(config), "--out", str(tmp_path / "run"), "--minutes", "0"]
    more = ["--set", "record.tensorboard=true", "--pieces", "0.25", "--resume"]
    subprocess.run([sys.executable, "-c", script, *words, *more], check=True)
    assert checkpoint_exists(tmp_path / "run" / "last.pt")
    assert not (tmp_path / "run" / "last.pt").exists()
    assert not (tmp_path / "run" / "tensorboard").exists()


def test_two_processes_train_one_model(config: Path, tmp_path: Path) -> None:
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    script = [str(SUPPORT / "two_trainers.py"), str(config), str(tmp_path)]
    subprocess.run([*launch, *script], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    told = [json.loads((tmp_path / f"rank{i}.json").read_text()) for i in (0, 1)]
    # Memory failed in the second process alone, and both went on with smaller portions.
    assert [t["micro"] for t in told] == [1, 1]
    assert told[0]["weights"] == told[1]["weights"]
    assert told[0]["drawn"] != told[1]["drawn"]
    assert [t["samples"] for t in told] == [12, 12]
    assert len(_losses(tmp_path)) == 3
    # Of gradients 1 and 2, of 1 and none, and of the numbers 10 and 20 both got the means.
    assert [t["shared"] for t in told] == [[1.5, 1.5, 0.5, 0.5, 15.0]] * 2
    assert [t["orthogonals"] for t in told] == [True, True]
    # A thread that outlives the group can abort a process that has done all of its work.
    assert [t["threads"] for t in told] == [0, 0]


def test_checkpoints_in_pieces_come_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "last.pt"
    data = {"step": 3, "weights": torch.arange(100_000.0)}
    write_checkpoint(data, path)
    write_checkpoint(data, path, 100_000)
    assert not path.exists()
    pieces = sorted(tmp_path.glob("last.pt.00000003.*"))
    assert len(pieces) >= 4
    assert max(p.stat().st_size for p in pieces) <= 100_000
    assert torch.equal(read_checkpoint(path)["weights"], data["weights"])
    write_checkpoint(data | {"step": 4}, path, 200_000)
    assert read_checkpoint(path)["step"] == 4
    assert not any(p.exists() for p in pieces)
    next(tmp_path.glob("*.000")).write_bytes(b"changed")
    with pytest.raises(MaquetteError) as caught:
        read_checkpoint(path)
    assert caught.value.problem.code == "checkpoint-unreadable"
    write_checkpoint(data, path)
    assert [p.name for p in tmp_path.iterdir()] == ["last.pt"]
    assert checkpoint_exists(path)


def test_compact_checkpoints_are_half_as_large_and_go_on(
    config: Path, whole: Path, tmp_path: Path
) -> None:
    run = _run(config, tmp_path, "record.compact=true", "record.piece_mb=0.25")
    assert _train(run, minutes=0).reason == "stopped"
    size = sum(p.stat().st_size for p in tmp_path.glob("last.pt*"))
    assert size < 0.65 * (whole / "last.pt").stat().st_size
    again = _train(run, resume=True)
    assert again == Done("finished", 16, 64)
    ours, theirs = _losses(tmp_path), _losses(whole)
    assert ours != theirs
    assert [loss for _, loss, _ in ours[:4]] == pytest.approx(
        [x for _, x, _ in theirs[:4]], rel=0.1
    )


def test_a_checkpoint_of_another_model_is_refused(config: Path, whole: Path) -> None:
    with pytest.raises(MaquetteError) as caught:
        start(_run(config, whole, "model.features=12"), True)
    assert caught.value.problem.code == "checkpoint-other-model"


def test_rates_rise_and_fall() -> None:
    cosine = Schedule(steps=100, warmup=10, rate=1.0, floor=0.1)
    assert cosine.rate_at(0) == pytest.approx(0.1)
    assert cosine.rate_at(50) == pytest.approx(0.55)
    assert cosine.rate_at(100) == pytest.approx(0.1)
    line = Schedule(samples=1000, batch=10, warmup=0, rate=1.0, shape=Shape.TRAPEZOID)
    assert line.total == 100
    assert [line.rate_at(s) for s in (0, 79, 90)] == pytest.approx([1, 1, 0.5])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("schedule.warm=3", "schedule.warm"),
        ("schedule.batch=many", "whole number"),
        ("schedule.rate=fast", "a number"),
        ("schedule.shape=square", "cosine, trapezoid"),
        ("schedule.samples=5", "one of samples and steps"),
        ("optimiser.betas=[0.9]", "2 values"),
        ("model.widths=3", "a list"),
        ("task=painting", "furniture"),
        ("data.folders=[{share=1.0}]", "path"),
        ("machine", "section.key=value"),
    ],
)
def test_a_wrong_configuration_is_explained(config: Path, change: str, message: str) -> None:
    with pytest.raises(MaquetteError, match=message) as caught:
        configured(read_table(config, [change]))
    assert caught.value.problem.code == "config-wrong"


def test_shipped_configurations_can_be_read() -> None:
    folder = find_config("furniture").parent
    for path in folder.glob("*.toml"):
        plan, _ = configured(read_table(path))
        assert plan.schedule.total > 0
    with pytest.raises(MaquetteError, match="furniture"):
        find_config("nothing")
    assert build(Schedule, {"steps": 3}).total == 3
