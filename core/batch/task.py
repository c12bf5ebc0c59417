"""What a worker is asked to do, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Problem


@dataclass(frozen=True)
class Task:
    """One thing for one worker.

    Attributes:
        id: of the asset.
        message: what the worker is sent; the supervisor adds the folder that it writes to.
    """

    id: str
    message: Mapping[str, Any]


@dataclass(frozen=True)
class WorkerReady:
    """A worker has started; ``facts`` is what it told: ``blender``, ``maquette``, ``devices``."""

    slot: int
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class PictureDone:
    """A picture is there; ``view`` is its number, from 0, and ``seconds`` since the one before
    it, or since the asset was begun."""

    task: Task
    view: int
    seconds: float


@dataclass(frozen=True)
class TaskDone:
    """All of a task is there, in the slot's folder until the next poll; ``told`` is the worker's
    last message about it."""

    task: Task
    slot: int
    told: Mapping[str, Any]


@dataclass(frozen=True)
class TaskLost:
    """A task was given up.

    Attributes:
        problem: why, for a person.
        log: the end of what its last worker printed.
    """

    task: Task
    problem: Problem
    log: str


@dataclass(frozen=True)
class Stopped:
    """Nothing can go on; the workers have ended and the tasks under way were left."""

    problem: Problem


Event = WorkerReady | PictureDone | TaskDone | TaskLost | Stopped
