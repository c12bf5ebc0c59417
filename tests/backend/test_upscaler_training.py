"""The upscaler's trainer: its data fits, it learns, it goes on exactly, and its file is usable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_datasets import make_dataset
from safetensors.torch import save_file
from tiny_upscaler import scene
from torch.nn import functional as F

from maquette.backend.cli import run
from maquette.backend.imaging.picture_file import Picture
from maquette.backend.imaging.upscaler_loading import load_upscaler
from maquette.backend.imaging.upscaling import enlarge
from maquette.backend.networks.esrgan import Compact
from maquette.backend.training.upscaler_beginning import CARRIED, begin_as_bicubic
from maquette.backend.training.upscaler_bodies import body, write_bodies
from maquette.backend.training.upscaler_loop import UpscalerPlan, resume, save, start, train_step
from maquette.backend.training.upscaler_losses import (
    Discriminator,
    Perception,
    deceiving_loss,
    judged_loss,
    nearness,
)
from maquette.backend.training.upscaler_pairs import Pair, draw_crops, read_pairs
from maquette.backend.training.upscaler_train import WEIGHTS, train

SMALL = UpscalerPlan(
    steps=24, batch=4, edge=12, width=32, convolutions=2, warmup=2, average=0.9, rate=2e-3, seed=3
)


@pytest.fixture(autouse=True)
def keep_threads() -> Iterator[None]:
    """The command chooses its threads, and other tests would round as it does."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def pairs(dark: int = 40) -> list[Pair]:
    """Checked discs over nothing: the low ones are the high ones, averaged over pixels."""
    made = []
    for index in range(4):
        y, x = np.mgrid[:128, :128]
        high = np.zeros((128, 128, 4), np.uint8)
        high[..., :3] = np.where((x // 21 + y // (26 + index)) % 2, 210, dark)[..., None]
        high[..., 3] = np.where(np.hypot(x - 60, y - 66) < 40 + 4 * index, 255, 0)
        low = high.reshape(32, 4, 32, 4, 4).mean((1, 3)).round().astype(np.uint8)
        made.append(Pair(f"disc/{index:03d}", low, high))
    return made


def numbers(module: torch.nn.Module) -> torch.Tensor:
    """All parameters in a row."""
    return torch.cat([p.detach().flatten() for p in module.parameters()])


def test_a_few_steps_bring_the_loss_down() -> None:
    plan = replace(SMALL, steps=150, edge=16)
    state, data = start(plan), pairs()
    crops = draw_crops(data, np.random.default_rng(9), 12, 16)
    low, high, weight = map(torch.from_numpy, (crops.low, crops.high, crops.weight))

    def loss() -> float:
        with torch.no_grad():
            return float(nearness(state.model(low), high, weight))

    before = loss()
    for _ in range(plan.steps):
        train_step(state, data, plan, None)
    assert loss() < 0.9 * before


@pytest.mark.parametrize("adversarial", [0.0, 0.1])
def test_a_resumed_run_ends_at_the_same_numbers(tmp_path: Path, adversarial: float) -> None:
    plan = replace(SMALL, steps=6, adversarial=adversarial, adversarial_from=0.3)
    data = pairs()
    through = start(plan)
    for _ in range(6):
        train_step(through, data, plan, None)
    first = start(plan)
    for _ in range(3):
        train_step(first, data, plan, None)
    save(first, plan, tmp_path / "last.pt")
    second = resume(plan, tmp_path / "last.pt")
    assert second.step == 3
    for _ in range(3):
        train_step(second, data, plan, None)
    assert torch.equal(numbers(second.model), numbers(through.model))
    assert torch.equal(numbers(second.averaged), numbers(through.averaged))
    if through.judge is not None and second.judge is not None:
        assert torch.equal(numbers(second.judge), numbers(through.judge))
    other = replace(plan, width=24)
    with pytest.raises(Exception, match="checkpoint-wrong"):
        resume(other, tmp_path / "last.pt")


def test_the_discriminator_learns_and_moves_the_network() -> None:
    plan = replace(SMALL, steps=8, adversarial=0.2, adversarial_from=0.5)
    state, data = start(plan), pairs()
    told = [train_step(state, data, plan, None) for _ in range(8)]
    assert ["judged" in terms for terms in told] == [False] * 4 + [True] * 4
    assert all(np.isfinite(list(terms.values())).all() for terms in told)
    alone, plain = start(replace(plan, adversarial=0.0)), replace(plan, adversarial=0.0)
    for _ in range(8):
        train_step(alone, data, plain, None)
    assert not torch.equal(numbers(alone.model), numbers(state.model))


def test_the_relativistic_losses_are_those_of_the_paper() -> None:
    """ESRGAN, equations 1 and 2, written out."""
    real, made = torch.tensor([0.3, 1.2]), torch.tensor([-0.4, 0.8])
    d_real, d_made = torch.sigmoid(real - made.mean()), torch.sigmoid(made - real.mean())
    judged = -d_real.log().mean() - (1 - d_made).log().mean()
    deceiving = -(1 - d_real).log().mean() - d_made.log().mean()
    assert judged_loss(real, made) == pytest.approx(float(judged) / 2)
    assert deceiving_loss(real, made) == pytest.approx(float(deceiving) / 2)


def test_the_discriminator_can_tell() -> None:
    torch.manual_seed(0)
    judge = Discriminator(8)
    optimizer = torch.optim.Adam(judge.parameters(), 2e-3)
    real, made = torch.rand(4, 3, 16, 16), torch.full((4, 3, 16, 16), 0.5)
    losses = []
    for _ in range(25):
        logits = judge(real), judge(made)
        assert logits[0].shape == (4, 1, 16, 16)
        loss = judged_loss(*logits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_what_cannot_be_seen_does_not_count() -> None:
    truth, weight = torch.zeros(1, 3, 4, 4), torch.zeros(1, 1, 4, 4)
    weight[..., :2] = 1
    made = torch.full_like(truth, 0.25)
    made[..., 2:] = 9
    assert nearness(made, truth, weight) == pytest.approx(0.25)


def test_features_are_compared_where_weights_are_given(tmp_path: Path) -> None:
    torch.manual_seed(0)
    blank = Perception()
    names = {f"features.{i}.{kind}" for i in (0, 16, 34) for kind in ("weight", "bias")}
    assert names <= set(blank.state_dict())
    assert blank.features[34].weight.shape == (512, 512, 3, 3)
    path = tmp_path / "vgg19.safetensors"
    rest = {"classifier.0.weight": torch.zeros(2)}
    save_file({**{k: t.half() for k, t in blank.state_dict().items()}, **rest}, path)
    perception = Perception.read(path)
    made = torch.rand(1, 3, 32, 32, requires_grad=True)
    assert float(perception(made, made)) == 0.0
    perception(made, torch.rand(1, 3, 32, 32)).backward()
    assert made.grad is not None and bool(made.grad.abs().sum() > 0)


@pytest.mark.parametrize("scale", [2, 4])
def test_an_untrained_network_interpolates(scale: int) -> None:
    model = Compact(2 * CARRIED + 3, 3, scale)
    begin_as_bicubic(model)
    x = torch.rand(1, 3, 14, 14, generator=torch.Generator().manual_seed(1))
    expected = F.interpolate(x, scale_factor=scale, mode="bicubic", align_corners=False)
    inner = slice(4 * scale, -4 * scale)
    with torch.no_grad():
        off = (model(x) - expected)[..., inner, inner].abs()
    assert off.max() < 0.02
    narrow = Compact(8, 2, scale)
    before = numbers(narrow).clone()
    begin_as_bicubic(narrow)
    assert torch.equal(before, numbers(narrow))


def test_crops_are_registered_and_of_all_kinds() -> None:
    crops = draw_crops(pairs(dark=210), np.random.default_rng(0), 60, 12)
    assert crops.low.shape == (60, 3, 12, 12) and crops.high.shape == (60, 3, 48, 48)
    mean = crops.high.reshape(60, 3, 12, 4, 12, 4).mean((3, 5))
    assert np.abs(mean - crops.low).max() < 0.01
    assert len({float(colour) for colour in crops.low[:, 0].max((1, 2))}) > 5
    assert crops.weight[0, 0, 0, 0] < 0.5


def test_pairs_must_be_the_same_view(tmp_path: Path) -> None:
    low = make_dataset(tmp_path / "low", assets=2, views=2, size=16, passes=("rgba",))
    high = make_dataset(tmp_path / "high", assets=2, views=2, size=64, passes=("rgba",))
    read = read_pairs(low, high)
    assert len(read) == 4
    for pair in read:
        assert [4 * edge for edge in pair.low.shape[:2]] == list(pair.high.shape[:2])
    with pytest.raises(Exception, match="pairs-differ"):
        read_pairs(low, make_dataset(tmp_path / "x", assets=2, size=48, passes=("rgba",)))


def test_a_run_leaves_weights_that_the_product_uses(tmp_path: Path) -> None:
    plan = replace(SMALL, steps=4)
    said: list[str] = []
    train(start(plan), pairs(), plan, tmp_path, said.append)
    loaded = load_upscaler([tmp_path / WEIGHTS], "ours", "cpu", half=False)
    assert isinstance(loaded.model, Compact)
    picture = Picture(scene(20, 24, 4), True)
    made = np.concatenate(list(enlarge(picture, loaded, 4).rows))
    assert made.shape == (80, 96, 4)
    told = json.loads((tmp_path / "run.json").read_text())
    assert (told["steps"], told["plan"]["seed"]) == (4, 3)


def test_the_command_trains_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    low = make_dataset(tmp_path / "low", assets=2, views=1, size=16, passes=("rgba",))
    high = make_dataset(tmp_path / "high", assets=2, views=1, size=64, passes=("rgba",))
    call = ["train-upscaler", "--pairs", str(low), str(high), "--out", str(tmp_path / "run")]
    more = ["--batch", "2", "--edge", "12", "--width", "8", "--convolutions", "1"]
    assert run([*call, *more, "--steps", "2"]) == 0
    assert "no weights for it" in capsys.readouterr().out
    assert run([*call, *more, "--steps", "3"]) == 0
    assert "from step 2" in capsys.readouterr().out
    assert (tmp_path / "run" / WEIGHTS).is_file()


def test_bodies_are_textured_and_depend_on_the_seed(tmp_path: Path) -> None:
    first, second = body(1), body(1)
    assert first.export(file_type="glb") == second.export(file_type="glb")
    (path,) = write_bodies(tmp_path, 1, 7)
    import trimesh

    back = trimesh.load(path, force="scene")
    for part in back.geometry.values():
        assert part.visual.uv is not None
        assert part.visual.material.baseColorTexture.size == (512, 512)
