"""``maquette average``: the mean of weights that come from one beginning."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import MaquetteError

if TYPE_CHECKING:
    from torch import Tensor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("weights", type=Path, nargs="+", help="safetensors files of one model")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file to write")


def run(args: argparse.Namespace) -> int:
    """Write the mean (Wortsman et al. 2022, "Model soups"); returns the exit status.

    Level and confidence belong to the single files and are left out; the batch norms' statistics
    are averaged as the weights are.

    Raises:
        MaquetteError: ``checkpoint-missing``, ``checkpoint-other-model``.
    """
    from ..networks.weights_file import restore_unfitted, store

    for path in args.weights:
        if not path.is_file():
            raise MaquetteError("checkpoint-missing", f"There is no file “{path}”.")
    models = [restore_unfitted(path) for path in args.weights]
    first = models[0]
    for path, model in zip(args.weights, models, strict=True):
        if model.config != first.config:
            raise MaquetteError(
                "checkpoint-other-model",
                f"“{path}” holds a model of other sizes than “{args.weights[0]}”.",
                detail=f"{model.config} and {first.config}",
            )
    states = [model.state_dict() for model in models]
    first.load_state_dict({name: _mean([state[name] for state in states]) for name in states[0]})
    store(first, args.out)
    print(f"{args.out}: the mean of {len(models)} files")
    return 0


def _mean(values: list[Tensor]) -> Tensor:
    """Counters, which are whole numbers, are the first one's."""
    whole = not values[0].is_floating_point()
    return values[0] if whole else sum(values[1:], values[0]) / len(values)
