"""What is done where memory or a compiler is lacking: one step back, and a sentence about it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ...core.errors import MaquetteError
from ..device import is_out_of_memory

if TYPE_CHECKING:
    from ..networks.lrm import LargeReconstructor

TO_PROCESSOR = "The graphics card's memory did not suffice, so the processor did the work."
AS_WRITTEN = (
    "The networks could not be compiled and ran as they are; the log of the service says why. "
    "A C++ compiler is needed, on a graphics card also Triton."
)
COARSEST = 64
_log = logging.getLogger(__name__)
T = TypeVar("T")


def coarser_if_needed(work: Callable[[int], T], resolution: int) -> tuple[T, tuple[str, ...]]:
    """Do work that takes a grid's resolution; with half of it while memory does not suffice.

    Returns:
        what ``work`` returned, and what had to be given up for it.

    Raises:
        Exception: what ``work`` raised, when it was not memory or the grid was the coarsest.
    """
    wanted = resolution
    while True:
        try:
            done = work(resolution)
            break
        except Exception as error:
            if resolution <= COARSEST or not is_out_of_memory(error):
                raise
            _log.warning("resolution %d needs too much memory: %s", resolution, error)
            resolution //= 2
    if resolution == wanted:
        return done, ()
    return done, (
        f"There was not enough memory for this detail; the grid has {resolution} cells "
        f"along an edge in place of {wanted}.",
    )


def as_written_if_needed(work: Callable[[], T], model: LargeReconstructor) -> T:
    """Do work with a model that is to be compiled; where that fails, with the model as written.

    The model stays as written afterwards.
    """
    from ..networks import compiling

    try:
        return work()
    except MaquetteError:
        raise
    except Exception as error:  # compilers and drivers fail in ways of their own
        if not compiling.is_compiled(model) or is_out_of_memory(error):
            raise
        _log.warning("the networks cannot be compiled", exc_info=True)
    compiling.leave_as_written(model)
    return work()
