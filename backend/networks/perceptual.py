"""LPIPS, a distance of pictures that agrees with people (Zhang et al. 2018), from given weights.

Features of VGG16 (Simonyan and Zisserman 2015) after five of its activations, brought to unit
length in every pixel, compared, and summed with learned weights. The weights are not part of
Maquette; they are those of torchvision's VGG16 and of LPIPS 0.1 for it, under their published
names.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ...core.errors import MaquetteError

_PLAN = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512)
#: Activations that are compared, counted as in torchvision, and their channels.
_COMPARED = {3: 64, 8: 128, 15: 256, 22: 512, 29: 512}
#: Of pictures in -1..1.
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
SUFFIXES = (".safetensors", ".pth", ".pt")


class Lpips(nn.Module):
    """Distance of pictures; nothing in it is trained."""

    shift: Tensor
    scale: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for step in _PLAN:
            if step == "M":
                layers.append(nn.MaxPool2d(2))
                continue
            layers += [nn.Conv2d(channels, int(step), 3, 1, 1), nn.ReLU()]
            channels = int(step)
        self.features = nn.Sequential(*layers)
        self.weights = nn.ParameterList(torch.zeros(1, c, 1, 1) for c in _COMPARED.values())
        self.register_buffer("shift", torch.tensor(_SHIFT)[:, None, None], False)
        self.register_buffer("scale", torch.tensor(_SCALE)[:, None, None], False)
        self.requires_grad_(False)

    def forward(self, made: Tensor, true: Tensor) -> Tensor:
        """Pictures (B, 3, H, W) in 0..1, edges of 16 or more -> (B,) distances."""
        x = torch.cat([made, true]) * 2 - 1
        x = (x - self.shift) / self.scale
        total = made.new_zeros(len(made))
        compared = 0
        for number, layer in enumerate(self.features):
            x = layer(x)
            if number in _COMPARED:
                unit = x / (x.square().sum(dim=1, keepdim=True).sqrt() + 1e-10)
                a, b = unit.chunk(2)
                off = F.conv2d((a - b).square(), self.weights[compared])
                total = total + off.mean(dim=(1, 2, 3))
                compared += 1
        return total


def read_lpips(folder: Path) -> Lpips:
    """Read the weights from the files of a folder, whatever they are called.

    Raises:
        MaquetteError: ``perceptual-weights-missing``.
    """
    state: dict[str, Tensor] = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.suffix in SUFFIXES:
            state |= _read(path)
    wanted = {
        **{f"features.{key}": f"features.{key}" for key in Lpips().features.state_dict()},
        **{f"weights.{i}": f"lin{i}.model.1.weight" for i in range(len(_COMPARED))},
    }
    missing = [name for name in wanted.values() if name not in state]
    if missing:
        raise MaquetteError(
            "perceptual-weights-missing",
            f"The weights of LPIPS are not in “{folder}”: “{missing[0]}” is missing. Leave the "
            "path out to train without them.",
        )
    made = Lpips()
    made.load_state_dict({ours: state[theirs].float() for ours, theirs in wanted.items()}, False)
    return made.eval()


def _read(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, ValueError) as error:
        raise MaquetteError(
            "perceptual-weights-missing", f"“{path.name}” cannot be read.", detail=str(error)
        ) from error
    return {k: t for k, t in found.items() if isinstance(t, Tensor)}
