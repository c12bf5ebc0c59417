"""Fetches released weights in processes of their own, which a cancel simply ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections import deque
from dataclasses import dataclass, replace

from ...core.errors import Fix, MaquetteError, Problem
from ...core.protocol import EngineInfo
from ...core.weights import WeightsInfo, WeightsState
from ..checkpoints.catalogue import CATALOGUE, Release, release_of
from ..checkpoints.folder import WeightsFolder

_log = logging.getLogger(__name__)
#: Share of the whole at which each step begins, and how much of it that step is.
_PARTS = {"download": (0.0, 0.9), "verify": (0.9, 0.05), "convert": (0.95, 0.05)}


@dataclass
class _Run:
    """One download."""

    task: asyncio.Task[None]
    process: asyncio.subprocess.Process | None = None
    step: str = "download"
    progress: float = 0.0
    cancelled: bool = False


class WeightsKeeper:
    """What is known of all weights; belongs to the event loop's thread."""

    def __init__(self, folder: WeightsFolder) -> None:
        self._folder = folder
        self._runs: dict[str, _Run] = {}
        self._problems: dict[str, Problem] = {}

    @property
    def busy(self) -> bool:
        """True while a download runs."""
        return bool(self._runs)

    def infos(self) -> list[WeightsInfo]:
        """All released weights."""
        return [self.info(release) for release in CATALOGUE.values()]

    def info(self, release: Release) -> WeightsInfo:
        """One model's weights."""
        run = self._runs.get(release.name)
        state = WeightsState.FETCHING if run else self._folder.state(release)
        problem = self._problems.get(release.name)
        if state is WeightsState.MISSING and problem is not None:
            state = WeightsState.FAILED
        progress = {WeightsState.PRESENT: 1.0, WeightsState.FOUND: 1.0}.get(state, 0.0)
        return WeightsInfo(
            name=release.name,
            title=release.title,
            family=release.family,
            size_bytes=release.size,
            licence=release.licence,
            licence_url=release.licence_url,
            terms=release.terms,
            commercial=release.commercial,
            accepted=self._folder.accepted(release),
            state=state,
            step=run.step if run else "",
            progress=run.progress if run else progress or self._kept(release),
            problem=problem if state is WeightsState.FAILED else None,
        )

    def _kept(self, release: Release) -> float:
        """Share of an earlier attempt's download that is still there."""
        with contextlib.suppress(OSError):
            size = self._folder.partial(release).stat().st_size
            return min(_PARTS["download"][1] * size / release.size, _PARTS["download"][1])
        return 0.0

    def overlaid(self, engine: EngineInfo) -> EngineInfo:
        """The engine as it stands now, after what was fetched since the worker described it."""
        if engine.weights not in CATALOGUE:
            return engine
        info = self.info(CATALOGUE[engine.weights])
        if info.state.usable:
            return replace(engine, available=True, reason="", accepted=info.accepted)
        reason = engine.reason if not engine.available else "Its weights are gone."
        return replace(engine, available=False, reason=reason, accepted=info.accepted)

    def start(self, name: str, accept: str = "") -> WeightsInfo:
        """Start to fetch, unless that runs or is done.

        Args:
            accept: licence that the person has seen and accepts; "" when accepted before.

        Raises:
            MaquetteError: ``weights-unknown`` or ``licence-not-accepted``.
        """
        release = release_of(name)
        if accept == release.licence:
            self._folder.accept(release)
        self._folder.check_accepted(release)
        if name not in self._runs and self._folder.state(release) is not WeightsState.PRESENT:
            self._problems.pop(name, None)
            self._runs[name] = _Run(asyncio.create_task(self._run(release)))
        return self.info(release)

    async def cancel(self, name: str) -> WeightsInfo:
        """Stop fetching and wait until it has stopped; what came is kept.

        Raises:
            MaquetteError: ``weights-unknown``.
        """
        release = release_of(name)
        run = self._runs.get(name)
        if run is not None:
            run.cancelled = True
            _kill(run)
            await asyncio.wait([run.task])
        return self.info(release)

    async def stop(self) -> None:
        """End all downloads."""
        for name in list(self._runs):
            await self.cancel(name)

    async def _run(self, release: Release) -> None:
        problem: Problem | None = None
        try:
            problem = await self._fetch(release)
        except Exception as error:
            _log.exception("fetching %s failed", release.name)
            problem = _failed(release, repr(error))
        run = self._runs.pop(release.name)
        if problem is not None and not run.cancelled:
            _log.warning("%s: %s (%s)", release.name, problem.message, problem.detail)
            self._problems[release.name] = problem

    async def _fetch(self, release: Release) -> Problem | None:
        package = (__package__ or "").rpartition(".")[0]
        options = ["--folder", str(self._folder.root)]
        if self._folder.other is not None:
            options += ["--checkpoints", str(self._folder.other)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            package,
            "weights",
            *options,
            "fetch",
            release.name,
            "--json",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "HF_HUB_DISABLE_TELEMETRY": "1"},
        )
        run = self._runs[release.name]
        run.process = process
        if run.cancelled:
            _kill(run)
        tail: deque[str] = deque(maxlen=20)
        told, _ = await asyncio.gather(self._listen(run, process), _collect(process, tail))
        code = await process.wait()
        if told is not None or code == 0:
            return told
        return _failed(release, "\n".join(tail))

    async def _listen(self, run: _Run, process: asyncio.subprocess.Process) -> Problem | None:
        assert process.stdout is not None
        problem = None
        async for line in process.stdout:
            try:
                told = json.loads(line)
            except ValueError:
                continue
            if "problem" in told:
                problem = Problem.from_json(told["problem"])
            elif told.get("step") in _PARTS:
                begin, length = _PARTS[told["step"]]
                run.step, run.progress = told["step"], begin + length * float(told["share"])
        return problem


async def _collect(process: asyncio.subprocess.Process, tail: deque[str]) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        tail.append(line.decode("utf-8", "replace").rstrip())


def _kill(run: _Run) -> None:
    if run.process is not None:
        with contextlib.suppress(ProcessLookupError):
            run.process.kill()


def _failed(release: Release, detail: str) -> Problem:
    return MaquetteError(
        "download-failed",
        f"{release.title} could not be fetched.",
        Fix.OPEN_LOG,
        detail[-2000:],
    ).problem
