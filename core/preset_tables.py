"""Typed access to the tables of preset files, with errors that name file and key."""

from __future__ import annotations

import math
import tomllib
from typing import Any

from .errors import MaquetteError
from .spread import Spread


class Table:
    """One table of a preset; remembers which keys were asked for.

    Every method raises MaquetteError ``preset-invalid`` when the value is not as it should be.
    """

    def __init__(self, label: str, values: dict[str, Any]) -> None:
        """``label`` is how a person finds the file, e.g. ``"cameras/mine.toml"``."""
        self.label = label
        self._values = values
        self._asked: set[str] = set()

    @classmethod
    def parse(cls, label: str, text: str) -> Table:
        """Read the text of a preset file."""
        try:
            return cls(label, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise cls(label, {}).invalid(str(error)) from error

    def invalid(self, why: str) -> MaquetteError:
        """The error that says why this preset cannot be used."""
        return MaquetteError("preset-invalid", f"The preset {self.label} cannot be used: {why}.")

    def has(self, key: str) -> bool:
        """True when the key is there."""
        return key in self._values

    def done(self) -> None:
        """Refuse keys that nobody asked for: most likely they are misspelt."""
        strangers = sorted(set(self._values) - self._asked)
        if strangers:
            raise self.invalid(f"it does not have “{strangers[0]}”")

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables; none when the key is missing."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.invalid(f"“{key}” must be written as [[{key}]]")
        return [Table(self.label, entry) for entry in value]

    def table(self, key: str) -> Table | None:
        """A table within this one; None when the key is missing."""
        value = self._take(key, None)
        if value is not None and not isinstance(value, dict):
            raise self.invalid(f"“{key}” must be written as [{key}]")
        return None if value is None else Table(self.label, value)

    def text(self, key: str, default: str | None = None) -> str:
        """A text."""
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.invalid(f"“{key}” must be a text")
        return value

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of some words; the first when the key is missing."""
        value = self._take(key, allowed[0])
        if value not in allowed:
            raise self.invalid(f"“{key}” must be one of {', '.join(allowed)}")
        return str(value)

    def flag(self, key: str) -> bool:
        """True or false; false when the key is missing."""
        value = self._take(key, False)
        if not isinstance(value, bool):
            raise self.invalid(f"“{key}” must be true or false")
        return value

    def whole(self, key: str) -> int:
        """A whole number above zero."""
        value = self._take(key, None)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self.invalid(f"“{key}” must be a whole number above zero")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """A number."""
        value = self._take(key, default)
        if not _is_number(value):
            raise self.invalid(f"“{key}” must be a number")
        return float(value)

    def numbers(self, key: str, count: int | None = None) -> tuple[float, ...]:
        """Some numbers; of a certain count where one is given."""
        value = self._take(key, None)
        good = isinstance(value, list) and value and all(_is_number(v) for v in value)
        if not good or (count is not None and len(value) != count):
            raise self.invalid(f"“{key}” must be a list of {count or 'some'} numbers")
        return tuple(float(v) for v in value)

    def spread(
        self,
        key: str,
        default: float | None = None,
        *,
        within: tuple[float, float] = (-math.inf, math.inf),
    ) -> Spread:
        """One number, two ends, or two ends with a peak between them."""
        value = self._take(key, default)
        numbers = value if isinstance(value, list) else [value]
        if not 1 <= len(numbers) <= 3 or not all(_is_number(n) for n in numbers):
            raise self.invalid(f"“{key}” must be one, two or three numbers")
        if numbers != sorted(numbers):
            raise self.invalid(f"the numbers of “{key}” must rise")
        if not within[0] <= numbers[0] <= numbers[-1] <= within[1]:
            raise self.invalid(f"“{key}” must lie between {within[0]:g} and {within[1]:g}")
        peak = float(numbers[1]) if len(numbers) == 3 else None
        return Spread(float(numbers[0]), float(numbers[-1]), peak)

    def _take(self, key: str, default: Any) -> Any:
        self._asked.add(key)
        return self._values.get(key, default)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
