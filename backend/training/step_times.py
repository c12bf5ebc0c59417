"""Where a step's time goes: ``python -m maquette.backend.training.step_times CONFIG``.

Processor time of this process is counted, so that other work on the machine matters little.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn

from .config_file import find_config, read_table
from .configured import configured
from .loop import start
from .processes import Group
from .seeding import Purpose, numpy_generator, torch_generator
from .state import average
from .stepping import Run, weighted
from .tasks import Moment, Portion


def measure(run: Run, steps: int) -> dict[str, float]:
    """Seconds of the processor a step, by what they were spent on; the first step is left out."""
    spent: dict[str, float] = defaultdict(float)

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        before = time.process_time()
        yield
        spent[name] += time.process_time() - before

    plan, device = run.plan, run.group.device
    state = start(run, resume=False)
    source = run.task.source(validation=False)
    assert source is not None
    for step in range(steps + 1):
        if step == 1:
            spent.clear()
        with timed("draw and vary the batch"):
            rng = numpy_generator(plan.seed, Purpose.DATA, 0, step)
            batch = source.draw(Portion(step, 0, 1, plan.schedule.batch), rng)
        generator = torch_generator(plan.seed, Purpose.STEP, 0, step, device)
        with timed("network and losses"):
            moment = Moment(0.5, generator, device, bf16=plan.machine.bf16)
            _, loss = weighted(run.task, state.model.train(), batch.to(device), moment)
        with timed("backward"):
            loss.backward()
        with timed("length of the gradient"):
            nn.utils.clip_grad_norm_(state.model.parameters(), plan.optimiser.clip, foreach=True)
        with timed(str(plan.optimiser.method)):
            state.optimizer.step()
        with timed("average of the weights"):
            average(state, plan.optimiser.average)
        with timed("zeroing"):
            state.optimizer.zero_grad(set_to_none=True)
    return {name: value / steps for name, value in spent.items()}


def main(arguments: Sequence[str]) -> int:
    """Measure and print a table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--set", action="append", default=[], metavar="SECTION.KEY=VALUE")
    args = parser.parse_args(arguments)
    plan, task = configured(read_table(find_config(args.config), args.set))
    run = Run(plan, task, Group(0, 1, torch.device("cpu")), Path())
    found = measure(run, args.steps)
    total = sum(found.values())
    print("| part of a step | seconds of the processor | share |\n|---|---|---|")
    for name, seconds in found.items():
        print(f"| {name} | {seconds:.3f} | {seconds / total:.1%} |")
    pace = plan.schedule.batch / total
    print(
        f"\n{pace:.1f} samples for each second of the processor, {torch.get_num_threads()} threads"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
