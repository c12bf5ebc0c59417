"""``render`` from parsed arguments to the exit status, the same in and outside Blender."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from ..dataset.sources import Helpers
from .blender import Blender
from .channel import Channel, ProcessChannel
from .console import Console, run_job
from .job import RenderJob, StartWorker
from .own_presets import environment
from .request import Request, read

LOW_PRIORITY = "--low-priority"
#: Starts workers elsewhere, for a request; returns how, and how many.
Cluster = Callable[[Request], tuple[StartWorker, int]]


def start_worker(blender: Blender, out: Path, *, low_priority: bool = False) -> StartWorker:
    """How a worker for the dataset ``out`` is started on this machine.

    Args:
        low_priority: the worker leaves the processor to others.
    """
    options = [LOW_PRIORITY] if low_priority else []
    command, variables = blender.command("scene.batch_worker", *options), environment(out)
    return lambda slot, log: ProcessChannel(command, log, variables)


def start_finishing(program: Blender, out: Path, formats: tuple[str, ...], log: Path) -> Channel:
    """Start the process that finishes a dataset."""
    command = program.command("core.batch.finishing", str(out.resolve()), *formats)
    return ProcessChannel(command, log)


def render(
    args: argparse.Namespace,
    blender: Callable[[], Blender],
    helpers: Helpers,
    *,
    finisher: Blender | None = None,
    cluster: Cluster | None = None,
) -> int:
    """Render what :mod:`.arguments` has parsed; returns the exit status.

    Args:
        blender: finds the Blender that renders; not called with a cluster.
        finisher: runs what needs no Blender; this Python otherwise.
        cluster: renders elsewhere.

    Raises:
        MaquetteError: it cannot be done, or stopped on the way.
    """
    request = read(args, helpers)
    program = finisher or Blender(sys.executable, is_python=True)
    if cluster is None:
        start = start_worker(blender(), request.out)
    else:
        start, workers = cluster(request)
        request = request.with_workers(workers)
    job = RenderJob(
        request, start, lambda out, formats, log: start_finishing(program, out, formats, log)
    )
    return run_job(job, Console(json=args.json, ask=not args.yes))
