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
from torch.utils.data import DataLoader, IterableDataset

from ...core.errors import MaquetteError
from ..networks.cutout_net import MULTIPLE, CutoutNet, restore, store
from .cutout_composites import draw_composites
from .cutout_foregrounds import blob, read_renders, read_shards

#: Until which share of the time pictures of which share of the full edge are trained on: small
#: ones teach what an object is in a quarter of the time, large ones where it ends.
_PHASES = ((0.5, 0.5), (0.75, 0.75), (1.0, 1.0))
_WARMUP_STEPS = 100


@dataclass(frozen=True)
class CutoutPlan:
    """One training run.

    Attributes:
        minutes: wall-clock time; the learning rate falls to zero (cosine) by its end.
        batch: pictures a step.
        average: decay of the moving average of the weights, which is what is stored.
    """

    minutes: float = 35.0
    batch: int = 16
    rate: float = 3e-3
    decay: float = 0.02
    average: float = 0.998
    seed: int = 0


class Composites(IterableDataset):
    """Endless made photographs, drawn from a seed, the number of the worker and a phase."""

    def __init__(self, pool: list[np.ndarray], edge: int, seed: list[int]) -> None:
        super().__init__()
        self.pool, self.edge, self.seed = pool, edge, seed

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng([*self.seed, worker.id if worker else 0])
        while True:
            for made in draw_composites(rng, self.pool, self.edge):
                rgb = torch.from_numpy(made.rgb).permute(2, 0, 1)
                yield rgb, torch.from_numpy(made.alpha)[None]


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
    plan: CutoutPlan,
    out: Path,
    log: Callable[[str], None],
    workers: int = 1,
) -> CutoutNet:
    """Train until the plan's time is used and store the averaged weights in ``out``.

    Args:
        pool: cropped objects, (h, w, 4) uint8.
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
    step, smooth, edge = 0, 0.0, 0
    batches: Iterator[list[Tensor]] = iter(())
    while (done := (time.monotonic() - begin) / (plan.minutes * 60)) < 1:
        share = next(size for until, size in _PHASES if done < until)
        wanted = round(model.config.edge * share / MULTIPLE) * MULTIPLE
        if wanted != edge:
            edge = wanted
            source = Composites(pool, edge, [plan.seed, edge])
            batches = iter(
                DataLoader(
                    source, plan.batch, num_workers=workers, prefetch_factor=4 if workers else None
                )
            )
        picture, alpha = next(batches)
        warm = min(1.0, (step + 1) / _WARMUP_STEPS)
        for group in optimizer.param_groups:
            group["lr"] = plan.rate * warm * 0.5 * (1 + math.cos(math.pi * done))
        x = (picture.float() / 255).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(x)
        loss = mask_loss(logits.float(), alpha.float() / 255)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        _average(averaged, model, min(plan.average, (1 + step) / (10 + step)))
        step += 1
        smooth = 0.98 * smooth + 0.02 * loss.item() if step > 1 else loss.item()
        if step % 50 == 0:
            seconds = time.monotonic() - begin
            log(
                f"step {step} {100 * done:.0f} % edge {edge} loss {smooth:.4f} "
                f"{step * plan.batch / seconds:.1f} pictures/s"
            )
        if time.monotonic() - saved > 180:
            _save(averaged, plan, step, out)
            saved = time.monotonic()
    _save(averaged, plan, step, out)
    return averaged.eval()


@torch.no_grad()
def _average(mean: CutoutNet, now: CutoutNet, keep: float) -> None:
    for a, b in zip(mean.parameters(), now.parameters(), strict=True):
        a.lerp_(b, 1 - keep)
    for a, b in zip(mean.buffers(), now.buffers(), strict=True):
        a.copy_(b)


def _save(model: CutoutNet, plan: CutoutPlan, step: int, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    store(model, part)
    part.replace(out)
    record = {"plan": asdict(plan), "steps": step, "pictures": step * plan.batch}
    out.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--renders", type=Path, required=True, help="folder of furniture renders")
    parser.add_argument("--shards", type=Path, help="folder of ray-cast training shards")
    parser.add_argument("--most", type=int, default=4000, help="pictures taken of the shards")
    parser.add_argument("--blobs", type=int, default=1500, help="invented round things")
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--out", type=Path, required=True, help="the .safetensors file")
    parser.add_argument("--minutes", type=float, default=35.0)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw pictures")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns its exit status."""
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = np.random.default_rng(args.seed)
    pool = read_renders(args.renders)
    if args.shards:
        pool += read_shards(args.shards, args.most, rng)
    pool += [blob(rng) for _ in range(args.blobs)]
    if not pool:
        raise MaquetteError("image-missing", f"There are no renders in {args.renders}.")
    print(f"{len(pool)} objects", flush=True)
    plan = CutoutPlan(args.minutes, args.batch, args.rate, seed=args.seed)
    model = restore(args.start).requires_grad_(True) if args.start else CutoutNet()
    train(model, pool, plan, args.out, lambda line: print(line, flush=True), args.workers)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    raise SystemExit(run(parser.parse_args()))
