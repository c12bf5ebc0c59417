"""What the extension knows of the service and of its installation, as drawn in the sidebar."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .errors import Problem
from .protocol import Health


class ServiceState(StrEnum):
    """Where the service stands, seen from this Blender."""

    UNKNOWN = "unknown"  # not looked for yet
    NOT_INSTALLED = "not-installed"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    PROBLEM = "problem"


@dataclass(frozen=True)
class ServiceView:
    """The service as drawn.

    Attributes:
        health: its last answer while running.
        problem: why it is not usable, while in the state PROBLEM.
        python: the interpreter that would run it; "" when none is installed.
        log: path of the service's log.
    """

    state: ServiceState = ServiceState.UNKNOWN
    health: Health | None = None
    problem: Problem | None = None
    python: str = ""
    log: str = ""


@dataclass(frozen=True)
class InstallView:
    """An installation as drawn.

    Attributes:
        step: what is being done, for a person.
        progress: share done, 0 to 1.
        log: path of the installation's log.
        problem: why it ended early; None while it runs and after success.
    """

    running: bool = False
    step: str = ""
    progress: float = 0.0
    log: str = ""
    problem: Problem | None = None
    finished: bool = False
