"""Lists of assets as tables: one row per asset."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..errors import MaquetteError
from .sources import AssetSource


def read_csv(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a UTF-8 CSV file with a header line.

    Raises:
        MaquetteError: ``source-invalid`` when it cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [dict(row) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise MaquetteError(
            "source-invalid", f"The list “{path.name}” cannot be read.", detail=str(error)
        ) from error


def with_row(source: AssetSource, row: Mapping[str, Any], where: str) -> AssetSource:
    """Return a source with what its row says about it.

    Raises:
        MaquetteError: ``source-invalid``.
    """
    said = {key: value for key, value in row.items() if value not in {None, ""}}
    extra = dict(source.extra)
    extra.update({key: str(said[key]) for key in ("licence", "author") if key in said})
    if "labels" in said:
        labels = said["labels"]
        words = labels.split(";") if isinstance(labels, str) else labels
        extra["labels"] = [str(word).strip() for word in words]
    if "unit" in said:
        try:
            extra["unit"] = float(said["unit"])
        except ValueError:
            raise _invalid(where, "“unit” is metres per unit, a number") from None
    if "up" in said:
        if str(said["up"]).upper() not in {"Y", "Z"}:
            raise _invalid(where, "“up” is Y or Z")
        extra["up"] = str(said["up"]).upper()
    name = str(said.get("id", source.id))
    return replace(
        source, id=name, category=str(said.get("category", source.category)), extra=extra
    )


def _invalid(where: str, why: str) -> MaquetteError:
    return MaquetteError("source-invalid", f"{where}: {why}.")
