"""The state of fetching the cut-out weights in the background."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

from ...core.cutouts import RECOMMENDED
from ...core.errors import Fix, MaquetteError, Problem
from ..imaging.cutout_weights import fetch, release
from ..imaging.matting import FETCHED, find_weights

_log = logging.getLogger(__name__)


class WeightsFetcher:
    """At most one download at a time; belongs to the event loop's thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model = ""  # the one that was asked for
        self._task: asyncio.Task[None] | None = None
        self._progress = 0.0
        self._problem: Problem | None = None

    @property
    def busy(self) -> bool:
        """True while a download runs."""
        return self._task is not None and not self._task.done()

    def start(self, model: str = "") -> None:
        """Start a download unless one runs or the weights are there.

        Args:
            model: as in ``core.cutouts``; "" for the one that is recommended.

        Raises:
            MaquetteError: ``cutout-unknown``.
        """
        # Without a wish, any network that is there will do.
        there = None if model else find_weights(self._folder)
        info = release(model or (there.stem if there else RECOMMENDED))
        if self.busy:
            return
        self._model, self._progress, self._problem = info.name, 0.0, None
        if self._there():
            return
        self._task = asyncio.create_task(self._fetch())

    def state(self) -> dict[str, Any]:
        """Return what ``GET /cutout-weights`` answers."""
        if self.busy:
            state = "fetching"
        elif self._there():
            state = "present"
        else:
            state = "failed" if self._problem else "missing"
        problem = self._problem.to_json() if self._problem else None
        return {
            "model": self._model or RECOMMENDED,
            "state": state,
            "progress": 1.0 if state == "present" else self._progress,
            "problem": problem,
        }

    def _there(self) -> bool:
        return find_weights(self._folder, [self._model] if self._model else FETCHED) is not None

    async def _fetch(self) -> None:
        try:
            await asyncio.to_thread(fetch, release(self._model), self._folder, self._moved)
        except MaquetteError as error:
            _log.warning("%s (%s)", error, error.problem.detail)
            self._problem = error.problem
        except Exception as error:
            _log.exception("fetching the cut-out weights failed")
            self._problem = Problem(
                "download-failed",
                "The network for photographs could not be fetched.",
                Fix.OPEN_LOG,
                repr(error),
            )

    def _moved(self, fraction: float) -> None:
        self._progress = fraction
