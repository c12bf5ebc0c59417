"""The service's end of the worker process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_log = logging.getLogger("worker")
#: Longest message, in bytes.
_LINE_LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True)
class WorkerOptions:
    """How workers are started.

    Attributes:
        device: ``auto``, ``cpu`` or ``cuda:N``.
        preload: engine that is loaded before the first job, or ``none``.
    """

    device: str
    preload: str


class WorkerProcess:
    """One running worker."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._tail: deque[str] = deque(maxlen=20)
        self._log_task = asyncio.create_task(self._copy_log())

    @classmethod
    async def start(cls, options: WorkerOptions, weights: Path) -> WorkerProcess:
        """Start a worker; it dies with this process, since its standard input ends then."""
        package = __package__ or ""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            f"{package}.worker_main",
            "--device",
            options.device,
            "--preload",
            options.preload,
            "--weights",
            str(weights),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, message: dict[str, Any]) -> None:
        """Send one message; a worker that just died does not get it."""
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError, RuntimeError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what the worker says until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            try:
                yield json.loads(line)
            except ValueError:  # cut off by its death
                _log.warning("not a message: %r", line[:200])

    def kill(self) -> None:
        """End the process now."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> tuple[int, str]:
        """Wait for the end; returns (exit code, the last lines it logged)."""
        code = await self._process.wait()
        with contextlib.suppress(asyncio.TimeoutError):
            # A grandchild may keep the pipe open; the lines so far must do then.
            await asyncio.wait_for(asyncio.shield(self._log_task), 1.0)
        self._log_task.cancel()
        return code, "\n".join(self._tail)

    async def _copy_log(self) -> None:
        assert self._process.stderr is not None
        while True:
            try:
                line = await self._process.stderr.readline()
            except ValueError:  # longer than the limit; drop it
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            self._tail.append(text)
            _log.info("%s", text)
