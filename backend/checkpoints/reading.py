"""Checkpoint files to parameters, without running anything that is in them."""

from __future__ import annotations

import json
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...core.errors import Fix, MaquetteError
from ..networks.lrm import LargeReconstructor, ModelConfig
from .catalogue import Release

_TORCH_ZIP = b"PK\x03\x04"
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        state: parameters by published name, mapped from the file where that is possible.
        arguments: numbers of the model that its publishers stored beside the parameters.
    """

    state: dict[str, Tensor]
    arguments: dict[str, int]


def is_pickle(path: Path) -> bool:
    """Whether a file is one that torch wrote, by its first bytes and not by its name."""
    with path.open("rb") as file:
        start = file.read(4)
    return start == _TORCH_ZIP or start[:2] in _PICKLES


def read_checkpoint(path: Path, release: Release) -> Checkpoint:
    """Read a file, whatever it is called: safetensors, or a pickle of plain tensors.

    Raises:
        MaquetteError: ``checkpoint-unsafe`` when the file holds more than data,
            ``checkpoint-unreadable`` when it is damaged or of another kind.
    """
    try:
        if is_pickle(path):
            return _pickle(path, release)
        with safe_open(path, "pt") as file:
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            stored = json.loads((file.metadata() or {}).get("arguments", "{}"))
        return Checkpoint(state, _numbers(stored))
    except (SafetensorError, ValueError, OSError) as error:
        raise unreadable(path, error) from error


def read_pickle(path: Path) -> Any:
    """Read what torch stored, if it is tensors and plain data.

    Raises:
        MaquetteError: ``checkpoint-unsafe`` or ``checkpoint-unreadable``.
    """
    try:
        # weights_only: a pickle that asks for anything but tensors and plain data is refused
        # before it is carried out.
        return _load(path)
    except pickle.UnpicklingError as error:
        raise MaquetteError(
            "checkpoint-unsafe",
            f"The file “{path.name}” holds more than numbers and was not opened, since it could "
            "run programs. Fetch the weights from their publisher.",
            Fix.NONE,
            str(error).splitlines()[0][:500],
        ) from error
    except Exception as error:
        raise unreadable(path, error) from error


def _pickle(path: Path, release: Release) -> Checkpoint:
    data = read_pickle(path)
    arguments = {}
    if isinstance(data, dict) and isinstance(data.get("kwargs"), dict):
        for part in ("model", "infer"):
            found = data["kwargs"].get(part)
            arguments.update(_numbers(found) if isinstance(found, dict) else {})
    if release.inside and isinstance(data, dict) and isinstance(data.get(release.inside), dict):
        data = data[release.inside]
    if not isinstance(data, dict) or not data:
        raise unreadable(path, TypeError(f"it holds a {type(data).__name__}"))
    state = {k: t for k, t in data.items() if isinstance(k, str) and isinstance(t, Tensor)}
    if release.prefix and any(key.startswith(release.prefix) for key in state):
        start = release.prefix
        state = {k.removeprefix(start): t for k, t in state.items() if k.startswith(start)}
    return Checkpoint(state, arguments)


def _load(path: Path) -> Any:
    with path.open("rb") as file:
        archive = file.read(4) == _TORCH_ZIP
        file.seek(0)
        # Only archives can be mapped, and torch goes by the name where it is given one.
        if archive and path.suffix != ".safetensors":
            return torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        return torch.load(file, map_location="cpu", weights_only=True)


def _numbers(found: dict[str, Any]) -> dict[str, int]:
    return {k: v for k, v in found.items() if isinstance(v, int) and not isinstance(v, bool)}


def unreadable(path: Path, error: Exception) -> MaquetteError:
    """The problem of a file that cannot be read as weights."""
    return MaquetteError(
        "checkpoint-unreadable",
        f"The file “{path.name}” is damaged, incomplete, or not a file of weights.",
        Fix.NONE,
        f"{path}: {type(error).__name__}: {str(error)[:500]}",
    )


def check_keys(state: dict[str, Tensor], config: ModelConfig, title: str, path: Path) -> None:
    """Compare names and shapes with the model's.

    Raises:
        MaquetteError: ``checkpoint-wrong``, naming the first parameter that is not as it must
            be, in the model's order.
    """
    with torch.device("meta"):
        expected = LargeReconstructor(config).state_dict()
    why = ""
    for key, tensor in expected.items():
        if key not in state:
            why = f"“{key}” is missing"
        elif state[key].shape != tensor.shape:
            why = f"“{key}” has the shape {tuple(state[key].shape)}, not {tuple(tensor.shape)}"
        elif not state[key].is_floating_point():
            why = f"“{key}” holds {state[key].dtype}, not floating-point numbers"
        if why:
            break
    if not why:
        extra = next((key for key in state if key not in expected), None)
        why = f"“{extra}” does not belong to it" if extra is not None else ""
    if why:
        raise MaquetteError(
            "checkpoint-wrong",
            f"The file “{path.name}” does not hold the weights of {title}: {why}.",
            Fix.NONE,
            str(path),
        )
