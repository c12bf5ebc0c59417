"""TOML files to frozen dataclasses; what nobody would read is refused."""

from __future__ import annotations

import tomllib
import types
from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from ...core.errors import MaquetteError

SHIPPED = Path(__file__).parent / "configs"


def find_config(name: str) -> Path:
    """A file's path, or that of the shipped configuration of this name.

    Raises:
        MaquetteError: ``config-missing``.
    """
    for path in (Path(name), SHIPPED / f"{name}.toml"):
        if path.is_file():
            return path
    shipped = ", ".join(sorted(p.stem for p in SHIPPED.glob("*.toml")))
    raise MaquetteError(
        "config-missing", f"There is no configuration “{name}”. Shipped are: {shipped}."
    )


def read_table(path: Path, changes: Sequence[str] = ()) -> dict[str, Any]:
    """Read a TOML file and put ``section.key=value`` changes over it.

    Raises:
        MaquetteError: ``config-wrong``.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _wrong(f"“{path.name}” is not TOML: {error}.") from error
    for change in changes:
        name, equals, text = change.partition("=")
        if not equals:
            raise _wrong(f"“{change}” does not say section.key=value.")
        *sections, key = name.strip().split(".")
        inner = table
        for section in sections:
            inner = inner.setdefault(section, {})
            if not isinstance(inner, dict):
                raise _wrong(f"“{section}” in “{change}” is not a section.")
        inner[key] = _value(text)
    return table


def build(kind: type, table: object, where: str = "") -> Any:
    """Make the dataclass ``kind`` from a TOML table.

    Understood are bool, int, float, str, Path, string enumerations, dataclasses, None in a
    union (for a key that is left out), and tuples of these.

    Raises:
        MaquetteError: ``config-wrong``, naming the key and what it must be.
    """
    if not isinstance(table, dict):
        raise _wrong(f"{where or 'The file'} must be a section.")
    hints = get_type_hints(kind)
    names = {f.name for f in fields(kind)}
    for key in table:
        if key not in names:
            known = ", ".join(sorted(names))
            raise _wrong(f"Nobody reads “{_at(where, key)}”. Known are: {known}.")
    values = {}
    for f in fields(kind):
        if f.name in table:
            values[f.name] = _convert(hints[f.name], table[f.name], _at(where, f.name))
        elif f.default is MISSING and f.default_factory is MISSING:
            raise _wrong(f"“{_at(where, f.name)}” is missing.")
    try:
        return kind(**values)
    except ValueError as error:
        raise _wrong(f"{where or 'The file'}: {error}") from error


def _convert(hint: Any, value: object, where: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _convert(next(i for i in inner if i is not type(None)), value, where)
    if origin is tuple:
        return _tuple(inner, value, where)
    if isinstance(hint, type) and is_dataclass(hint):
        return build(hint, value, where)
    return _plain(hint, value, where)


def _plain(hint: Any, value: object, where: str) -> Any:
    if issubclass(hint, StrEnum):
        if value not in list(hint):
            raise _wrong(f"“{where}” must be one of {', '.join(hint)}, not {value!r}.")
        return hint(value)
    if hint is float and type(value) is int:
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if type(value) is not hint:
        raise _wrong(f"“{where}” must be {_NAMES.get(hint, str(hint))}, not {value!r}.")
    return value


def _tuple(inner: tuple[Any, ...], value: object, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _wrong(f"“{where}” must be a list, not {value!r}.")
    if inner[-1] is Ellipsis:
        inner = (inner[0],) * len(value)
    if len(inner) != len(value):
        raise _wrong(f"“{where}” must have {len(inner)} values, not {len(value)}.")
    pairs = zip(inner, value, strict=True)
    return tuple(_convert(h, v, f"{where}[{i}]") for i, (h, v) in enumerate(pairs))


_NAMES = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}
_NAMES |= {Path: "a path"}


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _wrong(message: str) -> MaquetteError:
    return MaquetteError("config-wrong", message)
