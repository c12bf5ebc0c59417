"""Holds the service's worker still, so that a test need not be faster than a machine."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


def service_pid() -> int:
    """The process id of the service that runs in the tests' home."""
    home = Path(os.environ["MAQUETTE_HOME"])
    return int(json.loads((home / "service.json").read_text())["pid"])


@contextmanager
def held_workers() -> Iterator[None]:
    """The service's worker stands still: jobs stay queued or running for as long as it does."""
    pid = service_pid()
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("this system does not list the children of a process")
    held = [int(word) for word in children.read_text().split()]
    assert held
    for child in held:
        os.kill(child, signal.SIGSTOP)
    try:
        yield
    finally:
        for child in held:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGCONT)
