"""Released weights as they travel between service and extension."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from .errors import Problem


class WeightsState(StrEnum):
    """Where the weights of a model stand."""

    MISSING = "missing"
    FOUND = "found"  # a file lies in the other folder; it is read and checked at first use
    FETCHING = "fetching"
    FAILED = "failed"  # the last attempt did; what came is kept
    PRESENT = "present"

    @property
    def usable(self) -> bool:
        """Whether an engine can be loaded with them."""
        return self in (WeightsState.FOUND, WeightsState.PRESENT)


@dataclass(frozen=True)
class WeightsInfo:
    """One released model's weights.

    Attributes:
        title, family: for a person.
        size_bytes: of the download.
        licence: SPDX id; ``licence_url`` its text; ``terms`` what it asks for, in a sentence.
        accepted: whether the licence was accepted on this machine.
        step: what is being done while FETCHING: download, verify or convert.
        progress: share of the whole, 0 to 1; of what is there already when it is not FETCHING.
        problem: why the last attempt failed.
    """

    name: str
    title: str
    family: str
    size_bytes: int
    licence: str
    licence_url: str
    terms: str
    commercial: bool
    accepted: bool
    state: WeightsState
    step: str = ""
    progress: float = 0.0
    problem: Problem | None = None

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        problem = self.problem.to_json() if self.problem else None
        return {**asdict(self), "state": self.state.value, "problem": problem}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> WeightsInfo:
        """Read what :meth:`to_json` wrote; keys of newer versions are dropped."""
        known = {f.name for f in fields(cls)}
        kept = {key: value for key, value in data.items() if key in known}
        kept["state"] = WeightsState(kept["state"])
        problem = kept.get("problem")
        kept["problem"] = Problem.from_json(problem) if problem else None
        return cls(**kept)
