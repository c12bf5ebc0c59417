"""``maquette train-cutout``: train the embedded cut-out network on made photographs.

One process draws the pictures, another one, with a single thread, trains on them.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader

from ...core.errors import MaquetteError
from ..networks.cutout_net import MULTIPLE, CutoutNet, restore, store
from ..networks.precision import faster_products
from .cutout_batches import Composites
from .cutout_foregrounds import read_renders, read_shards

#: Until which share of the time which shares of the full edge are drawn how often: small pictures
#: teach what an object is in a quarter of the time, large ones where it ends.
_PHASES = ((0.55, {0.5: 0.7, 0.75: 0.3}), (1.0, {0.5: 0.25, 0.75: 0.45, 1.0: 0.3}))
_WARMUP_STEPS = 100


@dataclass(frozen=True)
class CutoutPlan:
    """One training run.

    Attributes:
        minutes: wall-clock time; the learning rate falls to zero (cosine) by its end.
        batch: pictures a step at three quarters of the full edge; as many pixels at others.
        average: decay of the moving average of the weights, which is what is stored.
    """

    minutes: float = 70.0
    batch: int = 24
    rate: float = 2e-3
    decay: float = 0.02
    average: float = 0.998
    seed: int = 0


def mask_loss(logits: Tensor, alpha: Tensor) -> Tensor:
    """Cross-entropy plus one minus the soft intersection over union of each picture.

    Args:
        logits, alpha: (B, 1, H, W) float32, ``alpha`` in 0..1.
    """
    share = torch.sigmoid(logits)
    both = (share * alpha).sum(dim=(1, 2, 3))
    either = (share + alpha - share * alpha).sum(dim=(1, 2, 3))
    return (
        F.binary_cross_entropy_with_logits(logits, alpha) + (1 - (both + 1) / (either + 1)).mean()
    )


def train(
    model: CutoutNet,
    pool: list[np.ndarray],
    grounds: Path,
    plan: CutoutPlan,
    out: Path,
    log: Callable[[str], None],
    workers: int = 1,
) -> CutoutNet:
    """Train until the plan's time is used and store the averaged weights in ``out``.

    Args:
        pool: cropped objects, (h, w, 4) uint8.
        grounds: folder of stored backgrounds, see :mod:`.cutout_grounds`.
        out: the safetensors file; ``out`` with ``.json`` records the run. Both are written every
            three minutes and at the end.

    Returns:
        The averaged network.
    """
    model = model.to(memory_format=torch.channels_last).train()
    averaged = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=plan.rate, weight_decay=plan.decay, betas=(0.9, 0.98)
    )
    begin = saved = time.monotonic()
    step, pictures, smooth = 0, 0, 0.0
    phase: dict[float, float] | None = None
    batches: Iterator[list[Tensor]] = iter(())
    pixels = round(plan.batch * (0.75 * model.config.edge) ** 2)
    while (done := (time.monotonic() - begin) / (plan.minutes * 60)) < 1:
        wanted = next(sizes for until, sizes in _PHASES if done < until)
        if wanted is not phase:
            phase = wanted
            sizes = _sizes(model, phase)
            source = Composites(pool, grounds, sizes, pixels, [plan.seed, len(sizes)])
            ahead = 6 if workers else None
            batches = iter(DataLoader(source, None, num_workers=workers, prefetch_factor=ahead))
        picture, alpha = next(batches)
        warm = min(1.0, (step + 1) / _WARMUP_STEPS)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * warm * 0.5 * (1 + math.cos(math.pi * done))
        x = picture.contiguous(memory_format=torch.channels_last).float() / 255
        with faster_products("cpu"):
            logits = model(x)
        loss = mask_loss(logits.float(), alpha.float() / 255)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        _average(averaged, model, min(plan.average, (1 + step) / (10 + step)))
        step, pictures = step + 1, pictures + len(picture)
        smooth = 0.98 * smooth + 0.02 * loss.item() if step > 1 else loss.item()
        if step % 50 == 0:
            seconds = time.monotonic() - begin
            log(
                f"step {step} {100 * done:.0f} % loss {smooth:.4f} "
                f"{pictures} pictures, {pictures / seconds:.1f} a second"
            )
        if time.monotonic() - saved > 180:
            _save(averaged, plan, step, pictures, out)
            saved = time.monotonic()
    _save(averaged, plan, step, pictures, out)
    return averaged.eval()


def _sizes(model: CutoutNet, phase: dict[float, float]) -> dict[int, float]:
    """Edges in pixels, and how often each is drawn."""
    sizes: dict[int, float] = {}
    for share, often in phase.items():
        edge = max(1, round(model.config.edge * share / MULTIPLE)) * MULTIPLE
        sizes[edge] = sizes.get(edge, 0.0) + often
    return sizes


@torch.no_grad()
def _average(mean: CutoutNet, now: CutoutNet, keep: float) -> None:
    for a, b in zip(mean.parameters(), now.parameters(), strict=True):
        a.lerp_(b, 1 - keep)
    for a, b in zip(mean.buffers(), now.buffers(), strict=True):
        a.copy_(b)


def _save(model: CutoutNet, plan: CutoutPlan, step: int, pictures: int, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    store(model, part)
    part.replace(out)
    record = {"plan": asdict(plan), "steps": step, "pictures": pictures}
    out.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--renders", type=Path, nargs="+", required=True, help="folders of pictures with alpha"
    )
    parser.add_argument("--shards", type=Path, help="folder of ray-cast training shards")
    parser.add_argument("--most", type=int, default=4000, help="pictures taken of the shards")
    parser.add_argument("--grounds", type=Path, required=True, help="folder of backgrounds")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True, help="the .safetensors file")
    parser.add_argument("--minutes", type=float, default=70.0)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw pictures")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    pool = [rgba for folder in args.renders for rgba in read_renders(folder)]
    if args.shards:
        pool += read_shards(args.shards, args.most, rng)
    if not pool:
        raise MaquetteError("image-missing", f"There are no renders in {args.renders[0]}.")
    if not any(args.grounds.glob("grounds-*.npy")):
        raise MaquetteError("image-missing", f"There are no backgrounds in {args.grounds}.")
    print(f"{len(pool)} objects", flush=True)
    plan = CutoutPlan(args.minutes, args.batch, args.rate, seed=args.seed)
    model = restore(args.start).requires_grad_(True) if args.start else CutoutNet()
    train(
        model,
        pool,
        args.grounds,
        plan,
        args.out,
        lambda line: print(line, flush=True),
        args.workers,
    )
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise SystemExit(run(parser.parse_args()))
