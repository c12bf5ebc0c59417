"""Errors with a code, a sentence for a person and, where there is one, the fix."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Fix(StrEnum):
    """What a person can click to mend an error; the extension maps each to an operator."""

    NONE = ""
    INSTALL_BACKEND = "install_backend"
    START_BACKEND = "start_backend"
    RESTART_BACKEND = "restart_backend"
    OPEN_LOG = "open_log"
    OPEN_PREFERENCES = "open_preferences"
    CHOOSE_IMAGE = "choose_image"
    FETCH_CUTOUT_WEIGHTS = "fetch_cutout_weights"
    ALLOW_ONLINE = "allow_online"
    LOWER_DETAIL = "lower_detail"
    RETRY = "retry"


@dataclass(frozen=True)
class Problem:
    """One error as it travels and as it is shown.

    Attributes:
        code: stable, lower-case, hyphenated name, e.g. ``"image-unreadable"``.
        message: one or two sentences that a person understands.
        fix: the step that mends it, or ``Fix.NONE``.
        detail: technical text for the log and the copy button; may be empty.
    """

    code: str
    message: str
    fix: Fix = Fix.NONE
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        """Return a JSON-ready dict."""
        return {**asdict(self), "fix": self.fix.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Problem:
        """Read what :meth:`to_json` wrote; a fix this version does not know becomes ``NONE``."""
        try:
            fix = Fix(data.get("fix", ""))
        except ValueError:
            fix = Fix.NONE
        return cls(str(data["code"]), str(data["message"]), fix, str(data.get("detail", "")))


class MaquetteError(Exception):
    """An expected failure; carries a :class:`Problem`."""

    def __init__(self, code: str, message: str, fix: Fix = Fix.NONE, detail: str = "") -> None:
        super().__init__(f"{message} [{code}]")
        self.problem = Problem(code, message, fix, detail)

    def __reduce__(self) -> tuple[Any, ...]:
        p = self.problem
        return (type(self), (p.code, p.message, p.fix, p.detail))
