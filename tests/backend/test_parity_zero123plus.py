"""Zero123++: six views from one picture, as its published pipeline draws them.

The stored sheet was drawn by that pipeline with tiny random parts and a seed.
"""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from parity import FOLDER
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from service_rig import picture
from tiny_models import tiny_engine

from maquette.backend.engines import drawn_views as drawing
from maquette.backend.engines import instantmesh
from maquette.backend.engines.base import View
from maquette.backend.engines.instantmesh import InstantMesh, drawn_views, white_unet
from maquette.core.errors import MaquetteError
from maquette.core.protocol import Detail, JobSettings

NAME = "instantmesh-nerf-base"
RGBA = np.asarray(picture())
needs_diffusers = pytest.mark.skipif(
    find_spec("diffusers") is None or find_spec("transformers") is None,
    reason="the extra “views” (diffusers, transformers) is not installed",
)


def quiet(stage: Any, share: float) -> None:
    """Nobody looks."""


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Path, dict[str, torch.Tensor], dict[str, Any]]:
    """The tiny parts as a folder, the tensors to compare, and how they were drawn."""
    with safe_open(FOLDER / "zero123plus.safetensors", "pt") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        told = file.metadata()
    for name, text in json.loads(told["files"]).items():
        path = tmp_path / "zero123plus-v1.2" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    parts: dict[str, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        if key.startswith("sd."):
            _, part, name = key.split(".", 2)
            parts.setdefault(part, {})[name] = tensor
    for part, state in parts.items():
        file_name = "model" if part.endswith("encoder") else "diffusion_pytorch_model"
        target = tmp_path / "zero123plus-v1.2" / part / f"{file_name}.safetensors"
        save_file(state, target, {"format": "pt"})
    return tmp_path / "zero123plus-v1.2", tensors, json.loads(told["config"])


@needs_diffusers
def test_the_sheet_is_the_published_pipelines(stored: Any) -> None:
    from maquette.backend.engines.drawn_views import ViewArtist

    folder, tensors, told = stored
    artist = ViewArtist.read(folder, None, "cpu")
    sheet = artist.sheet(
        Image.fromarray(tensors["in.picture"].numpy()),
        torch.Generator().manual_seed(told["seed"]),
        told["steps"],
        lambda share: None,
        told["height"],
        told["width"],
    )
    assert torch.allclose(sheet.clamp(0, 1), tensors["out.sheet"], atol=1e-4)


@needs_diffusers
def test_a_hostile_network_is_not_run(stored: Any, tmp_path: Path) -> None:
    from maquette.backend.engines.drawn_views import ViewArtist

    mark = tmp_path / "it-ran"
    unet = tmp_path / "diffusion_pytorch_model.bin"
    torch.save({"x": Harmful(mark)}, unet)
    assert white_unet(stored[0]) == unet
    with pytest.raises(MaquetteError) as caught:
        ViewArtist.read(stored[0], unet, "cpu")
    assert caught.value.problem.code == "checkpoint-unsafe" and not mark.exists()


def test_drawn_views_have_the_cameras_of_the_trainers() -> None:
    stored = tiny_engine(NAME)[1]["in.cameras"][0].numpy()
    turn = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    posed = drawn_views([View(RGBA)] * 6, 320, turn)
    assert np.allclose(posed.cameras, stored, atol=1e-4)


class Harmful:
    """Unpickled by a careless program, this makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


class Copyist:
    """Draws the same picture six times."""

    def draw(self, rgba: np.ndarray, seed: int, progress: Any) -> list[np.ndarray]:
        progress(1.0)
        sheet = np.full((48, 48, 3), 255, np.uint8)
        sheet[10:40, 15:35] = (200, 30, seed)
        return [sheet] * 6


def test_one_picture_is_enough_with_a_model_that_draws(
    stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, _ = tiny_engine(NAME)
    assert isinstance(engine, InstantMesh)
    monkeypatch.setenv("MAQUETTE_CHECKPOINTS", str(stored[0].parent))
    monkeypatch.setattr(instantmesh, "_ARTIST_PACKAGES", ("numpy",))
    assert engine.info().fewest == 1
    engine._artist = Copyist()  # type: ignore[assignment]
    prepared = engine.prepare(engine._draw(View(RGBA), 7, quiet))
    assert prepared.images.shape == (1, 6, 3, 48, 48)
    # Every view is laid over white again, as it was drawn.
    assert prepared.images[0, :, 2].amin() == pytest.approx(7 / 255, abs=0.05)
    assert prepared.images.amax() == 1.0


def test_a_card_too_small_to_draw_leaves_it_to_the_processor(
    stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, _ = tiny_engine(NAME)
    assert isinstance(engine, InstantMesh)
    monkeypatch.setenv("MAQUETTE_CHECKPOINTS", str(stored[0].parent))
    monkeypatch.setattr(instantmesh, "_ARTIST_PACKAGES", ("numpy",))
    engine._device = "cpu:0"  # stands for a card; there may be none here
    devices: list[str] = []

    def read(folder: Path, white: Path | None, device: str) -> Copyist:
        devices.append(device)
        if device != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return Copyist()

    monkeypatch.setattr(drawing.ViewArtist, "read", read)
    assert len(engine._draw(View(RGBA), 7, quiet)) == 6
    assert devices == ["cpu:0", "cpu"]
    assert any("processor" in note for note in engine._drawing_notes())
    engine._draw(View(RGBA), 7, quiet)
    assert devices == ["cpu:0", "cpu"], "what was read stays"


def test_one_picture_is_refused_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine, _ = tiny_engine(NAME)
    monkeypatch.setenv("MAQUETTE_CHECKPOINTS", str(tmp_path))
    assert engine.info().fewest == 2
    with pytest.raises(MaquetteError) as caught:
        engine.reconstruct([View(RGBA)], JobSettings(detail=Detail.DRAFT), quiet)
    assert caught.value.problem.code == "pictures-few"
    assert "Zero123++" in caught.value.problem.message
