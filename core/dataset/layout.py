"""Where the files of a dataset are, and how an asset gets in whole or not at all.

    DIR/dataset.json                      recipe, conventions, planned assets; written first
    DIR/assets/ID/PASS/000.png|exr        pictures, one folder per pass
    DIR/assets/ID/asset.json              cameras, source, SHA-256 of every file
    DIR/quarantine/ID/{reason.json,log.txt}
    DIR/logs/                             times and messages; of no consequence
    DIR/splits/{train,validation,test}.json, DIR/README.md, DIR/contents.json    written last

An asset is made in ``DIR/assets/.ID.part`` and renamed, so a folder without a leading dot is
complete. Nothing outside ``logs`` and ``quarantine`` holds a date, a duration or the name of a
machine: a dataset made twice is the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import MaquetteError
from .canonical import canonical_json, sha256_of, write_whole
from .passes import PASSES
from .recipe import Recipe
from .records import AssetRecord

ASSETS, QUARANTINE, LOGS, SPLITS = "assets", "quarantine", "logs", "splits"
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,119}")


def check_asset_id(asset_id: str) -> str:
    """Return the id if it can be a folder's name everywhere: letters, digits, ``. _ -``.

    Raises:
        MaquetteError: ``asset-id-invalid``.
    """
    if not _ID.fullmatch(asset_id) or asset_id.endswith("."):
        raise MaquetteError(
            "asset-id-invalid",
            f"“{asset_id[:64]}” cannot name an asset: letters, digits, “.”, “_” and “-” can.",
        )
    return asset_id


def asset_folder(out: Path, asset_id: str) -> Path:
    """Return the folder of an asset."""
    return out / ASSETS / check_asset_id(asset_id)


def picture_name(name: str, view: int) -> str:
    """Return where a pass of a view lies in its asset's folder, e.g. ``rgba/003.png``."""
    return f"{name}/{view:03d}.{PASSES[name].suffix}"


class AssetWriter:
    """Writes the files of one asset and, at the end, makes them appear all at once.

    Used as a context; what is not committed is removed. One process at a time writes an asset.
    """

    def __init__(self, out: Path, asset_id: str) -> None:
        self._target = asset_folder(out, asset_id)
        self._part = self._target.with_name(f".{asset_id}.part")
        self._files: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> AssetWriter:
        """Make an empty folder; raises OSError."""
        shutil.rmtree(self._part, ignore_errors=True)
        self._part.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not committed."""
        shutil.rmtree(self._part, ignore_errors=True)

    def add(self, name: str, view: int, data: bytes) -> None:
        """Write the encoded picture of a pass; raises OSError."""
        self.add_file(picture_name(name, view), data)

    def add_file(self, name: str, data: bytes) -> None:
        """Write another file of the asset, e.g. ``mesh.ply``; raises OSError."""
        path = self._part / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self._files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}

    def commit(self, record: AssetRecord) -> None:
        """Write ``asset.json`` and put the folder in its place, instead of an older one.

        Raises:
            ValueError: a picture that the recipe asks for was not added; OSError.
        """
        wanted = {
            picture_name(p, v) for p in record.recipe.passes for v in range(len(record.views))
        }
        if missing := sorted(wanted - self._files.keys()):
            raise ValueError(f"{record.id} lacks {', '.join(missing)}")
        write_whole(
            self._part / "asset.json", canonical_json({**record.to_json(), "files": self._files})
        )
        if self._target.exists():
            shutil.rmtree(self._target)
        self._part.rename(self._target)


def write_asset(
    out: Path,
    record: AssetRecord,
    pictures: Iterable[tuple[str, int, bytes]],
    files: Mapping[str, bytes] | None = None,
) -> None:
    """Write a whole asset whose record is known beforehand.

    Args:
        pictures: pass, view and encoded file; may be a generator, so that one at a time is held.
        files: further files by name.

    Raises:
        ValueError, OSError: as :class:`AssetWriter`; nothing is left behind then.
    """
    with AssetWriter(out, record.id) as writer:
        for name, view, data in pictures:
            writer.add(name, view, data)
        for name, data in (files or {}).items():
            writer.add_file(name, data)
        writer.commit(record)


def read_manifest(folder: Path) -> tuple[AssetRecord, dict[str, dict[str, Any]]]:
    """Return the record of an asset's folder, and ``bytes`` and ``sha256`` of its files by name.

    Raises:
        OSError, ValueError: missing or damaged.
    """
    try:
        data = json.loads((folder / "asset.json").read_text("utf-8"))
        return AssetRecord.from_json(data), dict(data["files"])
    except (KeyError, TypeError, AttributeError, MaquetteError) as error:
        raise ValueError(f"{folder.name}/asset.json is damaged: {error!r}") from error


def faults(folder: Path, files: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return, in a person's words, how files differ from their stated size and hash."""
    found = []
    for name, stated in sorted(files.items()):
        path = folder / name
        try:
            if path.stat().st_size != stated["bytes"]:
                found.append(f"{name}: {path.stat().st_size} bytes instead of {stated['bytes']}")
            elif sha256_of(path) != stated["sha256"]:
                found.append(f"{name}: its contents have changed")
        except OSError as error:
            found.append(f"{name}: {error.strerror}")
    return found


def is_complete(out: Path, asset_id: str, recipe: Recipe, source_sha256: str | None = None) -> bool:
    """True when the asset was made by this recipe and every file is there, bit for bit.

    ``source_sha256``, when given, must also be the one in the asset's ``source``: a file that was
    replaced under the same name is another asset.
    """
    folder = asset_folder(out, asset_id)
    try:
        record, files = read_manifest(folder)
    except (OSError, ValueError):
        return False
    if record.recipe != recipe or record.id != asset_id:
        return False
    if source_sha256 is not None and record.source.get("sha256") != source_sha256:
        return False
    return not faults(folder, files)


def remove_leftovers(out: Path) -> None:
    """Remove what killed writers left; only while nobody writes."""
    for path in (out / ASSETS).glob(".*.part"):
        shutil.rmtree(path, ignore_errors=True)


def asset_ids(out: Path) -> list[str]:
    """Return the ids of all assets that are there, sorted."""
    return sorted(path.parent.name for path in (out / ASSETS).glob("[!.]*/asset.json"))


def quarantine(out: Path, asset_id: str, reason: Mapping[str, Any], log: str) -> None:
    """Keep why an asset could not be rendered; ``reason`` has at least ``code`` and ``message``."""
    folder = out / QUARANTINE / check_asset_id(asset_id)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "log.txt").write_text(log, "utf-8")
    write_whole(folder / "reason.json", canonical_json({**reason, "id": asset_id}))


def release(out: Path, asset_id: str) -> None:
    """Take an asset out of quarantine, to be tried again or because it is complete."""
    shutil.rmtree(out / QUARANTINE / check_asset_id(asset_id), ignore_errors=True)


def quarantined(out: Path) -> dict[str, dict[str, Any]]:
    """Return the reasons by asset id, sorted."""
    found = sorted((out / QUARANTINE).glob("*/reason.json"))
    return {path.parent.name: json.loads(path.read_text("utf-8")) for path in found}
