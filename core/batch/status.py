"""How far a batch is: what the sidebar draws and the command line prints."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from ..errors import Problem
from .estimate import Estimate, span


class Phase(StrEnum):
    """What a batch is doing."""

    STARTING = "starting"
    CHECKING = "checking"
    MEASURING = "measuring"
    RENDERING = "rendering"
    FINISHING = "finishing"
    ENLARGING = "enlarging"
    FINISHED = "finished"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def active(self) -> bool:
        """Whether more will come."""
        return self not in (Phase.FINISHED, Phase.CANCELLED, Phase.FAILED)


@dataclass(frozen=True)
class Lost:
    """An asset in quarantine, and why."""

    id: str
    problem: Problem


@dataclass(frozen=True)
class Status:
    """One moment of a batch.

    Attributes:
        assets: all that were asked for.
        checked: how many of them were looked at, whether they are complete already.
        kept: complete before this run.
        done: rendered by this run.
        pictures, pictures_done: of this run.
        seconds: since rendering began.
        pictures_per_s: of late; 0 when unknown.
        seconds_left: -1 when unknown.
        estimate: made from the first pictures; None before.
        problem: why it failed.
    """

    phase: Phase
    assets: int = 0
    checked: int = 0
    kept: int = 0
    done: int = 0
    pictures: int = 0
    pictures_done: int = 0
    seconds: float = 0.0
    pictures_per_s: float = 0.0
    seconds_left: float = -1.0
    workers: int = 0
    lost: tuple[Lost, ...] = field(default=())
    estimate: Estimate | None = None
    problem: Problem | None = None

    @property
    def share(self) -> float:
        """How much of this run's pictures is done, 0 to 1."""
        if self.phase is Phase.FINISHED:
            return 1.0
        return self.pictures_done / self.pictures if self.pictures else 0.0

    def line(self) -> str:
        """One line for a terminal."""
        if self.phase is Phase.STARTING:
            return "Starting Blender"
        if self.phase is Phase.CHECKING:
            return f"Checking what is there: {self.checked} of {self.assets} assets"
        if self.phase is Phase.FINISHING:
            return "Writing what describes the dataset"
        if self.phase is Phase.ENLARGING:
            return "Enlarging the pictures"
        parts = [f"{self.pictures_done} of {self.pictures} pictures"]
        parts.append(f"{self.kept + self.done} of {self.assets} assets")
        if self.lost:
            parts.append(f"{len(self.lost)} in quarantine")
        if self.pictures_per_s:
            parts.append(f"{self.pictures_per_s:.2f} pictures/s")
        if self.phase.active and self.seconds_left >= 0:
            parts.append(f"{span(self.seconds_left)} left")
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict, for programs that watch."""
        return {
            "phase": self.phase.value,
            "assets": self.assets,
            "checked": self.checked,
            "kept": self.kept,
            "done": self.done,
            "pictures": self.pictures,
            "pictures_done": self.pictures_done,
            "pictures_per_s": round(self.pictures_per_s, 3),
            "seconds": round(self.seconds, 1),
            "seconds_left": round(self.seconds_left, 1),
            "workers": self.workers,
            "estimate": asdict(self.estimate) if self.estimate else None,
            "quarantine": [{"id": lost.id, **lost.problem.to_json()} for lost in self.lost],
            "problem": self.problem.to_json() if self.problem else None,
        }
