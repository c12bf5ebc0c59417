"""Files of weights to a network that enlarges pictures."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ...core.errors import Fix, MaquetteError
from ..checkpoints.reading import is_pickle, read_pickle, unreadable
from ..checkpoints.storing import sha256_of
from ..networks.esrgan import Upscaler, fitting
from ..networks.precision import half_of

#: Where publishers put the parameters inside a file; the first that is there is taken.
_INSIDE = ("params_ema", "params", "state_dict", "model")


@dataclass(frozen=True)
class LoadedUpscaler:
    """A network, ready on its device.

    Attributes:
        model: in float32.
        quick: its convolutions in half precision, for pictures of 8 bits; None where that is not
            quicker.
        sha256: of its file; of both, joined by ``+``, where two are blended.
    """

    model: Upscaler
    quick: Upscaler | None
    name: str
    sha256: str
    device: str


def load_upscaler(
    files: Sequence[Path], name: str, device: str, denoise: float = 1.0, half: bool | None = None
) -> LoadedUpscaler:
    """Read a network of Real-ESRGAN's kinds, or of another kind where spandrel is installed.

    Args:
        files: one, or a network and the same one that removes less noise: their parameters are
            blended, ``denoise * first + (1 - denoise) * second``, as their publishers do.
        half: whether 8-bit pictures may be enlarged in half precision; None where that is quicker.

    Raises:
        MaquetteError: ``checkpoint-unreadable``, ``checkpoint-unsafe``, ``checkpoint-wrong``,
            ``upscaler-unsupported`` or ``package-missing``.
    """
    states = [read_state(path) for path in files]
    model = _network(states[0], files[0])
    if len(states) == 2:
        states = [_checked(model, s, p) for s, p in zip(states, files, strict=True)]
        blended = {k: denoise * t + (1 - denoise) * states[1][k] for k, t in states[0].items()}
        model.load_state_dict(blended, assign=True)
    elif any(p.is_meta for p in model.parameters()):
        model.load_state_dict(_checked(model, states[0], files[0]), assign=True)
    model = model.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)
    quick = None
    # What other kinds of networks do in half precision is not known.
    if (half_of(device) is not None if half is None else half) and not isinstance(model, Foreign):
        dtype = torch.float16 if device.startswith("cuda") else torch.bfloat16
        quick = deepcopy(model).to(dtype)
    return LoadedUpscaler(model, quick, name, "+".join(map(sha256_of, files)), device)


def read_state(path: Path) -> dict[str, Tensor]:
    """Read the parameters of a file: safetensors, or what torch wrote; nothing in it is run.

    Raises:
        MaquetteError: ``checkpoint-unreadable``, ``checkpoint-unsafe`` or ``checkpoint-wrong``.
    """
    try:
        data: Any = read_pickle(path) if is_pickle(path) else load_file(path)
    except (SafetensorError, ValueError, OSError) as error:
        raise unreadable(path, error) from error
    while isinstance(data, dict) and (key := next((k for k in _INSIDE if k in data), None)):
        data = data[key]
    tensors = isinstance(data, dict) and data
    if not tensors or not all(isinstance(k, str) and _is_real(t) for k, t in data.items()):
        raise unreadable(path, TypeError(f"it holds a {type(data).__name__}"))
    state = {k.removeprefix("module."): t.float() for k, t in data.items()}
    if not all(bool(t.isfinite().all()) for t in state.values()):
        raise MaquetteError(
            "checkpoint-wrong",
            f"The file “{path.name}” holds numbers that are infinite or none; it comes from "
            "training that failed.",
            Fix.NONE,
            str(path),
        )
    return state


def _is_real(value: Any) -> bool:
    return isinstance(value, Tensor) and not value.is_complex()


def _checked(model: nn.Module, state: dict[str, Tensor], path: Path) -> dict[str, Tensor]:
    expected = model.state_dict()
    wrong = next(
        (k for k, t in expected.items() if k not in state or state[k].shape != t.shape),
        next((k for k in state if k not in expected), None),
    )
    if wrong is not None:
        raise MaquetteError(
            "checkpoint-wrong",
            f"The file “{path.name}” does not hold a whole upscaler: “{wrong}” is missing, "
            "left over or of another size.",
            Fix.NONE,
            str(path),
        )
    return state


def _network(state: dict[str, Tensor], path: Path) -> Upscaler:
    found = fitting(state)
    return found if found is not None else _foreign(state, path)


class Foreign(Upscaler):
    """A network of another kind, as spandrel holds it; seen as one piece that knows no radius."""

    def __init__(self, inner: nn.Module, scale: int, multiple: int) -> None:
        super().__init__()
        self.inner = inner
        self.scale, self.multiple = scale, multiple
        self.radius = 1 << 20  # unknown; the tiles' limit holds
        self.density = scale * multiple
        self.live_bytes = (4 * 64 * 8, 12 * scale**2)

    def features(self, x: Tensor) -> Tensor:
        """All of it: whether it can be cut is not known."""
        made: Tensor = self.inner(x)
        return made

    def enlarge(self, features: Tensor, x: Tensor) -> Tensor:
        """Nothing is left to do."""
        return features


def _foreign(state: dict[str, Tensor], path: Path) -> Upscaler:
    try:
        import spandrel
    except (ImportError, RuntimeError) as error:  # a torchvision of another build raises the latter
        raise MaquetteError(
            "package-missing",
            f"The file “{path.name}” is not a network that Maquette knows by itself. Many others "
            "open with the package spandrel; install it into the service's environment: "
            "pip install spandrel torchvision",
            Fix.NONE,
            repr(error),
        ) from error
    try:
        made = spandrel.ModelLoader().load_from_state_dict(state)
    except Exception as error:  # it lets through whatever a network's constructor raises
        raise _unsupported(path, repr(error)) from error
    colour = made.input_channels == made.output_channels == 3
    if not isinstance(made, spandrel.ImageModelDescriptor) or not colour:
        raise _unsupported(path, f"{made.architecture.name}, {made.input_channels} channels")
    needs = made.size_requirements
    return Foreign(made.model, made.scale, max(1, needs.multiple_of))


def _unsupported(path: Path, detail: str) -> MaquetteError:
    return MaquetteError(
        "upscaler-unsupported",
        f"The file “{path.name}” does not hold an upscaler for colour pictures that is known.",
        Fix.NONE,
        detail,
    )
