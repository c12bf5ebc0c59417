"""Numbers of the published code, with tiny random weights, to compare ours with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor

from maquette.backend.networks.lrm import LargeReconstructor, ModelConfig

FOLDER = Path(__file__).parents[1] / "parity"
#: (atol, rtol) by what is compared; ten times what rounding alone makes, or more.
CLOSE = (1e-4, 1e-4)
EXP_DENSITY = (1e-3, 1e-3)
PICTURE = (2e-4, 1e-4)
DEPTH = (1e-3, 1e-3)
EXACT = (1e-5, 1e-5)


@dataclass(frozen=True)
class Fixture:
    """One file: its tensors without the weights, the weights, and the sizes."""

    tensors: dict[str, Tensor]
    weights: dict[str, Tensor]
    config: dict[str, Any]

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]

    def check(self, name: str, ours: Tensor, within: tuple[float, float] = CLOSE) -> None:
        """Ours must be the stored tensor within (atol, rtol)."""
        theirs = self.tensors[name]
        assert ours.shape == theirs.shape, (name, ours.shape, theirs.shape)
        atol, rtol = within
        off = (ours.double() - theirs.double()).abs() - rtol * theirs.double().abs()
        assert float(off.max()) <= atol, f"{name} is off by {float(off.max()):.3g}"

    def model(self, config: ModelConfig) -> LargeReconstructor:
        """The product's model with the stored weights, under their published names."""
        model = LargeReconstructor(config)
        model.load_state_dict(self.weights, strict=True)
        return model.eval().requires_grad_(False)


def fixture(name: str) -> Fixture:
    """Read one file."""
    with safe_open(FOLDER / f"{name}.safetensors", "pt") as file:
        everything = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        config = json.loads(file.metadata()["config"])
    weights = {k[3:]: t for k, t in everything.items() if k.startswith("sd.")}
    tensors = {k: t for k, t in everything.items() if not k.startswith("sd.")}
    return Fixture(tensors, weights, config)


def published_keys(name: str) -> dict[str, Any]:
    """``params``, ``note`` and ``tensors`` (name to shape) of a released model's file."""
    found: dict[str, Any] = json.loads((FOLDER / "keys" / f"{name}.json").read_text())
    return found
