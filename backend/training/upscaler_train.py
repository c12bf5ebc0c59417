"""``maquette train-upscaler``: train the embedded upscaler on renders of two resolutions."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from ...core.errors import MaquetteError
from ..device import resolve_device
from ..networks.esrgan import Compact
from .upscaler_loop import UpscalerPlan, UpscalerState, resume, save, start, train_step
from .upscaler_losses import Perception
from .upscaler_pairs import Pair, draw_crops, read_pairs

CHECKPOINT, WEIGHTS, RECORD = "last.pt", "upscaler.safetensors", "run.json"
#: Every so many-th pair is not trained on but measured while training runs.
_HELD_ASIDE = 16
_SAVE_SECONDS = 120


def train(
    state: UpscalerState,
    pairs: Sequence[Pair],
    plan: UpscalerPlan,
    folder: Path,
    log: Callable[[str], None],
    perception: Perception | None = None,
    until: int | None = None,
) -> None:
    """Train to the plan's last step; the state and the averaged weights stand in ``folder``.

    Args:
        until: stop before that step instead.
    """
    held, taught = pairs[::_HELD_ASIDE], [p for i, p in enumerate(pairs) if i % _HELD_ASIDE]
    begin = saved = time.monotonic()
    first, smooth = state.step, dict[str, float]()
    while state.step < min(plan.steps, plan.steps if until is None else until):
        terms = train_step(state, taught or held, plan, perception)
        for name, value in terms.items():
            smooth[name] = 0.98 * smooth.get(name, value) + 0.02 * value
        if state.step % 100 == 0:
            pace = (state.step - first) / (time.monotonic() - begin)
            told = ", ".join(f"{name} {value:.5f}" for name, value in smooth.items())
            log(f"step {state.step} of {plan.steps}, {pace:.2f} a second: {told}")
        if state.step % 500 == 0:
            log(f"held aside: {held_psnr(state.averaged, held, plan):.2f} dB")
        if time.monotonic() - saved > _SAVE_SECONDS:
            save(state, plan, folder / CHECKPOINT)
            saved = time.monotonic()
    save(state, plan, folder / CHECKPOINT)
    provenance = {
        "plan": asdict(plan),
        "steps": state.step,
        "pairs": len(taught),
        "held_aside": len(held),
        "terms": {name: round(value, 6) for name, value in smooth.items()},
    }
    store(state.averaged, folder / WEIGHTS, provenance)
    text = json.dumps(provenance, indent=2) + "\n"
    (folder / RECORD).write_text(text, encoding="utf-8")


@torch.no_grad()
def held_psnr(model: Compact, held: Sequence[Pair], plan: UpscalerPlan) -> float:
    """Peak signal to noise ratio, dB, over always the same crops of pairs held aside."""
    crops = draw_crops(held, np.random.default_rng(0), 32, plan.edge, model.scale)
    device = next(model.parameters()).device
    low, high, weight = (
        torch.from_numpy(part).to(device) for part in (crops.low, crops.high, crops.weight)
    )
    squared = (((model(low).clamp(0, 1) - high) ** 2) * weight).sum() / (3 * weight.sum())
    return float(-10 * torch.log10(squared))


def store(model: Compact, path: Path, provenance: dict[str, object]) -> None:
    """Write the weights in float16, by the published names, with how they came about."""
    tensors = {name: t.half().contiguous().cpu() for name, t in model.state_dict().items()}
    part = path.with_name(path.name + ".part")
    save_file(tensors, part, {"provenance": json.dumps(provenance)})
    part.replace(path)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    usual = UpscalerPlan()
    parser.add_argument(
        "--pairs",
        nargs=2,
        type=Path,
        action="append",
        required=True,
        metavar=("LOW", "HIGH"),
        help="two datasets, rendered alike at two resolutions; may be said several times",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run; goes on there")
    parser.add_argument("--steps", type=int, default=usual.steps)
    parser.add_argument("--until", type=int, help="stop before that step, to go on another time")
    parser.add_argument("--batch", type=int, default=usual.batch)
    parser.add_argument("--edge", type=int, default=usual.edge, help="of a crop, low pixels")
    parser.add_argument("--width", type=int, default=usual.width)
    parser.add_argument("--convolutions", type=int, default=usual.convolutions)
    parser.add_argument("--rate", type=float, default=usual.rate)
    parser.add_argument(
        "--average", type=float, default=usual.average, help="decay of the weights' moving average"
    )
    parser.add_argument("--seed", type=int, default=usual.seed)
    parser.add_argument(
        "--adversarial", type=float, default=0.0, metavar="WEIGHT", help="of the GAN; 0 is none"
    )
    parser.add_argument(
        "--perception", type=Path, metavar="FILE", help="VGG19 as safetensors, torchvision's names"
    )
    parser.add_argument("--perceptual", type=float, default=0.1, metavar="WEIGHT")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="auto, cpu or cuda:N")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status.

    Raises:
        MaquetteError: the pairs do not fit, or the folder holds another run.
    """
    device = resolve_device(args.device)
    torch.set_num_threads(args.threads)
    plan = UpscalerPlan(
        steps=args.steps,
        batch=args.batch,
        edge=args.edge,
        width=args.width,
        convolutions=args.convolutions,
        rate=args.rate,
        average=args.average,
        seed=args.seed,
        adversarial=args.adversarial,
        perceptual=args.perceptual if args.perception else 0.0,
    )
    pairs = [pair for low, high in args.pairs for pair in read_pairs(low, high)]
    perception = None
    if args.perception:
        perception = Perception.read(args.perception).to(device)
    else:
        print("The perceptual loss is off: there are no weights for it (--perception).", flush=True)
    last = args.out / CHECKPOINT
    state = resume(plan, last, device) if last.exists() else start(plan, device)
    print(f"{len(pairs)} pairs, from step {state.step}", flush=True)

    def tell(line: str) -> None:
        print(line, flush=True)

    train(state, pairs, plan, args.out, tell, perception, args.until)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    try:
        raise SystemExit(run(parser.parse_args()))
    except MaquetteError as error:
        raise SystemExit(error.problem.message) from error
