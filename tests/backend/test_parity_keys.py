"""Every released model, at full size: names, shapes and counts, without any weights."""

from __future__ import annotations

import pytest
import torch
from parity import FOLDER, published_keys

from maquette.backend.networks.lrm import LargeReconstructor, parameter_count
from maquette.backend.networks.precision import halve
from maquette.backend.networks.published import MODELS


def file_of(name: str) -> str:
    """The stored list for a model's name."""
    if name.startswith("openlrm") and name.endswith("1.1"):
        return f"openlrm-{name.split('-')[2]}-1.1"
    if name.startswith("instantmesh"):
        return name.replace("instantmesh-", "instant_").replace("-", "_")
    return name


@pytest.mark.parametrize("name", MODELS)
def test_a_released_model_takes_and_gives_its_published_names(name: str) -> None:
    published = published_keys(file_of(name))
    state = {
        key.removeprefix("lrm_generator."): torch.empty(shape, device="meta")
        for key, shape in published["tensors"].items()
    }
    with torch.device("meta"):
        model = LargeReconstructor(MODELS[name])
    model.load_state_dict(state, strict=True, assign=True)
    assert parameter_count(model) == published["params"]
    given = {key: tensor.shape for key, tensor in model.state_dict().items()}
    assert given == {key: tensor.shape for key, tensor in state.items()}


def test_no_stored_list_of_a_reconstruction_model_is_left_out() -> None:
    stored = {path.stem for path in (FOLDER / "keys").glob("*.json")}
    others = {name for name in stored if name.lower().startswith("realesr")}
    assert stored - others == {file_of(name) for name in MODELS}


@pytest.mark.parametrize("name", MODELS)
def test_half_precision_takes_half_the_memory(name: str) -> None:
    with torch.device("meta"):
        model = LargeReconstructor(MODELS[name])
    whole = 4 * parameter_count(model)
    halve(model, torch.float16)
    half = sum(p.numel() * p.element_size() for p in model.parameters())
    assert half < 0.52 * whole and half < 0.92e9


def test_a_missing_and_an_unexpected_name_are_not_accepted() -> None:
    published = published_keys("triposr")["tensors"]
    state = {key: torch.empty(shape, device="meta") for key, shape in published.items()}
    state["other.weight"] = state.pop("tokenizer.embeddings")
    with torch.device("meta"):
        model = LargeReconstructor(MODELS["triposr"])
    with pytest.raises(RuntimeError, match="Missing key"):
        model.load_state_dict(state, strict=True, assign=True)
