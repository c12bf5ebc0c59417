"""One worker as the supervisor sees it: JSON messages both ways, and its end.

Over pipes a message is one line. A worker gets what :mod:`.messages` names; nothing here waits,
so that the supervisor can be polled by the timer of Blender's window.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ..files import tail

_CHUNK = 1 << 16
_KILLED_WITHIN_S = 5.0


class Channel(Protocol):
    """A running worker, in a process of this machine or elsewhere."""

    def send(self, message: Mapping[str, Any]) -> None:
        """Give the worker a message; one that has just died does not get it."""

    def receive(self) -> list[dict[str, Any]]:
        """Return what the worker has said since the last call, without waiting."""

    def ended(self) -> int | None:
        """Return the exit status (negative: the signal), or None while the worker lives.

        All that it said can still be received.
        """

    def kill(self) -> None:
        """End the worker now. On return it writes nothing any more."""

    def log(self) -> str:
        """Return the end of what the worker and its Blender printed."""


class ProcessChannel:
    """A worker in a child process, which ends when this process does: its input ends then."""

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start the worker.

        Args:
            command: the worker's command line.
            log: file that takes what the worker prints beside its messages; written anew.
            environment: variables that are added to this process's.

        Raises:
            OSError: the program cannot be started or the log not be written.
        """
        self._log = log
        self._partial = b""
        self._closed = False
        with log.open("wb") as stream:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env={**os.environ, **(environment or {})},
                start_new_session=sys.platform != "win32",
            )
        assert self._process.stdout is not None
        self._pipe = self._process.stdout.fileno()
        if sys.platform != "win32":
            os.set_blocking(self._pipe, False)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, message: Mapping[str, Any]) -> None:
        """See :class:`Channel`."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def receive(self) -> list[dict[str, Any]]:
        """See :class:`Channel`; lines that are no messages, such as Blender's own, are dropped."""
        *lines, self._partial = (self._partial + self._read()).split(b"\n")
        messages = []
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if isinstance(message, dict):
                messages.append(message)
        return messages

    def ended(self) -> int | None:
        """See :class:`Channel`."""
        return self._process.poll()

    def kill(self) -> None:
        """See :class:`Channel`; whatever the worker has started ends as well."""
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_KILLED_WITHIN_S)
        self._closed = True
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def log(self, size: int = 20_000) -> str:
        """See :class:`Channel`; at most ``size`` bytes."""
        return tail(self._log, size)

    def _read(self) -> bytes:
        """Everything that is in the pipe."""
        parts = []
        while not self._closed and (waiting := _waiting(self._pipe)):
            try:
                part = os.read(self._pipe, waiting)
            except (BlockingIOError, OSError):
                break
            if not part:
                break
            parts.append(part)
        return b"".join(parts)


def _waiting(pipe: int) -> int:
    """How many bytes can be read from a pipe without waiting; elsewhere than on Windows a guess
    that is safe because the pipe does not block."""
    if sys.platform != "win32":
        return _CHUNK
    import _winapi
    import msvcrt

    try:
        _, available, _ = _winapi.PeekNamedPipe(msvcrt.get_osfhandle(pipe), 0)
    except OSError:
        return 0
    return available
