"""Measuring many pieces, in processes of their own."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...core.errors import MaquetteError
from .alignment import Alignment
from .cases import Cases, Item, Picture
from .drawing import cameras_around, draw
from .measuring import look_at, measure
from .methods import Answer, Method, MethodPlan
from .metrics import POINTS
from .picture_metrics import Perceptual, load_perceptual
from .results import Result
from .shapes import Mesh

#: Edge in pixels of the pictures in reports.
TILE = 112


@dataclass(frozen=True)
class Job:
    """How pieces are measured; goes to worker processes.

    Attributes:
        perceptual: folder with the weights of LPIPS, or None to leave it out.
        points: drawn in a shape's box and on its surface.
        alone: names of items that only the first method is measured on.
    """

    cases: Cases
    methods: MethodPlan
    how: Alignment
    perceptual: Path | None = None
    points: int = POINTS
    alone: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Strip:
    """Pictures of one answer for a report, each (TILE, TILE, 4) uint8.

    Attributes:
        shown: what the method was shown; None where it was shown nothing.
        made, true: from around.
    """

    shown: np.ndarray | None
    made: tuple[np.ndarray, ...]
    true: tuple[np.ndarray, ...]


#: What one piece gives: results, and strips for the views asked for, by method.
Found = tuple[list[Result], dict[str, Strip]]

_ready: tuple[Job, list[Method], Perceptual | None] | None = None


@contextmanager
def workers(job: Job, count: int) -> Iterator[Executor]:
    """Yield processes that can measure, each with methods of its own; one is this process."""
    if count == 1:
        with ThreadPoolExecutor(1, initializer=_prepare, initargs=(job,)) as here:
            yield here
        return
    # Fresh processes: a forked one would share the state of torch's threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        count, mp_context=context, initializer=_prepare, initargs=(job,)
    ) as pool:
        yield pool


def _prepare(job: Job) -> None:
    global _ready  # noqa: PLW0603 - one set of methods for a process, loaded once
    import torch

    torch.set_num_threads(1)
    perceptual = None if job.perceptual is None else load_perceptual(job.perceptual)
    _ready = job, job.methods.make(), perceptual


def run(
    pool: Executor, items: Sequence[Item], told: Callable[[int, int], None]
) -> Iterator[Result]:
    """Measure all pictures of all items; yields in the order of items.

    Args:
        told: called with items done and items in all.

    Raises:
        MaquetteError: a true shape or a picture cannot be read.
    """
    futures = [pool.submit(measure_item, item) for item in items]
    try:
        for number, future in enumerate(as_completed(futures), start=1):
            future.result()
            told(number, len(items))
    except BaseException:
        for future in futures:
            future.cancel()
        raise
    for future in futures:
        yield from future.result()[0]


def measure_item(item: Item, strip_of: int | None = None) -> Found:
    """Measure one item in a process that :func:`workers` prepared.

    Args:
        strip_of: number of the one view to do, with pictures of the answers; None does all views
            and makes no pictures.
    """
    assert _ready is not None
    job, methods, perceptual = _ready
    pictures = job.cases.pictures(item)
    truth = look_at(item, job.cases.truth(item), pictures, job.points)
    cameras = cameras_around(TILE)
    results: list[Result] = []
    strips: dict[str, Strip] = {}
    for view in range(item.views) if strip_of is None else [strip_of]:
        for method in methods[:1] if item.name in job.alone else methods:
            answer = _answer(method, pictures, view)
            if isinstance(answer, MaquetteError):
                failure = answer.problem.message
                results.append(Result(method.name, item.name, item.category, view, failure=failure))
                continue
            result, moved = measure(method.name, view, answer, truth, job.how, perceptual)
            results.append(result)
            if strip_of is not None:
                true = tuple(draw(truth.mesh, camera, lit=True) for camera in cameras)
                strips[method.name] = _strip(pictures, view, moved, true)
    return results, strips


def _answer(method: Method, pictures: Sequence[Picture], view: int) -> Answer | MaquetteError:
    try:
        return method.answer(pictures[view].rgba)
    except MaquetteError as error:
        return error


def _strip(
    pictures: Sequence[Picture], view: int, mesh: Mesh, true: tuple[np.ndarray, ...]
) -> Strip:
    from ..imaging.framing import frame_object

    made = tuple(draw(mesh, camera, lit=True) for camera in cameras_around(TILE))
    return Strip(frame_object(pictures[view].rgba, TILE), made, true)
